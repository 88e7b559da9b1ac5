//! The list of series: `[{"name":,"collector":,"instance":,"field":,"unit":,"kind":,"interval_ms":,
//! "labels":{},"aliases":[],"help":},...]`.

use std::sync::Arc;

use super::Body;
use super::escape::{json_size_max, push_json};
use super::number::{self, Custom, NUMBER_SIZE_MAX};
use super::pieces::{Fed, Pieces};
use crate::metric::field::labels_of;
use crate::query::{Cell, Index, Pick};

const NS_A_MS: u64 = 1_000_000;
/// The keys, the marks around them, and the nine aliases, should one series have all.
const AROUND_SIZE_MAX: usize = 512;

/// The series, or those that patterns match.
pub struct SeriesList(Fed<List>);

impl SeriesList {
    /// The list of what `patterns` match; no pattern is all.
    pub fn new<T: AsRef<str>>(index: Arc<Index>, patterns: &[T]) -> SeriesList {
        let mut picks = index.select(patterns);
        // by an alias, too, it is the series that is listed
        picks.dedup_by_key(|pick| pick.series);
        let piece_max = picks.iter().map(|pick| size_max(&index, pick.series));
        SeriesList(Fed::new(List {
            piece_max: piece_max.max().unwrap_or(0).max(AROUND_SIZE_MAX),
            index,
            picks,
            next: None,
        }))
    }
}

impl Body for SeriesList {
    fn fill(&mut self, out: &mut Vec<u8>) -> bool {
        self.0.fill(out)
    }
}

struct List {
    index: Arc<Index>,
    picks: Vec<Pick>,
    /// `None` before the head.
    next: Option<usize>,
    piece_max: usize,
}

/// The labels of a series, in order.
fn labels(index: &Index, series: u32) -> impl Iterator<Item = (&str, &str)> {
    let track = &index.track(series).labels;
    let info = index.described(series).info;
    let known = info.into_iter().flat_map(|info| labels_of(track, info));
    let bare = track
        .iter()
        .filter(move |_| info.is_none())
        .map(|label| (label.name.as_str(), label.value.as_str()));
    known.chain(bare)
}

fn size_max(index: &Index, series: u32) -> usize {
    let track = index.track(series);
    let described = index.described(series);
    let texts = [
        index.name(series).len(),
        track.collector.len(),
        track.instance.len(),
        described.spec.name.len(),
        described.help().len(),
    ];
    let labels = labels(index, series)
        .map(|(name, value)| json_size_max(name.len()) + json_size_max(value.len()) + 2);
    texts.map(json_size_max).into_iter().sum::<usize>()
        + labels.sum::<usize>()
        + NUMBER_SIZE_MAX
        + AROUND_SIZE_MAX
}

fn push_key(key: &str, value: &[u8], out: &mut Vec<u8>) {
    push_json(key.as_bytes(), out);
    out.push(b':');
    push_json(value, out);
    out.push(b',');
}

impl List {
    fn append_series(&self, series: u32, out: &mut Vec<u8>) {
        let index = &*self.index;
        let track = index.track(series);
        let described = index.described(series);
        let spec = described.spec;
        let interval_ns = index.reader().clocks()[usize::from(track.clock.0)].ns();
        out.push(b'{');
        push_key("name", index.name(series).as_bytes(), out);
        push_key("collector", track.collector.as_bytes(), out);
        push_key("instance", &track.instance, out);
        push_key("field", spec.name.as_bytes(), out);
        push_key("unit", spec.unit.name().as_bytes(), out);
        push_key("kind", spec.kind.name().as_bytes(), out);
        out.extend_from_slice(b"\"interval_ms\":");
        let interval = if interval_ns.is_multiple_of(NS_A_MS) {
            Cell::Unsigned(interval_ns / NS_A_MS)
        } else {
            Cell::Real(interval_ns as f64 / NS_A_MS as f64)
        };
        number::push(interval, Custom::Json, out);
        out.extend_from_slice(b",\"labels\":{");
        for (at, (name, value)) in labels(index, series).enumerate() {
            if at > 0 {
                out.push(b',');
            }
            push_json(name.as_bytes(), out);
            out.push(b':');
            push_json(value.as_bytes(), out);
        }
        out.extend_from_slice(b"},\"aliases\":[");
        for (at, alias) in index.aliases_of(series).enumerate() {
            if at > 0 {
                out.push(b',');
            }
            push_json(alias.as_bytes(), out);
        }
        out.extend_from_slice(b"],\"help\":");
        push_json(described.help().as_bytes(), out);
        out.push(b'}');
    }
}

impl Pieces for List {
    fn piece_max(&self) -> usize {
        self.piece_max
    }

    fn append(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(next) = self.next else {
            out.push(b'[');
            self.next = Some(0);
            return true;
        };
        let Some(pick) = self.picks.get(next) else {
            out.extend_from_slice(if next == 0 { b"]\n" } else { b"\n]\n" });
            return false;
        };
        out.extend_from_slice(if next == 0 { b"\n" } else { b",\n" });
        self.append_series(pick.series, out);
        self.next = Some(next + 1);
        true
    }
}
