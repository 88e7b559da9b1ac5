//! Since when OTLP's counters say that they count, over resets, failures and restarts of the shipper; and that
//! who adds them up by that has what they rose by, no less and never more.

use std::time::Duration;

use goodall::metric::{Kind, Repr, Unit};

use crate::otlp::{TAKEN, boot, otlp, over, points, wall};
use crate::otlp_messages::Point;
use crate::recorder::{Recorder, SECOND_NS, START, every_ms, field, track};
use crate::ship_server::{Act, Server};

/// A counter of whole numbers, one of hundredths, and a gauge; each row has one value for all.
fn counted() -> Recorder {
    let second = every_ms(1000);
    let fields = vec![
        field("reads", Kind::Counter, Unit::None, Repr::U64, 1),
        field("busy", Kind::Counter, Unit::Seconds, Repr::U64, 100),
        field("queue", Kind::Gauge, Unit::None, Repr::U64, 1),
    ];
    let tracks = vec![track("disk", "sda", &[], second, fields)];
    Recorder::new(Duration::from_secs(600), tracks)
}

/// Records a value a second from `first` on.
fn count(recorder: &mut Recorder, first: u64, values: &[u64]) {
    recorder.start();
    for (at, &value) in (first..).zip(values) {
        recorder.tick(every_ms(1000), wall(at), boot(at));
        recorder.row(0, boot(at), &[value; 3]);
    }
    recorder.stop();
}

/// The points of a metric: the second of each, that since when it counts, and its value.
fn runs(points: &[Point], metric: &str) -> Vec<(i64, i64, f64)> {
    let second = |ns: i64| (ns - START.0) / SECOND_NS.cast_signed();
    let points = points.iter().filter(|at| at.metric == metric);
    points
        .map(|at| {
            (
                second(at.time),
                second(at.start.unwrap()),
                at.value.as_f64(),
            )
        })
        .collect()
}

/// What a counter rose by, as OpenTelemetry's data model has a reader add it up.
fn risen(runs: &[(i64, i64, f64)]) -> f64 {
    let mut before: Option<(i64, f64)> = None;
    let mut risen = 0.0;
    for &(time, start, value) in runs {
        risen += match before {
            Some((run, before)) if run == start => value - before,
            _ if start == time => 0.0,
            _ => value,
        };
        before = Some((start, value));
    }
    risen
}

#[test]
fn counters_say_since_when_they_count_over_resets_failures_and_restarts() {
    let values = [100, 110, 120, 5, 6, 6, 2, 9];
    let starts = [0, 0, 0, 2, 2, 2, 5, 5];
    let mut recorder = counted();
    let shipped = over(&recorder);
    let busy = Act::Answer(503, "", "busy");
    let server = Server::start(&[busy, TAKEN, TAKEN, Act::Half, TAKEN, busy, busy], TAKEN);
    shipped.configure(&otlp(&server, ""));
    for (first, values) in (0..).step_by(2).zip(values.chunks(2)) {
        count(&mut recorder, first, values);
        // each time another process
        shipped.once_well();
    }
    let bodies = server.taken();
    assert_eq!(bodies.len(), 4);
    let all = points(&bodies);
    for (metric, scale) in [("disk.reads", 1.0), ("disk.busy", 100.0)] {
        let expected: Vec<_> = (0..)
            .zip(starts)
            .zip(values)
            .map(|((time, start), value)| (time, start, value as f64 / scale))
            .collect();
        let found = runs(&all, metric);
        assert_eq!(found, expected, "{metric}");
        assert!((risen(&found) - 35.0 / scale).abs() < 1e-9, "{metric}");
    }
    let mut gauges = all.iter().filter(|at| !at.is_sum);
    assert!(gauges.all(|at| at.start.is_none() && at.metric == "disk.queue"));
    // what comes again says the same
    let again = server.requests();
    let refused = again.iter().filter(|request| request.status == 503);
    for request in refused {
        assert!(bodies.contains(&request.body));
    }
}

#[test]
fn counters_whose_start_was_forgotten_begin_anew_and_add_nothing() {
    let mut recorder = counted();
    let shipped = over(&recorder);
    let server = Server::start(&[], TAKEN);
    shipped.configure(&otlp(&server, ""));
    count(&mut recorder, 0, &[100, 110]);
    shipped.once_well();
    let mut kept = shipped.ring.clone().into_os_string();
    kept.push(".ship/otel.starts");
    std::fs::write(kept, "goodall starts 1\n").unwrap();
    count(&mut recorder, 2, &[120, 130]);
    shipped.once_well();
    let found = runs(&points(&server.taken()), "disk.reads");
    let expected = [(0, 0, 100.0), (1, 0, 110.0), (2, 2, 120.0), (3, 2, 130.0)];
    assert_eq!(found, expected);
}

#[test]
fn buckets_count_as_samples_do_and_their_sums_are_no_counters() {
    let mut recorder = counted();
    count(&mut recorder, 0, &[1, 2, 3, 4, 1, 2]);
    let shipped = over(&recorder);
    let server = Server::start(&[], TAKEN);
    shipped.configure(&otlp(&server, "step = \"2s\""));
    shipped.once_well();
    let found = runs(&points(&server.taken()), "disk.reads");
    assert_eq!(found, [(0, 0, 2.0), (2, 0, 4.0), (4, 2, 2.0)]);
    let summing = Server::start(&[], TAKEN);
    let more = "step = \"2s\"\nagg = \"sum\"";
    shipped.configure(&otlp(&summing, more).replace("otel", "sums"));
    shipped.once_well();
    let all = points(&summing.taken());
    assert!(all.len() == 9 && all.iter().all(|at| !at.is_sum && at.start.is_none()));
}

#[test]
fn a_probe_does_not_say_since_when_it_counts() {
    let mut recorder = counted();
    count(&mut recorder, 0, &[100]);
    let shipped = over(&recorder);
    let server = Server::start(&[], TAKEN);
    shipped.configure(&otlp(&server, "match = \"disk.sda.reads\""));
    let output = shipped.goodall(&["check", "--ship"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let all = points(&server.taken());
    assert!(
        all.len() == 1 && all[0].is_sum && all[0].start.is_none(),
        "{all:?}"
    );
}
