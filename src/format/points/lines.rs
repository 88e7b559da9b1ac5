//! Lines for a file, as a long dump has them: CSV `time,series,value`, or NDJSON.

use super::heads::{Heads, Naming};
use super::{Columns, Encode};
use crate::format::escape::{push_csv, push_json};
use crate::format::number::{self, Custom};
use crate::format::time::Stamp;
use crate::query::{Format, Point};

/// Lines.
pub(super) struct Lines {
    heads: Heads,
    is_csv: bool,
    stamp: Stamp,
}

impl Lines {
    pub fn new(columns: &Columns, naming: &Naming, format: Format) -> Lines {
        let is_csv = format == Format::Csv;
        let mut heads = Heads::default();
        for &(pick, _) in &columns.picks {
            let name = columns.index.name_of(pick);
            let name = match &*naming.prefix {
                "" => name.to_owned(),
                prefix => format!("{prefix}.{name}"),
            };
            heads.push(|out| {
                if is_csv {
                    out.push(b',');
                    push_csv(&name, out);
                    out.push(b',');
                } else {
                    out.extend_from_slice(b"\",\"series\":");
                    push_json(name.as_bytes(), out);
                    out.extend_from_slice(b",\"value\":");
                }
            });
        }
        Lines {
            heads: heads.shrunk(),
            is_csv,
            stamp: Stamp::new(),
        }
    }
}

impl Encode for Lines {
    fn encode(&mut self, points: &mut [Point], out: &mut Vec<u8>) -> usize {
        for point in points.iter() {
            if !self.is_csv {
                out.extend_from_slice(b"{\"time\":\"");
            }
            out.extend_from_slice(self.stamp.text(point.time));
            out.extend_from_slice(self.heads.get(point.column as usize));
            if self.is_csv {
                number::push(point.cell, Custom::Csv, out);
            } else {
                number::push(point.cell, Custom::Json, out);
                out.push(b'}');
            }
            out.push(b'\n');
        }
        points.len()
    }
}
