//! Frames and rows: what is written is read back, by either access, over restarts and round the circle.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use goodall::quantity::{BootNs, WallNs};
use goodall::ring::writer::Opened;
use goodall::ring::{Access, ClockId, Reader, Writer};

use crate::residence::of_file;
use crate::ring_kit::{EPOCH_NS, Row, at, folder, plan, rows, seconds, track, until_left};

const CLOCK: ClockId = ClockId(0);

#[test]
fn what_is_written_is_read_back_by_either_access() {
    let folder = folder();
    let path = folder.path().join("ring");
    let (writer, opened) = Writer::open(&path, &plan(60, 100)).unwrap();
    assert_eq!(opened, Opened::Created);
    let mut clock = writer.clock(seconds(1)).unwrap();
    let mut load = writer.track(&track("load", "", 5)).unwrap();
    let mut disk = writer.track(&track("disk", "sda", 2)).unwrap();
    assert_eq!(clock.ticker().current(), None, "no frame is open");
    for second in 0..200 {
        let tick = clock.open_frame(at(second));
        let late = BootNs(at(second).boot.0 + 1_500_000);
        load.write(&tick, late, &[second, 1, 2, 3, 4]);
        if second % 2 == 0 {
            disk.write(&tick, at(second).boot, &[second, u64::MAX]);
        }
    }
    for access in [Access::Mapped, Access::Pread] {
        let reader = Reader::open(&path, access).unwrap();
        assert!(reader.is_live());
        assert_eq!(reader.clocks(), [seconds(1)]);
        let expected: Vec<_> = (140..200)
            .map(|second: u64| {
                let wall = EPOCH_NS + second.cast_signed() * 1_000_000_000 + 1_500_000;
                Row {
                    frame: second + 1,
                    wall,
                    words: vec![second, 1, 2, 3, 4],
                }
            })
            .collect();
        assert_eq!(rows(&reader, 0), expected);
        let seconds: Vec<u64> = rows(&reader, 1).iter().map(|row| row.words[0]).collect();
        assert_eq!(seconds, (140..200).step_by(2).collect::<Vec<u64>>());
        let mut runs = Vec::new();
        let wall = |second: i64| WallNs(EPOCH_NS + second * 1_000_000_000);
        reader.find(CLOCK, wall(150), wall(160), &mut runs);
        assert_eq!(runs.len(), 1);
        assert_eq!((runs[0].first.0, runs[0].last.0), (151, 160));
    }
}

#[test]
fn a_restart_goes_on_after_the_newest_frame() {
    let folder = folder();
    let path = folder.path().join("ring");
    for run in 0..3_u64 {
        let (writer, opened) = Writer::open(&path, &plan(60, 100)).unwrap();
        assert_eq!(opened == Opened::Created, run == 0);
        let mut clock = writer.clock(seconds(1)).unwrap();
        let mut load = writer.track(&track("load", "", 1)).unwrap();
        for tick in 0..10 {
            // another boot each time: its clock starts again
            let mut now = at(run * 1000 + tick);
            now.boot = at(tick).boot;
            let opened = clock.open_frame(now);
            assert_eq!(opened.number.0, run * 10 + tick + 1);
            assert_eq!(clock.ticker().current(), Some(opened));
            load.write(&opened, now.boot, &[run * 10 + tick]);
        }
        if run == 1 {
            writer.checkpoint(true).unwrap();
        }
    }
    until_left(&path);
    let reader = Reader::open(&path, Access::Pread).unwrap();
    let values: Vec<u64> = rows(&reader, 0).iter().map(|row| row.words[0]).collect();
    assert_eq!(values, (0..30).collect::<Vec<u64>>());
}

#[test]
fn what_is_resident_does_not_grow_with_the_window() {
    let folder = folder();
    let path = folder.path().join("ring");
    let resident = || of_file("self", &path).unwrap();
    if of_file("self", &path).is_none() {
        eprintln!("skipped: this system has no /proc/self/smaps");
        return;
    }
    let (writer, _) = Writer::open(&path, &plan(10_000, 100)).unwrap();
    let mut clock = writer.clock(seconds(1)).unwrap();
    let mut load = writer.track(&track("load", "", 90)).unwrap();
    let reader = Reader::open(&path, Access::Mapped).unwrap();
    let mut words = [0; 90];
    for second in 0..12_000 {
        let tick = clock.open_frame(at(second));
        load.write(&tick, tick.boot, &[second; 90]);
        let newest = reader.newest(CLOCK).unwrap();
        assert!(reader.row(0, &newest, &mut words).is_some());
    }
    assert!(writer.size().0 > 10_000_000);
    // both maps together: a few times 16 pages each
    let limit = 512 * 1024;
    let live = resident();
    assert!(live < limit, "{live} after the newest row of each tick");
    let apart = reader.apart();
    for number in 2001..=12_000 {
        let header = apart
            .header(CLOCK, goodall::ring::FrameNumber(number))
            .unwrap();
        assert!(apart.row(0, &header, &mut words).is_some());
    }
    let dumped = resident();
    assert!(dumped < limit, "{dumped} after a dump");
    let mut runs = Vec::new();
    for back in 1..100 {
        let since = at(12_000 - 100 * back).wall;
        apart.find(CLOCK, since, at(12_000).wall, &mut runs);
    }
    let searched = resident();
    assert!(searched < limit, "{searched} after searches");
}

#[test]
fn touching_pages_ahead_changes_nothing_of_what_is_written_meanwhile() {
    const FIELDS: usize = 700;
    let folder = folder();
    let path = folder.path().join("ring");
    let (writer, _) = Writer::open(&path, &plan(60, FIELDS + 1)).unwrap();
    let mut clock = writer.clock(seconds(1)).unwrap();
    let mut wide = writer.track(&track("wide", "", FIELDS)).unwrap();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let mut toucher = clock.toucher();
        let over = &is_over;
        scope.spawn(move || {
            while !over.load(Relaxed) {
                toucher.touch(10_000_000_000);
            }
        });
        for second in 0..2000 {
            let tick = clock.open_frame(at(second));
            wide.write(&tick, tick.boot, &[second; FIELDS]);
        }
        is_over.store(true, Relaxed);
    });
    let reader = Reader::open(&path, Access::Mapped).unwrap();
    let written = rows(&reader, 0);
    assert_eq!(written.len(), 60, "each row of the window is whole");
    assert!(
        written
            .iter()
            .all(|row| row.words == [row.frame - 1; FIELDS])
    );
}
