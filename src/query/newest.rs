//! The newest samples: of many series one each, of one series several, newest first.

use std::sync::Arc;

use super::cell::{Cell, Decoder};
use super::index::{Index, Pick, Series};
use super::request::Span;
use crate::quantity::WallNs;
use crate::ring::{ClockId, FrameNumber, Header, Reader, reader::Run};

/// How many frames back a newest sample may stand: the newest frame may just have been opened, and a
/// collector may be late. What is older is no longer there (an unplugged disk).
const FRAMES_BACK: usize = 4;

/// A sample and its own time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When it was taken.
    pub time: WallNs,
    /// The value.
    pub cell: Cell,
}

/// The newest sample of each pick; `None` where its track has no row in the newest frames. Quickest where
/// picks of one track stand together.
pub fn latest(index: &Index, picks: &[Pick]) -> Vec<Option<Sample>> {
    let reader = index.reader();
    let headers: Vec<_> = (0..)
        .take(reader.clocks().len())
        .map(|clock| newest_headers(reader, ClockId(clock)))
        .collect();
    let mut words = Vec::new();
    let mut read: Option<(u32, Option<WallNs>)> = None;
    let mut samples = Vec::with_capacity(picks.len());
    for pick in picks {
        let Series { track, field, .. } = index.series()[pick.series as usize];
        let time = match read {
            Some((last, time)) if last == track => time,
            _ => {
                let at = &reader.tracks()[track as usize];
                words.resize(at.fields.len(), 0);
                headers[usize::from(at.clock.0)]
                    .iter()
                    .flatten()
                    .find_map(|header| reader.row(track as usize, header, &mut words))
            }
        };
        read = Some((track, time));
        let decode = index.described(pick.series).spec.decode;
        samples.push(time.map(|time| Sample {
            time,
            cell: Decoder::of(decode).cell(words[field as usize]),
        }));
    }
    samples
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
        let reader = Arc::clone(index.reader());
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
