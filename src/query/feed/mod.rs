//! Samples from a place in the ring on: tick after tick, each interval from a frame of its own, for whoever
//! goes on later where it stopped. A tick is handed out once nobody should still be writing to it; frames that
//! were handed out are looked at again for rows that came all the same. What is handed out is in recorded
//! order for every series; of several intervals the earlier tick comes first.

mod before;
mod lane;
mod place;
mod taker;

use std::sync::Arc;

use super::cell::Cell;
use super::column::{Before, Columns};
use super::fold::Fold;
use super::index::{Index, Pick};
use super::request::{Request, Step};
use crate::quantity::{Now, WallNs};
use crate::ring::FrameNumber;
use lane::Lane;
pub use place::{Followed, Place};
use taker::Taker;

/// A sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Its column: the order of [`Feed::picks`].
    pub column: u32,
    /// When it was taken; of a bucket, its start.
    pub time: WallNs,
    /// The value; missing where the series has ended, for who wants to know.
    pub cell: Cell,
}

/// Samples of some series, from some place on.
pub struct Feed {
    index: Arc<Index>,
    lanes: Vec<Lane>,
    taker: Taker,
    step: Option<Step>,
    /// Whether counters become rates.
    rate: bool,
    /// When the file was looked at last; whether it was written to then, once that was asked.
    looked: Now,
    is_live: Option<bool>,
}

impl Feed {
    /// The series, steps and rates of `request`, from `places` on; an interval that has none begins at the
    /// ring's oldest frame. A range is not looked at.
    pub fn new(index: Arc<Index>, request: &Request, places: &[Place]) -> Feed {
        let reader = index.reader().apart();
        let columns = Columns::of(&index, &index.select(&request.patterns));
        let mut lanes: Vec<Lane> = Vec::new();
        for track in &columns.tracks {
            let clock = reader.tracks()[track.number].clock;
            let lane = lanes.iter().position(|lane| lane.clock == clock);
            let lane = lane.unwrap_or_else(|| {
                lanes.push(Lane::new(&reader, clock, places));
                lanes.len() - 1
            });
            lanes[lane].add(&reader, track, places);
        }
        let joint = lanes.iter().filter(|lane| lane.is_joint());
        if let Some(settled_ns) = joint.map(Lane::settled_ns).max() {
            for lane in &mut lanes {
                lane.wait_for(settled_ns);
            }
        }
        if request.step.is_some() {
            lanes.iter_mut().for_each(Lane::leave_behind);
        }
        let (asked, tracks) = (columns.asked(), &columns.tracks);
        let folds = asked.iter().map(|column| column.fold(request));
        let words = tracks.iter().map(|track| track.fields).max().unwrap_or(0);
        let is_joint = tracks.iter().any(|track| track.is_joint);
        let fills = request.step.filter(|_| is_joint).map_or(0, |_| asked.len());
        let mut feed = Feed {
            taker: Taker {
                before: vec![Before::NONE; if request.rate { asked.len() } else { 0 }],
                folds: folds
                    .take(request.step.map_or(0, |_| asked.len()))
                    .collect(),
                step: request.step,
                filling: vec![(WallNs(i64::MIN), true); fills],
                alive: vec![false; columns.all().len()],
                reader,
                words: vec![0; words],
                tells_ends: false,
                columns,
            },
            index,
            lanes,
            step: request.step,
            rate: request.rate,
            looked: Now::default(),
            is_live: None,
        };
        let tracks = feed.lanes.iter_mut().flat_map(|lane| &mut lane.tracks);
        for track in tracks.filter(|track| track.is_alive) {
            feed.taker.set_alive(track, true);
        }
        if request.rate {
            feed.seed();
        }
        feed
    }

    /// Has it hand out the end of a series, too, a point without a value: a while after the last row, or of
    /// buckets the first without one that is as late.
    pub fn tell_ends(&mut self) {
        self.taker.tells_ends = true;
    }

    /// The snapshot.
    pub fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// The columns' series.
    pub fn picks(&self) -> impl ExactSizeIterator<Item = Pick> + '_ {
        let columns = self.taker.columns.asked().iter();
        columns.map(|column| column.pick(&self.index))
    }

    /// Whether a column's samples are rates.
    pub fn is_rate(&self, column: usize) -> bool {
        self.rate && self.taker.columns.asked()[column].is_counter
    }

    /// Whether a sample is the sum of those of its bucket.
    pub fn is_summed(&self) -> bool {
        self.taker.folds.first().is_some_and(Fold::is_sum)
    }

    /// Where to go on if all that was handed out need not come again; put into `places` in place of what
    /// they said of the same intervals.
    pub fn places(&self, places: &mut Vec<Place>) {
        for lane in &self.lanes {
            let known = places.iter().position(|at| at.interval == lane.interval);
            let at = known.unwrap_or_else(|| {
                places.push(Place::at(lane.interval, FrameNumber(0)));
                places.len() - 1
            });
            lane.note(&mut places[at]);
        }
    }

    /// Samples that were overwritten before they were handed out, since this was last asked; those that an
    /// interval's series would have had in its frames, at most.
    pub fn take_lost(&mut self) -> u64 {
        let lanes = self.lanes.iter_mut();
        lanes.map(Lane::take_lost).sum()
    }

    /// Takes places that stand before what was overwritten to behind it, so that it is lost but once.
    pub fn skip_lost(&self, places: &mut [Place]) {
        for place in places {
            let mut lanes = self.lanes.iter();
            if let Some(lane) = lanes.find(|lane| lane.interval == place.interval) {
                place.skip_to(lane.lost_until);
            }
        }
    }

    /// Samples that all series have a second, where every tick is recorded and no step set.
    pub fn pace(&self) -> f64 {
        let lanes = self.lanes.iter();
        lanes
            .map(|lane| lane.columns() as f64 * 1e9 / lane.interval.ns() as f64)
            .sum()
    }

    /// The tick that would come next, if there is one yet.
    pub fn waiting(&mut self, now: Now) -> Option<WallNs> {
        self.look(now);
        let lane = self.next_lane(now)?;
        self.lanes[lane].found.map(|header| header.wall)
    }

    /// Appends the samples of the next tick, or those of the bucket that it closes, or those that came late
    /// into a tick; false where there is none of them that is settled at `now`.
    pub fn next(&mut self, now: Now, points: &mut Vec<Point>) -> bool {
        self.look(now);
        let Feed {
            lanes,
            taker,
            is_live,
            ..
        } = self;
        let before = points.len();
        for lane in lanes.iter_mut() {
            lane.look_back(now, taker, is_live, points);
        }
        if points.len() > before {
            return true;
        }
        let next = self.next_lane(now);
        let (taker, is_live) = (&mut self.taker, &mut self.is_live);
        let found = next.and_then(|at| Some((at, self.lanes[at].found.take()?)));
        let Some((at, header)) = found else {
            let Some(step) = self.step else { return false };
            let lanes = self.lanes.iter_mut();
            let closed = lanes.map(|lane| lane.close_overdue(step, now, taker, is_live, points));
            return closed.fold(false, |any, one| any | one);
        };
        let lane = &mut self.lanes[at];
        if let Some(step) = self.step {
            lane.turn_over(step, &header, taker, points);
        }
        lane.hand_out(&header, now, taker, is_live, points);
        true
    }

    /// Takes notice of what was written since.
    fn look(&mut self, now: Now) {
        if self.looked != now {
            // what was read with a frame that was due may hold frames that were not
            self.taker.reader.look_anew();
            for lane in &mut self.lanes {
                lane.found = None;
            }
            self.looked = now;
            self.is_live = None;
        }
    }

    /// The lane whose next settled tick is the earliest.
    fn next_lane(&mut self, now: Now) -> Option<usize> {
        let reader = &self.taker.reader;
        let mut best: Option<(WallNs, usize)> = None;
        for (at, lane) in self.lanes.iter_mut().enumerate() {
            lane.find(reader);
            let Some(header) = lane.found else { continue };
            let is_first = best.is_none_or(|(wall, _)| header.wall < wall);
            if is_first && lane.is_settled(reader, &header, now, &mut self.is_live) {
                best = Some((header.wall, at));
            }
        }
        best.map(|(_, at)| at)
    }
}
