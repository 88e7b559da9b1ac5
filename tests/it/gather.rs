//! The gatherer's promises, shown with collectors of our own: one that panics, hangs or fails stays alone
//! with it, and a clock that is set loses nothing.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded};
use goodall::gather::clock::{Clockwork, Command, SystemTime, TimeSource};
use goodall::gather::set::{Set, Wanted, prepare};
use goodall::metric::{Collector, Every, Field, Source, tabled};
use goodall::quantity::{Interval, Now, WallNs, Window};
use goodall::ring::reader::{Access, Status};
use goodall::ring::writer::Writer;
use goodall::ring::{Plan, Reader};
use goodall_platform::{ReadError, Reader as MetricReader, Roots, Settings};

const TICK: Duration = Duration::from_millis(10);

/// A reader that counts, and does what `turn` says at each call.
struct Counting {
    count: u64,
    turn: fn(u64) -> Result<(), ReadError>,
}

impl MetricReader for Counting {
    type Sample = u64;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &u64)) -> Result<(), ReadError> {
        self.count += 1;
        (self.turn)(self.count)?;
        row(b"", &self.count);
        Ok(())
    }
}

static FIELDS: &[Field<u64>] = &[Field::u64("count", |count| *count, "Calls.").counter()];

fn counting(turn: fn(u64) -> Result<(), ReadError>) -> Box<dyn Source> {
    tabled(Counting { count: 0, turn }, FIELDS)
}

const fn collector(name: &'static str, open: goodall::metric::Open) -> Collector {
    Collector {
        name,
        help: "A collector of a test.",
        every: Every::Tick,
        has_instances: false,
        prom_skips: None,
        fields: &FIELDS,
        open,
    }
}

static STEADY: Collector = collector("steady", |_, _| Ok(counting(|_| Ok(()))));

static PANICS_CALLS: AtomicU64 = AtomicU64::new(0);
static PANICS: Collector = collector("panics", |_, _| {
    Ok(counting(|count| {
        PANICS_CALLS.fetch_add(1, Relaxed);
        assert!(count < 20, "the twentieth sample is too much");
        Ok(())
    }))
});

static BESIDE_CALLS: AtomicU64 = AtomicU64::new(0);
static BESIDE: Collector = collector("beside", |_, _| {
    Ok(counting(|count| {
        BESIDE_CALLS.store(count, Relaxed);
        Ok(())
    }))
});

/// How many samples the collector beside takes while this one hangs.
const HANGS_FOR: u64 = 30;
static HANGS: Collector = collector("hangs", |_, _| {
    Ok(counting(|count| {
        if count == 5 {
            wait_for_calls(&BESIDE_CALLS, HANGS_FOR);
        }
        Ok(())
    }))
});

static CLOCKED_CALLS: AtomicU64 = AtomicU64::new(0);
static CLOCKED: Collector = collector("clocked", |_, _| {
    Ok(counting(|count| {
        CLOCKED_CALLS.store(count, Relaxed);
        Ok(())
    }))
});

/// Waits until that many more samples were taken.
fn wait_for_calls(calls: &AtomicU64, more: u64) {
    let start = calls.load(Relaxed);
    let give_up = Instant::now() + Duration::from_secs(60);
    while calls.load(Relaxed) < start + more {
        assert!(Instant::now() < give_up, "it samples no more");
        std::thread::sleep(Duration::from_millis(1));
    }
}

static FAILS_CALLS: AtomicU64 = AtomicU64::new(0);
static FAILS: Collector = collector("fails", |_, _| {
    Ok(counting(|count| {
        FAILS_CALLS.store(count, Relaxed);
        match count % 10 {
            9 => Err(ReadError::TooLong {
                path: Path::new("/proc/fails").into(),
                limit: 64,
            }),
            _ => Ok(()),
        }
    }))
});

static IS_THERE: AtomicBool = AtomicBool::new(false);
static COMES: Collector = collector("comes", |_, _| {
    let absent = || ReadError::Absent {
        path: Path::new("/proc/comes").into(),
        why: "it has not come yet",
    };
    IS_THERE
        .load(Relaxed)
        .then(|| counting(|_| Ok(())))
        .ok_or_else(absent)
});

/// The system's clocks, the wall clock set off by as much as the test says.
struct SetClock(AtomicI64);

impl TimeSource for SetClock {
    fn now(&self) -> Now {
        let now = SystemTime.now();
        Now {
            wall: WallNs(now.wall.0 + self.0.load(Relaxed)),
            ..now
        }
    }
}

/// A gatherer of its own in a folder of its own.
struct Gatherer {
    folder: tempfile::TempDir,
    writer: Arc<Writer>,
    set: Set,
    commands: Sender<Command>,
    clock: std::thread::JoinHandle<()>,
}

impl Gatherer {
    fn start(collectors: &[&'static Collector], time: Arc<dyn TimeSource>) -> Gatherer {
        Gatherer::every(TICK, collectors, time)
    }

    fn every(
        interval: Duration,
        collectors: &[&'static Collector],
        time: Arc<dyn TimeSource>,
    ) -> Gatherer {
        let interval = Interval::of(interval).unwrap();
        let wanted: Vec<Wanted> = collectors
            .iter()
            .map(|&collector| Wanted {
                collector,
                interval,
                settings: Settings::default(),
                is_explicit: true,
            })
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let ready = prepare(&wanted, &Roots::default());
        let plan = Plan {
            window: Window::of(Duration::from_secs(60)).unwrap(),
            size_max: None,
            needs: ready
                .iter()
                .map(goodall::gather::set::Ready::need)
                .collect(),
            host: "test".to_owned(),
        };
        let (writer, _) = Writer::open(&folder.path().join("ring"), &plan).unwrap();
        let mut clockwork = Clockwork::new(Arc::clone(&writer), Arc::clone(&time));
        let mut set = Set::new(Arc::clone(&writer), Roots::default(), time);
        set.want(&wanted);
        for ready in ready {
            set.start(ready, &mut |command| clockwork.take(command))
                .unwrap();
        }
        let (commands, received) = bounded(0);
        let clock = std::thread::spawn(move || clockwork.run(&received));
        Gatherer {
            folder,
            writer,
            set,
            commands,
            clock,
        }
    }

    fn reader(&self) -> Reader {
        Reader::open(&self.folder.path().join("ring"), Access::Mapped).unwrap()
    }

    fn stop(self) -> (Reader, tempfile::TempDir) {
        self.commands.send(Command::Stop).unwrap();
        self.clock.join().unwrap();
        self.set.stop(Duration::from_secs(5));
        self.writer.checkpoint(true).unwrap();
        let reader = Reader::open(&self.folder.path().join("ring"), Access::Mapped).unwrap();
        (reader, self.folder)
    }
}

/// Every row of a collector's one track, in recorded order: its tick, its own time, and its first value.
fn rows(reader: &Reader, collector: &str) -> Vec<(WallNs, WallNs, u64)> {
    let track = reader
        .tracks()
        .iter()
        .position(|track| track.collector == collector)
        .unwrap();
    let clock = reader.tracks()[track].clock;
    let (Some(oldest), Some(newest)) = (reader.oldest(clock), reader.newest(clock)) else {
        return Vec::new();
    };
    let mut words = vec![0; reader.tracks()[track].fields.len()];
    (oldest.0..=newest.number.0)
        .filter_map(|number| reader.header(clock, goodall::ring::FrameNumber(number)))
        .filter_map(|header| {
            let taken = reader.row(track, &header, &mut words)?;
            Some((header.wall, taken, words[0]))
        })
        .collect()
}

/// Every recorded value of a collector's one field, in recorded order, with its wall time.
fn recorded(reader: &Reader, collector: &str) -> Vec<(WallNs, u64)> {
    let rows = rows(reader, collector).into_iter();
    rows.map(|(_, taken, value)| (taken, value)).collect()
}

/// How far behind their ticks a collector's rows were taken, but the first, which is taken at once.
fn behind_ms(reader: &Reader, collector: &str) -> Vec<i64> {
    let rows = rows(reader, collector).into_iter().skip(1);
    rows.map(|(tick, taken, _)| (taken.0 - tick.0) / 1_000_000)
        .collect()
}

fn status(reader: &Reader, name: &str) -> Status {
    reader
        .status()
        .into_iter()
        .find(|status| status.name == name)
        .unwrap()
}

/// Steps of a counter that rises by one a sample: above 1 where a sample was not recorded.
fn lost(values: &[(WallNs, u64)]) -> u64 {
    values
        .windows(2)
        .map(|pair| pair[1].1.saturating_sub(pair[0].1).saturating_sub(1))
        .sum()
}

#[test]
fn a_collector_that_panics_is_started_again_and_no_other_notices() {
    let gatherer = Gatherer::start(&[&STEADY, &PANICS], Arc::new(SystemTime));
    // beyond its twentieth, however loaded the machine is
    wait_for_calls(&PANICS_CALLS, 30);
    let (reader, _folder) = gatherer.stop();
    let panics = recorded(&reader, "panics");
    let restarts = panics
        .windows(2)
        .filter(|pair| pair[1].1 < pair[0].1)
        .count();
    assert!(restarts >= 1, "started again: {panics:?}");
    assert!(status(&reader, "panics").errors >= 1);
    assert_eq!(lost(&recorded(&reader, "steady")), 0);
    assert_eq!(status(&reader, "steady").errors, 0);
}

#[test]
fn a_collector_that_hangs_counts_what_it_missed_and_holds_up_nobody() {
    let gatherer = Gatherer::start(&[&BESIDE, &HANGS], Arc::new(SystemTime));
    // it hangs at its fifth sample, until the one beside it has taken its thirty
    wait_for_calls(&BESIDE_CALLS, 2 * HANGS_FOR);
    std::thread::sleep(TICK * 5);
    let (reader, _folder) = gatherer.stop();
    let hangs = status(&reader, "hangs");
    assert!(hangs.missed >= HANGS_FOR / 2, "{hangs:?}");
    assert!(
        recorded(&reader, "hangs").len() > 5,
        "it went on after it hung"
    );
    assert_eq!(lost(&recorded(&reader, "beside")), 0);
}

#[test]
fn a_collector_that_was_absent_at_the_start_is_found_when_it_comes() {
    let mut gatherer = Gatherer::start(&[&STEADY, &COMES], Arc::new(SystemTime));
    let commands = gatherer.commands.clone();
    let look_again = |set: &mut Set| {
        set.look_again(&mut |command| commands.send(command).unwrap());
        set.len()
    };
    assert_eq!(look_again(&mut gatherer.set), 1);
    IS_THERE.store(true, Relaxed);
    assert_eq!(look_again(&mut gatherer.set), 2);
    assert_eq!(look_again(&mut gatherer.set), 2, "it is started once");
    std::thread::sleep(TICK * 20);
    let (reader, _folder) = gatherer.stop();
    assert!(recorded(&reader, "comes").len() > 2);
    assert_eq!(lost(&recorded(&reader, "steady")), 0);
}

#[test]
fn a_sample_that_fails_is_a_gap_and_counted() {
    let gatherer = Gatherer::start(&[&FAILS], Arc::new(SystemTime));
    wait_for_calls(&FAILS_CALLS, 40);
    let (reader, _folder) = gatherer.stop();
    let values = recorded(&reader, "fails");
    assert!(
        values.iter().all(|(_, count)| count % 10 != 9),
        "{values:?}"
    );
    // the stop may come just behind a failure, which no row follows then
    let errors = status(&reader, "fails").errors;
    let ends_before_failure = values.last().is_some_and(|(_, count)| count % 10 == 8);
    assert!(
        errors == lost(&values) || (ends_before_failure && errors == lost(&values) + 1),
        "{errors} errors: {values:?}"
    );
    assert!(lost(&values) >= 2);
}

#[test]
fn a_clock_set_by_an_hour_either_way_loses_no_sample() {
    const HOUR: i64 = 3_600_000_000_000;
    let clock = Arc::new(SetClock(AtomicI64::new(0)));
    let gatherer = Gatherer::start(&[&CLOCKED], Arc::clone(&clock) as Arc<dyn TimeSource>);
    for offset in [-HOUR, 0, HOUR, 0] {
        wait_for_calls(&CLOCKED_CALLS, 20);
        clock.0.store(offset, Relaxed);
    }
    wait_for_calls(&CLOCKED_CALLS, 20);
    let (reader, _folder) = gatherer.stop();
    let values = recorded(&reader, "clocked");
    assert!(values.len() >= 100, "{}", values.len());
    assert_eq!(lost(&values), 0);
    let back = values
        .windows(2)
        .filter(|pair| pair[1].0 < pair[0].0)
        .count();
    assert_eq!(back, 2, "set back twice, and handed out in recorded order");
}

#[test]
fn what_counts_threads_is_sampled_when_goodalls_own_sleep_again() {
    let named = ["load", "stat", "uptime"].map(|name| goodall::metric::collector(name).unwrap());
    let gatherer = Gatherer::every(10 * TICK, &named, Arc::new(SystemTime));
    let give_up = Instant::now() + Duration::from_secs(20);
    let is_enough = |reader: &Reader| {
        let on_tick = behind_ms(reader, "uptime");
        behind_ms(reader, "stat").len() > 5 && on_tick.iter().any(|&ms| ms < 12)
    };
    while !is_enough(&gatherer.reader()) {
        assert!(Instant::now() < give_up, "no tick in time");
        std::thread::sleep(TICK);
    }
    let (reader, _folder) = gatherer.stop();
    for (name, ms) in [("load", 12), ("stat", 14)] {
        let taken = behind_ms(&reader, name);
        // one that came after the next tick counts as late
        let on_tick = taken.iter().filter(|&&behind| behind < ms).count() as u64;
        assert!(on_tick <= status(&reader, name).late, "{name}: {taken:?}");
        assert!(taken.len() > 5, "{name}: {taken:?}");
    }
}
