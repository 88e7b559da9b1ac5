//! What each answer looks like, to the byte: a small ring, written by the real writer, as CSV, JSON, NDJSON
//! and Prometheus' text. And what holds of every answer: any buffer gives the same bytes, JSON is JSON, and
//! Prometheus' own parsers take what is meant for them.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use goodall::format::{Body, Dump, Exposition, Health, Latest, Metrics, SeriesList, Values};
use goodall::metric::{Kind, MISSING, Repr, Unit};
use goodall::quantity::{BootNs, Moment, WallNs};
use goodall::query::{Format, Index, QueryError, Request, Shape, Step};
use serde_json::Value;

use crate::recorder::{Recorder, SECOND_NS, START, every_ms, field, read_all, track};
use crate::skip::skip;

const BOOT_NS: u64 = 50 * SECOND_NS;

/// `load`, which the catalogue knows, and two that it does not, one of them odd.
fn recorder() -> Recorder {
    let second = every_ms(1000);
    let load = |name| field(name, Kind::Gauge, Unit::None, Repr::F64, 1);
    Recorder::new(
        Duration::from_secs(60),
        vec![
            track("load", "", &[], second, vec![load("1m"), load("5m")]),
            track(
                "spindle",
                "sda",
                &[("device", "sd\"a\\")],
                second,
                vec![
                    field("read_bytes", Kind::Counter, Unit::Bytes, Repr::U64, 1),
                    field("busy_total", Kind::Counter, Unit::Seconds, Repr::U64, 1000),
                ],
            ),
            track(
                "plugin",
                "garnet",
                &[],
                every_ms(2000),
                vec![field("queue_total", Kind::Gauge, Unit::None, Repr::I64, 1)],
            ),
        ],
    )
}

fn real(value: f64) -> u64 {
    value.to_bits()
}

/// Three seconds: in the second one the disk has no row and the queue is not known.
fn record(recorder: &mut Recorder) {
    let rows: [(f64, Option<(u64, u64)>, Option<u64>); 3] = [
        (0.42, Some((4096, 1250)), Some((-3_i64).cast_unsigned())),
        (12.5, None, None),
        (1.0, Some((1_234_567_890_123, 3500)), Some(MISSING)),
    ];
    for (second, (load, disk, queue)) in (0_u64..).zip(rows) {
        let wall = WallNs(START.0.saturating_add_unsigned(second * SECOND_NS));
        let boot = BootNs(BOOT_NS + second * SECOND_NS);
        recorder.tick(every_ms(1000), wall, boot);
        if second % 2 == 0 {
            recorder.tick(every_ms(2000), wall, boot);
        }
        let taken = BootNs(boot.0 + 5_000_000);
        recorder.row(0, taken, &[real(load), real(f64::INFINITY)]);
        if let Some((bytes, busy)) = disk {
            recorder.row(1, taken, &[bytes, busy]);
        }
        if let Some(queue) = queue {
            recorder.row(2, taken, &[queue]);
        }
    }
}

fn recorded() -> (Recorder, Arc<Index>) {
    let mut recorder = recorder();
    record(&mut recorder);
    let index = recorder.index();
    (recorder, index)
}

fn now() -> WallNs {
    WallNs(START.0 + 3_000_000_000)
}

fn dumped(index: &Arc<Index>, request: &Request) -> String {
    let dump = || Dump::new(index.clone(), request, now()).unwrap();
    let whole = read_all(dump(), 65_536);
    for size in [1, 3, 100, 512, 4096] {
        assert_eq!(read_all(dump(), size), whole, "by a buffer of {size} bytes");
    }
    whole
}

fn request(format: Format, shape: Shape) -> Request {
    Request {
        format,
        shape,
        ..Request::default()
    }
}

#[test]
fn a_long_dump_has_a_line_a_sample_and_none_for_what_is_missing() {
    let (_recorder, index) = recorded();
    let csv = "\
time,series,value
2026-11-22T05:04:16.005Z,load.1m,0.42
2026-11-22T05:04:16.005Z,load.5m,inf
2026-11-22T05:04:16.005Z,spindle.sda.read_bytes,4096
2026-11-22T05:04:16.005Z,spindle.sda.busy_total,1.25
2026-11-22T05:04:16.005Z,plugin.garnet.queue_total,-3
2026-11-22T05:04:17.005Z,load.1m,12.5
2026-11-22T05:04:17.005Z,load.5m,inf
2026-11-22T05:04:18.005Z,load.1m,1
2026-11-22T05:04:18.005Z,load.5m,inf
2026-11-22T05:04:18.005Z,spindle.sda.read_bytes,1234567890123
2026-11-22T05:04:18.005Z,spindle.sda.busy_total,3.5
";
    assert_eq!(dumped(&index, &request(Format::Csv, Shape::Long)), csv);
    let mut json = request(Format::Json, Shape::Long);
    json.patterns = vec![
        "load.5m,*.queue_total".into(),
        "spindle.sda.busy_total".into(),
    ];
    assert_eq!(
        dumped(&index, &json),
        r#"[
{"time":"2026-11-22T05:04:16.005Z","series":"load.5m","value":null},
{"time":"2026-11-22T05:04:16.005Z","series":"spindle.sda.busy_total","value":1.25},
{"time":"2026-11-22T05:04:16.005Z","series":"plugin.garnet.queue_total","value":-3},
{"time":"2026-11-22T05:04:17.005Z","series":"load.5m","value":null},
{"time":"2026-11-22T05:04:18.005Z","series":"load.5m","value":null},
{"time":"2026-11-22T05:04:18.005Z","series":"spindle.sda.busy_total","value":3.5}
]
"#
    );
    let mut ndjson = request(Format::Ndjson, Shape::Long);
    ndjson.patterns = vec!["*.queue_total".into()];
    assert_eq!(
        dumped(&index, &ndjson),
        "{\"time\":\"2026-11-22T05:04:16.005Z\",\"series\":\"plugin.garnet.queue_total\",\"value\":-3}\n"
    );
}

#[test]
fn a_wide_dump_has_a_line_a_tick_and_empty_cells() {
    let (_recorder, index) = recorded();
    assert_eq!(
        dumped(&index, &request(Format::Csv, Shape::Wide)),
        "\
time,load.1m,load.5m,spindle.sda.read_bytes,spindle.sda.busy_total,plugin.garnet.queue_total
2026-11-22T05:04:16.000Z,0.42,inf,4096,1.25,-3
2026-11-22T05:04:17.000Z,12.5,inf,,,
2026-11-22T05:04:18.000Z,1,inf,1234567890123,3.5,
"
    );
    let mut json = request(Format::Json, Shape::Wide);
    json.patterns = vec!["system_load_1".into(), "plugin.*".into()];
    assert_eq!(
        dumped(&index, &json),
        r#"{"series":["system_load_1","plugin.garnet.queue_total"],
"rows":[
["2026-11-22T05:04:16.000Z",0.42,-3],
["2026-11-22T05:04:17.000Z",12.5,null],
["2026-11-22T05:04:18.000Z",1,null]
]}
"#
    );
    json.format = Format::Ndjson;
    assert_eq!(
        dumped(&index, &json),
        r#"{"time":"2026-11-22T05:04:16.000Z","system_load_1":0.42,"plugin.garnet.queue_total":-3}
{"time":"2026-11-22T05:04:17.000Z","system_load_1":12.5,"plugin.garnet.queue_total":null}
{"time":"2026-11-22T05:04:18.000Z","system_load_1":1,"plugin.garnet.queue_total":null}
"#
    );
}

#[test]
fn an_answer_without_a_sample_keeps_its_shape() {
    let (_recorder, index) = recorded();
    for (format, shape, expected) in [
        (Format::Csv, Shape::Long, "time,series,value\n"),
        (Format::Json, Shape::Long, "[]\n"),
        (Format::Ndjson, Shape::Long, ""),
        (Format::Csv, Shape::Wide, "time\n"),
        (Format::Json, Shape::Wide, "{\"series\":[],\n\"rows\":[]}\n"),
        (Format::Ndjson, Shape::Wide, ""),
    ] {
        let mut nothing = request(format, shape);
        nothing.patterns = vec!["no.such".into()];
        assert_eq!(dumped(&index, &nothing), expected);
    }
}

#[test]
fn a_rate_is_exact_over_the_time_between_two_rows() {
    let (_recorder, index) = recorded();
    let mut rate = request(Format::Csv, Shape::Long);
    rate.rate = true;
    rate.patterns = vec!["spindle.*".into(), "plugin.*".into()];
    assert_eq!(
        dumped(&index, &rate),
        "\
time,series,value
2026-11-22T05:04:16.005Z,plugin.garnet.queue_total,-3
2026-11-22T05:04:18.005Z,spindle.sda.read_bytes,617283943013.5
2026-11-22T05:04:18.005Z,spindle.sda.busy_total,1.125
"
    );
}

#[test]
fn buckets_are_labelled_by_their_start() {
    let (_recorder, index) = recorded();
    let mut step = request(Format::Csv, Shape::Wide);
    step.step = Some(Step::of(Duration::from_secs(3)).unwrap());
    // 05:04:16 is the second of its three: Unix time's multiples of 3 are :15 and :18
    assert_eq!(
        dumped(&index, &step),
        "\
time,load.1m,load.5m,spindle.sda.read_bytes,spindle.sda.busy_total,plugin.garnet.queue_total
2026-11-22T05:04:15.000Z,6.46,inf,4096,1.25,-3
2026-11-22T05:04:18.000Z,1,inf,1234567890123,3.5,
"
    );
}

#[test]
fn a_duration_ago_counts_from_now_or_from_the_newest_row_of_a_ring_left_behind() {
    let (mut recorder, index) = recorded();
    let mut ago = request(Format::Csv, Shape::Long);
    ago.since = Some(Moment::Ago(3_000_000_000));
    let much_later = WallNs(now().0 + 3_600_000_000_000);
    let live = Dump::new(index, &ago, much_later).unwrap();
    assert_eq!(live.span().counted_from, None);
    assert_eq!(read_all(live, 512), "time,series,value\n");
    recorder.stop();
    let left = Dump::new(recorder.index(), &ago, much_later).unwrap();
    let newest = WallNs(START.0 + 2_000_000_000);
    assert_eq!(left.span().counted_from, Some(newest));
    assert_eq!(read_all(left, 512).lines().count(), 12);
}

#[test]
fn a_question_that_contradicts_itself_is_refused() {
    let (_recorder, index) = recorded();
    let refused = |request: &Request| Dump::new(index.clone(), request, now()).err();
    let mut agg = request(Format::Csv, Shape::Long);
    agg.agg = Some(goodall::query::Agg::Max);
    assert_eq!(refused(&agg), Some(QueryError::AggWithoutStep));
    let mut range = request(Format::Csv, Shape::Long);
    range.since = Some(Moment::At(START));
    range.until = Some(Moment::At(START));
    assert_eq!(refused(&range), Some(QueryError::EmptyRange));
}

#[test]
fn names_aliases_and_globs_find_their_series() {
    let (_recorder, index) = recorded();
    let names = |patterns: &[&str]| -> Vec<String> {
        let picks = index.select(patterns);
        picks
            .iter()
            .map(|&pick| index.name_of(pick).to_owned())
            .collect()
    };
    assert_eq!(names(&["load.*"]), ["load.1m", "load.5m"]);
    assert_eq!(
        names(&["*_total"]),
        ["spindle.sda.busy_total", "plugin.garnet.queue_total"]
    );
    assert_eq!(
        names(&["system_load_?"]),
        ["system_load_1", "system_load_5"]
    );
    assert_eq!(
        names(&["load.1m, system_load_1"]),
        ["load.1m", "system_load_1"]
    );
    assert_eq!(names(&["load"]), [""; 0]);
    assert_eq!(names(&["*"]), names(&[]));
    assert_eq!(names(&["*"]).len(), 5);
    assert_eq!(index.unmatched(&["load.*,gone.*", "other"]), Some("gone.*"));
    assert_eq!(index.unmatched(&["system_load_5", "*"]), None);
    let found = |name| index.find(name).map(|pick| index.name(pick.series));
    assert_eq!(found("system_load_5"), Some("load.5m"));
    assert_eq!(
        found("spindle.sda.read_bytes"),
        Some("spindle.sda.read_bytes")
    );
    assert_eq!(found("load.*"), None);
}

#[test]
fn latest_is_goodalls_json_every_series_then_the_aliases() {
    let (_recorder, index) = recorded();
    let latest = |patterns: &[&str], format| {
        read_all(Latest::new(index.clone(), patterns, format, now()), 100)
    };
    assert_eq!(
        latest(&[], Format::Json),
        r#"{"Timestamp":"2026-11-22T05:04:18.000Z","Metrics":[
{"Name":"load.1m","Value":1,"Timestamp":"2026-11-22T05:04:18.005Z"},
{"Name":"load.5m","Value":null,"Timestamp":"2026-11-22T05:04:18.005Z"},
{"Name":"spindle.sda.read_bytes","Value":1234567890123,"Timestamp":"2026-11-22T05:04:18.005Z"},
{"Name":"spindle.sda.busy_total","Value":3.5,"Timestamp":"2026-11-22T05:04:18.005Z"},
{"Name":"plugin.garnet.queue_total","Value":null,"Timestamp":"2026-11-22T05:04:18.005Z"},
{"Name":"system_load_1","Value":1,"Timestamp":"2026-11-22T05:04:18.005Z"},
{"Name":"system_load_5","Value":null,"Timestamp":"2026-11-22T05:04:18.005Z"}
]}
"#
    );
    assert_eq!(
        latest(&["load.1m", "system_load_1"], Format::Csv),
        "\
time,series,value
2026-11-22T05:04:18.005Z,load.1m,1
2026-11-22T05:04:18.005Z,system_load_1,1
"
    );
    assert_eq!(
        latest(&["no.such"], Format::Json),
        "{\"Timestamp\":\"2026-11-22T05:04:18.000Z\",\"Metrics\":[]}\n"
    );
}

#[test]
fn the_values_of_a_series_come_newest_first_under_the_name_asked_for() {
    let (_recorder, index) = recorded();
    let values = |name, count, since| {
        let range = (since, None);
        Values::new(index.clone(), name, count, range, Format::Csv, now())
            .map(|body| read_all(body, 10))
    };
    assert_eq!(
        values("spindle.sda.read_bytes", 10, None).unwrap(),
        "\
time,series,value
2026-11-22T05:04:18.005Z,spindle.sda.read_bytes,1234567890123
2026-11-22T05:04:16.005Z,spindle.sda.read_bytes,4096
"
    );
    assert_eq!(
        values("system_load_1", 2, None).unwrap(),
        "\
time,series,value
2026-11-22T05:04:18.005Z,system_load_1,1
2026-11-22T05:04:17.005Z,system_load_1,12.5
"
    );
    let since = Some(Moment::At(WallNs(START.0 + 2_005_000_000)));
    assert_eq!(values("load.1m", 10, since).unwrap().lines().count(), 2);
    let unknown = QueryError::UnknownSeries {
        name: "load.*".into(),
    };
    assert_eq!(values("load.*", 10, None), Err(unknown));
}

#[test]
fn the_list_of_series_says_what_each_is() {
    let (_recorder, index) = recorded();
    let whole = read_all(SeriesList::new(index.clone(), &[""; 0]), 65_536);
    assert_eq!(read_all(SeriesList::new(index.clone(), &[""; 0]), 1), whole);
    let list: Vec<Value> = serde_json::from_str(&whole).unwrap();
    assert_eq!(list.len(), 5);
    assert_eq!(
        list[0],
        serde_json::json!({
            "name": "load.1m", "collector": "load", "instance": "", "field": "1m", "unit": "",
            "kind": "gauge", "interval_ms": 1000, "labels": {}, "aliases": ["system_load_1"],
            "help": "Run queue, averaged over 1 minute.",
        })
    );
    assert_eq!(list[3]["labels"]["device"], "sd\"a\\");
    assert_eq!(list[3]["unit"], "seconds");
    assert_eq!(list[3]["kind"], "counter");
    let by_alias = read_all(SeriesList::new(index, &["system_load_1,load.1m"]), 512);
    assert_eq!(
        serde_json::from_str::<Vec<Value>>(&by_alias).unwrap().len(),
        1
    );
}

const TEXT: &str = r#"# HELP goodall_plugin_queue_total_value Recorded by goodall.
# TYPE goodall_plugin_queue_total_value gauge
goodall_plugin_queue_total_value{instance="garnet"} -3
# HELP goodall_spindle_busy_seconds_total Recorded by goodall.
# TYPE goodall_spindle_busy_seconds_total counter
goodall_spindle_busy_seconds_total{device="sd\"a\\"} 1.25
# HELP goodall_spindle_read_bytes_total Recorded by goodall.
# TYPE goodall_spindle_read_bytes_total counter
goodall_spindle_read_bytes_total{device="sd\"a\\"} 4096
# HELP node_load1 1m load average.
# TYPE node_load1 gauge
node_load1 0.42
# HELP node_load5 5m load average.
# TYPE node_load5 gauge
node_load5 +Inf
"#;

/// The metrics after the first second.
fn metrics(exposition: Exposition) -> String {
    let mut recorder = recorder();
    recorder.tick(every_ms(1000), START, BootNs(BOOT_NS));
    recorder.tick(every_ms(2000), START, BootNs(BOOT_NS));
    let taken = BootNs(BOOT_NS);
    recorder.row(0, taken, &[real(0.42), real(f64::INFINITY)]);
    recorder.row(1, taken, &[4096, 1250]);
    recorder.row(2, taken, &[(-3_i64).cast_unsigned()]);
    let index = recorder.index();
    let of = |now, size| read_all(Metrics::new(index.clone(), exposition, now), size);
    let whole = of(now(), 65_536);
    assert_eq!(of(now(), 1), whole);
    let old = of(WallNs(START.0 + 60_000_000_000), 512);
    assert!(
        !old.contains("node_load1"),
        "what is a minute old is not shown as if it were now"
    );
    whole
}

#[test]
fn prometheus_text_has_node_exporters_names_where_the_catalogue_knows_them() {
    assert_eq!(metrics(Exposition::Text), TEXT);
    let open = metrics(Exposition::OpenMetrics);
    assert!(open.ends_with("\n# EOF\n"));
    assert!(open.contains("# TYPE goodall_spindle_busy_seconds counter\n"));
    assert!(open.contains("\ngoodall_spindle_busy_seconds_total{"));
}

/// Runs a program on a text; whether it ended well, and what it said. `None` where there is no such program.
fn judged(program: &str, arguments: &[&str], text: &str) -> Option<(bool, String)> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    Some((
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    ))
}

#[test]
fn promtool_has_nothing_to_say() {
    match judged(
        "promtool",
        &["check", "metrics"],
        &metrics(Exposition::Text),
    ) {
        Some(verdict) => assert_eq!(verdict, (true, String::new())),
        None => skip("no promtool"),
    }
}

#[test]
fn prometheus_clients_parsers_take_both_texts() {
    let has_client = judged("python3", &["-c", "import prometheus_client"], "");
    if !has_client.is_some_and(|(has, _)| has) {
        return skip("no python3 with prometheus_client");
    }
    for (exposition, module) in [
        (Exposition::Text, "prometheus_client.parser"),
        (
            Exposition::OpenMetrics,
            "prometheus_client.openmetrics.parser",
        ),
    ] {
        let script = format!(
            "import sys\nfrom {module} import text_string_to_metric_families as families\n\
             for family in families(sys.stdin.read()):\n    for sample in family.samples:\n        \
             print(sample.name, sorted(sample.labels.items()), float(sample.value))"
        );
        let (parsed, said) = judged("python3", &["-c", &script], &metrics(exposition)).unwrap();
        assert!(parsed, "{said}");
        assert_eq!(
            said.lines().next(),
            Some("goodall_plugin_queue_total_value [('instance', 'garnet')] -3.0")
        );
        assert!(said.contains("goodall_spindle_read_bytes_total [('device', 'sd\"a\\\\')] 4096.0"));
        assert_eq!(said.lines().count(), 5);
    }
}

#[test]
fn health_names_the_collector_that_is_late() {
    let (recorder, _) = recorded();
    let mut slot = recorder.writer().status("load", every_ms(1000)).unwrap();
    let health = |now| {
        let body = Health::new(recorder.index().reader(), now);
        let is_late = body.is_late();
        let text = read_all(body, 7);
        (is_late, serde_json::from_str::<Value>(&text).unwrap())
    };
    slot.set(START, 0, 2, 1, "a \"quoted\" message");
    let (is_late, body) = health(WallNs(START.0 + 2_500_000_000));
    assert!(!is_late);
    assert_eq!(
        body,
        serde_json::json!({
            "status": "ok",
            "collectors": [{
                "name": "load", "last": "2026-11-22T05:04:16.000Z", "late_ms": 1500, "missed": 2,
                "errors": 1, "message": "a \"quoted\" message",
            }],
            "ship": [],
        })
    );
    let (is_late, body) = health(WallNs(START.0 + 4_001_000_000));
    assert!(is_late);
    assert_eq!(body["status"], "late");
    assert!(
        !health(WallNs(START.0 - 3_600_000_000_000)).0,
        "a clock set back makes nobody late"
    );
}

#[test]
fn a_dump_that_the_ring_overtakes_stays_well_formed() {
    let tick = every_ms(10);
    let gauge = field("a", Kind::Gauge, Unit::None, Repr::U64, 1);
    let spec = track("wheel", "", &[], tick, vec![gauge.clone(), gauge]);
    let mut recorder = Recorder::new(Duration::from_secs(1), vec![spec]);
    let mut ticks = 0_u64;
    let mut go_on = |recorder: &mut Recorder, count: u64| {
        for _ in 0..count {
            ticks += 1;
            let wall = WallNs(START.0.saturating_add_unsigned(ticks * 10_000_000));
            let boot = BootNs(BOOT_NS + ticks * 10_000_000);
            recorder.tick(tick, wall, boot);
            recorder.row(0, boot, &[ticks, ticks * 1_000_000_007]);
        }
    };
    go_on(&mut recorder, 150);
    let mut dump = Dump::new(recorder.index(), &request(Format::Json, Shape::Long), now()).unwrap();
    let (mut all, mut buffer) = (Vec::new(), Vec::with_capacity(300));
    loop {
        buffer.clear();
        let more = dump.fill(&mut buffer);
        all.extend_from_slice(&buffer);
        if !more {
            break;
        }
        go_on(&mut recorder, 3);
    }
    let samples: Vec<Value> = serde_json::from_slice(&all).unwrap();
    assert!(
        samples.len() >= 20,
        "what was read before it was overtaken is there"
    );
    assert!(samples.len() < 200, "the ring did overtake the dump");
    for pair in samples.windows(2) {
        assert!(pair[0]["time"].as_str() <= pair[1]["time"].as_str());
        let (first, second) = (pair[0]["value"].as_u64(), pair[1]["value"].as_u64());
        if pair[0]["time"] == pair[1]["time"] {
            assert_eq!(
                first.map(|value| value * 1_000_000_007),
                second,
                "a row is one tick's"
            );
        }
    }
}
