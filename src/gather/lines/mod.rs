//! The formats in which plugins say their values: a line in, points out. A parser takes all its memory when
//! it is made, is total (any bytes give points or a reason, never a panic) and linear in the line's length.
//! A line is taken whole or not at all. The grammars, how names are made and what is rejected:
//! docs/plugins.md, whose tables tests/it/line_formats.rs runs.

use crate::metric::{Kind, Value};
use crate::quantity::WallNs;

mod answer;
mod collectd;
mod cursor;
mod document;
mod families;
mod gathered;
mod graphite;
mod hash;
mod influx;
mod json;
#[cfg(test)]
mod kit;
mod lexer;
mod metrics20;
mod nagios;
mod name;
mod number;
mod opentsdb;
mod prometheus;
mod reject;
mod scratch;
mod statsd;
mod tags;
mod types;
mod unit;

pub use answer::{Answer, Reply};
pub use reject::{Reject, Why};

use cursor::{Cursor, trimmed};
use document::Document;
use families::Families;
use gathered::Gathered;
use nagios::Output;
use name::Name;
use scratch::Scratch;
use tags::Tags;

/// The longest line that need be shown to a parser; who cuts the stream into lines counts a longer one.
pub const LINE_SIZE_MAX: usize = 4096;
/// The longest name of a point.
pub const NAME_SIZE_MAX: usize = 200;
/// The most labels of a point.
pub const LABELS_MAX: usize = 24;

/// A line format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Graphite's plaintext: `name value [time]`, tagged too.
    Graphite,
    /// Influx's line protocol.
    Influx,
    /// Metrics 2.0: `what=...unit=...mtype=... value [time]`.
    Metrics20,
    /// collectd's `PUTVAL`.
    Collectd,
    /// Prometheus' text, or OpenMetrics'.
    Prometheus,
    /// statsd's `name:value|type`.
    Statsd,
    /// The output of Nagios' plugins.
    Nagios,
    /// OpenTSDB's `metric time value key=value`.
    Opentsdb,
    /// Documents of JSON.
    Json,
}

impl Format {
    /// Every format, in the order of the docs.
    pub const ALL: [Format; 9] = [
        Format::Graphite,
        Format::Influx,
        Format::Metrics20,
        Format::Collectd,
        Format::Prometheus,
        Format::Statsd,
        Format::Nagios,
        Format::Opentsdb,
        Format::Json,
    ];

    /// What the configuration calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Graphite => "graphite",
            Format::Influx => "influx",
            Format::Metrics20 => "metrics20",
            Format::Collectd => "collectd",
            Format::Prometheus => "prometheus",
            Format::Statsd => "statsd",
            Format::Nagios => "nagios",
            Format::Opentsdb => "opentsdb",
            Format::Json => "json",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// One value that a line told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point<'a> {
    /// The series below `plugin.<plugin>.`: parts of `[A-Za-z0-9_-]` with dots between, none empty, at most
    /// [`NAME_SIZE_MAX`] bytes. The tags are folded in, so that no two tag sets of one metric share it.
    pub name: &'a str,
    /// The tags as they were given, sorted by key, no key twice; at most [`LABELS_MAX`].
    pub labels: &'a [(&'a str, &'a str)],
    /// Whole numbers as such, though a text format writes `5` for 5.0 too; finite; missing for what the
    /// format itself calls undefined.
    pub value: Value,
    /// When it was measured, from 1970 to 2262; none means now.
    pub time: Option<WallNs>,
    /// How it moves, where the line says so.
    pub kind: Option<Kind>,
    /// Its unit, where the line says so: [`crate::metric::Unit::name`] where that has the unit, with the
    /// value in it; else as the line has it.
    pub unit: Option<&'a str>,
}

/// What a parser shows its points to.
pub type Sink<'s> = dyn FnMut(&Point<'_>) + 's;

/// A parser of one format, with what it must remember from line to line.
pub struct Parser {
    memory: Memory,
    scratch: Scratch,
}

/// What each format remembers.
enum Memory {
    Graphite,
    Influx,
    Metrics20,
    Collectd,
    Prometheus(Families),
    Statsd(Gathered),
    Nagios(Output),
    Opentsdb,
    Json(Document),
}

impl Parser {
    /// Takes all the memory that it will ever have.
    pub fn new(format: Format) -> Parser {
        let memory = match format {
            Format::Graphite => Memory::Graphite,
            Format::Influx => Memory::Influx,
            Format::Metrics20 => Memory::Metrics20,
            Format::Collectd => Memory::Collectd,
            Format::Prometheus => Memory::Prometheus(Families::new()),
            Format::Statsd => Memory::Statsd(Gathered::new()),
            Format::Nagios => Memory::Nagios(Output::First),
            Format::Opentsdb => Memory::Opentsdb,
            Format::Json => Memory::Json(Document::new()),
        };
        let read_max = match memory {
            Memory::Json(_) => document::DOCUMENT_SIZE_MAX,
            _ => LINE_SIZE_MAX,
        };
        Parser {
            memory,
            scratch: Scratch::new(read_max),
        }
    }

    /// The format.
    pub fn format(&self) -> Format {
        match self.memory {
            Memory::Graphite => Format::Graphite,
            Memory::Influx => Format::Influx,
            Memory::Metrics20 => Format::Metrics20,
            Memory::Collectd => Format::Collectd,
            Memory::Prometheus(_) => Format::Prometheus,
            Memory::Statsd(_) => Format::Statsd,
            Memory::Nagios(_) => Format::Nagios,
            Memory::Opentsdb => Format::Opentsdb,
            Memory::Json(_) => Format::Json,
        }
    }

    /// Reads one line, with or without its newline, and shows its points; one that is blank or a comment has
    /// none. Of a line that is rejected no point has been shown.
    pub fn line(&mut self, line: &[u8], sink: &mut Sink<'_>) -> Result<Reply, Reject> {
        if trimmed(line).len() > LINE_SIZE_MAX {
            return Err(Why::LineLong.at(LINE_SIZE_MAX));
        }
        let scratch = &mut self.scratch;
        match &mut self.memory {
            Memory::Graphite => graphite::line(line, scratch, sink)?,
            Memory::Influx => influx::line(line, scratch, sink)?,
            Memory::Metrics20 => metrics20::line(line, scratch, sink)?,
            Memory::Collectd => return collectd::line(line, scratch, sink),
            Memory::Prometheus(families) => prometheus::line(line, families, scratch, sink)?,
            Memory::Statsd(gathered) => statsd::line(line, gathered, scratch)?,
            Memory::Nagios(output) => nagios::line(line, output, scratch, sink)?,
            Memory::Opentsdb => opentsdb::line(line, scratch, sink)?,
            Memory::Json(document) => json::line(line, document, scratch, sink)?,
        }
        Ok(Reply::Nothing)
    }

    /// The end of an interval: shows what was gathered in it, which only statsd's lines are.
    pub fn flush(&mut self, sink: &mut Sink<'_>) {
        if let Memory::Statsd(gathered) = &mut self.memory {
            gathered.flush(&mut self.scratch.name, sink);
        }
    }

    /// The end of a run or of a conversation: what follows is another's first line. What was left incomplete
    /// is rejected, as a line is.
    pub fn end(&mut self) -> Result<(), Reject> {
        match &mut self.memory {
            Memory::Nagios(output) => *output = Output::First,
            Memory::Json(document) => {
                let is_left = document.clear();
                return if is_left {
                    Err(Why::Incomplete.at(0))
                } else {
                    Ok(())
                };
            }
            _ => {}
        }
        Ok(())
    }
}

/// The format of a line that nobody announced: collectd's by its commands, Graphite's by a tag in the first
/// word, or by fields of which the second and any third are numbers; else Influx's.
pub fn recognise(line: &[u8]) -> Format {
    let mut cursor = Cursor::new(line);
    let (first, _) = cursor.field();
    if collectd::is_command(first) {
        return Format::Collectd;
    }
    let is_number = |text: &[u8]| text == b"N" || number::real(text, 0).is_ok();
    let (second, _) = cursor.field();
    let (third, _) = cursor.field();
    let (fourth, _) = cursor.field();
    let is_plain = is_number(second) && (third.is_empty() || is_number(third)) && fourth.is_empty();
    if first.contains(&b';') || is_plain {
        Format::Graphite
    } else {
        Format::Influx
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, recognise};

    #[test]
    fn the_first_words_tell_the_format() {
        for (line, format) in [
            ("PUTVAL h/p/gauge N:1", Format::Collectd),
            ("putnotif severity=okay message=x", Format::Collectd),
            ("LISTVAL", Format::Collectd),
            ("load.1m 0.42 1795323856", Format::Graphite),
            ("load.1m 0.42 -1\n", Format::Graphite),
            ("load.1m 0.42 N", Format::Graphite),
            ("load.1m 0.42", Format::Graphite),
            ("disk;path=/ 5 1795323856", Format::Graphite),
            ("disk;path=/ five", Format::Graphite),
            ("cpu,cpu=cpu0 usage=1 1795323856000000000", Format::Influx),
            ("cpu usage=1", Format::Influx),
            ("cpu usage=\"a b\",x=1", Format::Influx),
            ("", Format::Influx),
        ] {
            assert_eq!(recognise(line.as_bytes()), format, "{line}");
        }
    }
}
