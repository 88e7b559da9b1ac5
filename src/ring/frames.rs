//! All circles of one clock: their headers, the newest frame, and where the wall clock went back.

use super::frame::{HEADER_CHECK, header_of};
use super::layout::Circle;
use super::source::Source;
use super::{FrameNumber, Header};
use crate::quantity::Interval;

/// Frames beyond the last one known that are looked at after a crash: what the kernel may have written
/// back since the words that know it (2 minutes; dirty pages are due after 30 s), and never few.
const LOOK_AHEAD_NS: u64 = 120_000_000_000;
const LOOK_AHEAD_MIN: u64 = 256;

/// One clock's circles: the same frames, other tracks. Each has its own headers.
#[derive(Clone, Debug)]
#[allow(clippy::struct_field_names)] // frames of the window, words of a frame: what they are called all over
pub struct Frames {
    /// From tick to tick.
    pub interval: Interval,
    /// Frames of each circle.
    pub slots: u64,
    /// Frames that are handed out.
    pub window_frames: u64,
    /// Where they stand.
    pub circles: Vec<Circle>,
}

impl Frames {
    /// The header of that frame, from the first circle in which it is whole.
    #[inline]
    pub fn header(&self, source: &Source, number: FrameNumber) -> Option<Header> {
        if number.0 == 0 {
            return None;
        }
        self.circles
            .iter()
            .filter_map(|circle| header_at(source, circle.frame(number)))
            .find(|header| header.number == number)
    }

    /// The newest frame after a crash: from the hints on, else of all headers.
    pub fn newest(&self, source: &Source, live: FrameNumber, noted: FrameNumber) -> Option<Header> {
        let hints = [live.max(noted), live.min(noted)];
        let sound = hints
            .into_iter()
            .find(|&hint| self.header(source, hint).is_some());
        match sound {
            Some(hint) => self.newest_from(source, hint),
            None => self.newest_of_all(source),
        }
    }

    /// The newest frame at or after `hint`, as far as one runs on from it.
    fn newest_from(&self, source: &Source, hint: FrameNumber) -> Option<Header> {
        let mut newest = self.header(source, hint);
        let look_ahead = (LOOK_AHEAD_NS / self.interval.ns())
            .max(LOOK_AHEAD_MIN)
            .min(self.slots);
        let mut next = hint.0;
        let mut end = next.saturating_add(look_ahead);
        while next < end {
            next += 1;
            if let Some(header) = self.header(source, FrameNumber(next)) {
                newest = Some(header);
                end = next.saturating_add(look_ahead);
            }
            self.pass(source, FrameNumber(next));
        }
        newest
    }

    /// The newest frame of all, by looking at every header.
    fn newest_of_all(&self, source: &Source) -> Option<Header> {
        let mut newest: Option<Header> = None;
        // without a circle nothing says that so many frames have any room
        let slots = if self.circles.is_empty() {
            0
        } else {
            self.slots
        };
        for slot in 0..slots {
            for circle in &self.circles {
                let found = header_at(source, circle.frame(FrameNumber(slot)));
                let found = found.filter(|header| header.number.0 % self.slots == slot);
                if found.map(|header| header.number) > newest.map(|header| header.number) {
                    newest = found;
                }
            }
            self.pass(source, FrameNumber(slot));
        }
        newest
    }

    /// Frames of `first..=last` at which the wall clock was behind the frame before.
    pub fn steps_back(
        &self,
        source: &Source,
        first: FrameNumber,
        last: FrameNumber,
        found: &mut dyn FnMut(FrameNumber, i64),
    ) {
        let mut before: Option<Header> = None;
        for number in first.0..=last.0 {
            let Some(header) = self.header(source, FrameNumber(number)) else {
                continue;
            };
            if let Some(before) = before.filter(|before| header.wall < before.wall) {
                found(header.number, header.wall.0.saturating_sub(before.wall.0));
            }
            before = Some(header);
            self.pass(source, header.number);
        }
    }

    /// Says that the frame and those before it need not stay resident, whenever another 16 pages of a
    /// circle are behind.
    #[inline]
    pub fn pass(&self, source: &Source, number: FrameNumber) {
        for circle in &self.circles {
            pass_circle(circle, number, PASSED_WORDS, &mut |at, count| {
                source.dont_need(at, count);
            });
        }
    }
}

/// Words that are given back at once: 16 pages.
const PASSED_WORDS: usize = 16 * 512;

/// Calls `dont_need` for the pages behind the frame, if the frame is the one that leaves another piece of
/// `piece` words.
#[inline]
pub fn pass_circle(
    circle: &Circle,
    number: FrameNumber,
    piece: usize,
    dont_need: &mut dyn FnMut(usize, usize),
) {
    let start = circle.frame(number);
    let end = start + circle.frame_words;
    let (first, last) = (start / piece, end / piece);
    let wraps = number.0 % circle.slots == circle.slots - 1;
    if first != last || wraps {
        let until = if wraps { end } else { last * piece };
        // and the piece before once more: a read fault brings in what stands around it too
        let from = first.saturating_sub(1) * piece;
        dont_need(from, until - from);
    }
}

fn header_at(source: &Source, at: usize) -> Option<Header> {
    let mut words = [0; HEADER_CHECK];
    let sealed = source.collect(at + HEADER_CHECK, at, &mut words)?;
    header_of(words, sealed)
}
