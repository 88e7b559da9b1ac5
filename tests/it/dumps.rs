//! Dumps to the byte: long and wide, CSV, JSON and NDJSON, rates and buckets; any buffer gives the same
//! bytes, and a dump that the ring overtakes stays well-formed.

use std::sync::Arc;
use std::time::Duration;

use goodall::format::{Body, Dump};
use goodall::metric::{Kind, Repr, Unit};
use goodall::quantity::{BootNs, Moment, WallNs};
use goodall::query::{Agg, Format, Index, QueryError, Request, Shape, Step};
use serde_json::Value;

use crate::recorder::{Recorder, START, every_ms, field, read_all, track};
use crate::small_ring::{BOOT_NS, now, recorded};

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
    agg.agg = Some(Agg::Max);
    assert_eq!(refused(&agg), Some(QueryError::AggWithoutStep));
    let mut range = request(Format::Csv, Shape::Long);
    range.since = Some(Moment::At(START));
    range.until = Some(Moment::At(WallNs(START.0 - 1)));
    assert_eq!(refused(&range), Some(QueryError::EmptyRange));
}

#[test]
fn a_range_of_no_length_holds_nothing_and_one_without_end_everything() {
    let (_recorder, index) = recorded();
    let mut range = request(Format::Csv, Shape::Long);
    let all = dumped(&index, &range);
    range.since = Some(Moment::At(START));
    range.until = range.since;
    assert_eq!(dumped(&index, &range), "time,series,value\n");
    range.since = Some(Moment::parse("0001-01-01T00:00:00Z").unwrap());
    range.until = Some(Moment::parse("9999-12-31T23:59:59Z").unwrap());
    assert_eq!(dumped(&index, &range), all);
    range.since = range.until;
    range.until = None;
    assert_eq!(dumped(&index, &range), "time,series,value\n");
}

#[test]
fn a_dump_that_the_ring_overtakes_stays_well_formed() {
    let tick = every_ms(10);
    let gauge = |name| field(name, Kind::Gauge, Unit::None, Repr::U64, 1);
    let spec = track("wheel", "", &[], tick, vec![gauge("a"), gauge("b")]);
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

#[test]
fn a_dump_of_a_file_that_gives_way_has_no_end() {
    let tick = every_ms(10);
    let gauge = field("a", Kind::Gauge, Unit::None, Repr::U64, 1);
    let spec = track("wheel", "", &[], tick, vec![gauge]);
    let mut recorder = Recorder::new(Duration::from_secs(1), vec![spec]);
    for ticks in 1..=90_u64 {
        let boot = BootNs(BOOT_NS + ticks * 10_000_000);
        let wall = WallNs(START.0.saturating_add_unsigned(ticks * 10_000_000));
        recorder.tick(tick, wall, boot);
        recorder.row(0, boot, &[ticks]);
    }
    let request = request(Format::Json, Shape::Long);
    let mut dump = Dump::new(recorder.index(), &request, now()).unwrap();
    assert!(dump.failure().is_none());
    let file = std::fs::File::options().write(true).open(recorder.path());
    file.unwrap().set_len(143_360).unwrap();
    let mut buffer = Vec::with_capacity(65_536);
    for _ in 0..3 {
        assert!(dump.fill(&mut buffer), "it is broken off, not ended");
    }
    assert!(dump.failure().is_some());
}
