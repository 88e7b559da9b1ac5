//! What may be asked, by the command line and by HTTP alike, and how it is refused.

use std::time::Duration;

use crate::quantity::{Moment, WallNs};
use crate::ring::{ClockId, Reader};

/// A question to the ring.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Series by name, alias or glob, each perhaps several with commas between; none is everything.
    pub patterns: Vec<String>,
    /// From here on, this moment included.
    pub since: Option<Moment>,
    /// Up to here, this moment not included.
    pub until: Option<Moment>,
    /// The length of a bucket.
    pub step: Option<Step>,
    /// How the samples of a bucket become one.
    pub agg: Option<Agg>,
    /// Counters as what they rose by a second.
    pub rate: bool,
    /// One sample a line, or one moment.
    pub shape: Shape,
    /// The text.
    pub format: Format,
}

impl Request {
    /// Whether it asks for every series by its own name.
    pub fn is_of_everything(&self) -> bool {
        self.patterns.is_empty()
    }
}

/// The length of a bucket: 1 ms to 10 years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step(i64);

impl Step {
    const MIN_NS: i64 = 1_000_000;
    const MAX_NS: i64 = 10 * 366 * 86_400 * 1_000_000_000;

    /// A step of that length.
    pub fn of(span: Duration) -> Result<Step, QueryError> {
        match i64::try_from(span.as_nanos()) {
            Ok(ns) if (Step::MIN_NS..=Step::MAX_NS).contains(&ns) => Ok(Step(ns)),
            _ => Err(QueryError::StepOutOfBounds),
        }
    }

    /// In nanoseconds.
    pub const fn ns(self) -> i64 {
        self.0
    }

    /// The start of the bucket in which `wall` lies: a multiple of the step in Unix time.
    pub fn bucket(self, wall: WallNs) -> WallNs {
        WallNs(wall.0.saturating_sub(wall.0.rem_euclid(self.0)))
    }
}

/// How the samples of a bucket become one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agg {
    /// Their mean.
    Avg,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The newest.
    Last,
    /// Their sum.
    Sum,
}

/// How samples are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// One sample a line.
    #[default]
    Long,
    /// One moment a line, a column a series.
    Wide,
}

/// The text of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180.
    #[default]
    Csv,
    /// One JSON value.
    Json,
    /// One JSON value a line.
    Ndjson,
}

/// A word of a flag or of a parameter.
pub trait Word: Copy + Sized + 'static {
    /// What the words are for: `agg`.
    const WHAT: &'static str;
    /// All of them, for the message.
    const ACCEPTED: &'static str;
    /// Each with its meaning.
    const WORDS: &'static [(&'static str, Self)];

    /// The meaning of a word.
    fn of_word(text: &str) -> Result<Self, QueryError> {
        Self::WORDS
            .iter()
            .find(|(word, _)| *word == text)
            .map(|&(_, meaning)| meaning)
            .ok_or_else(|| QueryError::NotOneOf {
                what: Self::WHAT,
                text: text.to_owned(),
                accepted: Self::ACCEPTED,
            })
    }
}

impl Word for Agg {
    const WHAT: &'static str = "agg";
    const ACCEPTED: &'static str = "avg, min, max, last, sum";
    const WORDS: &'static [(&'static str, Agg)] = &[
        ("avg", Agg::Avg),
        ("min", Agg::Min),
        ("max", Agg::Max),
        ("last", Agg::Last),
        ("sum", Agg::Sum),
    ];
}

impl Word for Shape {
    const WHAT: &'static str = "shape";
    const ACCEPTED: &'static str = "long, wide";
    const WORDS: &'static [(&'static str, Shape)] = &[("long", Shape::Long), ("wide", Shape::Wide)];
}

impl Word for Format {
    const WHAT: &'static str = "format";
    const ACCEPTED: &'static str = "csv, json, ndjson";
    const WORDS: &'static [(&'static str, Format)] = &[
        ("csv", Format::Csv),
        ("json", Format::Json),
        ("ndjson", Format::Ndjson),
    ];
}

/// Why a question has no answer: each is the asker's mistake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// No such series.
    #[error("unknown series {name:?}; the list of series names all")]
    UnknownSeries {
        /// What was asked for.
        name: String,
    },
    /// A word that means nothing here.
    #[error("{what} {text:?} is unknown; expected one of {accepted}")]
    NotOneOf {
        /// The flag or parameter.
        what: &'static str,
        /// What was given.
        text: String,
        /// What would have been accepted.
        accepted: &'static str,
    },
    /// Nothing to aggregate.
    #[error("agg without step: there are no buckets to aggregate; add a step such as 10s")]
    AggWithoutStep,
    /// Too short or too long.
    #[error("step out of bounds; expected 1ms to 3660d")]
    StepOutOfBounds,
    /// A range whose ends are the wrong way round.
    #[error("since lies behind until; nothing can lie between")]
    EmptyRange,
}

/// A range by the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first moment in it.
    pub since: WallNs,
    /// The first moment behind it.
    pub until: WallNs,
    /// Where a duration ago was counted from the newest tick, since no writer is at work: that tick. Worth a
    /// word on standard error.
    pub counted_from: Option<WallNs>,
}

impl Span {
    /// The range that is asked for. A duration ago counts from `now` where a writer holds the ring, else
    /// from its newest tick.
    pub fn of(
        reader: &Reader,
        since: Option<Moment>,
        until: Option<Moment>,
        now: WallNs,
    ) -> Result<Span, QueryError> {
        let is_ago = |moment| matches!(moment, Some(Moment::Ago(_)));
        let counted_from = if (is_ago(since) || is_ago(until)) && !reader.is_live() {
            newest_tick(reader)
        } else {
            None
        };
        let base = counted_from.unwrap_or(now);
        let span = Span {
            since: since.map_or(WallNs(i64::MIN), |moment| moment.at(base)),
            until: until.map_or(WallNs(i64::MAX), |moment| moment.at(base)),
            counted_from,
        };
        // one moment for both is a range with nothing in it, as who asks in steps may come to say
        if span.since > span.until {
            return Err(QueryError::EmptyRange);
        }
        Ok(span)
    }

    pub(super) fn contains(&self, wall: WallNs) -> bool {
        self.since <= wall && wall < self.until
    }
}

/// The newest tick of all clocks, by the wall clock.
pub fn newest_tick(reader: &Reader) -> Option<WallNs> {
    (0..reader.clocks().len())
        .filter_map(|clock| reader.newest(ClockId(u16::try_from(clock).ok()?)))
        .map(|header| header.wall)
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_start_at_multiples_of_the_step_before_1970_too() {
        let step = Step::of(Duration::from_secs(10)).unwrap();
        let second = 1_000_000_000;
        for (wall, start) in [(0, 0), (9, 0), (10, 10), (19, 10), (-1, -10), (-10, -10)] {
            assert_eq!(step.bucket(WallNs(wall * second)), WallNs(start * second));
        }
        assert_eq!(step.bucket(WallNs(i64::MIN)).0, i64::MIN);
    }

    #[test]
    fn a_step_of_nothing_and_a_step_of_ages_are_refused() {
        for span in [Duration::ZERO, Duration::from_micros(999), Duration::MAX] {
            assert_eq!(Step::of(span), Err(QueryError::StepOutOfBounds));
        }
    }

    #[test]
    fn an_unknown_word_is_quoted_with_what_would_do() {
        assert_eq!(Agg::of_word("max"), Ok(Agg::Max));
        assert_eq!(
            Format::of_word("xml").unwrap_err().to_string(),
            "format \"xml\" is unknown; expected one of csv, json, ndjson"
        );
        for (word, shape) in Shape::WORDS {
            assert_eq!(Shape::of_word(word), Ok(*shape));
        }
    }
}
