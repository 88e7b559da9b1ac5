//! Restart after restart with other intervals: every row is carried or said to be left out, and whatever shape it is
//! asked for in, it has one time.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use goodall::quantity::{BootNs, Interval, Moment, Now, WallNs};
use goodall::query::{Index, Request, Rows, Shape, Step};
use goodall::ring::writer::Opened;
use goodall::ring::{Access, Need, Plan, Reader, TrackSpec, Writer};

use crate::ring_kit::{EPOCH_NS, Random, folder, plan, track};

const MS: i64 = 1_000_000;
const SERIES: [&str; 2] = ["load", "stat"];
/// The longest interval of the chains, of which every other one is a part.
const LONGEST_MS: u64 = 2000;
const INTERVALS_MS: [u64; 5] = [100, 250, 500, 1000, LONGEST_MS];
/// From a tick to its row, at least.
const LATE_NS: u64 = 12_345_000;

fn interval(ms: u64) -> Interval {
    Interval::of(Duration::from_millis(ms)).unwrap()
}

fn plan_of(every_ms: &[u64]) -> Plan {
    let need = |&ms: &u64| Need {
        interval: interval(ms),
        words: 10,
    };
    Plan {
        needs: every_ms.iter().map(need).collect(),
        ..plan(600, 0)
    }
}

/// Samples each series at its interval over a stretch of time, as after a HUP.
fn record(writer: &Arc<Writer>, every_ms: [u64; 2], from_ms: u64, to_ms: u64) -> u64 {
    let mut clocks: Vec<_> = every_ms
        .iter()
        .enumerate()
        .filter(|(at, ms)| !every_ms[..*at].contains(ms))
        .map(|(_, &ms)| (ms, writer.clock(interval(ms)).unwrap()))
        .collect();
    let mut tracks: Vec<_> = SERIES
        .iter()
        .zip(every_ms)
        .map(|(name, ms)| {
            let spec = TrackSpec {
                interval: interval(ms),
                ..track(name, "", 1)
            };
            (ms, writer.track(&spec).unwrap())
        })
        .collect();
    let mut rows = 0;
    for ms in (from_ms..to_ms).step_by(50) {
        for (every, clock) in &mut clocks {
            if !ms.is_multiple_of(*every) {
                continue;
            }
            // each clock reads the time since boot for itself
            let boot = BootNs((100_000 + ms) * 1_000_000 + (*every * 7919 + ms * 31) % 2000);
            let wall = WallNs(EPOCH_NS + ms.cast_signed() * MS);
            let tick = clock.open_frame(Now { wall, boot });
            for (of, track) in &mut tracks {
                if of == every {
                    // some are slow
                    let slow = ms / *every * 37 % (*every * 3 / 4);
                    let taken = boot.0 + slow * 1_000_000 + LATE_NS;
                    track.write(&tick, BootNs(taken), &[ms + slow]);
                    rows += 1;
                }
            }
        }
    }
    writer.checkpoint(true).unwrap();
    rows
}

/// Every cell: by series and time.
fn asked(path: &Path, request: &Request) -> BTreeMap<(usize, i64), f64> {
    let reader = Reader::open(path, Access::Pread).unwrap();
    let index = Arc::new(Index::new(Arc::new(reader)));
    let mut rows = Rows::new(index, request, WallNs(0)).unwrap();
    let mut all = BTreeMap::new();
    while let Some(row) = rows.next_row() {
        for (column, cell) in row.columns.clone().zip(rows.cells(row.columns.clone())) {
            if let Some(value) = cell.as_f64() {
                let twice = all.insert((column, row.time.0), value);
                assert_eq!(twice, None, "{row:?}");
            }
        }
    }
    all
}

/// What `goodall dump` says in each shape is one story, a tick at most `far_ms` before what was taken at it. Gives how
/// many samples there are.
fn hold(path: &Path, newest_ms: u64, far_ms: u64, told: &str) -> usize {
    let long = asked(path, &Request::default());
    for (&(_, time), value) in &long {
        let own = EPOCH_NS as f64 + value * MS as f64 + LATE_NS as f64;
        assert!(
            (time as f64 - own).abs() < 10_000.0,
            "{told}: {value} at {time}"
        );
    }
    let wide = Request {
        shape: Shape::Wide,
        ..Request::default()
    };
    let wide = asked(path, &wide);
    assert_eq!(wide.len(), long.len(), "{told}");
    for (&(_, tick), value) in &wide {
        let taken = value + LATE_NS as f64 / MS as f64;
        let after = taken - (tick - EPOCH_NS) as f64 / MS as f64;
        let is_near = (-0.01..far_ms as f64).contains(&after);
        assert!(is_near, "{told}: {value} is {after} ms from its tick");
    }
    let step_ns = LONGEST_MS.cast_signed() * MS;
    let bucket = |time: i64| time.div_euclid(step_ns) * step_ns;
    // each bucket's newest
    let last = |cells: &BTreeMap<(usize, i64), f64>| {
        let last = cells.iter();
        last.map(|(&(column, time), &value)| ((column, bucket(time)), value))
            .collect::<BTreeMap<_, _>>()
    };
    for since_ms in [0, newest_ms / 4000 * 2000, newest_ms / 3] {
        let since = WallNs(EPOCH_NS + since_ms.cast_signed() * MS);
        let of = |shape, step: Option<Step>| Request {
            since: Some(Moment::At(since)),
            agg: step.map(|_| goodall::query::Agg::Last),
            shape,
            step,
            ..Request::default()
        };
        let mut expected = long.clone();
        expected.retain(|&(_, time), _| time >= since.0);
        assert_eq!(asked(path, &of(Shape::Long, None)), expected, "{told}");
        if since.0 == bucket(since.0) {
            let wide = asked(path, &of(Shape::Wide, None));
            assert_eq!(last(&wide), last(&expected), "{told}: wide");
            let step = Step::of(Duration::from_millis(LONGEST_MS)).unwrap();
            let stepped = asked(path, &of(Shape::Long, Some(step)));
            assert_eq!(stepped, last(&expected), "{told}: step");
        }
    }
    long.len()
}

/// Stretches of a run, and the intervals of the two series in each.
type Run = Vec<[u64; 2]>;

fn live(runs: &[Run]) {
    let folder = folder();
    let path = folder.path().join("ring");
    let (mut now, mut there) = (0, 0);
    for (at, run) in runs.iter().enumerate() {
        let told = format!("{:?}", &runs[..=at]);
        let (writer, opened) = Writer::open(&path, &plan_of(&run[0])).unwrap();
        if let Opened::CarriedOver { rows, left_out } = opened {
            assert_eq!(rows + left_out, there, "{told}");
            let fastest = runs[..at].iter().flatten().flatten().min().unwrap();
            if run[0].iter().all(|ms| ms <= fastest) {
                assert_eq!(left_out, 0, "{told}");
            }
            there = rows;
        }
        for &every_ms in run {
            there += record(&writer, every_ms, now, now + 6000);
            now += 6000;
        }
        drop(writer);
        crate::ring_kit::until_left(&path);
        let far_ms = *run.iter().flatten().max().unwrap();
        let held = hold(&path, now, far_ms, &told);
        assert_eq!(held as u64, there, "{told}");
        now += 3000;
    }
}

#[test]
fn intervals_that_went_apart_and_came_together_again_leave_each_row_its_time() {
    live(&[
        vec![[500, 500], [2000, 100], [500, 500]],
        vec![[1000, 1000]],
        vec![[250, 250]],
        vec![[500, 500]],
    ]);
    // the interval was set while it ran, and is the one it is started with
    live(&[vec![[2000, 2000], [500, 500]], vec![[500, 500]]]);
}

#[test]
fn any_chain_of_intervals_leaves_each_row_its_time() {
    let mut random = Random(20);
    for _ in 0..12 {
        let runs: Vec<Run> = (0..4)
            .map(|_| {
                let stretches = 1 + random.below(3);
                let mut pick = || INTERVALS_MS[random.below(INTERVALS_MS.len())];
                (0..stretches).map(|_| [pick(), pick()]).collect()
            })
            .collect();
        live(&runs);
    }
}
