//! The ring against a plain `VecDeque`: random ticks, missed ticks, suspends, clock steps, restarts, reboots,
//! new tracks and other windows. After each story every row and every search is compared.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use goodall::quantity::{BootNs, Now, WallNs};
use goodall::ring::writer::{Clock, Track};
use goodall::ring::{Access, ClockId, FrameNumber, Reader, Writer};
use proptest::prelude::*;

use crate::ring_kit::{Row, at, folder, plan, rows, seconds, track};

const SECOND: u64 = 1_000_000_000;
const TRACKS: usize = 8;
const SLACK: usize = 64;

#[derive(Clone, Debug)]
enum Op {
    /// The next tick, that much later by boot time; the wall clock is set by `set` meanwhile.
    Tick { after_ms: u64, set_ms: i64 },
    /// A row of a track, so many us after its tick.
    Write { track: usize, late_us: i64 },
    /// The writer ends, cleanly or not, and another starts; the machine may have been off in between.
    Restart {
        clean: bool,
        reboot: bool,
        window_s: u64,
        off_s: u64,
    },
}

fn op() -> impl Strategy<Value = Op> {
    let after_ms = prop_oneof![
        8 => 900..1100_u64,
        2 => 0..5000_u64,
        1 => 50_000..100_000_u64,
    ];
    let set_ms = prop_oneof![
        20 => Just(0_i64),
        1 => -3_600_000..3_600_000_i64,
        1 => -5000..5000_i64,
    ];
    prop_oneof![
        10 => (after_ms, set_ms).prop_map(|(after_ms, set_ms)| Op::Tick { after_ms, set_ms }),
        20 => (0..TRACKS, -2000..900_000_i64)
            .prop_map(|(track, late_us)| Op::Write { track, late_us }),
        1 => (any::<bool>(), any::<bool>(), prop_oneof![3 => Just(20_u64), 1 => 5..40_u64], 0..100_u64)
            .prop_map(|(clean, reboot, window_s, off_s)| Op::Restart { clean, reboot, window_s, off_s }),
    ]
}

struct Frame {
    number: u64,
    wall: i64,
    boot: u64,
    rows: BTreeMap<usize, (i64, Vec<u64>)>,
}

/// What the ring must hand out.
#[derive(Default)]
struct Model {
    frames: VecDeque<Frame>,
    window: u64,
    started: bool,
}

impl Model {
    fn open_frame(&mut self, now: Now) {
        let number = self.frames.back().map_or(1, |newest| {
            let elapsed = now.boot.0.saturating_sub(newest.boot);
            let ticks = (elapsed + SECOND / 2) / SECOND;
            let counts = self.started && elapsed <= 61 * SECOND;
            newest.number + if counts { ticks.max(1) } else { 1 }
        });
        self.frames.push_back(Frame {
            number,
            wall: now.wall.0,
            boot: now.boot.0,
            rows: BTreeMap::new(),
        });
        self.started = true;
        self.age(self.window);
    }

    fn age(&mut self, window: u64) {
        let newest = self.frames.back().map_or(0, |frame| frame.number);
        self.frames.retain(|frame| frame.number + window > newest);
    }
}

/// A writer and what it is compared with.
struct Story {
    path: PathBuf,
    model: Model,
    writer: Option<(Arc<Writer>, Clock)>,
    tracks: Vec<Option<Track>>,
    now: Now,
    value: u64,
    _folder: tempfile::TempDir,
}

fn fields(track: usize) -> usize {
    1 + 3 * track
}

impl Story {
    fn new() -> Story {
        let folder = folder();
        let mut story = Story {
            path: folder.path().join("ring"),
            model: Model::default(),
            writer: None,
            tracks: Vec::new(),
            now: at(0),
            value: 0,
            _folder: folder,
        };
        story.start(20);
        story
    }

    fn start(&mut self, window_s: u64) {
        let (writer, _) = Writer::open(&self.path, &plan(window_s, 20)).unwrap();
        let clock = writer.clock(seconds(1)).unwrap();
        self.tracks = (0..TRACKS).map(|_| None).collect();
        self.writer = Some((writer, clock));
        let (before, window) = (self.model.window, window_s);
        if before != 0 && before != window {
            self.model.age(before.min(window));
        }
        self.model.window = window;
        self.model.started = false;
    }

    fn act(&mut self, op: &Op) {
        match *op {
            Op::Tick { after_ms, set_ms } => {
                self.now.boot.0 += after_ms * 1_000_000;
                self.now.wall.0 += (after_ms.cast_signed() + set_ms) * 1_000_000;
                let (_, clock) = self.writer.as_mut().unwrap();
                let tick = clock.open_frame(self.now);
                self.model.open_frame(self.now);
                assert_eq!(tick.number.0, self.model.frames.back().unwrap().number);
            }
            Op::Write {
                track: index,
                late_us,
            } => self.write(index, late_us),
            Op::Restart {
                clean,
                reboot,
                window_s,
                off_s,
            } => {
                let (writer, clock) = self.writer.take().unwrap();
                if clean {
                    writer.checkpoint(true).unwrap();
                }
                self.tracks.clear();
                drop((writer, clock));
                self.now.wall.0 += off_s.cast_signed() * 1_000_000_000;
                self.now.boot.0 += off_s * SECOND;
                if reboot {
                    self.now.boot.0 = SECOND;
                }
                self.start(window_s);
            }
        }
    }

    fn write(&mut self, index: usize, late_us: i64) {
        let (writer, clock) = self.writer.as_mut().unwrap();
        let Some(tick) = clock.ticker().current() else {
            return;
        };
        let name = format!("{index}");
        let track = self.tracks[index].get_or_insert_with(|| {
            let spec = track("t", &name, fields(index));
            writer.track(&spec).unwrap()
        });
        self.value += 1;
        let words: Vec<u64> = (0..fields(index) as u64)
            .map(|word| self.value * 1000 + word)
            .collect();
        let taken = tick.boot.0.saturating_add_signed(late_us * 1000);
        track.write(&tick, BootNs(taken), &words);
        let frame = self.model.frames.back_mut().unwrap();
        let wall = frame.wall + (taken.cast_signed() - frame.boot.cast_signed());
        frame.rows.insert(index, (wall, words));
    }

    fn compare(&self, access: Access, searches: &[(i64, i64)]) {
        let reader = Reader::open(&self.path, access).unwrap();
        for (index, found) in reader.tracks().iter().enumerate() {
            let track: usize = found.instance_name.parse().unwrap();
            let expected: Vec<Row> = self
                .model
                .frames
                .iter()
                .filter_map(|frame| {
                    let (wall, words) = frame.rows.get(&track)?;
                    Some(Row {
                        frame: frame.number,
                        wall: *wall,
                        words: words.clone(),
                    })
                })
                .collect();
            assert_eq!(rows(&reader, index), expected, "track {track}");
        }
        let named: Vec<&str> = reader
            .tracks()
            .iter()
            .map(|track| track.instance_name.as_str())
            .collect();
        let with_rows = self.model.frames.iter().flat_map(|frame| frame.rows.keys());
        for track in with_rows {
            assert!(named.contains(&track.to_string().as_str()), "track {track}");
        }
        for &(since, span) in searches {
            let since = self.now.wall.0 + since * 1_000_000;
            self.search(&reader, since, since + span * 1_000_000);
        }
    }

    fn search(&self, reader: &Reader, since: i64, until: i64) {
        let clock = ClockId(0);
        let mut runs = Vec::new();
        reader.find(clock, WallNs(since), WallNs(until), &mut runs);
        let found: Vec<u64> = runs
            .iter()
            .flat_map(|run| run.first.0..=run.last.0)
            .filter(|&number| reader.header(clock, FrameNumber(number)).is_some())
            .collect();
        let expected: Vec<u64> = self
            .model
            .frames
            .iter()
            .filter(|frame| (since..until).contains(&frame.wall))
            .map(|frame| frame.number)
            .collect();
        assert_eq!(found, expected, "{since}..{until}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: crate::ring_kit::cases(150), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_ring_hands_out_what_a_plain_queue_would(
        ops in prop::collection::vec(op(), 1..400),
        searches in prop::collection::vec((-100_000..20_000_i64, 0..60_000_i64), 10),
    ) {
        let mut story = Story::new();
        for op in &ops {
            story.act(op);
        }
        story.compare(Access::Mapped, &searches);
        story.compare(Access::Pread, &searches);
        // and after the writer is gone without a word
        story.tracks.clear();
        story.writer = None;
        story.compare(Access::Pread, &searches);
    }
}

#[test]
fn a_clock_set_back_and_forward_an_hour_loses_nothing() {
    let mut story = Story::new();
    let mut ops = Vec::new();
    for second in 0..200 {
        let set_ms = match second {
            185 => -3_600_000,
            192 => 3_600_000,
            _ => 0,
        };
        ops.push(Op::Tick {
            after_ms: 1000,
            set_ms,
        });
        ops.push(Op::Write {
            track: 0,
            late_us: 100,
        });
    }
    for op in &ops {
        story.act(op);
    }
    let searches = [
        (-25_000, 30_000),
        (-3_620_000, 30_000),
        (-4_000_000, 5_000_000),
        (-5000, 3000),
    ];
    story.compare(Access::Mapped, &searches);
    let reader = Reader::open(&story.path, Access::Pread).unwrap();
    assert_eq!(rows(&reader, 0).len(), 20);
    let steps = reader.steps(ClockId(0));
    let by: Vec<i64> = steps.iter().map(|step| step.by_ns).collect();
    assert_eq!(by, [-3_600_000_000_000, 3_600_000_000_000]);
}

#[test]
fn more_steps_than_are_kept_are_found_in_the_headers() {
    let mut story = Story::new();
    story.act(&Op::Restart {
        clean: true,
        reboot: false,
        window_s: 300,
        off_s: 0,
    });
    for second in 0..250 {
        story.act(&Op::Tick {
            after_ms: 1000,
            set_ms: if second % 2 == 0 { -1500 } else { 0 },
        });
    }
    assert_eq!(story.model.frames.len() + SLACK, 250 + SLACK);
    let searches: Vec<(i64, i64)> = (-200..10).map(|back| (back * 1000, 7000)).collect();
    story.compare(Access::Mapped, &searches);
    story.tracks.clear();
    story.writer = None;
    story.compare(Access::Pread, &searches);
}
