//! A look at the source: what is new is copied, each thing before what leads a reader to it: growth, frames,
//! the directory, and the live words last.

use super::frames::Copied;
use super::shape::{Shape, store, word_at};
use super::{CopyError, Origin, PART_WORDS, Replica};
use crate::quantity::Interval;
use crate::ring::FrameNumber;
use crate::ring::directory::{Directory, Fault};
use crate::ring::layout::{
    CLOCKS_MAX, DIRECTORY_OFFSET, EXTENT_SIZE, LIVE_GENERATION, LIVE_NEWEST, LIVE_OFFSET,
    LIVE_SIZE, STATE_OFFSETS, STATUS_SLOTS, STATUS_WORDS, WORD_SIZE, index,
};
use crate::ring::seqlock::Word;
use crate::ring::state::State;
use crate::ring::status::{self, slot_at};
use crate::ring::writer::live_at;

/// How far back frames are copied again at each look: rows are written after their tick.
const LATE_NS: u64 = 2_000_000_000;
/// The same at a deep look, for rows that come later still, and for what a disk lost.
const DEEP_NS: u64 = 120_000_000_000;
/// Frames that a look goes back at most.
const BACK_MAX: u64 = 1024;
/// Looks that may find a hint without its frame, one after another.
const LOST_MAX: u32 = 3;
/// The most that a directory may take, in words: what it becomes in memory is some ten times as much.
pub(super) const DIRECTORY_WORDS_MAX: usize = 1 << 18;

const LIVE_WORDS: usize = LIVE_NEWEST + CLOCKS_MAX;

/// How far back a look goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// A second or two: one of many.
    Shallow,
    /// Two minutes, a thousand frames at most: one in a while.
    Deep,
    /// Two minutes, however many frames that is: the first.
    First,
}

impl Depth {
    /// In frames.
    pub(super) fn frames(self, interval: Interval) -> u64 {
        match self {
            Depth::Shallow => (LATE_NS / interval.ns()).clamp(1, BACK_MAX),
            Depth::Deep => (DEEP_NS / interval.ns()).clamp(1, BACK_MAX),
            Depth::First => (DEEP_NS / interval.ns()).max(1),
        }
    }
}

/// A directory as it was read, to be stored once its frames are here.
struct Read {
    /// The file's length that it was held against.
    length: u64,
    extents: Vec<(u64, Vec<u64>)>,
    shape: Shape,
}

impl Replica {
    /// Copies what is new.
    pub fn look<O: Origin>(
        &mut self,
        origin: &mut O,
        depth: Depth,
    ) -> Result<(), CopyError<O::Error>> {
        let live = self.look_at_head(origin, depth)?;
        let generation = live[LIVE_GENERATION];
        if generation == u64::MAX {
            return Err(CopyError::Superseded);
        }
        if origin.length() < self.length {
            return Err(CopyError::Unsound("it is shorter than it was"));
        }
        let mut extents = Vec::new();
        if self.generation != Some(generation) || depth == Depth::First {
            let read = self.read_directory(origin)?;
            if !read.shape.goes_on_from(&self.shape) {
                return Err(CopyError::Unsound(
                    "its frames stand elsewhere than they did",
                ));
            }
            self.grow(read.length)?;
            self.shape = read.shape;
            extents = read.extents;
        }
        self.look_at_state(origin, depth)?;
        let mut newest = self.newest;
        let mut is_lost = false;
        for clock in 0..self.shape.clocks.len() {
            let id = self.shape.clocks[clock].id;
            let there = FrameNumber(live[LIVE_NEWEST + id]);
            match self.copy_clock(origin, clock, there, depth)? {
                Copied::UpTo(there) => newest[id] = there,
                Copied::Nothing => {}
                Copied::Without => is_lost = true,
            }
        }
        self.lost = if is_lost { self.lost + 1 } else { 0 };
        if self.lost > LOST_MAX {
            return Err(CopyError::Unsound(
                "its newest frames are not where it says",
            ));
        }
        self.show(newest, generation, &extents)?;
        self.let_go();
        if depth != Depth::Shallow {
            // what is not stored to each time
            self.map.dont_need(0, index(LIVE_OFFSET));
            self.map
                .dont_need(index(DIRECTORY_OFFSET), index(EXTENT_SIZE));
        }
        Ok(())
    }

    /// Stores what leads readers to the frames that were copied.
    fn show<E>(
        &mut self,
        newest: [FrameNumber; CLOCKS_MAX],
        generation: u64,
        extents: &[(u64, Vec<u64>)],
    ) -> Result<(), CopyError<E>> {
        let cells = self.map.words();
        for (offset, words) in extents {
            let at = word_at(*offset);
            for (cells, words) in cells[at..][..words.len()].chunks(8).zip(words.chunks(8)) {
                store(cells, words);
            }
            let size = words.len() as u64 * WORD_SIZE;
            self.sync_part(*offset, size)?;
            self.map.dont_need(index(*offset), index(size));
        }
        self.newest = newest;
        for (id, number) in newest.iter().enumerate() {
            cells[live_at(LIVE_NEWEST + id)].put_last(number.0);
        }
        cells[live_at(LIVE_GENERATION)].put_last(generation);
        self.generation = Some(generation);
        Ok(())
    }

    /// The live words; and the status slots, which are stored at once.
    fn look_at_head<O: Origin>(
        &mut self,
        origin: &mut O,
        depth: Depth,
    ) -> Result<[u64; LIVE_WORDS], CopyError<O::Error>> {
        let slots = match depth {
            Depth::Shallow => (self.slots + 1).min(STATUS_SLOTS),
            Depth::Deep | Depth::First => STATUS_SLOTS,
        };
        let words = word_at(LIVE_SIZE) + slots * STATUS_WORDS;
        let part = origin.part(LIVE_OFFSET, words).map_err(CopyError::Origin)?;
        let (head, area) = part.split_at(word_at(LIVE_SIZE));
        let live = head.first_chunk().copied();
        let live = live.ok_or(CopyError::Unsound("its head is cut off"))?;
        let is_used = |slot: &usize| area[slot * STATUS_WORDS] != 0;
        self.slots = (0..slots).rev().find(is_used).map_or(0, |slot| slot + 1);
        if self.slot.is_none_or(|slot| slot < slots && is_used(&slot)) {
            self.slot = (0..slots).rev().find(|slot| !is_used(slot));
        }
        for (slot, words) in area.chunks_exact(STATUS_WORDS).enumerate() {
            let cells = &self.map.words()[slot_at(slot)..][..status::END];
            let words: &[u64; status::END] = words.first_chunk().expect("it is longer");
            if words[0] == 0 {
                if self.slot != Some(slot) && cells[0].get() != 0 {
                    cells[0].put(0);
                }
            } else if status::is_whole(words) {
                store(cells, words);
            }
        }
        Ok(live)
    }

    /// The directory as it is now, with where its frames stand.
    fn read_directory<O: Origin>(&self, origin: &mut O) -> Result<Read, CopyError<O::Error>> {
        let mut extents = Vec::new();
        let (mut lost, mut left) = (None, DIRECTORY_WORDS_MAX);
        let length = origin.length();
        let first = self.superblock.directory;
        let read = Directory::read(first, length, &mut |at, words: &mut [u64]| {
            left = left.checked_sub(words.len())?;
            let offset = at as u64 * WORD_SIZE;
            for (part, out) in words.chunks_mut(PART_WORDS).enumerate() {
                let offset = offset + (part * PART_WORDS) as u64 * WORD_SIZE;
                match origin.part(offset, out.len()) {
                    Ok(part) => out.copy_from_slice(part),
                    Err(error) => {
                        lost = Some(error);
                        return None;
                    }
                }
            }
            extents.push((offset, words.to_vec()));
            Some(())
        });
        match read {
            Ok(directory) => {
                let shape = Shape::of(&directory);
                let shape = shape.ok_or(CopyError::Unsound("its directory leads nowhere"))?;
                Ok(Read {
                    length,
                    extents,
                    shape,
                })
            }
            Err(_) if lost.is_some() => Err(lost.map_or(CopyError::Superseded, CopyError::Origin)),
            Err(Fault::Truncated { .. }) => Err(CopyError::Unsound("it ends before its frames do")),
            Err(Fault::Unreadable) => Err(CopyError::Unsound("its directory is too long")),
        }
    }

    /// The state areas: the next whose turn it is, as long as there is one; both where one may have been lost,
    /// here or there.
    fn look_at_state<O: Origin>(
        &mut self,
        origin: &mut O,
        depth: Depth,
    ) -> Result<(), CopyError<O::Error>> {
        const PROBE_WORDS: usize = 8;
        const TRIES: usize = 4;
        let clocks = self.shape.clocks.last().map_or(0, |clock| clock.id + 1);
        for turn in 0..TRIES {
            let both = if depth == Depth::Shallow { 0 } else { turn };
            let area = STATE_OFFSETS[(index(self.state & 1) + 1 + both) % 2];
            if depth == Depth::Shallow {
                let probe = origin.part(area, PROBE_WORDS).map_err(CopyError::Origin)?;
                if probe[1] <= self.state {
                    break;
                }
            }
            let part = origin.part(area, State::size(clocks));
            let found = State::parse(part.map_err(CopyError::Origin)?);
            if let Some(found) = found.filter(|found| found.generation() > self.state) {
                self.state = found.generation();
                found.put(&self.map);
            }
        }
        Ok(())
    }
}
