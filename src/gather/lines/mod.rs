//! The formats in which plugins say their values: a line in, points out. A parser takes all its memory when
//! it is made, is total (any bytes give points or a reason, never a panic) and linear in the line's length.
//! A line is taken whole or not at all. The grammars, how names are made and what is rejected:
//! docs/plugins.md, whose tables tests/it/line_formats.rs runs.

use crate::metric::{Kind, Value};
use crate::quantity::WallNs;

mod answer;
mod collectd;
mod cursor;
mod graphite;
mod influx;
#[cfg(test)]
mod kit;
mod name;
mod number;
mod reject;
mod scratch;
mod tags;
mod types;

pub use answer::{Answer, Reply};
pub use reject::{Reject, Why};

use cursor::{Cursor, trimmed};
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
    /// collectd's `PUTVAL`.
    Collectd,
}

impl Format {
    /// Every format, in the order of the docs.
    pub const ALL: [Format; 3] = [Format::Graphite, Format::Influx, Format::Collectd];

    /// What the configuration calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Graphite => "graphite",
            Format::Influx => "influx",
            Format::Collectd => "collectd",
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
    format: Format,
    scratch: Scratch,
}

impl Parser {
    /// Takes all the memory that it will ever have.
    pub fn new(format: Format) -> Parser {
        Parser {
            format,
            scratch: Scratch::new(),
        }
    }

    /// The format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Reads one line, with or without its newline, and shows its points; one that is blank or a comment has
    /// none. Of a line that is rejected no point has been shown.
    pub fn line(&mut self, line: &[u8], sink: &mut Sink<'_>) -> Result<Reply, Reject> {
        if trimmed(line).len() > LINE_SIZE_MAX {
            return Err(Why::LineLong.at(LINE_SIZE_MAX));
        }
        let scratch = &mut self.scratch;
        match self.format {
            Format::Graphite => graphite::line(line, scratch, sink)?,
            Format::Influx => influx::line(line, scratch, sink)?,
            Format::Collectd => return collectd::line(line, scratch, sink),
        }
        Ok(Reply::Nothing)
    }

    /// The end of an interval, or of a run: shows what was only waiting for it. What was still incomplete is
    /// rejected, as a line would be.
    pub fn flush(&mut self, _sink: &mut Sink<'_>) -> Result<(), Reject> {
        match self.format {
            Format::Graphite | Format::Influx | Format::Collectd => Ok(()),
        }
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
