//! What a feed hands out, against a model: tracks that write in time, late, seldom, or for the first time later
//! on, while the feed is asked at odd moments, made anew, and set back to a place it was at before.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use goodall::quantity::BootNs;
use goodall::query::{Feed, Index, Place, Point, Request};
use goodall::ring::writer::{Clock, Tick, Track};
use goodall::ring::{Access, Need, Plan, Reader, TrackSpec, Writer};
use goodall_platform::alloc::Counting;

use crate::ring_kit::{Random, at, cases, folder, open, plan, seconds, track};

const SECONDS: u64 = 400;
/// Every row that comes has come by then, and was looked for.
const REST: u64 = 80;

/// A source: what it is called, from tick to tick, and how it is late.
struct Source {
    spec: TrackSpec,
    /// It takes up every so many ticks.
    every: u64,
    /// How many seconds its rows are late, at most; once in how many rows.
    late: (u64, usize),
    first: u64,
    writes: Option<Track>,
    /// The row under way: its tick and when it is written.
    row: Option<(Tick, u64)>,
}

fn source(name: &str, interval: u64, every: u64, late: (u64, usize), first: u64) -> Source {
    let spec = TrackSpec {
        interval: seconds(interval),
        ..track(name, "", 2)
    };
    Source {
        spec,
        every,
        late,
        first,
        writes: None,
        row: None,
    }
}

fn sources() -> Vec<Source> {
    vec![
        source("quick", 1, 1, (0, 1), 0),
        source("hangs", 1, 1, (50, 20), 0),
        source("seldom", 1, 7, (9, 2), 0),
        source("plugin", 30, 1, (29, 1), 0),
        source("newcomer", 1, 1, (20, 4), 150),
        source("another", 10, 3, (15, 2), 200),
    ]
}

/// A ring that is written to, and every row in it.
struct World {
    writer: Arc<Writer>,
    clocks: Vec<Clock>,
    sources: Vec<Source>,
    /// By series, the second of each row.
    written: BTreeMap<String, Vec<u64>>,
}

impl World {
    fn new(path: &Path) -> World {
        let need = |interval, words| Need {
            interval: seconds(interval),
            words,
        };
        let plan = Plan {
            needs: vec![need(1, 12), need(10, 6), need(30, 6)],
            ..plan(1000, 0)
        };
        let writer = open(path, &plan).0;
        let intervals = [1, 10, 30].map(seconds);
        World {
            clocks: intervals
                .map(|interval| writer.clock(interval).unwrap())
                .into(),
            writer,
            sources: sources(),
            written: BTreeMap::new(),
        }
    }

    /// A second goes by.
    fn pass(&mut self, second: u64, random: &mut Random) {
        self.write(second);
        if second >= SECONDS {
            return;
        }
        for clock in &mut self.clocks {
            let every = clock.interval().ns() / 1_000_000_000;
            if !second.is_multiple_of(every) {
                continue;
            }
            let tick = clock.open_frame(at(second));
            let is_idle = |source: &&mut Source| {
                let ticks = second / every;
                source.spec.interval == clock.interval()
                    && source.row.is_none()
                    && second >= source.first
                    && ticks.is_multiple_of(source.every)
            };
            for source in self.sources.iter_mut().filter(is_idle) {
                let (most, once_in) = source.late;
                let is_late = most > 0 && random.below(once_in) == 0;
                let late = if is_late {
                    1 + random.below(usize::try_from(most).unwrap()) as u64
                } else {
                    0
                };
                source.row = Some((tick, second + late));
            }
        }
        self.write(second);
    }

    /// Writes the rows that are due.
    fn write(&mut self, second: u64) {
        for source in &mut self.sources {
            let Some((tick, _)) = source.row.filter(|(_, due)| *due <= second) else {
                continue;
            };
            source.row = None;
            let track = source
                .writes
                .get_or_insert_with(|| self.writer.track(&source.spec).unwrap());
            let of = (tick.boot.0 - at(0).boot.0) / 1_000_000_000;
            track.write(&tick, BootNs(tick.boot.0 + 1000), &[of, of]);
            for field in ["f0", "f1"] {
                let name = format!("{}.{field}", source.spec.collector);
                self.written.entry(name).or_default().push(of);
            }
        }
    }
}

fn feed(path: &Path, places: &[Place]) -> Feed {
    let reader = Reader::open(path, Access::Pread).unwrap();
    let index = Arc::new(Index::new(Arc::new(reader)));
    Feed::new(index, &Request::default(), places)
}

/// What was handed out, by series: the seconds that the values tell.
#[derive(Clone, Default)]
struct Heard(BTreeMap<String, Vec<u64>>);

impl Heard {
    fn hear(&mut self, feed: &Feed, points: &[Point]) {
        let index = feed.index();
        let picks: Vec<_> = feed.picks().collect();
        for point in points {
            let name = index.name_of(picks[point.column as usize]).to_owned();
            let value = point.cell.as_f64().unwrap();
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a small second"
            )]
            self.0.entry(name).or_default().push(value as u64);
        }
    }
}

#[test]
fn each_row_is_handed_out_once_and_in_order_however_late_it_comes() {
    for seed in 0..cases(12) {
        let mut random = Random(u64::from(seed));
        let folder = folder();
        let path = folder.path().join("ring");
        let mut world = World::new(&path);
        let mut feed = feed(&path, &[]);
        let mut heard = Heard::default();
        // a place that was kept, and what had been handed out by then
        let mut kept: (Vec<Place>, Heard) = Default::default();
        feed.places(&mut kept.0);
        for second in 0..SECONDS + REST {
            world.pass(second, &mut random);
            let mut points = Vec::new();
            if random.below(3) == 0 || second + 1 == SECONDS + REST {
                // a batch need not be the last of its moment
                while points.len() < 50 && feed.next(at(second), &mut points) {}
                heard.hear(&feed, &points);
            }
            if feed.index().reader().is_stale() || random.below(40) == 0 {
                let mut places = Vec::new();
                feed.places(&mut places);
                feed = self::feed(&path, &places);
            }
            match random.below(60) {
                0..10 => {
                    kept.0.clear();
                    feed.places(&mut kept.0);
                    kept.1 = heard.clone();
                }
                10 => {
                    feed = self::feed(&path, &kept.0);
                    heard = kept.1.clone();
                }
                _ => {}
            }
        }
        let end = at(SECONDS + REST);
        let mut points = Vec::new();
        while feed.next(end, &mut points) {}
        heard.hear(&feed, &points);
        assert!(world.written.values().all(|rows| rows.len() > 5));
        assert_eq!(heard.0, world.written, "seed {seed}");
    }
}

#[test]
fn the_end_of_a_series_is_told_once_and_again_after_it_came_back() {
    let folder = folder();
    let path = folder.path().join("ring");
    let plan = plan(1000, 12);
    let writer = open(&path, &plan).0;
    let mut clock = writer.clock(seconds(1)).unwrap();
    let mut tracks = ["steady", "gone"].map(|name| writer.track(&track(name, "", 2)).unwrap());
    let mut feed = feed(&path, &[]);
    feed.tell_ends();
    let mut ends = Vec::new();
    for second in 0..400 {
        let tick = clock.open_frame(at(second));
        tracks[0].write(&tick, tick.boot, &[second; 2]);
        // seldom is not gone
        if second < 10 || second == 50 || second == 200 {
            tracks[1].write(&tick, tick.boot, &[second; 2]);
        }
        let mut points = Vec::new();
        while feed.next(at(second), &mut points) {}
        let told = points.iter().filter(|point| point.cell.as_f64().is_none());
        ends.extend(told.map(|point| (point.column, point.time)));
        if second % 30 == 0 {
            let mut places = Vec::new();
            feed.places(&mut places);
            feed = self::feed(&path, &places);
            feed.tell_ends();
        }
    }
    // sixty ticks without a row
    let expected = [50, 200].map(|last| [2, 3].map(|column| (column, at(last + 60).wall)));
    assert_eq!(ends, expected.concat());
}

#[test]
fn a_series_that_another_track_goes_on_with_has_not_ended() {
    let folder = folder();
    let path = folder.path().join("ring");
    let plan = plan(1000, 12);
    let writer = open(&path, &plan).0;
    let mut clock = writer.clock(seconds(1)).unwrap();
    let mut feed = None;
    let mut ends = 0;
    // a build that knows a field more takes over, and one day the disk is gone
    let mut disks = [2, 3].map(|fields| writer.track(&track("disk", "sda", fields)).unwrap());
    for second in 0..300 {
        let tick = clock.open_frame(at(second));
        match second {
            0..50 => disks[0].write(&tick, tick.boot, &[second; 2]),
            50..150 => disks[1].write(&tick, tick.boot, &[second; 3]),
            _ => {}
        }
        let mut points = Vec::new();
        let feed = feed.get_or_insert_with(|| {
            let mut feed = self::feed(&path, &[]);
            feed.tell_ends();
            feed
        });
        while feed.next(at(second), &mut points) {}
        ends += points
            .iter()
            .filter(|point| point.cell.as_f64().is_none())
            .count();
        assert!(second > 200 || ends == 0, "{second}");
    }
    assert_eq!(ends, 3);
}

#[test]
fn ticks_handed_out_and_looked_at_again_allocate_nothing() {
    let folder = folder();
    let path = folder.path().join("ring");
    let mut random = Random(5);
    let mut world = World::new(&path);
    let mut feed = feed(&path, &[]);
    let (mut points, mut places) = (Vec::with_capacity(1000), Vec::new());
    let (mut handed_out, mut allocated) = (0, 0);
    for second in 0..SECONDS {
        world.pass(second, &mut random);
        // a track that is new is more than a tick
        if feed.index().reader().is_stale() {
            feed.places(&mut places);
            feed = self::feed(&path, &places);
        }
        feed.places(&mut places);
        let before = Counting::this_thread();
        points.clear();
        while feed.next(at(second), &mut points) {}
        feed.places(&mut places);
        if second > 250 {
            allocated += Counting::this_thread() - before;
            handed_out += points.len();
        }
    }
    assert!(handed_out > 500, "{handed_out}");
    assert_eq!(allocated, 0, "allocations in 150 ticks");
}
