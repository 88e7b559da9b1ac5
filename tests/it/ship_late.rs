//! Rows that come into the ring after their frame was sent, and frames that a power cut took and another run
//! of the writer wrote anew: all of it arrives, each sample once.

use std::fs;
use std::sync::Arc;

use goodall::quantity::{BootNs, Moment, Now, WallNs};
use goodall::query::{Feed, Index, Place, Request};
use goodall::ring::writer::{Clock, Tick, Track};
use goodall::ring::{Access, Reader, TrackSpec, Writer};

use crate::ring_kit::{at, seconds, track, until_left};
use crate::ship_kit::{Samples, Shipped, assert_same, difference, until};

const SECOND_NS: u64 = 1_000_000_000;
const CSV: &str = "[[ship]]\nname = \"archive\"\nkind = \"file\"\npath = \"out.csv\"\n";

/// What was appended to the file; fails where a sample came twice.
fn appended(shipped: &Shipped) -> Samples {
    let text = fs::read_to_string(shipped.folder.path().join("out.csv")).unwrap_or_default();
    let mut all = Samples::new();
    for line in text.lines().skip(1) {
        let words: Vec<&str> = line.split(',').collect();
        let time = Moment::rfc3339(words[0].as_bytes()).unwrap();
        let value = words[2].parse().unwrap();
        let before = all.insert((words[1].to_owned(), time.0), value);
        assert_eq!(before, None, "twice: {line}");
    }
    all
}

/// A ring that is written to now, by a collector that is in time and a plugin that takes its time.
struct Recorder {
    clock: Clock,
    steady: Track,
    plugin: Track,
    _writer: Arc<Writer>,
}

fn tracks() -> Vec<TrackSpec> {
    ["steady", "plugin"].map(|name| track(name, "", 1)).to_vec()
}

impl Recorder {
    fn new(shipped: &Shipped) -> Recorder {
        let writer = shipped.open();
        let clock = writer.clock(seconds(1)).unwrap();
        let [steady, plugin] = [0, 1].map(|at| writer.track(&tracks()[at]).unwrap());
        Recorder {
            clock,
            steady,
            plugin,
            _writer: writer,
        }
    }

    /// Opens the frame of so many seconds ago, with the collector's row.
    fn tick(&mut self, ago: u64) -> Tick {
        let now = goodall_platform::clock::now();
        let second = WallNs(now.wall_ns - now.wall_ns % 1_000_000_000);
        let tick = self.clock.open_frame(Now {
            wall: WallNs(second.0 - (ago * SECOND_NS).cast_signed()),
            boot: BootNs(now.boot_ns - ago * SECOND_NS),
        });
        self.steady.write(&tick, tick.boot, &[ago]);
        tick
    }

    /// The plugin's row of a frame, ten seconds late.
    fn late(&mut self, tick: &Tick) {
        let taken = BootNs(tick.boot.0 + 10 * SECOND_NS);
        self.plugin.write(tick, taken, &[7]);
    }
}

#[test]
fn a_row_that_comes_ten_seconds_after_its_tick_arrives_once() {
    let shipped = Shipped::of(3600, tracks(), 0);
    shipped.configure(CSV);
    let mut recorder = Recorder::new(&shipped);
    let ticks: Vec<Tick> = (0..10).map(|at| recorder.tick(30 - at)).collect();
    let running = shipped.start();
    let arrived = |series: &str| {
        let names = appended(&shipped).into_keys().map(|(name, _)| name);
        names.filter(|name| name == series).count()
    };
    until(|| match arrived("steady.f0") {
        10 => Ok(()),
        _ => Err(running.said()),
    });
    recorder.late(&ticks[3]);
    until(|| match arrived("plugin.f0") {
        1 => Ok(()),
        _ => Err(running.said()),
    });
    // what comes while no shipper is there is sent by the next, and nothing else again
    until(|| match shipped.status("archive").shipped {
        11 => Ok(()),
        _ => Err(running.said()),
    });
    running.kill();
    recorder.late(&ticks[5]);
    let running = shipped.start();
    until(|| match arrived("plugin.f0") {
        2 => Ok(()),
        _ => Err(running.said()),
    });
    recorder.tick(5);
    until(|| difference(&shipped.samples(), &appended(&shipped)));
}

#[test]
fn a_row_that_comes_late_is_found_from_behind_a_tick_that_was_missed() {
    let shipped = Shipped::of(3600, tracks(), 0);
    let mut recorder = Recorder::new(&shipped);
    let ticks: Vec<Tick> = (0..10).map(|at| recorder.tick(30 - at)).collect();
    let behind = recorder.tick(18);
    assert!(behind.number.0 > ticks[9].number.0 + 1, "ticks are missed");
    let since = |ns: u64| Now {
        wall: WallNs(behind.wall.0 + ns.cast_signed()),
        boot: BootNs(behind.boot.0 + ns),
    };
    let reader = Reader::open(&shipped.ring, Access::Pread).unwrap();
    let index = Arc::new(Index::new(Arc::new(reader)));
    let feed = |places: &[Place]| Feed::new(Arc::clone(&index), &Request::default(), places);
    let all = |feed: &mut Feed, now| {
        let mut points = Vec::new();
        while feed.next(now, &mut points) {}
        points.len()
    };
    let mut before = feed(&[]);
    assert_eq!(all(&mut before, since(SECOND_NS / 2)), 10);
    let mut places = Vec::new();
    before.places(&mut places);
    recorder.late(&ticks[3]);
    let mut after = feed(&places);
    assert_eq!(all(&mut after, since(SECOND_NS)), 1, "the plugin's");
    assert_eq!(all(&mut after, since(6 * SECOND_NS)), 1, "what came behind");
}

/// A run of the writer; what is on the disk once it has written so many seconds is kept aside.
fn run(shipped: &Shipped, first: u64, count: u64, cut: u64) {
    let writer = shipped.open();
    let mut clock = writer.clock(seconds(1)).unwrap();
    let mut steady = writer.track(&tracks()[0]).unwrap();
    for second in first..first + count {
        if second == cut {
            fs::copy(&shipped.ring, shipped.folder.path().join("cut")).unwrap();
        }
        let tick = clock.open_frame(at(second));
        steady.write(&tick, tick.boot, &[second]);
    }
    drop((clock, steady));
    writer.checkpoint(true).unwrap();
    drop(writer);
    until_left(&shipped.ring);
}

#[test]
fn frames_that_a_power_cut_took_and_another_run_wrote_anew_are_sent() {
    // within the last run, just before it, within the one before; fewer frames anew, as many, more
    for cut in [85, 70, 65] {
        for anew in [1, 90 - cut, 60] {
            let shipped = Shipped::of(3600, tracks(), 0);
            shipped.configure(CSV);
            run(&shipped, 0, 50, cut);
            run(&shipped, 50, 20, cut);
            run(&shipped, 70, 20, cut);
            let mut expected = shipped.samples();
            shipped.once_well();
            assert_same(&expected, &appended(&shipped));
            fs::copy(shipped.folder.path().join("cut"), &shipped.ring).unwrap();
            run(&shipped, 1000, anew, cut);
            let after = shipped.samples();
            assert_eq!(u64::try_from(after.len()).unwrap(), cut + anew);
            expected.extend(after);
            shipped.once_well();
            assert_same(&expected, &appended(&shipped));
        }
    }
}
