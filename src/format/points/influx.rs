//! Influx's line protocol: a line for each row of a track, `collector,host=,instance=,tags field=value,...
//! ns`. Values are floats, always: a field that was a whole number once could never be anything else.

use super::heads::{Heads, Naming, Parts};
use super::{Columns, Encode};
use crate::format::number::{self, Custom};
use crate::query::{Cell, Point};

/// Lines.
pub(super) struct Influx {
    /// Measurement and tags, a track each.
    lines: Heads,
    /// `field=`, a column each.
    fields: Heads,
    /// Which track's line a column stands in.
    line_of: Vec<u32>,
}

impl Influx {
    pub fn new(columns: &Columns, naming: &Naming) -> Influx {
        let (mut lines, mut fields) = (Heads::default(), Heads::default());
        let mut line_of = Vec::with_capacity(columns.picks.len());
        let mut track = None;
        for &(pick, _) in &columns.picks {
            let parts = Parts::of(&columns.index, pick);
            let of = columns.index.written(pick.series).track;
            if track != Some(of) {
                track = Some(of);
                lines.push(|out| push_line_head(&parts, naming, out));
            }
            fields.push(|out| {
                push_escaped(parts.field, b",= ", out);
                out.push(b'=');
            });
            line_of.push(u32::try_from(lines.len() - 1).expect("tracks are few"));
        }
        Influx {
            lines: lines.shrunk(),
            fields: fields.shrunk(),
            line_of,
        }
    }
}

impl Encode for Influx {
    fn encode(&mut self, points: &mut [Point], out: &mut Vec<u8>) -> usize {
        let mut said = 0;
        let mut open: Option<(u32, i64)> = None;
        for point in points.iter() {
            if !point.cell.as_f64().is_some_and(f64::is_finite) {
                continue;
            }
            let line = self.line_of[point.column as usize];
            if open == Some((line, point.time.0)) {
                out.push(b',');
            } else {
                push_time(open, out);
                open = Some((line, point.time.0));
                out.extend_from_slice(self.lines.get(line as usize));
            }
            out.extend_from_slice(self.fields.get(point.column as usize));
            number::push(point.cell, Custom::Csv, out);
            said += 1;
        }
        push_time(open, out);
        said
    }
}

fn push_time(open: Option<(u32, i64)>, out: &mut Vec<u8>) {
    if let Some((_, time)) = open {
        out.push(b' ');
        number::push(Cell::Signed(time), Custom::Csv, out);
        out.push(b'\n');
    }
}

/// Tags stand sorted by name, which the store finds quicker; an empty one is none.
fn push_line_head(parts: &Parts<'_>, naming: &Naming, out: &mut Vec<u8>) {
    let measurement = match &*naming.prefix {
        "" => parts.collector.to_owned(),
        prefix => format!("{prefix}.{}", parts.collector),
    };
    push_escaped(&measurement, b", ", out);
    let given = naming.tags.iter().map(|(name, value)| (&**name, &**value));
    let labels = parts.labels.iter().map(|at| (&*at.name, &*at.value));
    let own = [("host", &*naming.host), ("instance", &*parts.exact)];
    let mut tags: Vec<(&str, &str)> = own.into_iter().chain(given).chain(labels).collect();
    tags.retain(|(_, value)| !value.is_empty());
    // the first of a name holds: a stable sort
    tags.sort_by_key(|(name, _)| *name);
    tags.dedup_by_key(|(name, _)| *name);
    for (name, value) in tags {
        out.push(b',');
        push_escaped(name, b",= ", out);
        out.push(b'=');
        push_escaped(value, b",= ", out);
    }
    out.push(b' ');
}

/// A newline cannot be escaped, and a backslash at the end would escape what follows: neither is let pass.
fn push_escaped(text: &str, special: &[u8], out: &mut Vec<u8>) {
    for byte in text.bytes() {
        if byte.is_ascii_control() || byte == b'\\' {
            out.push(b'_');
            continue;
        }
        if special.contains(&byte) {
            out.push(b'\\');
        }
        out.push(byte);
    }
}
