//! A look at the source: what is new is copied, each thing before what leads a reader to it: growth, frames,
//! the directory, and the live words last.

use super::shape::{Clock, Shape, store, word_at};
use super::{CopyError, Origin, PART_WORDS, Replica};
use crate::quantity::Interval;
use crate::ring::directory::{Directory, Fault};
use crate::ring::frame::{HEADER_CHECK, header_of};
use crate::ring::frames::pass_circle;
use crate::ring::layout::{
    CLOCKS_MAX, HEADER_WORDS, LIVE_GENERATION, LIVE_NEWEST, LIVE_OFFSET, LIVE_SIZE, STATE_OFFSETS,
    STATUS_SLOTS, STATUS_WORDS, WORD_SIZE, index,
};
use crate::ring::seqlock::Word;
use crate::ring::state::State;
use crate::ring::status::{self, slot_at};
use crate::ring::writer::live_at;
use crate::ring::{FrameNumber, Header};

/// How far back frames are copied again at each look: rows are written after their tick.
const LATE_NS: u64 = 2_000_000_000;
/// The same at a deep look, for rows that come later still, and for what a disk lost.
const DEEP_NS: u64 = 120_000_000_000;
/// Frames that a look goes back at most.
const BACK_MAX: u64 = 1024;
/// Words that are given back at once: 16 pages.
const PASSED_WORDS: usize = 16 * 512;
/// Looks that may find a hint without its frame, one after another.
const LOST_MAX: u32 = 3;
/// The most that a directory may take, in words.
const DIRECTORY_WORDS_MAX: usize = 1 << 20;

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
    fn frames(self, interval: Interval) -> u64 {
        match self {
            Depth::Shallow => (LATE_NS / interval.ns()).clamp(1, BACK_MAX),
            Depth::Deep => (DEEP_NS / interval.ns()).clamp(1, BACK_MAX),
            Depth::First => (DEEP_NS / interval.ns()).max(1),
        }
    }
}

/// What came of a clock's frames.
enum Copied {
    /// All up to this one.
    UpTo(FrameNumber),
    /// Nothing is new, or nothing was recorded yet.
    Nothing,
    /// Not the one that the source says is its newest: it is a hint, which can be of another moment.
    Without,
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
        self.show(newest, generation, &extents)
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

    /// Copies a clock's frames up to the newest, in all its circles.
    fn copy_clock<O: Origin>(
        &mut self,
        origin: &mut O,
        clock: usize,
        there: FrameNumber,
        depth: Depth,
    ) -> Result<Copied, CopyError<O::Error>> {
        let id = self.shape.clocks[clock].id;
        let here = self.newest[id];
        let is_new = there != here;
        if there.0 == 0 || (!is_new && self.settled[id] && depth == Depth::Shallow) {
            return Ok(Copied::Nothing);
        }
        let interval = self.shape.clocks[clock].frames.interval;
        let slots = self.shape.clocks[clock].frames.slots;
        // frames beyond the newest may be of a run that a power cut took back
        let (low, last) = (there.0.min(here.0), there.0.max(here.0));
        let mut back = depth.frames(interval);
        if last - low > BACK_MAX && !self.has_frame(origin, clock, there)? {
            return Ok(Copied::Without);
        }
        loop {
            let count = (last - low.saturating_sub(back).max(1) + 1).min(slots);
            let run = Run {
                first: last - (count - 1),
                last,
                keep: Depth::Shallow.frames(interval),
            };
            let ends = |replica: &Replica| {
                [FrameNumber(run.first), here].map(|number| replica.header(clock, number))
            };
            let [first_before, here_before] = ends(self);
            for circle in 0..self.shape.clocks[clock].frames.circles.len() {
                self.copy_run(origin, &self.shape.clocks[clock], circle, &run)?;
            }
            if count > Depth::First.frames(interval) {
                // a power cut takes back what is not on the disk, and a start looks for two minutes of it
                self.sync()?;
            }
            let [first, here] = ends(self);
            let is_of_one_run = here == here_before || (first.is_some() && first == first_before);
            if is_of_one_run || count == slots || run.first == 1 {
                break;
            }
            // the run that was copied last was taken back: as far as it goes, its frames go too
            back = back.max(BACK_MAX).saturating_mul(8);
        }
        self.settled[id] = !is_new;
        let header = self.header(clock, there);
        Ok(header.map_or(Copied::Without, |header| Copied::UpTo(header.number)))
    }

    /// A frame's header as it is here.
    fn header(&self, clock: usize, number: FrameNumber) -> Option<Header> {
        self.shape.clocks[clock]
            .frames
            .header(&self.source(), number)
    }

    /// Whether the source has that frame: what says so is a hint.
    fn has_frame<O: Origin>(
        &self,
        origin: &mut O,
        clock: usize,
        number: FrameNumber,
    ) -> Result<bool, CopyError<O::Error>> {
        for circle in &self.shape.clocks[clock].frames.circles {
            let at = circle.frame(number) as u64 * WORD_SIZE;
            let words = origin.part(at, HEADER_WORDS).map_err(CopyError::Origin)?;
            let header = header_of([words[0], words[1], words[2]], words[HEADER_CHECK]);
            if header.is_some_and(|header| header.number == number) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn copy_run<O: Origin>(
        &self,
        origin: &mut O,
        clock: &Clock,
        at: usize,
        run: &Run,
    ) -> Result<(), CopyError<O::Error>> {
        let circle = clock.frames.circles[at];
        let frames_a_part = (PART_WORDS / circle.frame_words).max(1) as u64;
        let mut number = run.first;
        while number <= run.last {
            let to_wrap = circle.slots - number % circle.slots;
            let left = run.last - number + 1;
            let frames = frames_a_part.min(to_wrap).min(left);
            let mut words = index(frames) * circle.frame_words;
            let mut from = circle.frame(FrameNumber(number));
            let mut takes = false;
            while words > 0 {
                let count = words.min(PART_WORDS);
                let part = origin.part(from as u64 * WORD_SIZE, count);
                let part = part.map_err(CopyError::Origin)?;
                clock.store(at, self.map.words(), from, part, run.last, &mut takes);
                words -= count;
                from += count;
            }
            // the newest are stored to again at the next look
            for number in number..(number + frames).min(run.last.saturating_sub(run.keep)) {
                let dont_need =
                    &mut |at: usize, count: usize| self.map.dont_need(at * 8, count * 8);
                pass_circle(&circle, FrameNumber(number), PASSED_WORDS, dont_need);
            }
            match number.checked_add(frames) {
                Some(next) => number = next,
                None => return Ok(()),
            }
        }
        Ok(())
    }
}

/// Frames to copy, both ends included.
struct Run {
    first: u64,
    last: u64,
    /// The last so many stay resident.
    keep: u64,
}
