//! Touches pages ahead of a clock, from another thread than the clock's.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use goodall_platform::map::Map;

use super::clock::Shared;
use super::layout::Circle;
use super::{FrameNumber, Writer};

/// Words of a page.
const PAGE_WORDS: usize = 512;

/// Follows a clock and touches the frames that it will open. One thread owns it.
pub struct Toucher {
    writer: Arc<Writer>,
    shared: Arc<Shared>,
    /// The last frame that was touched.
    done: u64,
}

impl Toucher {
    pub(super) fn new(writer: Arc<Writer>, shared: Arc<Shared>) -> Toucher {
        Toucher {
            writer,
            shared,
            done: 0,
        }
    }

    /// Touches the frames of so long a time behind the one that is open, an eighth of a circle at most.
    /// Allocates nothing, and keeps the clock waiting for nothing.
    pub fn touch(&mut self, span_ns: u64) {
        let newest = self.shared.newest().0;
        let frames = span_ns / self.shared.interval.ns();
        let last = newest + frames.min(self.shared.slots / 8);
        for number in self.done.max(newest) + 1..=last {
            let mut at = 0;
            // copied one by one: the clock wants the lock, too
            while let Some(circle) = self.circle(at) {
                touch_frame(self.writer.map(), &circle, FrameNumber(number));
                at += 1;
            }
        }
        self.done = self.done.max(last);
    }

    fn circle(&self, at: usize) -> Option<Circle> {
        self.shared.circles().get(at).copied()
    }
}

/// Stores to each page of a frame without changing it, so that it is there, and writable, when rows come.
pub(super) fn touch_frame(map: &Map, circle: &Circle, number: FrameNumber) {
    let start = circle.frame(number);
    let words = &map.words()[..start + circle.frame_words];
    let mut at = start;
    while at < words.len() {
        // A compare-and-swap is a store to the page even where it changes nothing; should a late
        // row's store come between, it fails, and the page was there. Not a load first: a read
        // fault would bring in the pages around, too.
        let swap =
            |value| words[at].compare_exchange(value, value, Ordering::Relaxed, Ordering::Relaxed);
        let _ = swap(0).or_else(swap);
        at = (at / PAGE_WORDS + 1) * PAGE_WORDS;
    }
}
