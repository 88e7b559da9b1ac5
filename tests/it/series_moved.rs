//! A name is one series, in however many tracks its samples stand: an interval that is changed by HUP or by a start breaks
//! it in no answer. What else a series goes on over is in `series_joined`.

use std::sync::Arc;
use std::time::Duration;

use goodall::format::{Dump, Exposition, Latest, Metrics, SeriesList, Values};
use goodall::metric::{Kind, Repr, Unit};
use goodall::quantity::{BootNs, Interval, WallNs};
use goodall::query::{Format, Index, Request, Shape, Step};
use goodall::ring::TrackSpec;
use serde_json::Value;

use crate::daemon::{Home, wait_for};
use crate::recorder::{Recorder, SECOND_NS, START, every_ms, field, read_all, track};

pub const BOOT: u64 = 1000;

/// The load at an interval.
pub fn load(interval: Interval) -> TrackSpec {
    let fields = vec![
        field("1m", Kind::Gauge, Unit::None, Repr::F64, 1),
        field("forks", Kind::Counter, Unit::None, Repr::U64, 1),
    ];
    track("load", "", &[], interval, fields)
}

/// What keeps the interval of a second going.
pub fn other() -> TrackSpec {
    let fields = vec![field("total", Kind::Counter, Unit::None, Repr::U64, 1)];
    track("stat", "", &[], every_ms(1000), fields)
}

/// A second's time.
pub fn wall(second: u64) -> WallNs {
    WallNs(START.0.saturating_add_unsigned(second * SECOND_NS))
}

/// Opens the frames of these intervals where their tick is, and records the other's row.
pub fn tick(recorder: &mut Recorder, second: u64, intervals: &[Interval]) -> BootNs {
    let boot = BootNs((BOOT + second) * SECOND_NS);
    for &interval in intervals {
        if second.is_multiple_of(interval.ns() / SECOND_NS) {
            recorder.tick(interval, wall(second), boot);
        }
    }
    recorder.row(1, boot, &[second]);
    boot
}

/// The load at those seconds: ten forks a second.
pub fn record(
    recorder: &mut Recorder,
    seconds: std::ops::Range<u64>,
    every: u64,
    all: &[Interval],
) {
    for second in seconds {
        let boot = tick(recorder, second, all);
        if second.is_multiple_of(every) {
            let words = [(second as f64).to_bits(), 10 * second];
            recorder.row(0, BootNs(boot.0 + 2_000_000), &words);
        }
    }
}

/// The lines of a dump.
pub fn dump(index: &Arc<Index>, pattern: &str, change: impl FnOnce(&mut Request)) -> Vec<String> {
    let mut request = Request {
        patterns: vec![pattern.to_owned()],
        ..Request::default()
    };
    change(&mut request);
    let text = read_all(Dump::new(index.clone(), &request, START).unwrap(), 500);
    text.lines().map(str::to_owned).collect()
}

/// The last fields of lines of CSV.
pub fn values(lines: &[String]) -> Vec<&str> {
    let lines = lines[1..].iter();
    lines.map(|line| line.rsplit(',').next().unwrap()).collect()
}

/// Names and values.
pub fn latest(index: &Arc<Index>, pattern: &str) -> Vec<(String, Value)> {
    let answer = Latest::new(index.clone(), &[pattern], Format::Json, START);
    let answer: Value = serde_json::from_str(&read_all(answer, 500)).unwrap();
    let metrics = answer["Metrics"].as_array().unwrap().iter();
    metrics
        .map(|one| {
            (
                one["Name"].as_str().unwrap().to_owned(),
                one["Value"].clone(),
            )
        })
        .collect()
}

/// The list of series.
pub fn series(index: &Arc<Index>, pattern: &str) -> Vec<Value> {
    let list = SeriesList::new(index.clone(), &[pattern]);
    serde_json::from_str(&read_all(list, 4096)).unwrap()
}

/// Values of one series, the newest first.
pub fn newest(index: &Arc<Index>, name: &str, count: usize) -> Vec<f64> {
    let range = (None, None);
    let answer = Values::new(index.clone(), name, count, range, Format::Json, START).unwrap();
    let answer: Value = serde_json::from_str(&read_all(answer, 500)).unwrap();
    let metrics = answer["Metrics"].as_array().unwrap().iter();
    metrics.map(|one| one["Value"].as_f64().unwrap()).collect()
}

/// The newest values for Prometheus.
pub fn metrics(index: &Arc<Index>, now: WallNs) -> String {
    read_all(
        Metrics::new(index.clone(), Exposition::OpenMetrics, now),
        5000,
    )
}

/// Every answer about a load that was recorded at `seconds`, the last at `interval_ms`; `gap` is the first after
/// another start.
fn assert_is_one(index: &Arc<Index>, seconds: &[u64], interval_ms: u64, gap: Option<u64>) {
    let last = *seconds.last().unwrap();
    let expected: Vec<String> = seconds.iter().map(u64::to_string).collect();
    assert_eq!(values(&dump(index, "load.1m", |_| {})), expected);
    let long = dump(index, "load.*", |_| {});
    assert!(
        long[1..]
            .windows(2)
            .all(|pair| pair[0][..24] <= pair[1][..24])
    );
    assert_eq!(long.len(), 1 + 2 * seconds.len());

    let wide = dump(index, "load.*", |request| request.shape = Shape::Wide);
    assert_eq!(wide[0], "time,load.1m,load.forks");
    let lines = wide[1..].iter().map(|line| line[25..].to_owned());
    let expected = seconds.iter().map(|at| format!("{at},{}", 10 * at));
    assert!(lines.eq(expected), "{wide:#?}");

    let step = Step::of(Duration::from_secs(4)).unwrap();
    let buckets = dump(index, "load.1m", |request| request.step = Some(step));
    let mean = |of: &[u64]| of.iter().sum::<u64>() as f64 / of.len() as f64;
    let expected = seconds
        .chunk_by(|left, right| left / 4 == right / 4)
        .map(mean);
    let found = values(&buckets);
    assert!(
        found
            .iter()
            .map(|text| text.parse::<f64>().unwrap())
            .eq(expected)
    );

    let rates = dump(index, "load.forks", |request| request.rate = true);
    let some = seconds[1..].iter().filter(|&&second| Some(second) != gap);
    assert_eq!(values(&rates), vec!["10"; some.count()]);

    for name in ["system_load_1", "load.1m"] {
        assert_eq!(latest(index, name), [(name.to_owned(), last.into())]);
    }
    let backwards: Vec<f64> = seconds.iter().rev().map(|&at| at as f64).collect();
    assert_eq!(newest(index, "load.1m", 1000), backwards);
    assert_eq!(newest(index, "system_load_1", 3), backwards[..3]);

    let listed = series(index, "load.*");
    let names: Vec<_> = listed.iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["load.1m", "load.forks"]);
    assert!(listed.iter().all(|one| one["interval_ms"] == interval_ms));
    assert_eq!(listed[0]["aliases"], serde_json::json!(["system_load_1"]));

    let text = metrics(index, wall(last + 1));
    assert_eq!(text.matches("\nnode_load1 ").count(), 1, "{text}");
    assert!(text.contains(&format!("\nnode_load1 {last}\n")), "{text}");
}

#[test]
fn an_interval_changed_in_a_run_there_and_back_breaks_no_answer() {
    let (one, two) = (every_ms(1000), every_ms(2000));
    let mut recorder = Recorder::new(Duration::from_secs(3600), vec![load(one), other()]);
    record(&mut recorder, 0..10, 1, &[one]);
    recorder.change(0, load(two));
    let before = recorder.index();
    let seconds: Vec<u64> = (0..10).collect();
    assert_is_one(&before, &seconds, 1000, None);
    record(&mut recorder, 10..21, 2, &[one, two]);
    assert!(before.is_stale(), "it is written elsewhere");
    let seconds: Vec<u64> = seconds.into_iter().chain((10..21).step_by(2)).collect();
    assert_is_one(&recorder.index(), &seconds, 2000, None);

    recorder.change(0, load(one));
    let before = recorder.index();
    assert!(!before.is_stale());
    record(&mut recorder, 21..40, 1, &[one, two]);
    assert!(before.is_stale(), "it is written where it once was");
    let seconds: Vec<u64> = seconds.into_iter().chain(21..40).collect();
    let index = recorder.index();
    assert_is_one(&index, &seconds, 1000, None);
    // the other's clock goes on: however far, what was is not what is
    for second in 40..240 {
        tick(&mut recorder, second, &[one, two]);
    }
    assert!(!index.is_stale());
    assert_eq!(latest(&recorder.index(), "load.1m"), [], "64 ticks ago");
    assert_eq!(newest(&recorder.index(), "load.1m", 1), [39.0]);
}

#[test]
fn an_interval_changed_by_a_start_breaks_no_answer() {
    let (one, two) = (every_ms(1000), every_ms(2000));
    for (first, second) in [(one, two), (two, one)] {
        let specs = vec![load(first), other()];
        let mut recorder = Recorder::new(Duration::from_secs(3600), specs);
        let every = first.ns() / SECOND_NS;
        record(&mut recorder, 0..10, every, &[one, two][..every as usize]);
        recorder.plan(0, load(second));
        recorder.start();
        let then = second.ns() / SECOND_NS;
        record(&mut recorder, 20..31, then, &[one, two][..then as usize]);
        let seconds: Vec<u64> = (0..10)
            .step_by(every as usize)
            .chain((20..31).step_by(then as usize))
            .collect();
        assert_is_one(&recorder.index(), &seconds, then * 1000, Some(20));
    }
}

#[test]
fn what_nobody_samples_any_more_is_not_the_latest_for_good() {
    let (one, two) = (every_ms(1000), every_ms(2000));
    let mut recorder = Recorder::new(Duration::from_secs(3600), vec![load(one), other()]);
    record(&mut recorder, 0..3, 1, &[one]);
    // the second's clock stops with it
    recorder.change(
        1,
        TrackSpec {
            interval: two,
            ..other()
        },
    );
    for second in (4..=62).step_by(2) {
        tick(&mut recorder, second, &[two]);
    }
    assert_eq!(latest(&recorder.index(), "load.1m").len(), 1);
    for second in (64..=128).step_by(2) {
        tick(&mut recorder, second, &[two]);
    }
    assert_eq!(latest(&recorder.index(), "load.1m"), []);
    assert_eq!(latest(&recorder.index(), "stat.total").len(), 1);
    assert_eq!(newest(&recorder.index(), "load.1m", 1), [2.0]);
}

#[test]
fn a_hup_that_changes_an_interval_is_seen_by_who_asks_as_one_series() {
    let home = Home::new();
    home.configure("", &[("load", "20ms"), ("uptime", "20ms")]);
    let config = home.path("goodall.toml");
    let daemon = home.start(&format!("--ring 5m --config {}", config.display()));
    let ask = |target: &str| home.ask(target).unwrap();
    let value = || {
        let answer = ask("/latest?match=uptime.seconds").json();
        let metrics = answer["Metrics"].as_array().unwrap().clone();
        assert!(metrics.len() < 2, "{metrics:?}");
        metrics.first().map(|one| one["Value"].as_f64().unwrap())
    };
    let goes_on = || {
        let before = value();
        wait_for("it goes on", || value() > before);
    };
    let interval = || {
        let list = ask("/series?match=uptime.seconds").json();
        assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
        list[0]["interval_ms"].as_u64().unwrap()
    };
    wait_for("it is sampled", || value().is_some());
    for (every, ms) in [("50ms", 50), ("20ms", 20)] {
        goes_on();
        home.configure("", &[("load", "20ms"), ("uptime", every)]);
        daemon.signal("HUP");
        wait_for("it is another interval", || interval() == ms);
        goes_on();
        goes_on();
    }
    let dump = ask("/dump.csv?match=uptime.seconds,load.1m&shape=wide").body;
    assert!(dump.starts_with("time,load.1m,uptime.seconds\n"), "{dump}");
    let dump = ask("/dump.csv?match=uptime.seconds").body;
    let values: Vec<f64> = dump
        .lines()
        .skip(1)
        .map(|line| line.rsplit(',').next().unwrap().parse().unwrap())
        .collect();
    assert!(values.is_sorted(), "{values:?}");
    let backwards = ask("/uptime.seconds?n=100000").json();
    let backwards = backwards["Metrics"].as_array().unwrap().iter();
    let backwards: Vec<f64> = backwards
        .map(|one| one["Value"].as_f64().unwrap())
        .collect();
    assert!(backwards.len() >= values.len());
    assert!(backwards.iter().rev().is_sorted(), "{backwards:?}");
    let rates = ask("/dump.csv?match=uptime.seconds&rate=1").body;
    assert!(rates.lines().skip(1).count() >= values.len(), "a gauge");
}
