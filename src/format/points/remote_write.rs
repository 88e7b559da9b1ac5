//! Prometheus' remote write 1.0: the message `WriteRequest` of prompb/remote.proto and types.proto, written
//! by hand. Labels are sorted by name, none is empty; the samples of a series stand together, in order.
//! Series that `/metrics` leaves out are left out here.

use super::heads::{Heads, Naming};
use super::labels::{self, Label};
use super::{Columns, Encode};
use crate::query::Point;

/// Field 1 of `WriteRequest`, `TimeSeries`: a message.
const SERIES: u8 = 1 << 3 | 2;
/// Field 1 of `TimeSeries`, `Label`: a message; of `Label`, its name, and 2, its value: texts.
const LABEL: u8 = 1 << 3 | 2;
const NAME: u8 = 1 << 3 | 2;
const VALUE: u8 = 2 << 3 | 2;
/// Field 2 of `TimeSeries`, `Sample`: a message.
const SAMPLE: u8 = 2 << 3 | 2;
/// Fields of `Sample`: a double, then milliseconds since 1970.
const SAMPLE_VALUE: u8 = 1 << 3 | 1;
const SAMPLE_TIME: u8 = 2 << 3;

/// The value that ends a series, a NaN of its own.
const STALE: u64 = 0x7ff0_0000_0000_0002;

const NS_A_MS: i64 = 1_000_000;

/// Requests.
pub(super) struct RemoteWrite {
    /// The labels, as they stand in the message; empty for a series that is left out.
    heads: Heads,
}

impl RemoteWrite {
    pub fn new(columns: &Columns, naming: &Naming) -> RemoteWrite {
        let exposed = columns.index.exposed();
        let mut lines = vec![None; columns.index.len() as usize];
        for &line in exposed.lines() {
            lines[line.series as usize] = Some(line);
        }
        let mut heads = Heads::default();
        for &(pick, _) in &columns.picks {
            heads.push(|out| {
                if let Some(line) = lines[pick.series as usize] {
                    push_labels(&labelled(exposed.line(line), naming), out);
                }
            });
        }
        RemoteWrite {
            heads: heads.shrunk(),
        }
    }
}

impl Encode for RemoteWrite {
    fn encode(&mut self, points: &mut [Point], out: &mut Vec<u8>) -> usize {
        points.sort_by_key(|point| point.column);
        let mut said = 0;
        for series in points.chunk_by(|a, b| a.column == b.column) {
            let head = self.heads.get(series[0].column as usize);
            if head.is_empty() {
                continue;
            }
            let times = series.iter().map(|point| point.time.0.div_euclid(NS_A_MS));
            let sizes = times.clone().map(|ms| sample_size(ms) + 2);
            out.push(SERIES);
            push_varint((head.len() + sizes.sum::<usize>()) as u64, out);
            out.extend_from_slice(head);
            for (point, ms) in series.iter().zip(times) {
                out.extend([SAMPLE, u8::try_from(sample_size(ms)).unwrap_or(0)]);
                out.push(SAMPLE_VALUE);
                let value = point.cell.as_f64().map_or(STALE, f64::to_bits);
                out.extend_from_slice(&value.to_le_bytes());
                out.push(SAMPLE_TIME);
                push_varint(ms.cast_unsigned(), out);
            }
            said += series.len();
        }
        said
    }
}

/// The series' own labels and the destination's: these give way to those of the same name.
fn labelled(line: &str, naming: &Naming) -> Vec<Label> {
    let mut all = labels::read(line);
    if !naming.prefix.is_empty() {
        let name = format!("{}_{}", naming.prefix, all[0].1);
        all[0].1 = labels::sane(&name);
    }
    let given = naming
        .tags
        .iter()
        .map(|(name, value)| (labels::sane(name), value.clone()));
    let own = [("instance", &*naming.host), ("job", "goodall")];
    let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    for (name, value) in given.chain(own) {
        if !all.iter().any(|(known, _)| *known == name) {
            all.push((name, value));
        }
    }
    all.retain(|(_, value)| !value.is_empty());
    all.sort();
    all
}

fn push_labels(labels: &[Label], out: &mut Vec<u8>) {
    for (name, value) in labels {
        let size = field_size(name.len()) + field_size(value.len());
        out.push(LABEL);
        push_varint(size as u64, out);
        for (tag, text) in [(NAME, name), (VALUE, value)] {
            out.push(tag);
            push_varint(text.len() as u64, out);
            out.extend_from_slice(text.as_bytes());
        }
    }
}

/// A text of `len` bytes with its tag and its length.
fn field_size(len: usize) -> usize {
    1 + varint_size(len as u64) + len
}

fn sample_size(ms: i64) -> usize {
    1 + 8 + 1 + varint_size(ms.cast_unsigned())
}

fn varint_size(value: u64) -> usize {
    let bits = (64 - value.leading_zeros()).max(1) as usize;
    bits.div_ceil(7)
}

#[allow(clippy::cast_possible_truncation, reason = "the lowest seven bits")]
fn push_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
