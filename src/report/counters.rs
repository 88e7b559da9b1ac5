//! What the reporter counts of its own work, shown in `/metrics` as `goodall_http_*`, and counted for the
//! gatherer, which records it.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::metric::tally::{Http, Sheet};

/// The codes that answers have; what is not among them counts as the last.
const CODES: [u16; 13] = [
    200, 206, 400, 401, 403, 404, 405, 412, 413, 414, 416, 503, 500,
];

/// Counts since the start of this process.
#[derive(Debug, Default)]
pub struct Counters {
    requests: [AtomicU64; CODES.len()],
    bytes: AtomicU64,
    streams: AtomicU64,
    cut: AtomicU64,
    /// The same for the gatherer; it goes on over a restart of this process.
    sheet: Sheet,
}

impl Counters {
    /// Nothing counted.
    pub fn new(sheet: Sheet) -> Counters {
        // who was being sent to by the process before is not any more
        sheet.set(Http::Streams, 0);
        Counters {
            sheet,
            ..Counters::default()
        }
    }

    /// An answer with that code.
    pub fn answered(&self, code: u16) {
        let known = CODES.iter().position(|&known| known == code);
        self.requests[known.unwrap_or(CODES.len() - 1)].fetch_add(1, Relaxed);
        self.sheet.count(Http::Answers, 1);
        match code {
            400..=499 => self.sheet.count(Http::ClientErrors, 1),
            500..=599 => self.sheet.count(Http::ServerErrors, 1),
            _ => {}
        }
    }

    /// Bytes given to a connection.
    pub fn sent(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
        self.sheet.count(Http::SentBytes, bytes);
    }

    /// A connection cut, since its client was too slow or sent what it must not.
    pub fn cut(&self) {
        self.cut.fetch_add(1, Relaxed);
        self.sheet.count(Http::CutConnections, 1);
    }

    /// A long answer begins.
    pub fn stream_begins(&self) {
        self.streams.fetch_add(1, Relaxed);
        self.sheet.count(Http::Streams, 1);
    }

    /// A long answer is over.
    pub fn stream_ends(&self) {
        self.streams.fetch_sub(1, Relaxed);
        self.sheet.count(Http::Streams, 1_u64.wrapping_neg());
    }

    /// The families in Prometheus' text 0.0.4, or in OpenMetrics 1.0 (which names a counter's family
    /// without `_total`); without the end of the exposition.
    pub fn exposition(&self, is_open_metrics: bool) -> String {
        let mut out = String::with_capacity(1280);
        let family = |name: &str, kind: &str, help: &str, out: &mut String| {
            let suffix = if kind == "counter" && !is_open_metrics {
                "_total"
            } else {
                ""
            };
            let name = format!("goodall_http_{name}{suffix}");
            let _ = write!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        };
        family(
            "requests",
            "counter",
            "Requests answered, by status code.",
            &mut out,
        );
        for (code, count) in CODES.iter().zip(&self.requests) {
            let count = count.load(Relaxed);
            let _ = writeln!(
                out,
                "goodall_http_requests_total{{code=\"{code}\"}} {count}"
            );
        }
        for (name, count, help) in [
            ("sent_bytes", &self.bytes, "Bytes of answers sent."),
            (
                "cut_connections",
                &self.cut,
                "Connections cut, since their clients were too slow.",
            ),
        ] {
            family(name, "counter", help, &mut out);
            let _ = writeln!(out, "goodall_http_{name}_total {}", count.load(Relaxed));
        }
        family("streams", "gauge", "Long answers being sent.", &mut out);
        let _ = writeln!(out, "goodall_http_streams {}", self.streams.load(Relaxed));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_is_not_listed_counts_as_a_fault() {
        let counters = Counters::new(Sheet::default());
        counters.answered(404);
        counters.answered(299);
        let text = counters.exposition(false);
        assert!(
            text.contains("goodall_http_requests_total{code=\"404\"} 1\n"),
            "{text}"
        );
        assert!(
            text.contains("goodall_http_requests_total{code=\"500\"} 1\n"),
            "{text}"
        );
    }

    #[test]
    fn a_counters_family_has_its_suffix_in_the_older_text_alone() {
        let counters = Counters::new(Sheet::default());
        let older = counters.exposition(false);
        assert!(older.contains("# TYPE goodall_http_sent_bytes_total counter\n"));
        let newer = counters.exposition(true);
        assert!(newer.contains("# TYPE goodall_http_sent_bytes counter\n"));
        assert!(newer.contains("\ngoodall_http_sent_bytes_total 0\n"));
    }
}
