//! From a row of the ring to points, or into the bucket that is being filled.

use super::Point;
use crate::quantity::WallNs;
use crate::query::cell::Cell;
use crate::query::column::{self, Before, Columns, Taken};
use crate::query::fold::Fold;
use crate::query::request::Step;
use crate::ring::{ClockId, FrameNumber, Header, Reader};

/// A track with columns.
pub struct Track {
    pub of: column::Track,
    pub identity: u64,
    /// The frame behind that of the last row handed out.
    pub next: u64,
    /// Whether it had rows of late.
    pub is_alive: bool,
}

/// What turns rows into points.
pub struct Taker {
    /// Of its own: it walks, and holds as little of the ring as that takes.
    pub reader: Reader,
    pub columns: Columns,
    /// For rates, by column; empty where none are wanted.
    pub before: Vec<Before>,
    /// For buckets, by column; empty without.
    pub folds: Vec<Fold>,
    pub step: Option<Step>,
    /// For buckets that two tracks fill, by column: the newest, and whether it was handed out.
    pub filling: Vec<(WallNs, bool)>,
    /// By source's column, whether its track had rows of late.
    pub alive: Vec<bool>,
    /// The row that was loaded last.
    pub words: Vec<u64>,
    /// Whether who takes the points wants to know that a series has ended.
    pub tells_ends: bool,
}

impl Taker {
    /// Hands out the track's row of a frame, and before it those since `from` that have come meanwhile: who
    /// wrote this one writes no earlier one any more. False where there is none.
    pub fn take(
        &mut self,
        track: &mut Track,
        clock: ClockId,
        from: u64,
        header: &Header,
        points: &mut Vec<Point>,
    ) -> bool {
        let Some(mut time) = self.load(track, header) else {
            return false;
        };
        if from < header.number.0 {
            // a page that was read before this row was seen may be older than it
            self.reader.look_anew();
            for number in from..header.number.0 {
                if let Some(earlier) = self.reader.header(clock, FrameNumber(number))
                    && let Some(time) = self.load(track, &earlier)
                {
                    self.give(track, &earlier, time, points);
                }
            }
            track.next = header.number.0;
            match self.load(track, header) {
                Some(again) => time = again,
                None => return false,
            }
        }
        self.give(track, header, time, points);
        track.next = header.number.0 + 1;
        if !track.is_alive {
            self.set_alive(track, true);
        }
        true
    }

    /// Notes whether a track has had rows of late.
    pub fn set_alive(&mut self, track: &mut Track, is_alive: bool) {
        track.is_alive = is_alive;
        self.alive[track.of.by()].fill(is_alive);
    }

    /// Whether another track goes on with the series of a column.
    fn goes_on(&self, column: usize) -> bool {
        let series = self.columns.asked()[column].series;
        let mut all = self.columns.all().iter().zip(&self.alive);
        all.any(|(other, is_alive)| *is_alive && other.series == series)
    }

    fn load(&mut self, track: &Track, header: &Header) -> Option<WallNs> {
        let words = &mut self.words[..track.of.fields];
        self.reader.row(track.of.number, header, words)
    }

    /// The row that was loaded; what is missing in it gives nothing.
    fn give(&mut self, track: &Track, header: &Header, time: WallNs, points: &mut Vec<Point>) {
        let taken = Taken::of(&self.reader, track.of.number, header, time);
        for (place, at) in track.of.columns.clone().enumerate() {
            let column = &self.columns.by(&track.of)[place];
            let word = self.words[usize::from(column.field)];
            let cell = if !self.before.is_empty() && column.is_counter {
                column.rate(word, taken, &mut self.before[at])
            } else {
                column.decoder.cell(word)
            };
            if self.folds.is_empty() {
                push(at, time, cell, points);
            } else if !track.of.is_joint || self.is_open(at, header, points) {
                self.folds[at].add(cell);
            }
        }
    }

    /// Whether a column that two tracks fill is at the bucket of a frame; one that it has left is handed out.
    fn is_open(&mut self, column: usize, header: &Header, points: &mut Vec<Point>) -> bool {
        let Some(step) = self.step else { return true };
        let bucket = step.bucket(header.wall);
        let (newest, is_over) = self.filling[column];
        if bucket > newest {
            if !is_over {
                push(column, newest, self.folds[column].take(), points);
            }
            self.filling[column] = (bucket, false);
            return true;
        }
        bucket == newest && !is_over
    }

    /// Appends the samples of a row, whether it was handed out or not.
    pub fn look_at(&mut self, track: &Track, header: &Header, points: &mut Vec<Point>) {
        if let Some(time) = self.load(track, header) {
            self.give(track, header, time, points);
        }
    }

    /// The values of a bucket that is over; whether there was any.
    pub fn close(&mut self, track: &Track, time: WallNs, points: &mut Vec<Point>) -> bool {
        let before = points.len();
        for at in track.of.columns.clone() {
            if track.of.is_joint {
                let (newest, is_over) = self.filling[at];
                if newest != time || is_over {
                    continue;
                }
                self.filling[at] = (newest, true);
            }
            push(at, time, self.folds[at].take(), points);
        }
        points.len() > before
    }

    /// Says that a track's series have ended.
    pub fn end(&mut self, track: &mut Track, time: WallNs, points: &mut Vec<Point>) {
        self.set_alive(track, false);
        if self.tells_ends {
            let ended = track.of.columns.clone().filter(|&at| !self.goes_on(at));
            points.extend(ended.map(|at| point(at, time, Cell::Missing)));
        }
    }
}

fn push(column: usize, time: WallNs, cell: Cell, points: &mut Vec<Point>) {
    if cell != Cell::Missing {
        points.push(point(column, time, cell));
    }
}

fn point(column: usize, time: WallNs, cell: Cell) -> Point {
    Point {
        column: u32::try_from(column).expect("series are few"),
        time,
        cell,
    }
}
