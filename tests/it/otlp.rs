//! Shipping by OTLP, held to the published messages: what each series becomes there, on a ring that is made up
//! and on one that this machine's collectors recorded, and what is made of a partial success.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use goodall::metric::{Kind, Repr, Unit};
use goodall::quantity::{BootNs, WallNs};

use crate::otlp_messages::{Number, Point, judged_by_the_classes, read, summed};
use crate::recorder::{Recorder, SECOND_NS, START, every_ms, field, track};
use crate::ring_kit::until_left;
use crate::ship_kit::{Samples, Shipped, Shipper, assert_same, until};
use crate::ship_server::{Act, Server};
use crate::skip::skip;

pub const TAKEN: Act = Act::Answer(200, "", "{}");

pub fn otlp(server: &Server, more: &str) -> String {
    format!(
        "[[ship]]\nname = \"otel\"\nkind = \"otlp\"\naddress = \"{}\"\ngzip = false\n{more}\n",
        server.url
    )
}

/// A shipper over the ring of that recorder.
pub fn over(recorder: &Recorder) -> Shipped {
    let mut shipped = Shipped::new(0);
    recorder.path().clone_into(&mut shipped.ring);
    shipped
}

/// All points of these bodies.
pub fn points(bodies: &[Vec<u8>]) -> Vec<Point> {
    bodies.iter().flat_map(|body| read(body).1).collect()
}

/// The samples that points are of, by the names of series.
fn samples(points: &[Point]) -> Samples {
    let mut all = Samples::new();
    for point in points {
        let (collector, field) = point.metric.split_once('.').unwrap();
        let series = match point.attributes.get("instance") {
            Some(instance) => format!("{collector}.{}.{field}", instance.replace(' ', "_")),
            None => point.metric.clone(),
        };
        let before = all.insert((series, point.time), point.value.as_f64());
        assert_eq!(before, None, "{point:?} comes twice");
    }
    all
}

pub fn wall(second: u64) -> WallNs {
    WallNs(START.0 + (second * SECOND_NS).cast_signed())
}

pub fn boot(second: u64) -> BootNs {
    BootNs((100 + second) * SECOND_NS)
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |&(key, value): &(&str, &str)| (key.to_owned(), value.to_owned());
    pairs.iter().map(owned).collect()
}

/// One row of every kind of field, and a name that three plugins mean another thing by.
fn one_of_each() -> Recorder {
    let second = every_ms(1000);
    let (counter, gauge) = (Kind::Counter, Kind::Gauge);
    let fields = vec![
        field("read_bytes", counter, Unit::Bytes, Repr::U64, 1),
        field("busy", counter, Unit::Seconds, Repr::U64, 100),
        field("work", counter, Unit::Joules, Repr::F64, 1),
        field("beyond", counter, Unit::None, Repr::U64, 1),
        field("free", gauge, Unit::Bytes, Repr::U64, 1),
        field("below", gauge, Unit::Celsius, Repr::I64, 1),
        field("odd", gauge, Unit::Ratio, Repr::F64, 1),
        field("own", gauge, Unit::named("jobs per {day}"), Repr::U64, 1),
    ];
    let labels = [("instance", "never"), ("device", "sd\"a"), ("empty", "")];
    let named = |instance: &str, kind, unit| {
        let fields = vec![field("queue", kind, unit, Repr::F64, 1)];
        track("plugin", instance, &[], second, fields)
    };
    let tracks = vec![
        track("disk", "sda 1", &labels, second, fields),
        named("a", gauge, Unit::None),
        named("b", counter, Unit::None),
        named("c", gauge, Unit::Seconds),
    ];
    let mut recorder = Recorder::new(Duration::from_secs(600), tracks);
    recorder.tick(second, wall(0), boot(0));
    let (odd, below) = (f64::NAN.to_bits(), (-7_i64).cast_unsigned());
    let work = 0.1_f64.to_bits();
    let words = [1 << 60, 1234, work, u64::MAX, 4096, below, odd, 3];
    recorder.row(0, boot(0), &words);
    for plugin in 1..4 {
        recorder.row(plugin, boot(0), &[2.0_f64.to_bits()]);
    }
    recorder.stop();
    recorder
}

#[test]
fn every_kind_of_series_is_what_the_protos_have_for_it() {
    let recorder = one_of_each();
    let shipped = over(&recorder);
    let server = Server::start(&[], TAKEN);
    shipped.configure(&otlp(&server, "prefix = \"p\""));
    shipped.once_well();
    let on_disk = pairs(&[("instance", "sda 1"), ("device", "sd\"a")]);
    let points = points(&server.taken());
    let found: Vec<_> = points
        .iter()
        .map(|at| {
            assert_eq!(at.time, wall(0).0);
            let instance = at.attributes["instance"].as_str();
            assert!(instance != "sda 1" || at.attributes == on_disk, "{at:?}");
            (&*at.metric, instance, &*at.unit, at.is_sum, at.value)
        })
        .collect();
    let beyond = Number::Double(u64::MAX as f64);
    assert_eq!(
        found,
        [
            ("p.disk.below", "sda 1", "Cel", false, Number::Int(-7)),
            ("p.disk.beyond", "sda 1", "1", true, beyond),
            ("p.disk.busy", "sda 1", "s", true, Number::Double(12.34)),
            ("p.disk.free", "sda 1", "By", false, Number::Int(4096)),
            (
                "p.disk.own",
                "sda 1",
                "{jobs_per__day_}",
                false,
                Number::Int(3)
            ),
            (
                "p.disk.read_bytes",
                "sda 1",
                "By",
                true,
                Number::Int(1 << 60)
            ),
            ("p.disk.work", "sda 1", "J", true, Number::Double(0.1)),
            ("p.plugin.queue", "a", "1", false, Number::Double(2.0)),
            ("p.plugin.queue", "c", "s", false, Number::Double(2.0)),
            ("p.plugin.queue", "b", "1", true, Number::Double(2.0)),
        ]
    );
}

#[test]
fn the_resource_is_the_host_and_what_is_configured() {
    let shipped = Shipped::new(2);
    let server = Server::start(&[], TAKEN);
    let tags = "tags = { \"service.name\" = \"mine\", \"service.instance.id\" = \"a\" }";
    shipped.configure(&otlp(&server, tags));
    shipped.once_well();
    let request = &server.requests()[0];
    assert_eq!(request.line, "POST /v1/metrics HTTP/1.1");
    let head = &request.head;
    assert!(head.contains("content-type: application/json"), "{head}");
    let expected = [
        ("service.name", "mine"),
        ("service.instance.id", "a"),
        ("host.name", "host"),
    ];
    assert_eq!(read(&request.body).0, pairs(&expected));
}

/// What all collectors record here in some ticks.
fn recorded_here() -> Shipped {
    let shipped = Shipped::new(0);
    std::fs::remove_file(&shipped.ring).unwrap();
    shipped.configure("");
    let gather = shipped.goodall(&["gather", "--ring", "1m", "--interval", "200ms"]);
    let mut gatherer = Shipper::start(gather, &shipped.folder.path().join("said"));
    until(|| {
        let dumped = shipped.goodall(&["dump", "load.1m"]).output().unwrap();
        match String::from_utf8(dumped.stdout).unwrap().lines().count() {
            0..5 => Err(gatherer.said()),
            _ => Ok(()),
        }
    });
    let pid = gatherer.child.id().to_string();
    assert!(Command::new("kill").arg(pid).status().unwrap().success());
    gatherer.child.wait().unwrap();
    until_left(&shipped.ring);
    shipped
}

#[test]
fn what_this_machine_records_is_taken_by_the_published_messages() {
    let shipped = recorded_here();
    let server = Server::start(&[], TAKEN);
    shipped.configure(&otlp(&server, "batch = 500"));
    shipped.once_well();
    let bodies = server.taken();
    assert!(bodies.len() > 1);
    let all = points(&bodies);
    let units = [
        "1",
        "s",
        "By",
        "By/s",
        "Cel",
        "V",
        "A",
        "W",
        "J",
        "{revolution}/min",
        "Hz",
        "%",
    ];
    for point in &all {
        assert!(units.contains(&&*point.unit), "{point:?}");
    }
    let recorded = shipped.samples();
    let finite = recorded.values().filter(|value| value.is_finite());
    assert_eq!(all.len(), finite.count());
    assert!(all.iter().any(|at| at.is_sum) && all.iter().any(|at| !at.is_sum));
    match judged_by_the_classes(&bodies) {
        Some(said) => assert_eq!(said, summed(&all)),
        None => skip("no python3 with opentelemetry-proto"),
    }
}

#[test]
fn a_partial_success_is_counted_quoted_and_never_sent_again() {
    let shipped = Shipped::new(3);
    let partial = Act::Answer(
        200,
        "",
        "{\"partialSuccess\":{\"rejectedDataPoints\":\"2\",\"errorMessage\":\"too \\\"old\\\"\"}}",
    );
    let server = Server::start(&[partial], TAKEN);
    shipped.configure(&otlp(&server, ""));
    let said = shipped.once_in_vain();
    assert!(
        said.contains("otel: 2 of 23 samples were refused and are dropped: too \"old\"\n"),
        "{said}"
    );
    assert!(said.contains("otel: 21 samples sent, 2 refused"), "{said}");
    assert_same(&shipped.samples(), &samples(&points(&server.taken())));
    let said = shipped.once_well();
    assert!(said.contains("otel: 0 samples sent"), "{said}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_remark_on_what_was_taken_is_logged_and_counts_nothing() {
    let shipped = Shipped::new(3);
    let remark = Act::Answer(
        200,
        "",
        "{\"partialSuccess\":{\"rejectedDataPoints\":0,\"errorMessage\":\"use gzip\"}}",
    );
    let server = Server::start(&[], remark);
    shipped.configure(&otlp(&server, ""));
    let said = shipped.once_well();
    assert!(
        said.contains("warning: otel: taken, but: use gzip\n"),
        "{said}"
    );
    assert!(said.contains("otel: 23 samples sent\n"), "{said}");
    assert!(!said.contains("refused"), "{said}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_batch_with_nothing_to_say_is_not_the_end() {
    let second = every_ms(1000);
    let fields = vec![field("value", Kind::Gauge, Unit::None, Repr::F64, 1)];
    let track = track("plugin", "a", &[], second, fields);
    let mut recorder = Recorder::new(Duration::from_secs(600), vec![track]);
    for at in 0..10 {
        let value = if at < 9 { f64::NAN } else { 7.0 };
        recorder.tick(second, wall(at), boot(at));
        recorder.row(0, boot(at), &[value.to_bits()]);
    }
    recorder.stop();
    let shipped = over(&recorder);
    let server = Server::start(&[], TAKEN);
    shipped.configure(&otlp(&server, "batch = 3"));
    shipped.once_well();
    let values: Vec<f64> = points(&server.taken())
        .iter()
        .map(|point| point.value.as_f64())
        .collect();
    assert_eq!(values, [7.0]);
}
