//! statsd's gauges: `name:value|g`. A sign in front of a gauge's value means a change by that much, so that
//! a negative one is set to 0 first.

use super::heads::{Heads, Naming, push_path};
use super::{Columns, Encode};
use crate::format::number::{self, Custom};
use crate::query::Point;

/// Gauges.
pub(super) struct Statsd {
    heads: Heads,
}

impl Statsd {
    pub fn new(columns: &Columns, naming: &Naming) -> Statsd {
        let mut heads = Heads::default();
        for &(pick, _) in &columns.picks {
            heads.push(|out| {
                push_path(columns.index.name_of(pick), naming, out);
                out.push(b':');
            });
        }
        Statsd {
            heads: heads.shrunk(),
        }
    }
}

impl Encode for Statsd {
    fn encode(&mut self, points: &mut [Point], out: &mut Vec<u8>) -> usize {
        let mut said = 0;
        for point in points.iter() {
            let Some(value) = point.cell.as_f64().filter(|value| value.is_finite()) else {
                continue;
            };
            let head = self.heads.get(point.column as usize);
            if value < 0.0 {
                out.extend_from_slice(head);
                out.extend_from_slice(b"0|g\n");
            }
            out.extend_from_slice(head);
            number::push(point.cell, Custom::Csv, out);
            out.extend_from_slice(b"|g\n");
            said += 1;
        }
        said
    }
}
