//! A ring's file is copied front to back while its writer goes on: tracks come, bands and pieces of the
//! directory are added, the circle wraps. Every copy is a ring, has what was there before it began, and hands out
//! nothing that was not recorded.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use goodall::ring::writer::{Clock, Track};
use goodall::ring::{Access, Reader, TrackSpec, Writer};

use crate::ring_kit::{at, folder, open, plan, record, rows, rows_of, seconds, track};

/// The first piece of the directory ends here: what stands before is read before it.
const DIRECTORY_END: u64 = 143_360;

/// A ring that grows: each track is as wide as a new band, or so small that many fill the directory.
struct Growing {
    writer: Arc<Writer>,
    clock: Clock,
    tracks: Vec<(usize, Track)>,
    second: u64,
}

impl Growing {
    fn new(path: &Path) -> Growing {
        let (writer, _) = open(path, &plan(60, 40));
        let clock = writer.clock(seconds(1)).unwrap();
        let mut growing = Growing {
            writer,
            clock,
            tracks: Vec::new(),
            second: 0,
        };
        growing.add("first", 10);
        for _ in 0..30 {
            growing.tick();
        }
        growing
    }

    fn add(&mut self, name: &str, fields: usize) {
        let added = self.writer.track(&track("t", name, fields)).unwrap();
        self.tracks.push((fields, added));
    }

    /// A frame in which every track has the second in each of its words.
    fn tick(&mut self) {
        self.second += 1;
        let tick = self.clock.open_frame(at(self.second));
        for (fields, track) in &mut self.tracks {
            track.write(&tick, tick.boot, &vec![self.second; *fields]);
        }
    }
}

/// A track's instance whose record takes four units.
fn small(index: u32) -> String {
    format!("{index:0>200}")
}

/// Copies in pieces of `size` bytes; after the piece that reaches `place`, `meanwhile`.
fn copied(path: &Path, size: usize, place: u64, meanwhile: impl FnOnce()) -> (u64, Vec<u8>) {
    let mut copy = Reader::open(path, Access::Pread).unwrap().copy().unwrap();
    let mut bytes = Vec::new();
    let mut buffer = Vec::with_capacity(size);
    let mut meanwhile = Some(meanwhile);
    loop {
        buffer.clear();
        let more = copy.fill(&mut buffer).unwrap();
        bytes.extend_from_slice(&buffer);
        if bytes.len() as u64 >= place
            && let Some(meanwhile) = meanwhile.take()
        {
            meanwhile();
        }
        if !more {
            return (copy.length(), bytes);
        }
    }
}

/// Every row of the copy is as it was recorded: all its words are the second of its tick.
fn are_as_recorded(reader: &Reader) {
    for (name, rows) in rows_of(reader) {
        for row in rows {
            let second = row.words[0];
            assert!(row.words.iter().all(|&word| word == second), "{name}");
            assert_eq!(row.wall, at(second).wall.0, "{name}");
        }
    }
}

#[test]
fn a_ring_that_was_left_behind_is_copied_byte_for_byte_by_any_pieces() {
    let folder = folder();
    let path = folder.path().join("ring");
    let tracks = [track("t", "a", 3), track("t", "b", 300)];
    record(&path, &plan(60, 10), &tracks, 0, 100);
    let file = fs::read(&path).unwrap();
    for size in [61, 1000, 4096, 1 << 20] {
        let (length, bytes) = copied(&path, size, 0, || {});
        assert_eq!(length, file.len() as u64);
        assert!(bytes == file, "by pieces of {size} bytes");
    }
    let reader = Reader::open(&path, Access::Pread).unwrap();
    for (first, last) in [(0, 0), (77_000, 78_000), (100, 143_359), (143_361, 143_500)] {
        let mut out = Vec::with_capacity(1 << 20);
        let mut part = reader.copy().unwrap().part(&(first as u64..=last as u64));
        assert!(!part.fill(&mut out).unwrap());
        assert!(out == file[first..=last], "{first} to {last}");
    }
}

#[test]
fn whenever_it_grows_the_copy_is_a_ring_of_the_length_that_it_began_with() {
    for size in [1000, 8192] {
        for place in [1, 77_825, 78_500, 79_000, 90_000, DIRECTORY_END] {
            let folder = folder();
            let path = folder.path().join("ring");
            let mut growing = Growing::new(&path);
            let (length, bytes) = copied(&path, size, place, || {
                growing.add("wide", 300);
                // long names fill the directory
                (0..270).for_each(|index| growing.add(&small(index), 1));
                growing.add("wider", 600);
                growing.tick();
            });
            let said = format!("by pieces of {size} bytes, grown at {place}");
            let now = fs::metadata(&path).unwrap().len();
            assert!(bytes.len() as u64 == length && length < now, "{said}");
            let other = folder.path().join("copy");
            fs::write(&other, &bytes).unwrap();
            let reader = Reader::open(&other, Access::Pread).expect(&said);
            are_as_recorded(&reader);
            let first: Vec<u64> = rows(&reader, 0).iter().map(|row| row.words[0]).collect();
            assert!(first.starts_with(&(1..=30).collect::<Vec<u64>>()), "{said}");
            assert!(reader.failure().is_none(), "{said}");
            drop(reader);
            is_gone_on_with(&other, &said);
        }
    }
}

/// Records into a copy: what was there, what came while it was copied, and what comes now.
fn is_gone_on_with(copy: &Path, said: &str) {
    let small = (0..20).map(|index| track("t", &small(index), 1));
    let wide = [("first", 10), ("late", 900), ("wide", 300), ("wider", 600)];
    let wide = wide.map(|(name, fields)| track("t", name, fields));
    let tracks: Vec<TrackSpec> = wide.into_iter().chain(small).collect();
    record(copy, &plan(60, 40), &tracks, 40, 5);
    // once more, with a directory that was written since
    record(copy, &plan(60, 40), &tracks, 45, 5);
    let reader = Reader::open(copy, Access::Pread).expect(said);
    are_as_recorded(&reader);
    let all = rows_of(&reader);
    for track in &tracks {
        let name = format!("t.{}", String::from_utf8_lossy(&track.instance));
        let of_track = all.iter().filter(|(other, _)| *other == name);
        let rows = of_track.flat_map(|(_, rows)| rows);
        let seconds: Vec<u64> = rows.map(|row| row.words[0]).collect();
        assert!(
            seconds.ends_with(&(40..50).collect::<Vec<u64>>()),
            "{said}: {name}: {seconds:?}"
        );
    }
}

#[test]
fn a_copy_that_the_circle_wraps_past_has_gaps_and_nothing_else() {
    let folder = folder();
    let path = folder.path().join("ring");
    let mut growing = Growing::new(&path);
    let file = fs::metadata(&path).unwrap().len();
    for place in (0..8).map(|eighth| DIRECTORY_END + eighth * (file - DIRECTORY_END) / 8) {
        for ticks in [1, 40, 100, 1000] {
            let before = growing.second;
            let (_, bytes) = copied(&path, 4096, place, || {
                (0..ticks).for_each(|_| growing.tick());
            });
            let other = folder.path().join("copy");
            fs::write(&other, &bytes).unwrap();
            let reader = Reader::open(&other, Access::Pread).unwrap();
            are_as_recorded(&reader);
            let rows = rows(&reader, 0);
            let newest = rows.last().unwrap().words[0];
            assert!(
                (before..=growing.second).contains(&newest),
                "{newest} of {before} to {}",
                growing.second
            );
            // what the slack covers is all there
            if ticks == 1 {
                assert!(
                    rows.len() as u64 >= before.min(60) - 1,
                    "{} rows",
                    rows.len()
                );
            }
        }
    }
}

#[test]
fn another_file_has_another_tag_though_it_is_laid_out_alike() {
    let folder = folder();
    let path = folder.path().join("ring");
    let other = folder.path().join("other");
    let tracks = [track("t", "a", 3)];
    let tag = || Reader::open(&path, Access::Pread).unwrap().file_tag();
    // an inode is given out again, the serial number in the superblock is not
    let serial = || fs::read(&path).unwrap()[496..504].to_vec();
    record(&path, &plan(60, 10), &tracks, 0, 10);
    let first = tag();
    record(&path, &plan(60, 10), &tracks, 10, 100);
    assert_eq!(tag(), first, "it goes on");
    fs::copy(&path, &other).unwrap();
    fs::rename(&other, &path).unwrap();
    let copy = tag();
    // its rows are carried over to other files and back: what was first named so is free by then
    let mut tags = vec![first, copy];
    let mut serials = vec![serial()];
    for window in [90, 60, 90, 60] {
        record(&path, &plan(window, 10), &tracks, 110, 10);
        tags.push(tag());
        serials.push(serial());
    }
    let distinct: HashSet<_> = tags.iter().collect();
    assert_eq!(distinct.len(), tags.len(), "{tags:x?}");
    let distinct: HashSet<_> = serials.iter().collect();
    assert_eq!(distinct.len(), serials.len(), "{serials:x?}");
}
