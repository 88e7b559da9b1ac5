//! Samples in other systems' own texts: from points to bytes, appended to the caller's buffer. What each
//! series is called there is made once, when the series are known; what cannot be said there (not a number,
//! mostly) is left out and not counted.

mod graphite;
mod heads;
mod influx;
mod labels;
mod lines;
mod otlp;
mod remote_write;
mod runs;
mod statsd;

use std::sync::{Arc, Mutex};

use crate::query::{Feed, Format, Index, Pick, Point};

pub use heads::Naming;
pub use runs::Runs;

/// A text that samples can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `path value seconds`.
    Graphite,
    /// `name;tag=value value seconds`.
    GraphiteTagged,
    /// carbon20: `tag=value.unit=B.mtype=gauge value seconds`.
    Metrics20,
    /// `measurement,tag=value field=value,field=value ns`.
    Influx,
    /// Prometheus' remote write 1.0, before it is compressed.
    RemoteWrite,
    /// OTLP over HTTP, as JSON.
    Otlp,
    /// `name:value|g`.
    Statsd,
    /// Lines for a file.
    Lines(Format),
}

/// Writes points.
pub trait Encode: Send {
    /// Appends the points, and says how many it had a way to say. They may be put in another order, but for
    /// the order of one series' own.
    fn encode(&mut self, points: &mut [Point], out: &mut Vec<u8>) -> usize;
}

/// The series of a feed, as the encoders name them.
pub struct Columns {
    index: Arc<Index>,
    picks: Vec<(Pick, bool)>,
    /// Whether a sample is the sum of several.
    is_summed: bool,
    counting: Option<Counting>,
}

/// Since when counters count, for a text that says so.
struct Counting {
    runs: Arc<Mutex<Runs>>,
    /// The sample of each counter before the first that is to come, as far as it is known.
    before: Vec<Point>,
}

impl Columns {
    /// Those of a feed, in its order.
    pub fn of(feed: &Feed) -> Columns {
        let rates = (0..).map(|column| feed.is_rate(column));
        Columns {
            index: Arc::clone(feed.index()),
            picks: feed.picks().zip(rates).collect(),
            is_summed: feed.is_summed(),
            counting: None,
        }
    }

    /// The same, where it is known since when counters count, and kept in mind from now on.
    pub fn counting(self, runs: &Arc<Mutex<Runs>>, before: Vec<Point>) -> Columns {
        let runs = Arc::clone(runs);
        Columns {
            counting: Some(Counting { runs, before }),
            ..self
        }
    }
}

impl Dialect {
    /// Whether the end of a series can be said in it.
    pub fn knows_ends(self) -> bool {
        self == Dialect::RemoteWrite
    }

    /// An encoder of these series.
    pub fn encoder(self, columns: &Columns, naming: &Naming) -> Box<dyn Encode> {
        match self {
            Dialect::Graphite => Box::new(graphite::Graphite::dotted(columns, naming)),
            Dialect::GraphiteTagged => Box::new(graphite::Graphite::tagged(columns, naming)),
            Dialect::Metrics20 => Box::new(graphite::Graphite::metrics20(columns, naming)),
            Dialect::Influx => Box::new(influx::Influx::new(columns, naming)),
            Dialect::RemoteWrite => Box::new(remote_write::RemoteWrite::new(columns, naming)),
            Dialect::Otlp => Box::new(otlp::Otlp::new(columns, naming)),
            Dialect::Statsd => Box::new(statsd::Statsd::new(columns, naming)),
            Dialect::Lines(format) => Box::new(lines::Lines::new(columns, naming, format)),
        }
    }
}
