//! What each route answers: its parameters read, and the body that `format` makes.

use std::num::IntErrorKind;
use std::sync::Arc;

use super::answer::{Answer, JSON, Text};
use super::routes::Route;
use super::target::Target;
use crate::format::{Body, Dump, Exposition, Health, Latest, Metrics, SeriesList, Values};
use crate::quantity::{Moment, WallNs, parse};
use crate::query::{Agg, Format, Index, QueryError, Request, Shape, Step, Word};
use crate::report::counters::Counters;
use crate::report::shipping;

/// How many values of a series are given where nothing is said.
const VALUES: usize = 10;

const CSV: &str = "text/csv; charset=utf-8";
const NDJSON: &str = "application/x-ndjson";

const YES_OR_NO: &[(&str, bool)] = &[("1", true), ("0", false), ("true", true), ("false", false)];
/// The formats of small answers.
const FORMATS: &[(&str, Format)] = &[("csv", Format::Csv), ("json", Format::Json)];

/// A question that may be asked, and what it is answered from.
pub struct Asked<'a> {
    /// The ring.
    pub index: Arc<Index>,
    /// The target, decoded.
    pub target: &'a Target,
    /// The media types that the client takes.
    pub accept: Option<&'a str>,
    /// What the reporter counts.
    pub counters: &'a Counters,
    /// The moment.
    pub now: WallNs,
}

impl Asked<'_> {
    /// The answer, good or bad.
    pub fn answer(self, route: Route<'_>) -> Result<Answer, Answer> {
        match route {
            Route::Latest => self.latest().map_err(bad),
            Route::Dump(format) => self.dump(format).map_err(bad),
            Route::List => self.list().map_err(bad),
            Route::Health => self.health().map_err(bad),
            Route::Metrics => self.metrics().map_err(bad),
            Route::Series(_) => self.values(),
            Route::Index | Route::Ring => Err(nothing_at(&self.target.path)),
        }
    }

    fn latest(self) -> Result<Answer, String> {
        self.target.allow(&["match", "format"])?;
        let format = self.target.word("format", FORMATS)?.unwrap_or(Format::Json);
        let latest = Latest::new(self.index, &self.target.patterns(), format, self.now);
        Ok(Answer::ok(content_type(format), latest))
    }

    fn dump(self, format: Format) -> Result<Answer, String> {
        let target = self.target;
        target.allow(&["match", "since", "until", "step", "agg", "rate", "shape"])?;
        let step = target.parsed("step", parse::duration)?.map(Step::of);
        let request = Request {
            patterns: target.patterns(),
            since: target.parsed("since", Moment::parse)?,
            until: target.parsed("until", Moment::parse)?,
            step: step.transpose().map_err(|error| error.to_string())?,
            agg: target.word("agg", Agg::WORDS)?,
            rate: target.word("rate", YES_OR_NO)?.unwrap_or(false),
            shape: target.word("shape", Shape::WORDS)?.unwrap_or_default(),
            format,
        };
        match Dump::new(self.index, &request, self.now) {
            Ok(dump) => Ok(Answer::ok(content_type(format), dump)),
            Err(error) => Err(error.to_string()),
        }
    }

    fn list(self) -> Result<Answer, String> {
        self.target.allow(&["match"])?;
        let list = SeriesList::new(self.index, &self.target.patterns());
        Ok(Answer::ok(JSON, list))
    }

    fn health(self) -> Result<Answer, String> {
        self.target.allow(&[])?;
        let health = {
            let reader = self.index.reader();
            let ship = shipping::deliveries(reader.path(), self.now);
            Health::new(reader, &ship, self.now)
        };
        let status = if health.is_late() { 503 } else { 200 };
        Ok(Answer {
            status,
            ..Answer::ok(JSON, health)
        })
    }

    fn metrics(self) -> Result<Answer, String> {
        self.target.allow(&[])?;
        let exposition = exposition(self.accept.unwrap_or(""));
        let is_open_metrics = exposition == Exposition::OpenMetrics;
        let mut own = self.counters.exposition(is_open_metrics);
        let ship = shipping::deliveries(self.index.reader().path(), self.now);
        own.push_str(&shipping::exposition(&ship, self.now, is_open_metrics));
        let both = Both {
            first: Some(Text::from(own)),
            second: Metrics::new(self.index, exposition, self.now),
        };
        Ok(Answer::ok(exposition.content_type(), both))
    }

    fn values(self) -> Result<Answer, Answer> {
        let target = self.target;
        let name = target.path.trim_start_matches('/');
        if self.index.find(name).is_none() {
            return Err(nothing_at(&target.path));
        }
        let known = ["n", "since", "until", "format"];
        target.allow(&known).map_err(bad)?;
        let since = target.parsed("since", Moment::parse).map_err(bad)?;
        let until = target.parsed("until", Moment::parse).map_err(bad)?;
        let format = target.word("format", FORMATS).map_err(bad)?;
        let format = format.unwrap_or(Format::Json);
        let count = target.parsed("n", count).map_err(bad)?;
        // Who says from when on wants all since then.
        let most = if since.is_some() { usize::MAX } else { VALUES };
        let count = count.unwrap_or(most);
        match Values::new(self.index, name, count, (since, until), format, self.now) {
            Ok(values) => Ok(Answer::ok(content_type(format), values)),
            Err(QueryError::UnknownSeries { .. }) => Err(nothing_at(&target.path)),
            Err(error) => Err(bad(error.to_string())),
        }
    }
}

/// The answer where there is nothing.
pub fn nothing_at(path: &str) -> Answer {
    let message = format!(
        "{path:?} is neither a route nor a series; GET / lists the routes, GET /series the series"
    );
    Answer::error(404, &message)
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "it is what `map_err` is given"
)]
fn bad(message: String) -> Answer {
    Answer::error(400, &message)
}

/// A count; one that no number holds is more than there can be.
pub fn count(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(count) if count > 0 => Ok(count),
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => Ok(usize::MAX),
        _ => Err(format!("{text:?}; expected a whole number from 1 on")),
    }
}

const fn content_type(format: Format) -> &'static str {
    match format {
        Format::Csv => CSV,
        Format::Json => JSON,
        Format::Ndjson => NDJSON,
    }
}

/// OpenMetrics where the client prefers it to text, or takes it as gladly (RFC 9110, section 12.5.1); text
/// where neither is asked for by name.
fn exposition(accept: &str) -> Exposition {
    let open_metrics = weight(accept, &["application/openmetrics-text"]).unwrap_or(0.0);
    let text = weight(accept, &["text/plain", "text/*", "*/*"]).unwrap_or(0.0);
    if open_metrics > 0.0 && open_metrics >= text {
        Exposition::OpenMetrics
    } else {
        Exposition::Text
    }
}

/// The weight of the first of these kinds that is named; `None` where none is. A version of OpenMetrics that
/// is not ours was not asked of us: any from 2 on.
fn weight(accept: &str, kinds: &[&str]) -> Option<f32> {
    let of_kind = |wanted: &str| {
        let weights = accept.split(',').filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            if !parts.next()?.eq_ignore_ascii_case(wanted) {
                return None;
            }
            let mut weight = 1.0_f32;
            for (name, value) in parts.filter_map(|part| part.split_once('=')) {
                if name.eq_ignore_ascii_case("q") {
                    weight = value.parse().unwrap_or(0.0);
                } else if name.eq_ignore_ascii_case("version") && is_later(value) {
                    return None;
                }
            }
            Some(weight.clamp(0.0, 1.0))
        });
        weights.reduce(f32::max)
    };
    kinds.iter().find_map(|kind| of_kind(kind))
}

/// Whether a version is of a later generation than what is written here, 0.0.4 and 1.0.0.
fn is_later(version: &str) -> bool {
    !["0.", "1."]
        .iter()
        .any(|known| version.trim_matches('"').starts_with(known))
}

/// One body behind another.
struct Both<A, B> {
    first: Option<A>,
    second: B,
}

impl<A: Body, B: Body> Body for Both<A, B> {
    fn fill(&mut self, out: &mut Vec<u8>) -> bool {
        if let Some(first) = &mut self.first {
            if first.fill(out) {
                return true;
            }
            self.first = None;
            if out.len() == out.capacity() {
                return true;
            }
        }
        self.second.fill(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scraper_is_given_the_text_that_it_prefers() {
        let prometheus = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                          text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let older = "text/plain;version=0.0.4;q=0.8,application/openmetrics-text;q=0.4";
        let protobuf_first = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;\
                              encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,\
                              application/openmetrics-text;version=0.0.1;q=0.75,\
                              text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let of_2_42 = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
        let wildcard_first = "application/openmetrics-text;q=0.4, */*;q=0.5";
        let later = "application/openmetrics-text;version=2.0.0, text/plain;q=0.5";
        for (accept, expected) in [
            (protobuf_first, Exposition::OpenMetrics),
            (of_2_42, Exposition::OpenMetrics),
            (wildcard_first, Exposition::Text),
            (later, Exposition::Text),
            (
                "text/plain;Q=0.2, application/openmetrics-text;Q=0.1",
                Exposition::Text,
            ),
            ("application/openmetrics-text;q=0, */*", Exposition::Text),
            ("application/openmetrics-text, */*", Exposition::OpenMetrics),
            ("", Exposition::Text),
            ("*/*", Exposition::Text),
            ("text/html, text/plain", Exposition::Text),
            (prometheus, Exposition::OpenMetrics),
            (older, Exposition::Text),
            ("application/openmetrics-text; q=0", Exposition::Text),
            ("application/openmetrics-text", Exposition::OpenMetrics),
        ] {
            assert_eq!(exposition(accept), expected, "{accept}");
        }
    }

    #[test]
    fn two_bodies_are_one_whatever_the_buffer() {
        for capacity in 1..12 {
            let mut both = Both {
                first: Some(Text::from("first".to_owned())),
                second: Text::from("second".to_owned()),
            };
            let mut whole = Vec::new();
            loop {
                let mut out = Vec::with_capacity(capacity);
                let more = both.fill(&mut out);
                whole.extend_from_slice(&out);
                if !more {
                    break;
                }
            }
            assert_eq!(whole, b"firstsecond");
        }
    }

    #[test]
    fn a_count_is_a_whole_number_from_one_on() {
        assert_eq!(count("60"), Ok(60));
        assert_eq!(count("99999999999999999999999"), Ok(usize::MAX));
        for text in ["0", "-1", "1.5", "", "ten"] {
            assert!(count(text).is_err(), "{text}");
        }
    }
}
