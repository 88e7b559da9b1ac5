//! What happens to a ring in a scenario, and how it is recorded, by the real writer and in the model's list.

use std::time::Duration;

use goodall::metric::{Kind, MISSING, Repr, Unit};
use goodall::quantity::{BootNs, Interval, WallNs};
use goodall::ring::TrackSpec;
use proptest::prelude::*;

use crate::recorder::{Recorder, SECOND_NS, START, every_ms, field, track};

#[derive(Clone, Debug)]
pub struct Second {
    /// Another run of the writer begins.
    pub restart: bool,
    /// The wall clock is set by so many seconds.
    pub set_s: i64,
    /// The load is recorded at the other interval from now on.
    pub moves: bool,
    pub rows: [Option<Taken>; 3],
}

/// A row of a scenario.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    pub offset_us: u64,
    pub rise: u64,
    pub gauge: i32,
    pub reset: bool,
    pub missing: [bool; 2],
}

/// A sample row as the model keeps it.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    pub track: usize,
    pub run: u32,
    pub tick: WallNs,
    pub tick_boot_ns: u64,
    pub time: WallNs,
    pub boot_ns: u64,
    pub interval_ns: u64,
    pub words: [u64; 2],
}

/// A frame that was opened, with rows or without.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    pub is_slow: bool,
    pub wall: WallNs,
    pub boot_ns: u64,
}

/// All that was recorded, in order.
#[derive(Debug, Default)]
pub struct Recorded {
    pub rows: Vec<Kept>,
    pub frames: Vec<Opened>,
    /// Whether the load stands in two tracks.
    pub has_moved: bool,
}

fn load(interval: Interval) -> TrackSpec {
    track(
        "load",
        "",
        &[],
        interval,
        vec![
            field("1m", Kind::Gauge, Unit::None, Repr::F64, 1),
            field("forks", Kind::Counter, Unit::None, Repr::U64, 1),
        ],
    )
}

pub fn recorder() -> Recorder {
    let second = every_ms(1000);
    Recorder::new(
        Duration::from_secs(3600),
        vec![
            load(second),
            track(
                "disk",
                "sda",
                &[("device", "sda")],
                second,
                vec![
                    field("io_time", Kind::Counter, Unit::Seconds, Repr::U64, 1000),
                    field("queue", Kind::Gauge, Unit::None, Repr::I64, 1),
                ],
            ),
            track(
                "thermal",
                "z0",
                &[("zone", "z0")],
                every_ms(2000),
                vec![
                    field("celsius", Kind::Gauge, Unit::Celsius, Repr::F64, 1),
                    field("joules", Kind::Counter, Unit::Joules, Repr::F64, 1),
                ],
            ),
        ],
    )
}

/// A row's words.
fn words(track: usize, taken: Taken, counter: u64) -> [u64; 2] {
    let mut words = match track {
        0 => [(f64::from(taken.gauge) / 100.0).to_bits(), counter],
        1 => [counter, i64::from(taken.gauge).cast_unsigned()],
        _ => [
            (f64::from(taken.gauge) / 3.0).to_bits(),
            (counter as f64 / 8.0).to_bits(),
        ],
    };
    for (word, missing) in words.iter_mut().zip(taken.missing) {
        if missing {
            *word = MISSING;
        }
    }
    words
}

/// Records the scenario.
pub fn record(recorder: &mut Recorder, scenario: &[Second]) -> Recorded {
    let (mut wall, mut boot, mut newest) = (START, 50 * SECOND_NS, START);
    let mut counters = [0_u64; 3];
    let (mut run, mut since_start, mut began) = (0, 0, WallNs(i64::MIN));
    let mut all = Recorded::default();
    let mut slow = [false, false, true];
    for second in scenario {
        if second.restart {
            recorder.start();
            run += 1;
            since_start = 0;
            boot += 7 * SECOND_NS;
            // a run is later than all before it, or nothing could tell which came first: not even where only what
            // comes after its clock was set back is asked for
            wall = WallNs(newest.0 + 7_000_000_000);
            began = wall;
        }
        if second.moves {
            slow[0] = !slow[0];
            all.has_moved = true;
            recorder.change(0, load(every_ms(if slow[0] { 2000 } else { 1000 })));
        }
        if since_start > 0 {
            wall = WallNs(wall.0 + second.set_s * 1_000_000_000).max(began);
        }
        newest = newest.max(wall);
        recorder.tick(every_ms(1000), wall, BootNs(boot));
        let both = since_start % 2 == 0;
        if both {
            recorder.tick(every_ms(2000), wall, BootNs(boot));
        }
        for is_slow in [false, true].into_iter().take(1 + usize::from(both)) {
            all.frames.push(Opened {
                is_slow,
                wall,
                boot_ns: boot,
            });
        }
        for (track, taken) in second.rows.iter().enumerate() {
            let Some(taken) = taken.filter(|_| both || !slow[track]) else {
                continue;
            };
            let counter = &mut counters[track];
            *counter = if taken.reset { 0 } else { *counter } + taken.rise;
            let words = words(track, taken, *counter);
            let boot_ns = boot + taken.offset_us * 1000;
            recorder.row(track, BootNs(boot_ns), &words);
            all.rows.push(Kept {
                track,
                run,
                tick: wall,
                tick_boot_ns: boot,
                time: WallNs(wall.0.saturating_add_unsigned(taken.offset_us * 1000)),
                boot_ns,
                interval_ns: if slow[track] { 2 } else { 1 } * SECOND_NS,
                words,
            });
        }
        since_start += 1;
        boot += SECOND_NS;
        wall.0 += 1_000_000_000;
    }
    all
}

pub fn seconds() -> impl Strategy<Value = Vec<Second>> {
    let taken = (
        0_u64..900_000,
        0_u64..100_000,
        -500..500_i32,
        prop::bool::weighted(0.05),
        prop::array::uniform2(prop::bool::weighted(0.1)),
    )
        .prop_map(|(offset_us, rise, gauge, reset, missing)| Taken {
            offset_us,
            rise,
            gauge,
            reset,
            missing,
        });
    let rows = prop::array::uniform3(prop::option::weighted(0.85, taken));
    let set_s = prop_oneof![12 => Just(0_i64), 1 => -30_i64..30];
    let rare = || prop::bool::weighted(0.04);
    let second = (rare(), set_s, rare(), rows).prop_map(|(restart, set_s, moves, rows)| Second {
        restart,
        set_s,
        moves,
        rows,
    });
    prop::collection::vec(second, 1..60)
}
