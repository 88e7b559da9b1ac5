//! What stands before the places at which a feed begins: what counters were, for rates and for who says since
//! when they count.

use std::mem;

use super::{Feed, Point};

/// Frames before the first that are looked at.
const SEED_FRAMES: u64 = 16;

impl Feed {
    /// The newest sample of each series before the places that it begins at, as it was recorded; of those
    /// that have one in the frames just before. To be asked before the first tick.
    pub fn before(&mut self) -> Vec<Point> {
        let taker = &mut self.taker;
        let (rates, folds) = (mem::take(&mut taker.before), mem::take(&mut taker.folds));
        let mut newest: Vec<Option<Point>> = vec![None; taker.columns.asked().len()];
        let mut row = Vec::new();
        for lane in &self.lanes {
            for (number, tracks) in lane.before(SEED_FRAMES).rev() {
                let Some(header) = taker.reader.header(lane.clock, number) else {
                    continue;
                };
                for at in tracks {
                    taker.look_at(&lane.tracks[at], &header, &mut row);
                }
                for point in row.drain(..) {
                    let known = &mut newest[point.column as usize];
                    if known.is_none_or(|known| known.time < point.time) {
                        *known = Some(point);
                    }
                }
            }
        }
        (self.taker.before, self.taker.folds) = (rates, folds);
        newest.into_iter().flatten().collect()
    }

    /// What counters were just before the first tick, so that it has rates too.
    pub(super) fn seed(&mut self) {
        let taker = &mut self.taker;
        let folds = mem::take(&mut taker.folds);
        let mut none = Vec::new();
        for lane in &self.lanes {
            for (number, tracks) in lane.before(SEED_FRAMES) {
                let Some(header) = taker.reader.header(lane.clock, number) else {
                    continue;
                };
                for at in tracks {
                    taker.look_at(&lane.tracks[at], &header, &mut none);
                }
                none.clear();
            }
        }
        self.taker.folds = folds;
    }
}
