//! What a source may say of its ring that no goodall writes: every check holds, and what they cover makes no sense.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use goodall::ring::layout::{
    DIRECTORY_OFFSET, EXTENT_SIZE, LIVE_NEWEST, LIVE_OFFSET, frame_words, slots,
};
use goodall::ring::replica::{CopyError, Depth, Head, Origin, PART_WORDS, Replica};
use goodall::ring::{Access, Reader, RingError};

use crate::mirror_pair::{Gatherer, Source, two};
use crate::ring_kit::{folder, plan, rows_of, seconds, until_left};

const SIZE_MAX: u64 = 1 << 30;
const SECOND_NS: u64 = 1_000_000_000;

/// The low half of the check over these words.
fn check(words: &[u64]) -> u64 {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    xxhash_rust::xxh64::xxh64(&bytes, 0) & 0xffff_ffff
}

fn put(bytes: &mut [u8], offset: u64, words: &[u64]) {
    let at = usize::try_from(offset).unwrap();
    for (bytes, word) in bytes[at..].chunks_mut(8).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
}

/// A ring that was left behind, with its bytes changed.
fn crafted(folder: &Path, craft: impl FnOnce(&mut [u8])) -> PathBuf {
    let ring = folder.join("ring");
    Gatherer::open(&ring, &plan(60, 9), &two()).record(0..100);
    until_left(&ring);
    let mut bytes = fs::read(&ring).unwrap();
    craft(&mut bytes);
    fs::write(&ring, bytes).unwrap();
    ring
}

/// Copies all of it and looks twice, in a thread of its own, which must come to an end.
fn copied(ring: &Path, copy: &Path) -> Result<(), CopyError<()>> {
    let (ring, copy) = (ring.to_owned(), copy.to_owned());
    let (done, ended) = mpsc::channel();
    let copying = thread::spawn(move || {
        let mut source = Source::of(&ring);
        let head = source.head();
        let length = source.length();
        let mut replica = Replica::begin(&copy, &head, length, SIZE_MAX, seconds(1)).unwrap();
        let copied = replica
            .fill(&mut source)
            .and_then(|()| replica.look(&mut source, Depth::First))
            .and_then(|()| replica.put_in_place(None).map_err(CopyError::Ring))
            .and_then(|()| replica.look(&mut source, Depth::Deep));
        done.send(()).unwrap();
        copied
    });
    // where it panics, what it was to send with is gone
    let ended = ended.recv_timeout(Duration::from_secs(20));
    assert_ne!(ended, Err(mpsc::RecvTimeoutError::Timeout), "it has no end");
    copying.join().unwrap()
}

fn same_rows(ring: &Path, copy: &Path) {
    until_left(copy);
    let [there, here] = [ring, copy].map(|path| {
        let reader = Reader::open(path, Access::Pread).unwrap();
        rows_of(&reader)
    });
    let count: usize = there.iter().map(|(_, rows)| rows.len()).sum();
    assert!(count > 50, "{count} rows");
    assert_eq!(here, there);
}

#[test]
fn a_clock_with_endless_frames_and_no_place_for_them_keeps_nobody() {
    let folder = folder();
    let ring = crafted(folder.path(), |bytes| {
        let offset = DIRECTORY_OFFSET + EXTENT_SIZE - 64;
        let low = 1 << 16 | 1;
        let body = [7, SECOND_NS, 1 << 60, 1 << 60, 0, 0, 0];
        let covered: Vec<u64> = [offset, low, 0].into_iter().chain(body).collect();
        put(bytes, offset, &[check(&covered) << 32 | low]);
        put(bytes, offset + 8, &body);
    });
    let copy = folder.path().join("copy");
    copied(&ring, &copy).unwrap();
    same_rows(&ring, &copy);
}

#[test]
fn a_frame_of_the_last_number_that_there_is_ends_no_mirror() {
    let folder = folder();
    let last = u64::MAX;
    let ring = crafted(folder.path(), |bytes| {
        let slot = last % slots(60);
        let frame = slot * frame_words(9) as u64 * 8;
        let words = [last, SECOND_NS, SECOND_NS];
        put(bytes, DIRECTORY_OFFSET + EXTENT_SIZE + frame, &words);
        let sealed = check(&[last, SECOND_NS, SECOND_NS, 0]) << 32;
        put(
            bytes,
            DIRECTORY_OFFSET + EXTENT_SIZE + frame + 24,
            &[sealed],
        );
        put(bytes, LIVE_OFFSET + 8 * LIVE_NEWEST as u64, &[last]);
    });
    let copy = folder.path().join("copy");
    copied(&ring, &copy).unwrap();
    same_rows(&ring, &copy);
}

/// A source that says once that its file is as short as that.
struct Short(Source, u64);

impl Origin for Short {
    type Error = ();

    fn part(&mut self, offset: u64, words: usize) -> Result<&[u64], ()> {
        assert!(words <= PART_WORDS);
        self.0.part(offset, words)
    }

    fn length(&self) -> u64 {
        self.1
    }
}

#[test]
fn a_file_that_is_said_to_end_in_its_head_is_no_ring() {
    let folder = folder();
    let ring = crafted(folder.path(), |_| {});
    for length in [512, 4096, LIVE_OFFSET, DIRECTORY_OFFSET - 1] {
        let mut source = Short(Source::of(&ring), length);
        let words = source.part(0, Head::WORDS).unwrap().to_vec();
        let head = Head::parse(&words, Path::new("source"), "\"tag\"").unwrap();
        let copy = folder.path().join(format!("copy{length}"));
        let begun = Replica::begin(&copy, &head, length, SIZE_MAX, seconds(1));
        let filled = begun.unwrap().fill(&mut source);
        assert!(matches!(filled, Err(CopyError::Unsound(_))), "{filled:?}");
    }
}

#[test]
fn what_came_to_stand_there_meanwhile_is_not_overwritten() {
    let folder = folder();
    let ring = crafted(folder.path(), |_| {});
    let copy = folder.path().join("copy");
    let mut source = Source::of(&ring);
    let head = source.head();
    let length = source.length();
    let mut replica = Replica::begin(&copy, &head, length, SIZE_MAX, seconds(1)).unwrap();
    replica.fill(&mut source).unwrap();
    replica.look(&mut source, Depth::First).unwrap();
    fs::write(&copy, "recorded here").unwrap();
    let placed = replica.put_in_place(None);
    assert!(
        matches!(placed, Err(RingError::NotACopy { .. })),
        "{placed:?}"
    );
    assert_eq!(fs::read(&copy).unwrap(), b"recorded here");
}
