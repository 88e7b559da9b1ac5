//! What stands before the places at which a feed begins: what counters were, for rates and for who says since
//! when they count.

use super::{Feed, Lane, Point};
use crate::ring::FrameNumber;

/// Frames before the first that are looked at.
const SEED_FRAMES: u64 = 16;

impl Feed {
    /// The newest sample of each series before the places that it begins at, as it was recorded; of those
    /// that have one in the frames just before. To be asked before the first tick.
    pub fn before(&mut self) -> Vec<Point> {
        let (step, rate) = (self.step.take(), std::mem::take(&mut self.rate));
        let (mut all, mut row) = (Vec::new(), Vec::new());
        let mut is_found = vec![false; self.columns.len()];
        for at in 0..self.lanes.len() {
            let Lane { clock, next, .. } = self.lanes[at];
            let mut missing = self.lanes[at].columns();
            for number in (next.0.saturating_sub(SEED_FRAMES).max(1)..next.0).rev() {
                let header = self.reader.header(clock, FrameNumber(number));
                let Some(header) = header.filter(|_| missing > 0) else {
                    continue;
                };
                for track in 0..self.lanes[at].tracks.len() {
                    self.read(at, track, &header, &mut row);
                }
                for point in row.drain(..) {
                    if !std::mem::replace(&mut is_found[point.column as usize], true) {
                        all.push(point);
                        missing -= 1;
                    }
                }
            }
        }
        (self.step, self.rate) = (step, rate);
        all
    }

    /// What counters were just before the first tick, so that it has rates too.
    pub(super) fn seed(&mut self) {
        let mut none = Vec::new();
        let step = self.step.take();
        for at in 0..self.lanes.len() {
            let first = self.lanes[at].next.0;
            for number in first.saturating_sub(SEED_FRAMES).max(1)..first {
                let clock = self.lanes[at].clock;
                let Some(header) = self.reader.header(clock, FrameNumber(number)) else {
                    continue;
                };
                for track in 0..self.lanes[at].tracks.len() {
                    self.read(at, track, &header, &mut none);
                }
                none.clear();
            }
        }
        self.step = step;
    }
}
