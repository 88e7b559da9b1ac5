//! Carbon's plaintext in three ways of naming: dotted paths, Graphite's tags (1.1), and Metrics 2.0 in the
//! form carbon20. Times are whole seconds, as whisper keeps them.

use super::heads::{Heads, Naming, Parts, is_of_node, push_path, push_plain};
use super::{Columns, Encode};
use crate::format::number::{self, Custom};
use crate::metric::{Kind, Unit};
use crate::query::{Cell, Point};

const NS_A_SECOND: i64 = 1_000_000_000;

/// Lines for carbon.
pub(super) struct Graphite {
    heads: Heads,
}

impl Graphite {
    pub fn dotted(columns: &Columns, naming: &Naming) -> Graphite {
        let name = |column: usize| columns.index.name_of(columns.picks[column].0);
        Graphite::named(columns, |column, out| push_path(name(column), naming, out))
    }

    /// `prefix.collector.field;instance=...;host=...;tag=...`.
    pub fn tagged(columns: &Columns, naming: &Naming) -> Graphite {
        let bare = Naming {
            prefix: naming.prefix.clone(),
            ..Naming::default()
        };
        Graphite::named(columns, |column, out| {
            let parts = Parts::of(&columns.index, columns.picks[column].0);
            let name = format!("{}.{}", parts.collector, parts.field);
            push_path(&name, &bare, out);
            let mut names = vec!["name".to_owned()];
            let own = [("host", naming.host.as_str()), ("instance", &parts.exact)];
            let given = naming.tags.iter().map(|(name, value)| (&**name, &**value));
            let labels = parts
                .labels
                .iter()
                .map(|label| (&*label.name, &*label.value));
            for (name, value) in own.into_iter().chain(given).chain(labels) {
                if !value.is_empty() && !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                    push_tag(name, value, out);
                }
            }
        })
    }

    /// `host=.collector=.instance=.what=.unit=.mtype=`.
    pub fn metrics20(columns: &Columns, naming: &Naming) -> Graphite {
        Graphite::named(columns, |column, out| {
            let (pick, is_rate) = columns.picks[column];
            let parts = Parts::of(&columns.index, pick);
            let pair = |name: &str, value: &str, out: &mut Vec<u8>| {
                if !value.is_empty() {
                    push_plain(name, is_of_node, out);
                    out.push(b'=');
                    push_plain(value, is_of_value, out);
                    out.push(b'.');
                }
            };
            pair("prefix", &naming.prefix, out);
            pair("host", &naming.host, out);
            for (name, value) in &naming.tags {
                pair(name, value, out);
            }
            pair("collector", parts.collector, out);
            pair("instance", &parts.exact, out);
            pair("what", parts.field, out);
            let per_second = if is_rate { "/s" } else { "" };
            let unit = format!("{}{per_second}", symbol(parts.unit));
            pair("unit", &unit, out);
            let mtype = match (is_rate, parts.kind) {
                (true, _) => "rate",
                (false, Kind::Counter) => "counter",
                (false, Kind::Gauge) => "gauge",
            };
            pair("mtype", mtype, out);
            out.pop();
        })
    }

    fn named(columns: &Columns, name: impl Fn(usize, &mut Vec<u8>)) -> Graphite {
        let mut heads = Heads::default();
        for column in 0..columns.picks.len() {
            heads.push(|out| {
                name(column, out);
                out.push(b' ');
            });
        }
        Graphite {
            heads: heads.shrunk(),
        }
    }
}

impl Encode for Graphite {
    fn encode(&mut self, points: &mut [Point], out: &mut Vec<u8>) -> usize {
        let mut said = 0;
        for point in points.iter() {
            if !point.cell.as_f64().is_some_and(f64::is_finite) {
                continue;
            }
            out.extend_from_slice(self.heads.get(point.column as usize));
            number::push(point.cell, Custom::Csv, out);
            out.push(b' ');
            let second = point.time.0.div_euclid(NS_A_SECOND);
            number::push(Cell::Signed(second), Custom::Csv, out);
            out.push(b'\n');
            said += 1;
        }
        said
    }
}

fn is_of_value(byte: u8) -> bool {
    is_of_node(byte) || byte == b'/'
}

/// A tag's value has no `;` and no space, and does not start with `~`; its name besides none of `!^=`.
fn push_tag(name: &str, value: &str, out: &mut Vec<u8>) {
    let is_of_name = |byte: u8| byte.is_ascii_graphic() && !b";!^=".contains(&byte);
    let is_of_value = |byte: u8| byte.is_ascii_graphic() && byte != b';';
    out.push(b';');
    push_plain(name, is_of_name, out);
    out.push(b'=');
    let start = out.len();
    push_plain(value, is_of_value, out);
    if out[start] == b'~' {
        out[start] = b'_';
    }
}

/// The unit as Metrics 2.0 has it, which follows SI and IEC; a bare count is of no unit: `1`.
fn symbol(unit: Unit) -> &'static str {
    match unit {
        Unit::None | Unit::Ratio => "1",
        Unit::Seconds => "s",
        Unit::Bytes => "B",
        Unit::BytesPerSecond => "B/s",
        Unit::Celsius => "degC",
        Unit::Volts => "V",
        Unit::Amperes => "A",
        Unit::Watts => "W",
        Unit::Joules => "J",
        Unit::Rpm => "rpm",
        Unit::Hertz => "Hz",
        Unit::Percent => "percent",
        Unit::Other(name) => name,
    }
}
