//! Samples from a place in the ring on: tick after tick, each interval from a frame of its own, for whoever
//! goes on later where it stopped. A tick is handed out once nobody can still be writing to it. What is
//! handed out is in recorded order for every series; of several intervals the earlier tick comes first.

use std::sync::Arc;

mod before;

use super::cell::Cell;
use super::column::{Before, Column, Taken};
use super::fold::Fold;
use super::index::{Index, Pick};
use super::request::{Request, Step};
use crate::quantity::{Interval, Now, WallNs};
use crate::ring::{ClockId, FrameNumber, Header, Reader};

/// How long after its tick a frame is left alone, since a row may still come: an interval, within these.
const SETTLED_MIN_NS: u64 = 1_500_000_000;
const SETTLED_MAX_NS: u64 = 5_000_000_000;
/// Frames looked at for one that is there, before the oldest is asked for anew.
const MISSES_A_LOOK: u64 = 64;

/// The first frame of an interval that was not handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The interval: its clock's number may change with the file's layout.
    pub interval: Interval,
    /// The frame.
    pub next: FrameNumber,
}

/// A sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Its column: the order of [`Feed::picks`].
    pub column: u32,
    /// When it was taken; of a bucket, its start.
    pub time: WallNs,
    /// The value; never missing.
    pub cell: Cell,
}

/// A track with columns.
struct Track {
    number: usize,
    fields: usize,
    columns: std::ops::Range<usize>,
}

/// One interval's frames.
struct Lane {
    clock: ClockId,
    interval: Interval,
    tracks: Vec<Track>,
    next: FrameNumber,
    /// The first frame of the bucket being filled; without one, `next`.
    kept: FrameNumber,
    bucket: Option<WallNs>,
    found: Option<Header>,
    lost: u64,
}

/// Samples of some series, from some place on.
pub struct Feed {
    index: Arc<Index>,
    /// Of its own: it walks, and holds as little of the ring as that takes.
    reader: Reader,
    columns: Vec<Column>,
    /// For rates, by column.
    before: Vec<Before>,
    /// For buckets, by column.
    folds: Vec<Fold>,
    lanes: Vec<Lane>,
    step: Option<Step>,
    /// Whether counters become rates.
    rate: bool,
    words: Vec<u64>,
    /// When the file was looked at last.
    looked: Now,
}

impl Feed {
    /// The series, steps and rates of `request`, from `places` on; an interval that has none begins at the
    /// ring's oldest frame. A range is not looked at.
    pub fn new(index: Arc<Index>, request: &Request, places: &[Place]) -> Feed {
        let reader = index.reader().apart();
        let columns: Vec<Column> = index
            .select(&request.patterns)
            .into_iter()
            .map(|pick| Column::of(&index, pick))
            .collect();
        let mut lanes: Vec<Lane> = Vec::new();
        let mut words = 0;
        for (at, column) in columns.iter().enumerate() {
            let number = index.series()[column.series as usize].track as usize;
            let track = &reader.tracks()[number];
            words = words.max(track.fields.len());
            let lane = lanes.iter().position(|lane| lane.clock == track.clock);
            let lane = lane.unwrap_or_else(|| {
                lanes.push(Lane::new(&reader, track.clock, places));
                lanes.len() - 1
            });
            let tracks = &mut lanes[lane].tracks;
            match tracks.last_mut() {
                Some(last) if last.number == number => last.columns.end = at + 1,
                _ => tracks.push(Track {
                    number,
                    fields: track.fields.len(),
                    columns: at..at + 1,
                }),
            }
        }
        let folds = columns.iter().map(|column| column.fold(request));
        let mut feed = Feed {
            reader,
            before: vec![Before::NONE; if request.rate { columns.len() } else { 0 }],
            folds: if request.step.is_some() {
                folds.collect()
            } else {
                Vec::new()
            },
            index,
            columns,
            lanes,
            step: request.step,
            rate: request.rate,
            words: vec![0; words],
            looked: Now::default(),
        };
        if request.rate {
            feed.seed();
        }
        feed
    }

    /// The snapshot.
    pub fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// The columns' series.
    pub fn picks(&self) -> impl ExactSizeIterator<Item = Pick> + '_ {
        self.columns.iter().map(|column| column.pick(&self.index))
    }

    /// Whether a column's samples are rates.
    pub fn is_rate(&self, column: usize) -> bool {
        self.rate && self.columns[column].is_counter
    }

    /// Whether a sample is the sum of those of its bucket.
    pub fn is_summed(&self) -> bool {
        self.folds.first().is_some_and(Fold::is_sum)
    }

    /// Where to go on if all that was handed out need not come again; pushed to `places` in place of what
    /// they said of the same intervals.
    pub fn places(&self, places: &mut Vec<Place>) {
        for lane in &self.lanes {
            let next = if lane.bucket.is_some() {
                lane.kept
            } else {
                lane.next
            };
            let place = Place {
                interval: lane.interval,
                next,
            };
            match places.iter_mut().find(|at| at.interval == lane.interval) {
                Some(at) => *at = place,
                None => places.push(place),
            }
        }
    }

    /// Samples that were overwritten before they were handed out, since this was last asked; those that an
    /// interval's series would have had in its frames, at most.
    pub fn take_lost(&mut self) -> u64 {
        let lanes = self.lanes.iter_mut();
        lanes.map(|lane| std::mem::take(&mut lane.lost)).sum()
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
        let lane = self.next_lane(now)?;
        self.lanes[lane].found.map(|header| header.wall)
    }

    /// Appends the samples of the next tick, or those of the bucket that it closes; false where there is no
    /// tick that is settled at `now`.
    pub fn next(&mut self, now: Now, points: &mut Vec<Point>) -> bool {
        let Some(at) = self.next_lane(now) else {
            return self.close_overdue(now, points);
        };
        let Some(header) = self.lanes[at].found.take() else {
            return false;
        };
        if let Some(step) = self.step {
            let bucket = step.bucket(header.wall);
            if self.lanes[at].bucket.is_some_and(|open| open != bucket) {
                self.close(at, points);
            }
            if self.lanes[at].bucket.is_none() {
                self.lanes[at].bucket = Some(bucket);
                self.lanes[at].kept = header.number;
            }
        }
        for track in 0..self.lanes[at].tracks.len() {
            self.read(at, track, &header, points);
        }
        let lane = &mut self.lanes[at];
        lane.next = FrameNumber(header.number.0 + 1);
        true
    }

    /// The lane whose next settled tick is the earliest.
    fn next_lane(&mut self, now: Now) -> Option<usize> {
        if self.looked != now {
            // what was read with a frame that was due may hold frames that were not
            self.reader.look_anew();
            self.looked = now;
        }
        let reader = &self.reader;
        let is_live = reader.is_live();
        let mut best: Option<(WallNs, usize)> = None;
        for (at, lane) in self.lanes.iter_mut().enumerate() {
            if lane.found.is_none() {
                lane.find(reader);
            }
            let Some(header) = lane.found else { continue };
            let is_settled = !is_live || lane.is_settled(reader, &header, now);
            if is_settled && best.is_none_or(|(wall, _)| header.wall < wall) {
                best = Some((header.wall, at));
            }
        }
        best.map(|(_, at)| at)
    }

    /// Without a tick that would close it, a bucket is closed once no tick can come into it.
    fn close_overdue(&mut self, now: Now, points: &mut Vec<Point>) -> bool {
        let Some(step) = self.step else { return false };
        let is_live = self.reader.is_live();
        let mut any = false;
        for at in 0..self.lanes.len() {
            let lane = &self.lanes[at];
            let Some(bucket) = lane.bucket else { continue };
            let settled = lane.settled_ns().cast_signed();
            let is_over = step.bucket(WallNs(now.wall.0.saturating_sub(settled))) > bucket;
            if is_over || !is_live {
                self.close(at, points);
                any = true;
            }
        }
        any
    }

    fn close(&mut self, at: usize, points: &mut Vec<Point>) {
        let Some(time) = self.lanes[at].bucket.take() else {
            return;
        };
        for track in &self.lanes[at].tracks {
            for column in track.columns.clone() {
                let cell = self.folds[column].take();
                push(column, time, cell, points);
            }
        }
    }

    /// Reads a track's row of a frame; a gap gives nothing.
    fn read(&mut self, lane: usize, track: usize, header: &Header, points: &mut Vec<Point>) {
        let track = &self.lanes[lane].tracks[track];
        let words = &mut self.words[..track.fields];
        let Some(time) = self.reader.row(track.number, header, words) else {
            return;
        };
        let taken = Taken {
            boot_ns: (header.boot.0.cast_signed())
                .saturating_add(time.0)
                .saturating_sub(header.wall.0),
            salt: header.salt,
        };
        for at in track.columns.clone() {
            let column = &self.columns[at];
            let word = words[usize::from(column.field)];
            let cell = if self.rate && column.is_counter {
                column.rate(word, taken, &mut self.before[at])
            } else {
                column.decoder.cell(word)
            };
            if self.step.is_some() {
                self.folds[at].add(cell);
            } else {
                push(at, time, cell, points);
            }
        }
    }
}

fn push(column: usize, time: WallNs, cell: Cell, points: &mut Vec<Point>) {
    if cell != Cell::Missing {
        points.push(Point {
            column: u32::try_from(column).expect("series are few"),
            time,
            cell,
        });
    }
}

impl Lane {
    fn new(reader: &Reader, clock: ClockId, places: &[Place]) -> Lane {
        let interval = reader.clocks()[usize::from(clock.0)];
        let place = places.iter().find(|place| place.interval == interval);
        let oldest = reader.oldest(clock).unwrap_or(FrameNumber(1));
        // a place beyond what is recorded is of frames that were lost with a power cut
        let newest = reader.newest(clock).map_or(0, |header| header.number.0);
        let next = match place {
            Some(place) if place.next.0 <= newest + 1 => place.next,
            Some(_) => FrameNumber(newest + 1),
            None => oldest,
        };
        Lane {
            clock,
            interval,
            tracks: Vec::new(),
            next,
            kept: next,
            bucket: None,
            found: None,
            lost: 0,
        }
    }

    fn columns(&self) -> u64 {
        let tracks = self.tracks.iter();
        tracks.map(|track| track.columns.len() as u64).sum()
    }

    fn settled_ns(&self) -> u64 {
        self.interval.ns().clamp(SETTLED_MIN_NS, SETTLED_MAX_NS)
    }

    /// By the clock that nobody sets; a run of the writer that has ended writes no more.
    fn is_settled(&self, reader: &Reader, header: &Header, now: Now) -> bool {
        let newest = reader.newest(self.clock);
        newest.is_none_or(|newest| newest.salt != header.salt)
            || now.boot.0.saturating_sub(header.boot.0) >= self.settled_ns()
    }

    /// The next frame that is there.
    fn find(&mut self, reader: &Reader) {
        let Some(newest) = reader.newest(self.clock) else {
            return;
        };
        let mut misses = 0;
        while self.next <= newest.number {
            if misses % MISSES_A_LOOK == 0
                && let Some(oldest) = reader.oldest(self.clock)
                && self.next < oldest
            {
                self.lost += (oldest.0 - self.next.0) * self.columns();
                self.next = oldest;
            }
            self.found = reader.header(self.clock, self.next);
            if self.found.is_some() {
                return;
            }
            misses += 1;
            self.next.0 += 1;
        }
    }
}
