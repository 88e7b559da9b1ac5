//! The newest samples: of many series one each, of one series several, newest first.

use std::sync::Arc;

use super::cell::{Cell, Decoder};
use super::column::Taken;
use super::index::{Index, Source};
use super::request::Span;
use super::written::{FRAMES_BACK, REACH, newest_of_all};
use crate::quantity::WallNs;
use crate::ring::{ClockId, FrameNumber, Header, Reader, reader::Run};

/// What stands further back than its clock's newest ticks is shown where all clocks have gone on for no longer.
const REACH_MIN_NS: u64 = 60_000_000_000;

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
        let newest = newest_of_all(reader);
        let clocks = (0..).take(reader.clocks().len()).map(ClockId);
        let headers = clocks.map(|clock| match newest {
            // nobody samples at that interval any more
            Some(newest) if has_ended(reader, clock, &newest) => [None; FRAMES_BACK],
            _ => newest_headers(reader, clock),
        });
        Latest {
            headers: headers.collect(),
            reach,
            words: Vec::new(),
            read: None,
            index,
        }
    }

    /// The newest sample of a series; `None` where none of its tracks has a row in the newest frames.
    pub fn sample(&mut self, series: u32) -> Option<Sample> {
        let index = self.index;
        let mut sources = index.sources(series);
        sources.find_map(|source| self.sample_at(source))
    }

    fn sample_at(&mut self, source: Source) -> Option<Sample> {
        let Source { track, field } = source;
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

/// Whether all clocks have gone on for as long as is looked back, but for this one.
fn has_ended(reader: &Reader, clock: ClockId, newest: &Header) -> bool {
    let interval_ns = reader.clocks()[usize::from(clock.0)].ns();
    let reach_ns = interval_ns.saturating_mul(REACH).max(REACH_MIN_NS);
    reader.newest(clock).is_some_and(|last| {
        let elapsed_ns = if last.salt == newest.salt {
            newest.boot.0.saturating_sub(last.boot.0)
        } else {
            u64::try_from(newest.wall.0.saturating_sub(last.wall.0)).unwrap_or(0)
        };
        elapsed_ns > reach_ns
    })
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
    span: Span,
    words: Vec<u64>,
    lanes: Vec<Lane>,
    /// The run of the writer whose samples are being handed out.
    salt: Option<u32>,
}

/// One of the series' sources.
struct Lane {
    track: usize,
    field: usize,
    interval_ns: u64,
    decoder: Decoder,
    runs: Vec<Run>,
    head: Option<Head>,
}

/// What a lane comes to next.
#[derive(Clone, Copy)]
struct Head {
    header: Header,
    /// Its sample, once it was read, and when that was taken by the clock that nobody sets.
    sample: Option<(i64, Sample)>,
}

impl Newest {
    /// The samples of `series` whose own time lies in `span`.
    pub fn new(index: &Index, series: u32, span: Span) -> Newest {
        let reader = Arc::new(index.reader().apart());
        let sources = index.sources(series);
        let lanes: Vec<Lane> = sources
            .map(|source| Lane::new(&reader, index, source, span))
            .collect();
        let fields = lanes
            .iter()
            .map(|lane| reader.tracks()[lane.track].fields.len());
        Newest {
            words: vec![0; fields.max().unwrap_or(0)],
            span,
            lanes,
            salt: None,
            reader,
        }
    }

    /// The lane that may have the newest sample, of the run that goes on, else of the one that ended last.
    fn newest(&self) -> Option<usize> {
        let heads = || {
            let lanes = self.lanes.iter().enumerate();
            lanes.filter_map(|(at, lane)| Some((at, lane, lane.head.as_ref()?)))
        };
        let salt = heads()
            .map(|(.., head)| head.header.salt)
            .find(|&salt| Some(salt) == self.salt)
            .or_else(|| {
                let last = heads().max_by_key(|(.., head)| head.header.wall);
                last.map(|(.., head)| head.header.salt)
            })?;
        heads()
            .filter(|(.., head)| head.header.salt == salt)
            .max_by_key(|(_, lane, head)| head.taken_by(lane.interval_ns))
            .map(|(at, ..)| at)
    }
}

impl Head {
    /// When its sample was taken; where that is not known yet, the latest that it can have been.
    fn taken_by(&self, interval_ns: u64) -> i64 {
        match self.sample {
            Some((boot_ns, _)) => boot_ns,
            None => (self.header.boot.0.cast_signed()).saturating_add_unsigned(interval_ns),
        }
    }
}

impl Lane {
    fn new(reader: &Reader, index: &Index, source: Source, span: Span) -> Lane {
        let clock = reader.tracks()[source.track as usize].clock;
        let interval = reader.clocks()[usize::from(clock.0)];
        let since = WallNs(span.since.0.saturating_sub_unsigned(interval.ns()));
        let mut runs = Vec::new();
        reader.find(clock, since, span.until, &mut runs);
        let mut lane = Lane {
            track: source.track as usize,
            field: source.field as usize,
            interval_ns: interval.ns(),
            decoder: Decoder::of(index.described_at(source).spec.decode),
            runs,
            head: None,
        };
        lane.go_back(reader);
        lane
    }

    /// To the frame before.
    fn go_back(&mut self, reader: &Reader) {
        self.head = None;
        let clock = reader.tracks()[self.track].clock;
        while let Some(run) = self.runs.last_mut() {
            let number = run.last;
            if number < run.first || number == FrameNumber(0) {
                self.runs.pop();
                continue;
            }
            run.last.0 -= 1;
            if let Some(header) = reader.header(clock, number) {
                self.head = Some(Head {
                    header,
                    sample: None,
                });
                return;
            }
        }
    }

    /// Reads the sample of a frame.
    fn read(&self, reader: &Reader, header: &Header, words: &mut [u64]) -> Option<(i64, Sample)> {
        let words = &mut words[..reader.tracks()[self.track].fields.len()];
        let time = reader.row(self.track, header, words)?;
        let cell = self.decoder.cell(words[self.field]);
        let taken = Taken::of(reader, self.track, header, time);
        Some((taken.boot_ns, Sample { time, cell }))
    }
}

impl Iterator for Newest {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        loop {
            let at = self.newest()?;
            let is_alone = self.lanes.len() == 1;
            let lane = &mut self.lanes[at];
            let mut head = lane.head?;
            self.salt = Some(head.header.salt);
            if head.sample.is_none() {
                head.sample = lane.read(&self.reader, &head.header, &mut self.words);
                let is_in = |(_, sample): &(i64, Sample)| self.span.contains(sample.time);
                head.sample = head.sample.filter(is_in);
                if head.sample.is_some() && !is_alone {
                    // another lane's may be newer than this turned out to be
                    lane.head = Some(head);
                    continue;
                }
            }
            lane.go_back(&self.reader);
            if let Some((_, sample)) = head.sample {
                return Some(sample);
            }
        }
    }
}
