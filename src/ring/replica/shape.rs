//! Where the frames of the ring that is copied stand, and where in a frame what is stored together.

use std::sync::atomic::AtomicU64;

use crate::ring::directory::Directory;
use crate::ring::frame::{HEADER_CHECK, header_of};
use crate::ring::frames::Frames;
use crate::ring::layout::{Circle, DIRECTORY_OFFSET, HEADER_WORDS, WORD_SIZE, index};
use crate::ring::seqlock::{Word, publish};

/// One clock's frames.
pub struct Clock {
    /// Its number.
    pub id: usize,
    /// Its circles.
    pub frames: Frames,
    /// For each circle where rows start, and where the frame ends.
    starts: Vec<Box<[usize]>>,
}

/// All clocks' frames.
#[derive(Default)]
pub struct Shape {
    /// By number.
    pub clocks: Vec<Clock>,
}

impl Shape {
    /// What the directory says; `None` where frames would stand on what is no frame's.
    pub fn of(directory: &Directory) -> Option<Shape> {
        let head = DIRECTORY_OFFSET;
        let is_sound = directory.bands.iter().all(|band| band.offset >= head)
            && directory.extents.iter().all(|extent| extent.offset >= head)
            && !directory.clocks.is_empty();
        let clocks = directory.clocks.iter().map(|clock| {
            let bands = directory.bands.iter().filter(|band| band.clock == clock.id);
            let starts = bands.map(|band| {
                let tracks = directory.tracks.iter().map(|(track, _)| track);
                let mine = tracks.filter(|track| track.band == band.id);
                let mut starts: Vec<usize> = mine.map(|track| track.place).collect();
                starts.extend([HEADER_WORDS, band.frame_words]);
                starts.sort_unstable();
                starts.dedup();
                starts.into()
            });
            Clock {
                id: usize::from(clock.id),
                frames: directory.frames(clock),
                starts: starts.collect(),
            }
        });
        is_sound.then(|| Shape {
            clocks: clocks.collect(),
        })
    }

    /// Whether all that `before` has still stands where it stood: bands are added, never moved.
    pub fn goes_on_from(&self, before: &Shape) -> bool {
        before.clocks.iter().all(|old| {
            let clock = self.clocks.iter().find(|clock| clock.id == old.id);
            clock.is_some_and(|clock| {
                let circles = &clock.frames.circles;
                clock.frames.interval == old.frames.interval
                    && clock.frames.window_frames == old.frames.window_frames
                    && old.frames.circles.iter().all(|old| circles.contains(old))
            })
        })
    }
}

impl Clock {
    /// Stores words that were read from `at` (in words from the file's start), all of one run of frames of a
    /// circle. A frame is taken whose header is one of its slot's, up to `newest`, or was never written: what is
    /// being written comes with the next look, and what is no frame never does. `takes` is whether the frame that
    /// the words before ended in was.
    pub fn store(
        &self,
        circle: usize,
        cells: &[AtomicU64],
        at: usize,
        mut words: &[u64],
        newest: u64,
        takes: &mut bool,
    ) {
        let Circle {
            start,
            frame_words,
            slots,
        } = self.frames.circles[circle];
        let mut at = at - start;
        while !words.is_empty() {
            let place = at % frame_words;
            let (part, rest) = words.split_at(words.len().min(frame_words - place));
            if place == 0 {
                *takes = is_frame(part, (at / frame_words) as u64, slots, newest);
            }
            if *takes {
                let cells = &cells[start + at..][..part.len()];
                store_frame(cells, part, place, &self.starts[circle]);
            }
            at += part.len();
            words = rest;
        }
    }
}

/// Whether these words, the first of a slot, are a frame's.
fn is_frame(words: &[u64], slot: u64, slots: u64, newest: u64) -> bool {
    let Some(&[first, second, third, sealed]) = words.first_chunk::<HEADER_WORDS>() else {
        return false;
    };
    if [first, second, third, sealed] == [0; HEADER_WORDS] {
        return true;
    }
    header_of([first, second, third], sealed)
        .is_some_and(|header| header.number.0 % slots == slot && header.number.0 <= newest)
}

/// Stores a frame, or the piece of it that starts at `place`, row by row.
fn store_frame(cells: &[AtomicU64], words: &[u64], place: usize, starts: &[usize]) {
    let end = place + words.len();
    if place == 0 {
        let header = &words[..HEADER_CHECK];
        if differ(&cells[..HEADER_WORDS], &words[..HEADER_WORDS]) {
            let (cells, check) = (&cells[..HEADER_CHECK], &cells[HEADER_CHECK]);
            publish(check, cells, words[HEADER_CHECK], header);
        }
    }
    for pair in starts.windows(2) {
        let (from, until) = (pair[0].max(place), pair[1].min(end));
        if from < until {
            let range = from - place..until - place;
            store(&cells[range.clone()], &words[range]);
        }
    }
}

/// Stores words under the first, which is their check where they are a row.
pub fn store(cells: &[AtomicU64], words: &[u64]) {
    // what is the same is left alone: a page that is stored to is written to the disk
    if let [first, rest @ ..] = words
        && differ(cells, words)
    {
        publish(&cells[0], &cells[1..], *first, rest);
    }
}

fn differ(cells: &[AtomicU64], words: &[u64]) -> bool {
    let mut pairs = cells.iter().zip(words);
    pairs.any(|(cell, &word)| Word::get(cell) != word)
}

/// The word in the file at which a byte stands.
pub fn word_at(offset: u64) -> usize {
    index(offset / WORD_SIZE)
}
