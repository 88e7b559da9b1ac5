//! The command line: its commands and flags as tables, its help, and the way from arguments to a command.

use std::time::Duration;

use crate::config::{EXIT_USAGE, Flags};
use crate::mirror::Address;
use crate::quantity::Moment;

mod flags;
mod help;
mod parse;
#[cfg(test)]
mod tests;
mod verb;

pub use flags::{FLAGS, Flag, Takes};
pub use help::{help, version};
pub use parse::parse;
pub use verb::{ABOUT, About, Verb};

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Record and serve.
    Run(Flags),
    /// Record.
    Gather(Flags),
    /// Serve.
    Report(Flags, Handed),
    /// Send on.
    Ship(Shipping),
    /// Copy another host's ring.
    Mirror(Mirroring),
    /// The samples of a range.
    Dump(Reading),
    /// The newest values.
    Latest(Reading),
    /// The names.
    Series(Reading),
    /// The ring file.
    Info(Reading),
    /// The configuration; and with `--ship`, whether the destinations would take anything.
    Check(Flags, bool),
    /// Help on everything or on one command.
    Help(Option<Verb>, Length),
    /// The version.
    Version,
}

/// How much help: `-h` or `--help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// A screen.
    Short,
    /// All.
    Long,
}

/// What a parent that started this process has handed it: descriptors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handed {
    /// At whose end the parent is gone.
    pub parent_pipe: Option<i32>,
    /// The page for what is counted.
    pub tally: Option<i32>,
}

/// What the shipper is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shipping {
    /// `--ring-file`, `--config` and the like.
    pub flags: Flags,
    /// `--once`.
    pub once: bool,
    /// What its parent handed over.
    pub handed: Handed,
}

/// What a mirror is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirroring {
    /// `--ring-file`, `--interval` and the like.
    pub flags: Flags,
    /// URL.
    pub address: Address,
    /// `--once`.
    pub once: bool,
}

/// What the commands that read a ring file are given; each takes what its flags can say.
#[allow(
    clippy::struct_excessive_bools,
    reason = "switches of the command line, each of another command"
)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// `--ring-file` and `--config`.
    pub flags: Flags,
    /// SERIES; none is all.
    pub patterns: Vec<String>,
    /// `--since`.
    pub since: Option<Moment>,
    /// `--until`.
    pub until: Option<Moment>,
    /// `--step`.
    pub step: Option<Duration>,
    /// `--agg`, one of the table's words.
    pub agg: Option<&'static str>,
    /// `--rate`.
    pub rate: bool,
    /// `--shape`, one of the table's words.
    pub shape: Option<&'static str>,
    /// `--format`, one of the table's words.
    pub format: Option<&'static str>,
    /// `--verify`.
    pub verify: bool,
    /// `--once`.
    pub once: bool,
    /// `--ship`.
    pub ship: bool,
}

/// A command line that means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}{}", Pointer(*verb))]
pub struct Usage {
    /// The command, as far as it was understood.
    pub verb: Option<Verb>,
    /// What is wrong.
    pub text: String,
}

impl Usage {
    /// The exit code.
    pub const EXIT_CODE: u8 = EXIT_USAGE;
}

/// Where to read on.
struct Pointer(Option<Verb>);

impl std::fmt::Display for Pointer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(verb) => write!(out, " (see goodall {} -h)", verb.about().name),
            None => out.write_str(" (see goodall -h)"),
        }
    }
}
