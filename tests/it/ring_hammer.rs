//! Readers that hammer the rows that are being overwritten while writers go round the circle as fast as they
//! can: a row is read whole or not at all. GOODALL_LONG=1 makes it ten million rows.

use std::sync::atomic::{AtomicBool, Ordering};

use goodall::quantity::{BootNs, Now, WallNs};
use goodall::ring::{Access, ClockId, FrameNumber, Reader, Writer};

use crate::ring_kit::{EPOCH_NS, folder, is_long, plan, seconds, track};

const CLOCK: ClockId = ClockId(0);
const FIELDS: [usize; 5] = [1, 3, 10, 11, 40];

/// What stands in a row's field: no two rows share a word.
fn word(value: u64, track: usize, field: usize) -> u64 {
    (value << 16 | (track as u64) << 8 | field as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn moment(tick: u64) -> Now {
    Now {
        wall: WallNs(EPOCH_NS + tick.cast_signed() * 1_000_000_000),
        boot: BootNs(tick * 1_000_000_000),
    }
}

/// Reads what is about to be overwritten, and what has just been written, until told to stop.
fn hammer(reader: &Reader, stop: &AtomicBool) -> (u64, u64) {
    let (mut whole, mut gaps) = (0, 0);
    let mut words = [0; 64];
    let mut turn = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        let Some(newest) = reader.newest(CLOCK) else {
            continue;
        };
        turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // the newest two, and the four whose slots are next
        let back = [0, 0, 1, 64, 63, 62, 61, 60][(turn >> 33) as usize % 8];
        let number = FrameNumber(newest.number.0.saturating_sub(back));
        let Some(header) = reader.header(CLOCK, number) else {
            gaps += 1;
            continue;
        };
        assert_eq!(header.number, number);
        let tick = number.0 - 1;
        assert_eq!(
            (header.wall, header.boot),
            (moment(tick).wall, moment(tick).boot)
        );
        for (index, &fields) in FIELDS.iter().enumerate() {
            let late = (1000 * index as u64).cast_signed();
            let words = &mut words[..fields];
            match reader.row(index, &header, words) {
                Some(wall) => {
                    whole += 1;
                    assert_eq!(wall.0, header.wall.0 + late);
                    for (field, &found) in words.iter().enumerate() {
                        assert_eq!(found, word(tick, index, field), "{header:?}");
                    }
                }
                None => gaps += 1,
            }
        }
    }
    (whole, gaps)
}

#[test]
fn a_row_being_overwritten_is_never_handed_out() {
    let folder = folder();
    let path = folder.path().join("ring");
    let (writer, _) = Writer::open(&path, &plan(1, 100)).unwrap();
    let mut clock = writer.clock(seconds(1)).unwrap();
    let mut tracks: Vec<_> = FIELDS
        .iter()
        .enumerate()
        .map(|(index, &fields)| {
            let spec = track("t", &index.to_string(), fields);
            writer.track(&spec).unwrap()
        })
        .collect();
    let ticks: u64 = if is_long() { 2_000_000 } else { 60_000 };
    let stop = AtomicBool::new(false);
    let reader = Reader::open(&path, Access::Mapped).unwrap();
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| hammer(&reader, &stop)))
            .collect();
        let mut words = [0; 64];
        for tick in 0..ticks {
            let now = moment(tick);
            let open = clock.open_frame(now);
            for (index, track) in tracks.iter_mut().enumerate() {
                let words = &mut words[..FIELDS[index]];
                for (field, slot) in words.iter_mut().enumerate() {
                    *slot = word(tick, index, field);
                }
                track.write(&open, BootNs(now.boot.0 + 1000 * index as u64), words);
            }
        }
        stop.store(true, Ordering::Relaxed);
        for reader in readers {
            let (whole, gaps) = reader.join().unwrap();
            assert!(whole > ticks / 100, "{whole} whole rows, {gaps} gaps");
        }
    });
}
