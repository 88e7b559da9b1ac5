//! The newest samples: of many series one each, of one series several, newest first.

use std::sync::Arc;

use super::cell::{Cell, Decoder};
use super::index::{Index, Series};
use super::request::Span;
use crate::quantity::WallNs;
use crate::ring::{ClockId, FrameNumber, Header, Reader, reader::Run};

/// How many frames back a newest sample stands where its track is written at each tick: the newest frame may
/// just have been opened, and a collector may be late. What is older is no longer there (an unplugged disk).
const FRAMES_BACK: usize = 4;
/// How many frames back is looked for what is told now and then (a line that a program wrote once).
const REACH: u64 = 64;

/// A sample and its own time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When it was taken.
    pub time: WallNs,
    /// The value.
    pub cell: Cell,
}

/// The newest samples of many series. Quickest where those of one track are asked for one after another.
pub struct Latest<'a> {
    index: &'a Index,
    /// By clock, the newest frame first.
    headers: Vec<[Option<Header>; FRAMES_BACK]>,
    reach: u64,
    /// The row of the track read last.
    words: Vec<u64>,
    read: Option<(u32, Option<WallNs>)>,
}

impl<'a> Latest<'a> {
    /// Of what is there now.
    pub fn new(index: &'a Index) -> Latest<'a> {
        Latest::within(index, 0)
    }

    /// Of what was there some ticks ago, too.
    pub fn reaching(index: &'a Index) -> Latest<'a> {
        Latest::within(index, REACH)
    }

    fn within(index: &'a Index, reach: u64) -> Latest<'a> {
        let reader = index.reader();
        let clocks = (0..).take(reader.clocks().len());
        Latest {
            headers: clocks
                .map(|clock| newest_headers(reader, ClockId(clock)))
                .collect(),
            reach,
            words: Vec::new(),
            read: None,
            index,
        }
    }

    /// The newest sample of a series; `None` where its track has no row in the newest frames.
    pub fn sample(&mut self, series: u32) -> Option<Sample> {
        let Series { track, field, .. } = self.index.series()[series as usize];
        let reader = self.index.reader();
        let at = &reader.tracks()[track as usize];
        let time = match self.read {
            Some((last, time)) if last == track => time,
            _ => {
                self.words.resize(at.fields.len(), 0);
                let newest = &self.headers[usize::from(at.clock.0)];
                let first = newest[0].map(|header| header.number.0);
                let further = (FRAMES_BACK as u64..self.reach)
                    .map_while(|back| first?.checked_sub(back))
                    .filter_map(|number| reader.header(at.clock, FrameNumber(number)));
                let headers = newest.iter().flatten().copied().chain(further);
                let mut rows = headers
                    .filter_map(|header| reader.row(track as usize, &header, &mut self.words));
                rows.next()
            }
        };
        self.read = Some((track, time));
        let field = field as usize;
        Some(Sample {
            time: time?,
            cell: Decoder::of(at.fields[field].decode).cell(self.words[field]),
        })
    }
}

fn newest_headers(reader: &Reader, clock: ClockId) -> [Option<Header>; FRAMES_BACK] {
    let Some(newest) = reader.newest(clock) else {
        return [None; FRAMES_BACK];
    };
    std::array::from_fn(|back| {
        let number = newest.number.0.checked_sub(back as u64)?;
        reader.header(clock, FrameNumber(number))
    })
}

/// Samples of one series from the newest backwards, in the reverse of recorded order. Gaps are left out.
pub struct Newest {
    reader: Arc<Reader>,
    track: usize,
    field: usize,
    decoder: Decoder,
    span: Span,
    words: Vec<u64>,
    runs: Vec<Run>,
}

impl Newest {
    /// The samples of `series` whose own time lies in `span`.
    pub fn new(index: &Index, series: u32, span: Span) -> Newest {
        let reader = Arc::new(index.reader().apart());
        let track = index.track(series);
        let interval = reader.clocks()[usize::from(track.clock.0)];
        let since = WallNs(span.since.0.saturating_sub_unsigned(interval.ns()));
        let mut runs = Vec::new();
        reader.find(track.clock, since, span.until, &mut runs);
        let Series { track, field, .. } = index.series()[series as usize];
        let fields = index.track(series).fields.len();
        Newest {
            track: track as usize,
            field: field as usize,
            decoder: Decoder::of(index.described(series).spec.decode),
            span,
            words: vec![0; fields],
            runs,
            reader,
        }
    }
}

impl Iterator for Newest {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        let clock = self.reader.tracks()[self.track].clock;
        while let Some(run) = self.runs.last_mut() {
            let number = run.last;
            if number < run.first || number == FrameNumber(0) {
                self.runs.pop();
                continue;
            }
            run.last.0 -= 1;
            let sample = self.reader.header(clock, number).and_then(|header| {
                let time = self.reader.row(self.track, &header, &mut self.words)?;
                self.span.contains(time).then(|| Sample {
                    time,
                    cell: self.decoder.cell(self.words[self.field]),
                })
            });
            if sample.is_some() {
                return sample;
            }
        }
        None
    }
}
