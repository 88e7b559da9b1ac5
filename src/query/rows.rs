//! The samples of a question, pulled row by row. A row is one track's samples (long), all samples of one
//! tick (wide) or of one bucket (`step`). After construction nothing allocates, and memory goes with the
//! series asked for, not with the range. The time that is printed is the time that the range asks about: a
//! row's own in the long shape, else its tick's.

use std::ops::Range;
use std::sync::Arc;

use super::cell::Cell;
use super::column::{Before, Columns, Taken, Track};
use super::fold::Fold;
use super::index::{Index, Pick};
use super::request::{QueryError, Request, Shape, Span, Step};
use super::scan::{Scan, Tick};
use super::seam::Seam;
use crate::quantity::WallNs;
use crate::ring::{ClockId, Header, Reader, RingError};

const NS_A_MS: i64 = 1_000_000;

/// Cells that share a time; [`Rows::cells`] gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The row's own time, its tick's or its bucket's start.
    pub time: WallNs,
    /// Which columns.
    pub columns: Range<usize>,
}

enum Mode {
    /// A row a track; the tick being read, the next of its tracks, and rows that may have to wait.
    Tracks {
        tick: Option<Tick>,
        next: usize,
        seam: Seam,
    },
    /// A row a tick; which clocks have given to it.
    Ticks { given: Vec<bool> },
    /// A row a bucket; the bucket being filled.
    Buckets { step: Step, open: Option<WallNs> },
}

/// The rows of an answer.
pub struct Rows {
    index: Arc<Index>,
    reader: Arc<Reader>,
    span: Span,
    scan: Scan,
    mode: Mode,
    columns: Arc<Columns>,
    /// For each clock of the scan, its tracks among those of the columns.
    lanes: Vec<Vec<usize>>,
    /// For rates, by column; empty where none are wanted.
    before: Vec<Before>,
    /// For buckets, by column.
    folds: Vec<Fold>,
    /// The row's cells: those of the columns from `first` on.
    cells: Vec<Cell>,
    first: usize,
    words: Vec<u64>,
}

impl Rows {
    /// The rows of a question; `now` is what a duration ago is counted from.
    pub fn new(index: Arc<Index>, request: &Request, now: WallNs) -> Result<Rows, QueryError> {
        if request.agg.is_some() && request.step.is_none() {
            return Err(QueryError::AggWithoutStep);
        }
        let reader = Arc::new(index.reader().apart());
        let span = Span::of(&reader, request.since, request.until, now)?;
        let columns = || Columns::of(&index, &index.select(&request.patterns));
        let columns = if request.is_of_everything() {
            index.shared().get("columns", columns)
        } else {
            Arc::new(columns())
        };
        let (asked, tracks) = (columns.asked(), &columns.tracks);
        let has_rates = request.rate && columns.have_counters();
        let folds = asked.iter().map(|column| column.fold(request));
        let folds = folds.take(request.step.map_or(0, |_| asked.len()));
        let by_tick = request.shape == Shape::Wide || request.step.is_some();
        let (clocks, lanes) = lanes_of(&reader, tracks);
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
                seam: Seam::new(tracks),
            },
        };
        let words = tracks.iter().map(|track| track.fields).max().unwrap_or(0);
        let wide = |track: &Track| track.columns.len();
        let cells = match mode {
            Mode::Tracks { .. } => tracks.iter().map(wide).max().unwrap_or(0),
            _ => asked.len(),
        };
        Ok(Rows {
            scan: Scan::new(&reader, spans),
            span,
            mode,
            lanes,
            before: vec![Before::NONE; if has_rates { asked.len() } else { 0 }],
            folds: folds.collect(),
            cells: vec![Cell::Missing; cells],
            first: 0,
            words: vec![0; words],
            columns,
            reader,
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
    pub fn picks(&self) -> impl ExactSizeIterator<Item = Pick> + Clone + '_ {
        let asked = self.columns.asked().iter();
        asked.map(|column| column.pick(&self.index))
    }

    /// One column's series.
    pub fn pick(&self, column: usize) -> Option<Pick> {
        let column = self.columns.asked().get(column)?;
        Some(column.pick(&self.index))
    }

    /// Cells of the row that came last, of columns among its own.
    #[inline]
    pub fn cells(&self, columns: Range<usize>) -> &[Cell] {
        &self.cells[columns.start - self.first..columns.end - self.first]
    }

    /// What the file did not give: what was handed out since may miss rows.
    pub fn failure(&self) -> Option<RingError> {
        self.reader.failure()
    }

    /// The next row; [`Rows::cells`] gives its cells until the one after.
    pub fn next_row(&mut self) -> Option<Row> {
        match self.mode {
            Mode::Tracks { .. } => self.next_track(),
            Mode::Ticks { .. } => self.next_tick(),
            Mode::Buckets { .. } => self.next_bucket(),
        }
    }

    fn next_track(&mut self) -> Option<Row> {
        loop {
            let Mode::Tracks { tick, next, .. } = &mut self.mode else {
                return None;
            };
            let at = tick.and_then(|Tick { lane, header }| {
                let track = *self.lanes[lane].get(*next)?;
                *next += 1;
                Some((track, header))
            });
            let row = if let Some((track, header)) = at {
                self.read_in_turn(track, &header)
            } else if let Some(row) = self.release() {
                Some(row)
            } else {
                let coming = self.scan.next()?;
                if let Mode::Tracks { tick, next, .. } = &mut self.mode {
                    (*tick, *next) = (Some(coming), 0);
                }
                None
            };
            if row.is_some() {
                return row;
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
                if let Some(row) = self.read(track, &tick.header) {
                    let folds = &mut self.folds[row.columns.clone()];
                    for (fold, &cell) in folds.iter_mut().zip(&self.cells[row.columns]) {
                        fold.add(cell);
                    }
                }
            }
        }
    }

    /// Makes the bucket's cells; false where none holds anything.
    fn take_bucket(&mut self) -> bool {
        let mut any = false;
        for (fold, cell) in self.folds.iter_mut().zip(&mut self.cells) {
            *cell = fold.take();
            any |= *cell != Cell::Missing;
        }
        any
    }

    /// Reads a tick's rows; false where all are gaps.
    fn read_lane(&mut self, tick: Tick) -> bool {
        let mut any = false;
        for at in 0..self.lanes[tick.lane].len() {
            let track = self.lanes[tick.lane][at];
            any |= self.read(track, &tick.header).is_some();
        }
        any
    }

    /// Reads a track's row in a frame; `None` is a gap.
    fn read(&mut self, track: usize, header: &Header) -> Option<Row> {
        let (time, taken) = self.words_of(track, header)?;
        Some(self.fill(track, time, taken))
    }

    /// The row of a track whose turn it is, once its row in a frame was read; what is itself out of the range is
    /// left out, and of a series that stands in several tracks the row may have to wait.
    fn read_in_turn(&mut self, track: usize, header: &Header) -> Option<Row> {
        let (mut time, mut taken) = self.words_of(track, header)?;
        if !self.span.contains(time) {
            return None;
        }
        if let Mode::Tracks { seam, .. } = &mut self.mode
            && let Some(held) = seam.place(track)
        {
            let fields = held.words.len();
            held.words.swap_with_slice(&mut self.words[..fields]);
            std::mem::swap(&mut held.taken, &mut taken);
            time = held.time.replace(time)?;
        }
        Some(self.fill(track, time, taken))
    }

    /// The row that has waited and need not any more, now that frames from `next` on are to come.
    fn release(&mut self) -> Option<Row> {
        let next = self.scan.peek().map(|tick| tick.header);
        let Mode::Tracks { seam, .. } = &mut self.mode else {
            return None;
        };
        let held = seam.earliest(next.as_ref())?;
        let (track, time, taken) = (held.track, held.time.take()?, held.taken);
        self.words[..held.words.len()].copy_from_slice(&held.words);
        Some(self.fill(track, time, taken))
    }

    /// Reads the words of a track's row in a frame; gives its time, and when it was taken where that matters.
    #[inline]
    fn words_of(&mut self, track: usize, header: &Header) -> Option<(WallNs, Taken)> {
        let track = &self.columns.tracks[track];
        let words = &mut self.words[..track.fields];
        let time = self.reader.row(track.number, header, words)?;
        let taken = if track.is_joint || !self.before.is_empty() {
            Taken::of(&self.reader, track.number, header, time)
        } else {
            Taken::default()
        };
        Some((time, taken))
    }

    /// Makes the cells of a track's row from its words.
    #[inline]
    fn fill(&mut self, track: usize, time: WallNs, taken: Taken) -> Row {
        let track = &self.columns.tracks[track];
        let columns = self.columns.by(track);
        self.first = match self.mode {
            Mode::Tracks { .. } => track.columns.start,
            _ => 0,
        };
        let cells = &mut self.cells[track.columns.start - self.first..][..columns.len()];
        // what another track said of the same moment stays where this one has nothing to say
        let keeps = track.is_joint && matches!(self.mode, Mode::Ticks { .. });
        if self.before.is_empty() && !keeps {
            for (column, cell) in columns.iter().zip(cells) {
                *cell = column.decoder.cell(self.words[usize::from(column.field)]);
            }
        } else {
            let before = &mut self.before;
            for (at, (column, cell)) in track.columns.clone().zip(columns.iter().zip(cells)) {
                let word = self.words[usize::from(column.field)];
                let fresh = match before.get_mut(at) {
                    Some(before) if column.is_counter => column.rate(word, taken, before),
                    _ => column.decoder.cell(word),
                };
                if fresh != Cell::Missing || !keeps {
                    *cell = fresh;
                }
            }
        }
        Row {
            time,
            columns: track.columns.clone(),
        }
    }

    fn whole_row(&self, time: WallNs) -> Row {
        Row {
            time,
            columns: 0..self.columns.asked().len(),
        }
    }
}

/// The tracks' clocks, each once, and for each its tracks.
fn lanes_of(reader: &Reader, tracks: &[Track]) -> (Vec<ClockId>, Vec<Vec<usize>>) {
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
    (clocks, lanes)
}

/// A row is taken within an interval of its tick, which may be thinned out to one an interval before: the ticks
/// among which the rows of `span` are.
fn earlier(span: Span, interval_ns: u64) -> Span {
    Span {
        since: WallNs(span.since.0.saturating_sub_unsigned(2 * interval_ns)),
        ..span
    }
}

/// Ticks of two clocks that are printed alike, and are no second apart by a wall clock that was set back.
fn is_one_moment(left: &Header, right: &Header) -> bool {
    left.salt == right.salt
        && left.wall.0.div_euclid(NS_A_MS) == right.wall.0.div_euclid(NS_A_MS)
        && left.boot.0.abs_diff(right.boot.0) < NS_A_MS.unsigned_abs()
}
