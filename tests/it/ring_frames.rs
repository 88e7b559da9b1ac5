//! Frames and rows: what is written is read back, by either access, over restarts and round the circle.

use goodall::quantity::{BootNs, WallNs};
use goodall::ring::writer::Opened;
use goodall::ring::{Access, ClockId, FrameNumber, Reader, Writer};

use crate::ring_kit::{EPOCH_NS, at, plan, seconds, track};

const CLOCK: ClockId = ClockId(0);

/// Every row of the first track in the window, as `(frame, wall ns, words)`.
fn rows(reader: &Reader, index: usize) -> Vec<(u64, i64, Vec<u64>)> {
    let track = &reader.tracks()[index];
    let mut words = vec![0; track.fields.len()];
    let (oldest, newest) = (
        reader.oldest(track.clock).unwrap(),
        reader.newest(track.clock).unwrap().number,
    );
    (oldest.0..=newest.0)
        .filter_map(|number| {
            let header = reader.header(track.clock, FrameNumber(number))?;
            let wall = reader.row(index, &header, &mut words)?;
            Some((number, wall.0, words.clone()))
        })
        .collect()
}

#[test]
fn what_is_written_is_read_back_by_either_access() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ring");
    let (writer, opened) = Writer::open(&path, &plan(60, 100)).unwrap();
    assert_eq!(opened, Opened::Created);
    let mut clock = writer.clock(seconds(1)).unwrap();
    let mut load = writer.track(&track("load", "", 5)).unwrap();
    let mut disk = writer.track(&track("disk", "sda", 2)).unwrap();
    assert!(!load.write(at(0).boot, &[0; 5]), "no frame is open");
    for second in 0..200 {
        clock.open_frame(at(second));
        let late = BootNs(at(second).boot.0 + 1_500_000);
        assert!(load.write(late, &[second, 1, 2, 3, 4]));
        if second % 2 == 0 {
            assert!(disk.write(at(second).boot, &[second, u64::MAX]));
        }
    }
    for access in [Access::Mapped, Access::Pread] {
        let reader = Reader::open(&path, access).unwrap();
        assert!(reader.is_live());
        assert_eq!(reader.clocks(), [seconds(1)]);
        let expected: Vec<_> = (140..200)
            .map(|second| {
                let wall = EPOCH_NS + second as i64 * 1_000_000_000 + 1_500_000;
                (second + 1, wall, vec![second, 1, 2, 3, 4])
            })
            .collect();
        assert_eq!(rows(&reader, 0), expected);
        let seconds: Vec<u64> = rows(&reader, 1)
            .iter()
            .map(|(_, _, words)| words[0])
            .collect();
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
    let folder = tempfile::tempdir().unwrap();
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
            assert_eq!(clock.open_frame(now).0, run * 10 + tick + 1);
            assert!(load.write(now.boot, &[run * 10 + tick]));
        }
        if run == 1 {
            writer.checkpoint(true).unwrap();
        }
    }
    let reader = Reader::open(&path, Access::Pread).unwrap();
    assert!(!reader.is_live());
    let values: Vec<u64> = rows(&reader, 0)
        .iter()
        .map(|(_, _, words)| words[0])
        .collect();
    assert_eq!(values, (0..30).collect::<Vec<u64>>());
}
