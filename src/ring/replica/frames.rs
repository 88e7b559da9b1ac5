//! Frames of one clock: which are copied at a look, and which of them stay resident.

use super::look::Depth;
use super::shape::Clock;
use super::{CopyError, Origin, PART_WORDS, Replica};
use crate::ring::frame::{HEADER_CHECK, header_of};
use crate::ring::frames::pass_circle;
use crate::ring::layout::{HEADER_WORDS, WORD_SIZE, index};
use crate::ring::{FrameNumber, Header};

/// Words that are given back at once: 16 pages.
const PASSED_WORDS: usize = 16 * 512;
/// Frames that may be new before it is asked whether the newest is there at all.
const UNSEEN_MAX: u64 = 1024;

/// What came of a clock's frames.
pub enum Copied {
    /// All up to this one.
    UpTo(FrameNumber),
    /// Nothing is new, or nothing was recorded yet.
    Nothing,
    /// Not the one that the source says is its newest: it is a hint, which can be of another moment.
    Without,
}

/// Frames to copy, both ends included.
struct Run {
    first: u64,
    last: u64,
    /// The last so many stay resident.
    keep: u64,
}

impl Replica {
    /// Copies a clock's frames up to the newest, in all its circles.
    pub(super) fn copy_clock<O: Origin>(
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
        if last - low > UNSEEN_MAX && !self.has_frame(origin, clock, there)? {
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
            back = back.max(UNSEEN_MAX).saturating_mul(8);
        }
        self.settled[id] = !is_new;
        let header = self.header(clock, there);
        Ok(header.map_or(Copied::Without, |header| Copied::UpTo(header.number)))
    }

    /// Tells the kernel that of the frames just those which the next look stores to again need stay resident: a
    /// look brings in what stands around them, too, of one clock's circle in another's.
    pub(super) fn let_go(&self) {
        let dont_need = |from: usize, until: usize| {
            self.map.dont_need(from * 8, (until - from) * 8);
        };
        for clock in &self.shape.clocks {
            let last = self.newest[clock.id];
            let late = Depth::Shallow.frames(clock.frames.interval);
            let first = FrameNumber(last.0.saturating_sub(late));
            for circle in &clock.frames.circles {
                let end = circle.start + index(circle.slots) * circle.frame_words;
                let from = circle.frame(first);
                let until = circle.frame(last) + circle.frame_words;
                if self.settled[clock.id] {
                    dont_need(circle.start, end);
                } else if from < until {
                    // where the circle begins anew between the two, for once nothing goes
                    dont_need(circle.start, from);
                    dont_need(until, end);
                }
            }
        }
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
            let end = number.saturating_add(frames);
            for number in number..end.min(run.last.saturating_sub(run.keep)) {
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
