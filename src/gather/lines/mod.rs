//! The formats in which plugins say their values: a line in, points out. A parser takes all its memory when
//! it is made, is total (any bytes give points or a reason, never a panic) and linear in the line's length.
//! A line is taken whole or not at all. The grammars, how names are made and what is rejected:
//! docs/plugins.md, whose tables tests/it/line_formats.rs runs.

use crate::metric::{Kind, Value};
use crate::quantity::WallNs;

mod fields;
mod graphite;
mod name;
mod number;
mod reject;
mod tags;

pub use reject::{Reject, Why};

use name::Name;
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
}

impl Format {
    /// Every format, in the order of the docs.
    pub const ALL: [Format; 1] = [Format::Graphite];

    /// What the configuration calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Graphite => "graphite",
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

/// What a partner in conversation is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The format knows no answers.
    Nothing,
}

/// A parser of one format, with what it must remember from line to line.
pub struct Parser {
    format: Format,
    name: Name,
}

impl Parser {
    /// Takes all the memory that it will ever have.
    pub fn new(format: Format) -> Parser {
        Parser {
            format,
            name: Name::new(),
        }
    }

    /// The format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Reads one line, with or without its newline, and shows its points; one that is blank or a comment has
    /// none. Of a line that is rejected no point has been shown.
    pub fn line(&mut self, line: &[u8], sink: &mut Sink<'_>) -> Result<Reply, Reject> {
        match self.format {
            Format::Graphite => graphite::line(line, &mut self.name, sink)?,
        }
        Ok(Reply::Nothing)
    }

    /// The end of an interval, or of a run: shows what was only waiting for it.
    pub fn flush(&mut self, _sink: &mut Sink<'_>) {
        match self.format {
            Format::Graphite => {}
        }
    }
}
