//! A copy, look by look, of a ring that is written in the test's hand: what is new, what comes late, what grows, what a
//! power cut took back.

use goodall::quantity::{BootNs, Now, WallNs};
use goodall::ring::replica::{CopyError, Depth, Replica};
use goodall::ring::{ClockId, RingError, TrackSpec, Writer};

use crate::mirror_kit::{Mirror, same_text, told, until};
use crate::mirror_pair::{Gatherer, Pair, reader, two};
use crate::mirror_source::Fake;
use crate::ring_kit::{EPOCH_NS, at, plan, rows_of, seconds, track, until_left};

#[test]
fn looks_follow_a_ring_round_and_round() {
    let mut pair = Pair::new();
    let mut gatherer = Gatherer::open(&pair.ring(), &plan(60, 9), &two());
    gatherer.record(0..1);
    pair.begin();
    pair.assert_same();
    for second in 1..400 {
        gatherer.record(second..second + 1);
        pair.look(Depth::Shallow);
        if second % 13 == 0 {
            pair.assert_same();
        }
        if second % 50 == 0 {
            pair.restart();
            pair.assert_same();
        }
    }
    // away for some seconds, for most of the window, for several windows
    let mut second = 400;
    for away in [7, 50, 60, 100, 130, 500] {
        gatherer.record(second..second + away);
        second += away;
        pair.look(Depth::Shallow);
        pair.assert_same();
    }
}

#[test]
fn a_look_costs_what_is_new() {
    let mut pair = Pair::new();
    let mut gatherer = Gatherer::open(&pair.ring(), &plan(3600, 9), &two());
    gatherer.record(0..3000);
    pair.begin();
    gatherer.record(3000..3001);
    pair.look(Depth::Shallow);
    gatherer.record(3001..3002);
    pair.source.bytes = 0;
    pair.look(Depth::Shallow);
    // the head with two slots, a state's first words, four frames of 40 words and what they share a line with
    assert!(pair.source.bytes < 4096, "{} bytes", pair.source.bytes);
    pair.source.bytes = 0;
    pair.look(Depth::Shallow);
    pair.look(Depth::Shallow);
    pair.source.bytes = 0;
    pair.look(Depth::Shallow);
    assert!(
        pair.source.bytes < 1024,
        "nothing is new: {} bytes",
        pair.source.bytes
    );
}

#[test]
fn rows_that_come_late_come_within_two_minutes_back() {
    let mut pair = Pair::new();
    let mut gatherer = Gatherer::open(&pair.ring(), &plan(600, 9), &two());
    gatherer.record(0..200);
    pair.begin();
    // a frame whose rows come a second after the next was opened
    gatherer.tick(at(200));
    pair.look(Depth::Shallow);
    let early = gatherer.tick(at(201)).unwrap();
    gatherer.write(&early);
    pair.look(Depth::Shallow);
    pair.assert_same();
    // and one whose rows come 100 s later
    let hung = gatherer.tick(at(202)).unwrap();
    gatherer.record(203..303);
    pair.look(Depth::Shallow);
    gatherer.write(&hung);
    pair.look(Depth::Shallow);
    assert_ne!(
        rows_of(&reader(&pair.ring())),
        rows_of(&reader(&pair.path()))
    );
    pair.look(Depth::Deep);
    pair.assert_same();
}

#[test]
fn tracks_bands_and_directories_that_come_later_come_here_too() {
    let mut pair = Pair::new();
    let mut gatherer = Gatherer::open(&pair.ring(), &plan(60, 9), &two());
    gatherer.record(0..30);
    pair.begin();
    let length = std::fs::metadata(pair.path()).unwrap().len();
    let live = reader(&pair.path());
    for round in 0..40 {
        // each its own name and width: some fit the spare room, others need a band, all of them another extent
        let wide = track(
            "plugin",
            &format!("{}{round}", "long ".repeat(40)),
            40 + round,
        );
        gatherer.add(&[wide]);
        let second = 30 + 2 * round as u64;
        gatherer.record(second..second + 2);
        pair.look(Depth::Shallow);
        pair.assert_same();
    }
    assert!(live.is_stale());
    assert_eq!(live.reopened().unwrap().tracks().len(), 42);
    assert!(std::fs::metadata(pair.path()).unwrap().len() > length + (64 << 10));
    // and another interval
    let slow = TrackSpec {
        interval: seconds(10),
        ..track("slow", "", 2)
    };
    let mut clock = gatherer.writer.clock(seconds(10)).unwrap();
    let mut writer = gatherer.writer.track(&slow).unwrap();
    for second in [110, 120, 130] {
        let tick = clock.open_frame(at(second));
        writer.write(&tick, tick.boot, &[second, second]);
        pair.look(Depth::Shallow);
        pair.assert_same();
    }
    pair.restart();
    pair.assert_same();
}

#[test]
fn a_clock_that_is_set_is_set_here_too() {
    let mut pair = Pair::new();
    let mut gatherer = Gatherer::open(&pair.ring(), &plan(600, 9), &two());
    gatherer.record(0..30);
    pair.begin();
    for (second, set) in [
        (30, -3600),
        (31, -3600),
        (32, 7200),
        (40, 7200),
        (41, -5),
        (42, 0),
    ] {
        let wall = WallNs(EPOCH_NS + (second + set) * 1_000_000_000);
        let boot = BootNs((100 + second.unsigned_abs()) * 1_000_000_000);
        gatherer.tick(Now { wall, boot });
        let tick = gatherer.tick.unwrap();
        gatherer.write(&tick);
        pair.look(Depth::Shallow);
        pair.assert_same();
        gatherer.writer.checkpoint(false).unwrap();
    }
    pair.look(Depth::Deep);
    pair.assert_same();
    assert!(!reader(&pair.path()).steps(ClockId(0)).is_empty());
}

#[test]
fn a_source_that_was_started_anew_goes_on_here() {
    let mut pair = Pair::new();
    let mut gatherer = Gatherer::open(&pair.ring(), &plan(60, 9), &two());
    gatherer.record(0..30);
    pair.begin();
    let mut second = 30;
    for is_clean in [true, false, true] {
        gatherer.writer.checkpoint(is_clean).unwrap();
        drop(gatherer);
        until_left(&pair.ring());
        pair.look(Depth::Deep);
        pair.assert_same();
        gatherer = Gatherer::open(&pair.ring(), &plan(60, 9), &two());
        pair.look(Depth::Shallow);
        gatherer.record(second..second + 25);
        second += 25;
        pair.look(Depth::Shallow);
        pair.assert_same();
    }
}

#[test]
fn what_a_power_cut_took_back_there_is_taken_back_here() {
    let mut pair = Pair::new();
    let mut gatherer = Gatherer::open(&pair.ring(), &plan(60, 9), &two());
    gatherer.record(0..100);
    gatherer.writer.checkpoint(true).unwrap();
    drop(gatherer);
    until_left(&pair.ring());
    // the disk as it is, and the 20 s after it that are lost with the power, to one that comes back soon or late
    let on_disk = std::fs::read(pair.ring()).unwrap();
    for count in [1, 5, 19, 20, 21, 60] {
        let mut gatherer = Gatherer::open(&pair.ring(), &plan(60, 9), &two());
        gatherer.record(100..120);
        if count == 1 {
            pair.begin();
        } else {
            pair.look(Depth::Deep);
        }
        pair.assert_same();
        drop(gatherer);
        until_left(&pair.ring());
        std::fs::write(pair.ring(), &on_disk).unwrap();
        let mut gatherer = Gatherer::open(&pair.ring(), &plan(60, 9), &two());
        gatherer.record(130..130 + count);
        // the very same number is found out by a deep look alone
        let depth = if count == 20 {
            Depth::Deep
        } else {
            Depth::Shallow
        };
        pair.look(depth);
        pair.assert_same();
        drop(gatherer);
        until_left(&pair.ring());
        std::fs::write(pair.ring(), &on_disk).unwrap();
    }
    // whoever reads the copy without its mirror finds no more
    pair.look(Depth::Deep);
    pair.copy = None;
    until_left(&pair.path());
    pair.assert_same();
}

#[test]
fn a_look_that_is_cut_short_anywhere_harms_nobody() {
    let mut pair = Pair::new();
    let mut gatherer = Gatherer::open(&pair.ring(), &plan(60, 9), &two());
    gatherer.record(0..100);
    pair.begin();
    let mut second = 100;
    for parts in 0..12 {
        gatherer.add(&[track("new", &parts.to_string(), 30)]);
        gatherer.record(second..second + 10);
        second += 10;
        let before = rows_of(&reader(&pair.path()));
        pair.source.left = parts;
        let looked = pair
            .copy
            .as_mut()
            .unwrap()
            .look(&mut pair.source, Depth::Shallow);
        if looked.is_err() {
            assert!(matches!(looked, Err(CopyError::Origin(()))));
            // what was there is there, but for the oldest, in whose place newer frames stand
            for ((name, before), (same, now)) in before.iter().zip(rows_of(&reader(&pair.path()))) {
                assert_eq!(*name, same);
                assert!(
                    before.ends_with(&now[now.len().min(1)..]),
                    "{name} after {parts} parts"
                );
            }
        }
        pair.source.left = usize::MAX;
        if parts % 2 == 0 {
            pair.restart();
        } else {
            pair.look(Depth::Shallow);
        }
        pair.assert_same();
    }
}

#[test]
fn a_copy_has_one_mirror_and_what_is_none_has_none() {
    let mut pair = Pair::new();
    let mut gatherer = Gatherer::open(&pair.ring(), &plan(60, 9), &two());
    gatherer.record(0..10);
    pair.begin();
    let again = Replica::open(&pair.path(), 1 << 30, seconds(1));
    assert!(matches!(again, Err(RingError::InUse { .. })));
    drop(gatherer);
    until_left(&pair.ring());
    let none = Replica::open(&pair.ring(), 1 << 30, seconds(1));
    assert!(matches!(none, Err(RingError::NotACopy { .. })));
    // nor does a gatherer go on with a copy
    pair.copy = None;
    until_left(&pair.path());
    let recorded = Writer::open(&pair.path(), &plan(60, 9)).map(drop);
    assert!(matches!(recorded, Err(RingError::ACopy { .. })));
    assert!(reader(&pair.path()).is_copy() && !reader(&pair.ring()).is_copy());
    let nothing = Replica::open(&pair.folder.path().join("nothing"), 1 << 30, seconds(1));
    assert!(matches!(nothing, Ok(None)));
}

#[test]
fn a_frame_that_is_longer_than_a_part_comes_in_pieces() {
    let mut pair = Pair::new();
    let wide: Vec<TrackSpec> = (0..12)
        .map(|number| track("wide", &number.to_string(), 1500))
        .collect();
    let plan = plan(60, 12 * 1501);
    let mut gatherer = Gatherer::open(&pair.ring(), &plan, &wide);
    gatherer.record(0..5);
    pair.begin();
    pair.assert_same();
    gatherer.record(5..150);
    pair.look(Depth::Shallow);
    pair.assert_same();
}

#[test]
fn a_shipper_over_a_copy_goes_by_the_clock_of_its_source() {
    let pair = Pair::new();
    let ten_years = 10 * 366 * 86_400;
    let mut gatherer = Gatherer::open(&pair.ring(), &plan(600, 9), &two());
    // a host that has been up for ten years longer than this one
    let mut record = |seconds: std::ops::Range<u64>| {
        for second in seconds {
            let now = at(second);
            let boot = BootNs(now.boot.0 + ten_years * 1_000_000_000);
            gatherer.tick(Now { boot, ..now });
            let tick = gatherer.tick.unwrap();
            gatherer.write(&tick);
        }
    };
    record(0..100);
    let fake = Fake::of(&pair.ring());
    let mirror = Mirror::start(fake.address, &pair.path(), &["--interval", "20ms"]);
    until(|| {
        pair.path()
            .exists()
            .then_some(())
            .ok_or_else(|| mirror.said())
    });
    let config = pair.folder.path().join("ship.toml");
    let out = pair.folder.path().join("out.csv");
    std::fs::write(
        &config,
        "[[ship]]\nname = \"a\"\nkind = \"file\"\npath = \"out.csv\"\n",
    )
    .unwrap();
    let ship = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_goodall"));
        command.env_clear().arg("ship").arg("--config").arg(&config);
        command.arg("--ring-file").arg(pair.path());
        Mirror::run(command, &pair.folder.path().join("ship.said"))
    };
    let shipper = ship();
    let arrived = |until_then: &str| {
        let there = told(
            &pair.ring(),
            &format!("dump --since 0 --until {until_then}"),
        );
        until(|| {
            let text = std::fs::read_to_string(&out).unwrap_or_default();
            let mut lines: Vec<&str> = text.lines().collect();
            lines.sort_unstable();
            let mut expected: Vec<&str> = there.lines().collect();
            expected.sort_unstable();
            same_text("shipped", &expected.join("\n"), &lines.join("\n"))
        });
    };
    // the last two ticks may still be written to, for all that anybody here knows
    arrived("2026-11-22T05:05:53.500Z");
    record(100..150);
    arrived("2026-11-22T05:06:43.500Z");
    assert_eq!(shipper.end(), Some(0));
    record(150..200);
    let shipper = ship();
    arrived("2026-11-22T05:07:33.500Z");
    // nothing comes any more
    assert_eq!(mirror.end(), Some(0));
    arrived("2026-11-22T06:00:00Z");
    assert_eq!(shipper.end(), Some(0));
}
