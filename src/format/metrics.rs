//! The newest samples as Prometheus reads them: text 0.0.4 or OpenMetrics 1.0. A family has its help, its
//! type and its samples in one place; what is missing or too old is not there at all.

use std::sync::Arc;

use super::number::{self, Custom, NUMBER_SIZE_MAX};
use super::pieces::{Fed, Pieces};
use super::{Body, escape};
use crate::metric::field::PromType;
use crate::quantity::WallNs;
use crate::query::{Cell, Exposure, Index, Latest, Sample};

/// How old a sample may be: so many intervals, and a scrape's worth of seconds.
const INTERVALS_OLD: u64 = 4;
const NS_OLD: u64 = 5_000_000_000;
/// `# HELP  `, `# TYPE `, ` untyped`, two newlines.
const AROUND_SIZE_MAX: usize = 64;

/// Which of Prometheus' texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposition {
    /// `text/plain; version=0.0.4; charset=utf-8`.
    Text,
    /// `application/openmetrics-text; version=1.0.0; charset=utf-8`.
    OpenMetrics,
}

impl Exposition {
    /// Its Content-Type.
    pub const fn content_type(self) -> &'static str {
        match self {
            Exposition::Text => "text/plain; version=0.0.4; charset=utf-8",
            Exposition::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// The newest samples. Other families may stand before it, never behind: OpenMetrics ends with `# EOF`.
pub struct Metrics(Fed<Families>);

impl Metrics {
    /// The newest samples that are not too old at `now`.
    pub fn new(index: Arc<Index>, exposition: Exposition, now: WallNs) -> Metrics {
        let mut newest = Latest::new(&index);
        let cells = (0..index.len())
            .map(|series| fresh(&index, series, newest.sample(series), now))
            .collect();
        Metrics(Fed::new(Families {
            piece_max: index.exposed().size_max() + NUMBER_SIZE_MAX + AROUND_SIZE_MAX,
            index,
            exposition,
            cells,
            next: 0,
            headed: None,
        }))
    }
}

impl Body for Metrics {
    fn fill(&mut self, out: &mut Vec<u8>) -> bool {
        self.0.fill(out)
    }
}

/// A sample's value, if it may still be shown.
fn fresh(index: &Index, series: u32, sample: Option<Sample>, now: WallNs) -> Cell {
    let clock = index.track(series).clock;
    let interval_ns = index.reader().clocks()[usize::from(clock.0)].ns();
    let oldest = now
        .0
        .saturating_sub_unsigned(INTERVALS_OLD * interval_ns + NS_OLD);
    match sample {
        Some(sample) if sample.time.0 >= oldest => sample.cell,
        _ => Cell::Missing,
    }
}

struct Families {
    index: Arc<Index>,
    exposition: Exposition,
    /// By series.
    cells: Vec<Cell>,
    next: usize,
    /// The line whose family was headed last.
    headed: Option<Exposure>,
    piece_max: usize,
}

impl Families {
    fn append_sample(&mut self, line: Exposure, cell: Cell, out: &mut Vec<u8>) {
        let exposed = self.index.exposed();
        let family = exposed.family(line);
        if self
            .headed
            .is_none_or(|last| exposed.family(last) != family)
        {
            self.append_head(line, family, out);
            self.headed = Some(line);
        }
        let exposed = self.index.exposed();
        out.extend_from_slice(exposed.line(line).as_bytes());
        number::push(cell, Custom::Prometheus, out);
        out.push(b'\n');
    }

    fn append_head(&self, line: Exposure, family: &str, out: &mut Vec<u8>) {
        let open = self.exposition == Exposition::OpenMetrics;
        let (name, kind) = match (open, line.kind()) {
            (false, PromType::Counter) => (family, "counter"),
            // a counter's samples end in _total, its family does not
            (true, PromType::Counter) => match family.strip_suffix("_total") {
                Some(stem) => (stem, "counter"),
                None => (family, "unknown"),
            },
            (_, PromType::Gauge) => (family, "gauge"),
            (false, PromType::Untyped) => (family, "untyped"),
            (true, PromType::Untyped) => (family, "unknown"),
        };
        out.extend_from_slice(b"# HELP ");
        out.extend_from_slice(name.as_bytes());
        out.push(b' ');
        escape::push_help(line.help(), open, out);
        out.extend_from_slice(b"\n# TYPE ");
        out.extend_from_slice(name.as_bytes());
        out.push(b' ');
        out.extend_from_slice(kind.as_bytes());
        out.push(b'\n');
    }
}

impl Pieces for Families {
    fn piece_max(&self) -> usize {
        self.piece_max
    }

    fn append(&mut self, out: &mut Vec<u8>) -> bool {
        while let Some(&line) = self.index.exposed().lines().get(self.next) {
            self.next += 1;
            let cell = self.cells[line.series as usize];
            if cell != Cell::Missing {
                self.append_sample(line, cell, out);
                return true;
            }
        }
        if self.exposition == Exposition::OpenMetrics {
            out.extend_from_slice(b"# EOF\n");
        }
        false
    }
}
