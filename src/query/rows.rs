//! The samples of a question, pulled row by row. A row is one track's samples (long), all samples of one
//! tick (wide) or of one bucket (`step`). After construction nothing allocates, and memory goes with the
//! series asked for, not with the range. The time that is printed is the time that the range asks about: a
//! row's own in the long shape, else its tick's.

use std::ops::Range;
use std::sync::Arc;

use super::cell::Cell;
use super::column::{Column, Taken};
use super::index::{Index, Pick};
use super::request::{QueryError, Request, Shape, Span, Step};
use super::scan::{Scan, Tick};
use crate::quantity::WallNs;
use crate::ring::{ClockId, Header};

const NS_A_MS: i64 = 1_000_000;

/// Cells that share a time; they stand in [`Rows::cells`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The row's own time, its tick's or its bucket's start.
    pub time: WallNs,
    /// Which columns.
    pub columns: Range<usize>,
}

/// A track that has columns in the answer.
struct Track {
    number: usize,
    fields: usize,
    columns: Range<usize>,
}

enum Mode {
    /// A row a track; the tick being read and the next of its tracks.
    Tracks { tick: Option<Tick>, next: usize },
    /// A row a tick; which clocks have given to it.
    Ticks { given: Vec<bool> },
    /// A row a bucket; the bucket being filled.
    Buckets { step: Step, open: Option<WallNs> },
}

/// The rows of an answer.
pub struct Rows {
    index: Arc<Index>,
    span: Span,
    scan: Scan,
    mode: Mode,
    tracks: Vec<Track>,
    /// For each clock of the scan, its tracks.
    lanes: Vec<Vec<usize>>,
    columns: Vec<Column>,
    cells: Vec<Cell>,
    words: Vec<u64>,
}

impl Rows {
    /// The rows of a question; `now` is what a duration ago is counted from.
    pub fn new(index: Arc<Index>, request: &Request, now: WallNs) -> Result<Rows, QueryError> {
        if request.agg.is_some() && request.step.is_none() {
            return Err(QueryError::AggWithoutStep);
        }
        let reader = index.reader();
        let span = Span::of(reader, request.since, request.until, now)?;
        let columns: Vec<Column> = index
            .select(&request.patterns)
            .into_iter()
            .map(|pick| Column::of(&index, pick, request))
            .collect();
        let tracks = tracks_of(&index, &columns);
        let by_tick = request.shape == Shape::Wide || request.step.is_some();
        let mut clocks: Vec<ClockId> = Vec::new();
        let mut lanes: Vec<Vec<usize>> = Vec::new();
        for (at, track) in tracks.iter().enumerate() {
            let clock = reader.tracks()[track.number].clock;
            let lane = clocks.iter().position(|&known| known == clock);
            let lane = lane.unwrap_or_else(|| {
                clocks.push(clock);
                lanes.push(Vec::new());
                clocks.len() - 1
            });
            lanes[lane].push(at);
        }
        let spans = clocks.iter().map(|&clock| {
            let interval = reader.clocks()[usize::from(clock.0)];
            (
                clock,
                if by_tick {
                    span
                } else {
                    earlier(span, interval.ns())
                },
            )
        });
        let mode = match (request.step, request.shape) {
            (Some(step), _) => Mode::Buckets { step, open: None },
            (None, Shape::Wide) => Mode::Ticks {
                given: vec![false; lanes.len()],
            },
            (None, Shape::Long) => Mode::Tracks {
                tick: None,
                next: 0,
            },
        };
        let words = tracks.iter().map(|track| track.fields).max().unwrap_or(0);
        Ok(Rows {
            scan: Scan::new(reader, spans),
            span,
            mode,
            lanes,
            cells: vec![Cell::Missing; columns.len()],
            words: vec![0; words],
            tracks,
            columns,
            index,
        })
    }

    /// The range, as it was resolved.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Frames passed and frames in all, for who waits.
    pub fn progress(&self) -> (u64, u64) {
        self.scan.progress()
    }

    /// The columns' series, in order.
    pub fn picks(&self) -> impl ExactSizeIterator<Item = Pick> + '_ {
        self.columns.iter().map(|column| column.pick)
    }

    /// One column's series.
    pub fn pick(&self, column: usize) -> Option<Pick> {
        self.columns.get(column).map(|column| column.pick)
    }

    /// The cells of the row that came last, by column; only those of its columns mean anything.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The next row; its cells stand in [`Rows::cells`] until the one after.
    pub fn next_row(&mut self) -> Option<Row> {
        match self.mode {
            Mode::Tracks { .. } => self.next_track(),
            Mode::Ticks { .. } => self.next_tick(),
            Mode::Buckets { .. } => self.next_bucket(),
        }
    }

    fn next_track(&mut self) -> Option<Row> {
        loop {
            let Mode::Tracks { tick, next } = &mut self.mode else {
                return None;
            };
            let Some(Tick { lane, header }) = *tick else {
                *tick = Some(self.scan.next()?);
                *next = 0;
                continue;
            };
            let Some(&track) = self.lanes[lane].get(*next) else {
                *tick = None;
                continue;
            };
            *next += 1;
            if let Some(row) = self.read(track, &header, true) {
                return Some(row);
            }
        }
    }

    fn next_tick(&mut self) -> Option<Row> {
        let Mode::Ticks { given } = &mut self.mode else {
            return None;
        };
        let mut given = std::mem::take(given);
        let row = loop {
            let Some(first) = self.scan.next() else {
                break None;
            };
            self.cells.fill(Cell::Missing);
            given.fill(false);
            given[first.lane] = true;
            let mut any = self.read_lane(first);
            while let Some(tick) = self.scan.peek() {
                if !is_one_moment(&first.header, &tick.header) || given[tick.lane] {
                    break;
                }
                self.scan.next();
                given[tick.lane] = true;
                any |= self.read_lane(tick);
            }
            if any {
                break Some(self.whole_row(first.header.wall));
            }
        };
        self.mode = Mode::Ticks { given };
        row
    }

    fn next_bucket(&mut self) -> Option<Row> {
        let Mode::Buckets { step, mut open } = self.mode else {
            return None;
        };
        loop {
            let tick = self.scan.peek();
            let bucket = tick.map(|tick| step.bucket(tick.header.wall));
            if let Some(time) = open
                && bucket != open
            {
                open = None;
                if self.take_bucket() {
                    self.mode = Mode::Buckets { step, open };
                    return Some(self.whole_row(time));
                }
            }
            let tick = tick?;
            open = bucket;
            self.scan.next();
            for at in 0..self.lanes[tick.lane].len() {
                let track = self.lanes[tick.lane][at];
                if let Some(row) = self.read(track, &tick.header, false) {
                    let columns = &mut self.columns[row.columns.clone()];
                    for (column, &cell) in columns.iter_mut().zip(&self.cells[row.columns]) {
                        column.fold.add(cell);
                    }
                }
            }
        }
    }

    /// Makes the bucket's cells; false where none holds anything.
    fn take_bucket(&mut self) -> bool {
        let mut any = false;
        for (column, cell) in self.columns.iter_mut().zip(&mut self.cells) {
            *cell = column.fold.take();
            any |= *cell != Cell::Missing;
        }
        any
    }

    /// Reads a tick's rows; false where all are gaps.
    fn read_lane(&mut self, tick: Tick) -> bool {
        let mut any = false;
        for at in 0..self.lanes[tick.lane].len() {
            let track = self.lanes[tick.lane][at];
            any |= self.read(track, &tick.header, false).is_some();
        }
        any
    }

    /// Reads a track's row in a frame; `None` is a gap, or a row that is itself out of the range.
    fn read(&mut self, track: usize, header: &Header, by_own_time: bool) -> Option<Row> {
        let track = &self.tracks[track];
        let words = &mut self.words[..track.fields];
        let time = self.index.reader().row(track.number, header, words)?;
        if by_own_time && !self.span.contains(time) {
            return None;
        }
        let taken = Taken {
            boot_ns: i128::from(header.boot.0) + i128::from(time.0) - i128::from(header.wall.0),
            salt: header.salt,
        };
        let columns = &mut self.columns[track.columns.clone()];
        for (column, cell) in columns
            .iter_mut()
            .zip(&mut self.cells[track.columns.clone()])
        {
            let word = words[column.field];
            *cell = if column.is_rate {
                column.rate(word, taken)
            } else {
                column.decoder.cell(word)
            };
        }
        Some(Row {
            time,
            columns: track.columns.clone(),
        })
    }

    fn whole_row(&self, time: WallNs) -> Row {
        Row {
            time,
            columns: 0..self.cells.len(),
        }
    }
}

/// The columns come track by track.
fn tracks_of(index: &Index, columns: &[Column]) -> Vec<Track> {
    let mut tracks: Vec<Track> = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let number = index.series()[column.pick.series as usize].track as usize;
        match tracks.last_mut() {
            Some(track) if track.number == number => track.columns.end = at + 1,
            _ => tracks.push(Track {
                number,
                fields: index.track(column.pick.series).fields.len(),
                columns: at..at + 1,
            }),
        }
    }
    tracks
}

/// A row is taken within an interval of its tick: the ticks among which the rows of `span` are.
fn earlier(span: Span, interval_ns: u64) -> Span {
    Span {
        since: WallNs(span.since.0.saturating_sub_unsigned(interval_ns)),
        ..span
    }
}

/// Ticks of two clocks that are printed alike.
fn is_one_moment(left: &Header, right: &Header) -> bool {
    left.salt == right.salt && left.wall.0.div_euclid(NS_A_MS) == right.wall.0.div_euclid(NS_A_MS)
}
