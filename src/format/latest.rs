//! Goodall's JSON: `{"Timestamp":,"Metrics":[{"Name":,"Value":,"Timestamp":},...]}`, or the long CSV. The
//! newest sample of many series, or the newest samples of one.

use std::sync::Arc;

use super::number::{self, Custom, NUMBER_SIZE_MAX};
use super::pieces::{Fed, Pieces};
use super::time::{Stamp, TIME_SIZE};
use super::{Body, escape};
use crate::quantity::{Moment, WallNs};
use crate::query::{
    self, Format, Index, Newest, Pick, QueryError, Sample, Span, is_everything, newest_tick,
};

/// The literal parts around a name, a value and two times.
const AROUND_SIZE_MAX: usize = 128;

/// The newest sample of each series: every one, then the nine aliases; or those that patterns match. A track
/// without a row in the newest frames (an unplugged disk) is left out.
pub struct Latest(Fed<Samples<std::vec::IntoIter<Named>>>);

/// The newest samples of one series, newest first, under the name that was asked for.
pub struct Values(Fed<Samples<Run>>);

impl Latest {
    /// The newest samples of what `patterns` match; `now` stands for the newest tick of an empty ring.
    /// [`Format::Ndjson`] is a line a series.
    pub fn new<T: AsRef<str>>(
        index: Arc<Index>,
        patterns: &[T],
        format: Format,
        now: WallNs,
    ) -> Latest {
        let mut picks = index.select(patterns);
        if is_everything(patterns) {
            picks.retain(|pick| pick.alias.is_none());
            picks.extend(index.aliases());
        } else {
            picks.sort_by_key(|pick| pick.alias.is_some());
        }
        let mut newest = query::Latest::reaching(&index);
        let samples: Vec<Named> = picks
            .into_iter()
            .filter_map(|pick| {
                let sample = newest.sample(pick.series)?;
                Some(Named { pick, sample })
            })
            .collect();
        Latest(Fed::new(Samples::new(
            index,
            samples.into_iter(),
            format,
            now,
        )))
    }
}

impl Values {
    /// At most `count` samples of the series or alias `name` in a range; `now` is what a duration ago is
    /// counted from.
    pub fn new(
        index: Arc<Index>,
        name: &str,
        count: usize,
        range: (Option<Moment>, Option<Moment>),
        format: Format,
        now: WallNs,
    ) -> Result<Values, QueryError> {
        let pick = index
            .find(name)
            .ok_or_else(|| QueryError::UnknownSeries { name: name.into() })?;
        let span = Span::of(index.reader(), range.0, range.1, now)?;
        let run = Run {
            pick,
            newest: Newest::new(&index, pick.series, span),
            left: count,
        };
        Ok(Values(Fed::new(Samples::new(index, run, format, now))))
    }
}

impl Body for Latest {
    fn fill(&mut self, out: &mut Vec<u8>) -> bool {
        self.0.fill(out)
    }
}

impl Body for Values {
    fn fill(&mut self, out: &mut Vec<u8>) -> bool {
        self.0.fill(out)
    }
}

/// A sample and its series.
struct Named {
    pick: Pick,
    sample: Sample,
}

/// The samples of one series.
struct Run {
    pick: Pick,
    newest: Newest,
    left: usize,
}

impl Iterator for Run {
    type Item = Named;

    fn next(&mut self) -> Option<Named> {
        self.left = self.left.checked_sub(1)?;
        let pick = self.pick;
        self.newest.next().map(|sample| Named { pick, sample })
    }
}

enum Stage {
    Head,
    First,
    Others,
}

struct Samples<I> {
    index: Arc<Index>,
    source: I,
    format: Format,
    as_of: WallNs,
    stamp: Stamp,
    stage: Stage,
    piece_max: usize,
}

impl<I: Iterator<Item = Named>> Samples<I> {
    fn new(index: Arc<Index>, samples: I, format: Format, now: WallNs) -> Samples<I> {
        let name_max = escape::json_size_max(index.name_len_max());
        Samples {
            as_of: newest_tick(index.reader()).unwrap_or(now),
            source: samples,
            format,
            stamp: Stamp::new(),
            stage: Stage::Head,
            piece_max: name_max + NUMBER_SIZE_MAX + 2 * TIME_SIZE + AROUND_SIZE_MAX,
            index,
        }
    }

    fn append_head(&mut self, out: &mut Vec<u8>) {
        match self.format {
            Format::Csv => out.extend_from_slice(b"time,series,value\n"),
            Format::Json => {
                out.extend_from_slice(b"{\"Timestamp\":\"");
                out.extend_from_slice(self.stamp.text(self.as_of));
                out.extend_from_slice(b"\",\"Metrics\":[");
            }
            Format::Ndjson => {}
        }
    }

    fn append_sample(&mut self, Named { pick, sample }: &Named, out: &mut Vec<u8>) {
        let name = self.index.name_of(*pick);
        let time = self.stamp.text(sample.time);
        if self.format == Format::Csv {
            out.extend_from_slice(time);
            out.push(b',');
            escape::push_csv(name, out);
            out.push(b',');
            number::push(sample.cell, Custom::Csv, out);
            out.push(b'\n');
            return;
        }
        if self.format == Format::Json {
            let is_first = matches!(self.stage, Stage::First);
            out.extend_from_slice(if is_first { b"\n" } else { b",\n" });
        }
        out.extend_from_slice(b"{\"Name\":");
        escape::push_json(name.as_bytes(), out);
        out.extend_from_slice(b",\"Value\":");
        number::push(sample.cell, Custom::Json, out);
        out.extend_from_slice(b",\"Timestamp\":\"");
        out.extend_from_slice(time);
        out.extend_from_slice(b"\"}");
        if self.format == Format::Ndjson {
            out.push(b'\n');
        }
    }

    fn append_tail(&mut self, out: &mut Vec<u8>) {
        if self.format == Format::Json {
            let is_first = matches!(self.stage, Stage::First);
            out.extend_from_slice(if is_first { b"]}\n" } else { b"\n]}\n" });
        }
    }
}

impl<I: Iterator<Item = Named> + Send> Pieces for Samples<I> {
    fn piece_max(&self) -> usize {
        self.piece_max
    }

    fn append(&mut self, out: &mut Vec<u8>) -> bool {
        if matches!(self.stage, Stage::Head) {
            self.append_head(out);
            self.stage = Stage::First;
            return true;
        }
        let Some(named) = self.source.next() else {
            self.append_tail(out);
            return false;
        };
        self.append_sample(&named, out);
        self.stage = Stage::Others;
        true
    }
}
