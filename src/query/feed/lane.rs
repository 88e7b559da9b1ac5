//! The frames of one interval: which is next, whether it is settled, and what came into those before.

use super::place::{Followed, Place, RUNS_MAX};
use super::taker::{Taker, Track};
use super::{Point, Step};
use crate::quantity::{Interval, Now, WallNs};
use crate::query::column;
use crate::ring::{ClockId, FrameNumber, Header, Reader};

/// How long after its tick a frame is left alone, since a row may still come: an interval, within these.
const SETTLED_MIN_NS: u64 = 1_500_000_000;
const SETTLED_MAX_NS: u64 = 5_000_000_000;
/// Frames that were handed out are looked at again for rows that came later: those of so long, within bounds.
const REACH_NS: u64 = 60_000_000_000;
const REACH_MIN: u64 = 4;
const REACH_MAX: u64 = 4096;
/// From look to look at them.
const LOOK_BACK_NS: u64 = 5_000_000_000;
/// Frames looked at for one that is there, before the oldest is asked for anew.
const MISSES_A_LOOK: u64 = 64;

/// Whether somebody writes the ring, which the system is asked once in a look, and last.
fn is_written(reader: &Reader, is_live: &mut Option<bool>) -> bool {
    *is_live.get_or_insert_with(|| reader.is_live())
}

/// One interval's frames.
pub struct Lane {
    pub clock: ClockId,
    pub interval: Interval,
    /// Whether times since boot are another host's.
    is_copy: bool,
    settled_ns: u64,
    pub tracks: Vec<Track>,
    pub next: FrameNumber,
    /// The next frame, where it was found.
    pub found: Option<Header>,
    /// The bucket that is being filled, and its first frame.
    bucket: Option<(WallNs, FrameNumber)>,
    /// Nothing comes into the frames before this one any more.
    sure: u64,
    reach: u64,
    /// When the frames before were looked at, in boot time; how far that has come, where it is under way.
    looked_back_ns: Option<u64>,
    looking: Option<u64>,
    runs: [u32; RUNS_MAX],
    runs_count: usize,
    /// Samples that were overwritten, and the first frame that was not.
    lost: u64,
    pub lost_until: FrameNumber,
}

impl Lane {
    pub fn new(reader: &Reader, clock: ClockId, places: &[Place]) -> Lane {
        let interval = reader.clocks()[usize::from(clock.0)];
        let place = places.iter().find(|place| place.interval == interval);
        let (next, open) = match place {
            Some(place) => place.found_in(reader, clock),
            None => (reader.oldest(clock).unwrap_or(FrameNumber(1)), 0),
        };
        let mut lane = Lane {
            clock,
            interval,
            is_copy: reader.is_copy(),
            settled_ns: interval.ns().clamp(SETTLED_MIN_NS, SETTLED_MAX_NS),
            tracks: Vec::new(),
            next,
            found: None,
            bucket: None,
            sure: next.0.saturating_sub(open),
            reach: (REACH_NS / interval.ns()).clamp(REACH_MIN, REACH_MAX),
            looked_back_ns: None,
            looking: None,
            runs: [0; RUNS_MAX],
            runs_count: 0,
            lost: 0,
            lost_until: FrameNumber(0),
        };
        for &salt in place.map_or(&[][..], |place| &place.runs) {
            lane.meet_run(salt);
        }
        lane
    }

    /// Adds a track.
    pub fn add(&mut self, reader: &Reader, of: &column::Track, places: &[Place]) {
        let identity = reader.tracks()[of.number].identity();
        let place = places.iter().find(|place| place.interval == self.interval);
        let followed = place.and_then(|place| {
            let mut tracks = place.tracks.iter();
            tracks.find(|track| track.identity == identity)
        });
        self.tracks.push(Track {
            of: of.clone(),
            identity,
            next: followed.map_or(0, |at| self.next.0.saturating_sub(at.behind)),
            is_alive: followed.is_some(),
        });
    }

    /// Whether another track fills a series of one of its tracks.
    pub fn is_joint(&self) -> bool {
        self.tracks.iter().any(|track| track.of.is_joint)
    }

    /// How long its frames are left alone.
    pub fn settled_ns(&self) -> u64 {
        self.settled_ns
    }

    /// Has frames left alone for as long as those of another interval, which share a series with these: so the earlier
    /// tick comes first.
    pub fn wait_for(&mut self, settled_ns: u64) {
        if self.is_joint() {
            self.settled_ns = settled_ns;
        }
    }

    /// Notes where to go on if all that was handed out need not come again.
    pub fn note(&self, place: &mut Place) {
        place.interval = self.interval;
        place.next = self.bucket.map_or(self.next, |(_, first)| first);
        let next = place.next.0;
        place.open = next.saturating_sub(self.sure).min(self.reach);
        place.runs.clear();
        place.runs.extend(&self.runs[..self.runs_count]);
        place.tracks.clear();
        let alive = self.tracks.iter().filter(|track| track.is_alive);
        place.tracks.extend(alive.map(|track| Followed {
            identity: track.identity,
            behind: next.saturating_sub(track.next),
        }));
    }

    /// Frames that were handed out are not looked at again.
    pub fn leave_behind(&mut self) {
        self.sure = self.next.0;
    }

    /// So many frames before the first in which each track may have another row; which tracks each is for.
    pub fn before(
        &self,
        frames: u64,
    ) -> impl DoubleEndedIterator<Item = (FrameNumber, Vec<usize>)> {
        let first = self.next.0.saturating_sub(self.reach + frames).max(1);
        (first..self.next.0).filter_map(move |number| {
            let is_before = |&at: &usize| {
                let first = self.first_open(at);
                (first.saturating_sub(frames)..first).contains(&number)
            };
            let tracks: Vec<usize> = (0..self.tracks.len()).filter(is_before).collect();
            (!tracks.is_empty()).then_some((FrameNumber(number), tracks))
        })
    }

    pub fn columns(&self) -> u64 {
        let tracks = self.tracks.iter();
        tracks.map(|track| track.of.columns.len() as u64).sum()
    }

    pub fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    /// Finds the next frame that is there.
    pub fn find(&mut self, reader: &Reader) {
        let Some(newest) = reader.newest(self.clock) else {
            return;
        };
        let mut misses = 0;
        while self.found.is_none() && self.next <= newest.number {
            if misses % MISSES_A_LOOK == 0
                && let Some(oldest) = reader.oldest(self.clock)
                && self.next < oldest
            {
                self.lost += (oldest.0 - self.next.0) * self.columns();
                self.lost_until = oldest;
                self.next = oldest;
            }
            self.found = reader.header(self.clock, self.next);
            if self.found.is_none() {
                misses += 1;
                self.next.0 += 1;
            }
        }
    }

    /// Whether a frame is so old, by the clock that nobody sets, or in a copy, where that is another host's,
    /// by the frames that came later; a run of the writer that has ended writes no more.
    fn is_past(
        &self,
        reader: &Reader,
        header: &Header,
        now: Now,
        age_ns: u64,
        is_live: &mut Option<bool>,
    ) -> bool {
        let newest = reader.newest(self.clock);
        let now = match newest {
            Some(newest) if self.is_copy => newest.boot,
            _ => now.boot,
        };
        now.0.saturating_sub(header.boot.0) >= age_ns
            || newest.is_none_or(|newest| newest.salt != header.salt)
            || !is_written(reader, is_live)
    }

    /// Whether the next frame may be handed out.
    pub fn is_settled(
        &self,
        reader: &Reader,
        header: &Header,
        now: Now,
        is_live: &mut Option<bool>,
    ) -> bool {
        self.is_past(reader, header, now, self.settled_ns, is_live)
    }

    /// Hands out a frame.
    pub fn hand_out(
        &mut self,
        header: &Header,
        now: Now,
        taker: &mut Taker,
        is_live: &mut Option<bool>,
        points: &mut Vec<Point>,
    ) {
        let mut is_whole = true;
        for at in 0..self.tracks.len() {
            let from = self.first_open(at);
            let track = &mut self.tracks[at];
            is_whole &= taker.take(track, self.clock, from, header, points);
        }
        self.next = FrameNumber(header.number.0 + 1);
        self.meet_run(header.salt);
        let reach_ns = self.reach.saturating_mul(self.interval.ns());
        if !is_whole && self.is_past(&taker.reader, header, now, reach_ns, is_live) {
            self.sure = self.next.0;
        }
        if self.bucket.is_none() {
            for track in &mut self.tracks {
                if track.is_alive && self.next.0 - track.next >= self.reach {
                    taker.end(track, header.wall, points);
                }
            }
        }
    }

    /// The first frame in which a row of the track may have come since.
    fn first_open(&self, track: usize) -> u64 {
        let first = self.tracks[track].next.max(self.sure);
        first.max(self.next.0.saturating_sub(self.reach))
    }

    fn meet_run(&mut self, salt: u32) {
        let known = &self.runs[..self.runs_count];
        if known.last() == Some(&salt) {
            return;
        }
        if self.runs_count == RUNS_MAX {
            self.runs.rotate_left(1);
            self.runs_count -= 1;
        }
        self.runs[self.runs_count] = salt;
        self.runs_count += 1;
    }

    /// Looks for rows that came into frames after those were handed out, once in a while; as far as the
    /// first frame that had some.
    pub fn look_back(
        &mut self,
        now: Now,
        taker: &mut Taker,
        is_live: &mut Option<bool>,
        points: &mut Vec<Point>,
    ) {
        let first = (0..self.tracks.len()).map(|track| self.first_open(track));
        let first = first.min().unwrap_or(self.next.0);
        let is_due = self
            .looked_back_ns
            .is_none_or(|last| now.boot.0.saturating_sub(last) >= LOOK_BACK_NS);
        let mut number = match self.looking {
            Some(number) => number.max(first),
            None if is_due => first,
            None => return,
        };
        self.looked_back_ns = Some(now.boot.0);
        let before = points.len();
        while number < self.next.0 && points.len() == before {
            self.look_at(FrameNumber(number), taker, points);
            number += 1;
        }
        self.looking = (number < self.next.0).then_some(number);
        if self.looking.is_none() && first < self.next.0 && !is_written(&taker.reader, is_live) {
            self.sure = self.next.0;
        }
    }

    fn look_at(&mut self, number: FrameNumber, taker: &mut Taker, points: &mut Vec<Point>) {
        let Some(header) = taker.reader.header(self.clock, number) else {
            return;
        };
        for at in 0..self.tracks.len() {
            let from = self.first_open(at);
            if from <= number.0 {
                taker.take(&mut self.tracks[at], self.clock, from, &header, points);
            }
        }
    }

    /// Where a frame belongs to another bucket than the open one: closes that, and opens its own.
    pub fn turn_over(
        &mut self,
        step: Step,
        header: &Header,
        taker: &mut Taker,
        points: &mut Vec<Point>,
    ) {
        let time = step.bucket(header.wall);
        if self.bucket.is_some_and(|(open, _)| open != time) {
            self.close(taker, points);
        }
        if self.bucket.is_none() {
            self.bucket = Some((time, header.number));
            // what comes into frames before is of a bucket that is gone
            self.sure = self.sure.max(header.number.0);
        }
    }

    /// Closes the open bucket if no tick can come into it.
    pub fn close_overdue(
        &mut self,
        step: Step,
        now: Now,
        taker: &mut Taker,
        is_live: &mut Option<bool>,
        points: &mut Vec<Point>,
    ) -> bool {
        let Some((time, _)) = self.bucket else {
            return false;
        };
        let settled = self.settled_ns.cast_signed();
        let is_over = step.bucket(WallNs(now.wall.0.saturating_sub(settled))) > time;
        let closes = (is_over && !self.is_copy) || !is_written(&taker.reader, is_live);
        if closes {
            self.close(taker, points);
        }
        closes
    }

    fn close(&mut self, taker: &mut Taker, points: &mut Vec<Point>) {
        let Some((time, first)) = self.bucket else {
            return;
        };
        for number in first.0.max(self.sure)..self.next.0 {
            self.look_at(FrameNumber(number), taker, points);
        }
        self.bucket = None;
        self.sure = self.next.0;
        for track in &mut self.tracks {
            let had_any = taker.close(track, time, points);
            if !had_any && track.is_alive && self.next.0.saturating_sub(track.next) >= self.reach {
                taker.end(track, time, points);
            }
        }
    }
}
