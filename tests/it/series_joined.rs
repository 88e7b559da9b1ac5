//! What a series goes on over besides an interval: another build's fields, a plugin's value that outgrows its
//! representation, a counter that was a gauge; and in which order, and at what cost, its samples come.

use std::time::Duration;

use goodall::format::{Body, Dump, Latest, Values};
use goodall::metric::{Kind, Repr, Unit};
use goodall::quantity::BootNs;
use goodall::query::{Format, Request, Shape};
use goodall::ring::{FieldSpec, TrackSpec};
use goodall_platform::alloc::Counting;

use crate::recorder::{Recorder, SECOND_NS, START, every_ms, field, read_all, track};
use crate::series_moved::{
    BOOT, dump, load, metrics, newest, other, record, series, tick, values, wall,
};

/// No float holds the next.
const BIG: u64 = 1 << 53;

#[test]
fn samples_of_a_name_come_in_the_order_in_which_they_were_taken() {
    let (one, four) = (every_ms(1000), every_ms(4000));
    let mut recorder = Recorder::new(Duration::from_secs(3600), vec![load(one), other()]);
    // the frame of four seconds has long been open when its first row comes, at 7.5 s
    record(&mut recorder, 0..4, 1, &[one]);
    recorder.change(0, load(four));
    tick(&mut recorder, 4, &[one, four]);
    recorder.change(0, load(one));
    record(&mut recorder, 5..8, 1, &[one]);
    recorder.change(0, load(four));
    recorder.tick(four, wall(4), BootNs((BOOT + 4) * SECOND_NS));
    let taken = BootNs((BOOT + 7) * SECOND_NS + SECOND_NS / 2);
    recorder.row(0, taken, &[7.5_f64.to_bits(), 75]);
    record(&mut recorder, 8..13, 4, &[one, four]);
    let index = recorder.index();
    let all = ["0", "1", "2", "3", "5", "6", "7", "7.5", "8", "12"];
    assert_eq!(values(&dump(&index, "load.1m", |_| {})), all);
    let mut backwards = newest(&index, "load.1m", 100);
    backwards.reverse();
    let all: Vec<f64> = all.iter().map(|text| text.parse().unwrap()).collect();
    assert_eq!(backwards, all);
    // 7.5 s is so near to 7 s, in comparison with 4 s, that it has no rate of its own; nor has 8 s
    let rates = dump(&index, "load.forks", |request| request.rate = true);
    let times = rates[1..].iter().map(|line| &line[17..23]);
    let times: Vec<_> = times.collect();
    let expected = ["17.002", "18.002", "19.002", "21.002", "22.002", "23.002"];
    assert_eq!(times[..6], expected, "{rates:#?}");
    assert!(
        values(&rates).iter().all(|&rate| rate == "10"),
        "{rates:#?}"
    );
}

fn spindle(fields: &[FieldSpec]) -> TrackSpec {
    track("spindle", "sda", &[], every_ms(1000), fields.to_vec())
}

#[test]
fn what_another_build_recorded_with_other_fields_goes_on() {
    let second = every_ms(1000);
    let gauge = |name| field(name, Kind::Gauge, Unit::Bytes, Repr::U64, 1);
    let old = spindle(&[gauge("gone"), gauge("a"), gauge("b"), gauge("c")]);
    let new = spindle(&[gauge("c"), gauge("new"), gauge("a"), gauge("b")]);
    let mut recorder = Recorder::new(Duration::from_secs(3600), vec![old, other()]);
    let boot = tick(&mut recorder, 0, &[second]);
    recorder.row(0, boot, &[1, 2, 3, 4]);
    recorder.plan(0, new);
    recorder.start();
    let boot = tick(&mut recorder, 1, &[second]);
    recorder.row(0, boot, &[40, 50, 20, 30]);
    let index = recorder.index();
    let wide = dump(&index, "spindle.*", |request| request.shape = Shape::Wide);
    assert_eq!(
        wide[0].replace("spindle.sda.", ""),
        "time,gone,a,b,c,new",
        "what was there stands where it stood"
    );
    assert_eq!(wide[1][25..], *"1,2,3,4,");
    assert_eq!(wide[2][25..], *",20,30,40,50");
    let long = dump(&index, "*.a,*.gone,*.c", |_| {});
    let long: Vec<_> = long[1..].iter().map(|line| &line[37..]).collect();
    assert_eq!(long, ["gone,1", "a,2", "c,4", "a,20", "c,40"]);
    assert_eq!(newest(&index, "spindle.sda.b", 5), [30.0, 3.0]);
}

#[test]
fn a_value_of_a_plugin_that_outgrows_its_representation_stays_one_series() {
    let second = every_ms(1000);
    let count = |repr| {
        let spec = field("requests", Kind::Counter, Unit::None, repr, 1);
        track("plugin", "web", &[], second, vec![spec])
    };
    let specs = vec![count(Repr::F64), other()];
    let mut recorder = Recorder::new(Duration::from_secs(3600), specs);
    for at in 0..4 {
        let boot = tick(&mut recorder, at, &[second]);
        recorder.row(0, boot, &[((BIG - 40 + 10 * at) as f64).to_bits()]);
    }
    recorder.change(0, count(Repr::U64));
    for at in 4..8 {
        let boot = tick(&mut recorder, at, &[second]);
        recorder.row(0, boot, &[BIG + 1 + 10 * (at - 4)]);
    }
    let index = recorder.index();
    let name = "plugin.web.requests";
    let expected: Vec<String> = (0..4)
        .map(|at| BIG - 40 + 10 * at)
        .chain((0..4).map(|at| BIG + 1 + 10 * at))
        .map(|value| value.to_string())
        .collect();
    assert_eq!(values(&dump(&index, name, |_| {})), expected);
    let newest = Latest::new(index.clone(), &[name], Format::Csv, START);
    let newest = read_all(newest, 500);
    assert!(newest.ends_with(&format!("{name},{}\n", BIG + 31)));
    assert_eq!(newest.lines().count(), 2);
    assert_eq!(series(&index, name).len(), 1);
    let text = metrics(&index, wall(8));
    let sample = format!("{{plugin=\"web\"}} {}\n", BIG + 31);
    assert!(text.contains(&sample), "{text}");
    // where the words change no difference is made
    let rates = dump(&index, name, |request| request.rate = true);
    assert_eq!(values(&rates), ["10"; 6]);
}

#[test]
fn what_was_recorded_as_the_other_kind_has_no_rate() {
    let second = every_ms(1000);
    let spec = |kind| {
        let spec = field("queue", kind, Unit::None, Repr::U64, 1);
        track("plugin", "web", &[], second, vec![spec])
    };
    for (was, is, expected) in [
        (Kind::Gauge, Kind::Counter, &["10", "10"][..]),
        (Kind::Counter, Kind::Gauge, &["30", "40", "50"][..]),
    ] {
        let specs = vec![spec(was), other()];
        let mut recorder = Recorder::new(Duration::from_secs(3600), specs);
        for at in 0..6 {
            if at == 3 {
                recorder.change(0, spec(is));
            }
            let boot = tick(&mut recorder, at, &[second]);
            recorder.row(0, boot, &[10 * at]);
        }
        let index = recorder.index();
        let rates = dump(&index, "plugin.*", |request| request.rate = true);
        assert_eq!(values(&rates), expected);
        assert_eq!(series(&index, "plugin.*")[0]["kind"], is.name());
    }
}

#[test]
fn a_series_over_several_tracks_allocates_nothing_a_row() {
    let (one, two) = (every_ms(1000), every_ms(2000));
    let mut recorder = Recorder::new(Duration::from_secs(3600), vec![load(one), other()]);
    record(&mut recorder, 0..500, 1, &[one]);
    recorder.change(0, load(two));
    record(&mut recorder, 500..1000, 2, &[one, two]);
    let index = recorder.index();
    let mut count = 0;
    for shape in [Shape::Long, Shape::Wide] {
        for rate in [false, true] {
            let request = Request {
                shape,
                rate,
                ..Request::default()
            };
            let dump = Dump::new(index.clone(), &request, START).unwrap();
            count += pulled(dump);
        }
    }
    let range = (None, None);
    let values = Values::new(index, "load.1m", 10_000, range, Format::Csv, START);
    assert_eq!(pulled(values.unwrap()) + count, 0);
}

/// Allocations while an answer is pulled.
fn pulled(mut body: impl Body) -> u64 {
    let mut buffer = Vec::with_capacity(16_384);
    let before = Counting::this_thread();
    let mut size = 0;
    loop {
        buffer.clear();
        let more = body.fill(&mut buffer);
        size += buffer.len();
        if !more {
            assert!(size > 20_000);
            return Counting::this_thread() - before;
        }
    }
}
