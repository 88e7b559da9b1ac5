//! Damage: a power cut that left a random part of the sectors written, bits flipped, another program's
//! bytes. What is handed out was written whole; the rest is a gap; nothing panics, hangs or reads out of
//! bounds; and a writer goes on. GOODALL_LONG=1 makes it ten thousand power cuts.

use std::collections::HashMap;
use std::path::Path;

use goodall::quantity::{BootNs, WallNs};
use goodall::ring::{Access, ClockId, FrameNumber, Reader, RingError, Writer};

use crate::ring_kit::{self, Random, at, folder, is_long, plan, seconds, track, until_left};

const SECTOR: usize = 512;

/// What was written: by track and words, the wall time.
type Written = HashMap<(String, Vec<u64>), i64>;

/// Records some seconds; what comes and goes takes places of what went.
fn record(path: &Path, first: u64, count: u64, written: &mut Written) {
    let (writer, _) = Writer::open(path, &plan(30, 40)).unwrap();
    let mut clock = writer.clock(seconds(1)).unwrap();
    let mut status = writer.status("t", seconds(1)).unwrap();
    let mut tracks = Vec::new();
    for second in first..first + count {
        if second % 10 == 0 || tracks.is_empty() {
            tracks.clear();
            tracks = (0..4_u8)
                .map(|index| {
                    let name = format!("{index}-{}", second / 10 * u64::from(index));
                    let spec = track("t", &name, 3 + 5 * usize::from(index));
                    (name, spec.fields.len(), writer.track(&spec).unwrap())
                })
                .collect();
        }
        // the wall clock is set back now and then
        let mut now = at(second);
        now.wall.0 -= (second / 25).cast_signed() * 3_000_000_000;
        let tick = clock.open_frame(now);
        for (index, (name, fields, track)) in tracks.iter_mut().enumerate() {
            let words: Vec<u64> = (0..*fields as u64)
                .map(|field| second << 32 | (index as u64) << 16 | field)
                .collect();
            let late = 1_000_000 * index as u64;
            track.write(&tick, BootNs(now.boot.0 + late), &words);
            written.insert((name.clone(), words), now.wall.0 + late.cast_signed());
        }
        status.set(now.wall, second, 0, 0, "all is well");
        if second % 60 == 7 {
            writer.checkpoint(second % 2 == 0).unwrap();
        }
    }
    drop((writer, clock, status, tracks));
    until_left(path);
}

/// Reads all that there is; every row must be one that was written.
fn read_all(reader: &Reader, written: &Written) -> u64 {
    let mut whole = 0;
    for index in 0..reader.tracks().len() {
        let track = &reader.tracks()[index];
        let mut words = vec![0; track.fields.len()];
        let clock = track.clock;
        let Some(newest) = reader.newest(clock) else {
            continue;
        };
        let oldest = reader.oldest(clock).unwrap();
        assert!(newest.number.0 - oldest.0 < 1_000_000);
        for number in oldest.0..=newest.number.0 {
            let Some(header) = reader.header(clock, FrameNumber(number)) else {
                continue;
            };
            if let Some(wall) = reader.row(index, &header, &mut words) {
                let key = (track.instance_name.clone(), words.clone());
                assert_eq!(written.get(&key), Some(&wall.0), "{key:?}");
                whole += 1;
            }
        }
    }
    let mut runs = Vec::new();
    for clock in 0..20 {
        let (since, until) = (at(50).wall, at(90).wall);
        reader.find(ClockId(clock), since, until, &mut runs);
        reader.find(
            ClockId(clock),
            WallNs(i64::MIN),
            WallNs(i64::MAX),
            &mut runs,
        );
    }
    assert!(runs.iter().all(|run| run.first <= run.last));
    for status in reader.status() {
        assert_eq!(
            (status.name.as_str(), status.message.as_str()),
            ("t", "all is well")
        );
    }
    for index in 0..reader.tracks().len() {
        reader.count_rows(index);
    }
    whole
}

/// Opens a damaged file by either access and reads all; gives the rows read.
fn survive(path: &Path, written: &Written) -> Result<u64, RingError> {
    let mapped = read_all(&Reader::open(path, Access::Mapped)?, written);
    let read = read_all(&Reader::open(path, Access::Pread)?, written);
    assert_eq!(mapped, read);
    Ok(read)
}

#[test]
fn after_a_power_cut_every_row_handed_out_was_written_whole() {
    let folder = folder();
    let path = folder.path().join("ring");
    let mut written = Written::new();
    record(&path, 0, 95, &mut written);
    let first = std::fs::read(&path).unwrap();
    record(&path, 95, 40, &mut written);
    let second = std::fs::read(&path).unwrap();
    let mut random = Random(1);
    let (cuts, mut rows) = (if is_long() { 10_000 } else { 300 }, 0);
    for cut in 0..cuts {
        let mut torn = first.clone();
        torn.resize(second.len(), 0);
        // pages, as the kernel writes them, and sectors, as a device may
        let unit = if cut % 2 == 0 { 8 * SECTOR } else { SECTOR };
        let share = random.below(100);
        for (to, from) in torn.chunks_mut(unit).zip(second.chunks(unit)) {
            if random.below(100) < share {
                to.copy_from_slice(from);
            }
        }
        std::fs::write(&path, &torn).unwrap();
        rows += survive(&path, &written).unwrap();
        if cut % 10 == 0 {
            // what the next run writes is read back, and nothing else has come to life
            let mut written = written.clone();
            record(&path, 1000, 20, &mut written);
            let whole = survive(&path, &written).unwrap();
            assert!(whole >= 80, "{whole}");
        }
    }
    assert!(rows > cuts * 20, "{rows} rows of {cuts} cuts");
}

#[test]
fn flipped_bits_make_gaps_and_nothing_else() {
    let folder = folder();
    let path = folder.path().join("ring");
    let mut written = Written::new();
    record(&path, 0, 95, &mut written);
    let sound = std::fs::read(&path).unwrap();
    let whole = survive(&path, &written).unwrap();
    let mut random = Random(1);
    let (mut refused, mut fewer) = (0, 0);
    let rounds = if is_long() { 5000 } else { 300 };
    for round in 0..rounds {
        let mut damaged = sound.clone();
        // all over the file, or where it hurts: what stands before the first band
        let end = if round % 2 == 0 { sound.len() } else { 100_000 };
        for _ in 0..=random.below(200) {
            let bit = random.below(end * 8);
            damaged[bit / 8] ^= 1 << (bit % 8);
        }
        std::fs::write(&path, &damaged).unwrap();
        match survive(&path, &written) {
            Ok(rows) => fewer += u64::from(rows < whole),
            Err(error) => {
                assert_eq!(error.exit_code(), 2, "{error}");
                assert!(Writer::open(&path, &plan(30, 40)).is_err());
                refused += 1;
                continue;
            }
        }
        if round % 10 == 0 {
            let mut written = written.clone();
            record(&path, 1000, 20, &mut written);
            survive(&path, &written).unwrap();
        }
    }
    assert!(
        refused > 0 && fewer > rounds / 4,
        "{refused} refused, {fewer} with gaps"
    );
}

#[test]
fn random_bytes_behind_a_sound_superblock_are_an_empty_ring() {
    let folder = folder();
    let path = folder.path().join("ring");
    let mut written = Written::new();
    record(&path, 0, 50, &mut written);
    let sound = std::fs::read(&path).unwrap();
    let mut random = Random(1);
    for _ in 0..20 {
        let mut noise = sound.clone();
        for chunk in noise[512..].chunks_exact_mut(8) {
            chunk.copy_from_slice(&random.word().to_le_bytes());
        }
        std::fs::write(&path, &noise).unwrap();
        assert_eq!(survive(&path, &written).unwrap(), 0);
        let mut again = Written::new();
        record(&path, 1000, 20, &mut again);
        assert_eq!(survive(&path, &again).unwrap(), 80);
    }
}

/// Damages every record of that kind in the first piece of the directory.
fn damage_records(path: &Path, kind: u8) {
    let mut bytes = std::fs::read(path).unwrap();
    let units = bytes[77_824..143_360].chunks_exact_mut(64);
    let of_kind = units.filter(|unit| unit[..4] == [1, 0, kind, 0]);
    let found = of_kind.map(|unit| unit[9] ^= 1).count();
    assert_eq!(found, 1, "a record of kind {kind}");
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn the_room_that_a_lost_record_tells_of_is_given_to_nobody_else() {
    let (band, fields) = (2, 4);
    for kind in [band, fields] {
        let folder = folder();
        let path = folder.path().join("ring");
        ring_kit::record(&path, &plan(60, 10), &[track("t", "a", 3)], 0, 10);
        damage_records(&path, kind);
        // the other would fit the room; then the first comes again, with what it lost
        let both = [track("t", "b", 2), track("t", "a", 3)];
        for first in [10, 20, 30] {
            ring_kit::record(&path, &plan(60, 10), &both, first, 10);
        }
        let reader = Reader::open(&path, Access::Pread).unwrap();
        let all = ring_kit::rows_of(&reader);
        for name in ["t.a", "t.b"] {
            // it may have a track of before and one of since
            let of_name = all.iter().filter(|(other, _)| other == name);
            let rows = of_name.flat_map(|(_, rows)| rows);
            let mut seconds: Vec<u64> = rows.map(|row| row.words[0]).collect();
            seconds.sort_unstable();
            assert!(
                seconds.ends_with(&(10..40).collect::<Vec<u64>>()),
                "{name}, a record of kind {kind}: {seconds:?}"
            );
        }
    }
}
