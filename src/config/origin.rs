//! Where a value came from, so that an error names the flag, the variable or the line to change.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// The exit code of a wrong command line or environment.
pub const EXIT_USAGE: u8 = 64;
/// The exit code of a wrong configuration file.
pub const EXIT_CONFIG: u8 = 78;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// The command line; the flag with its dashes.
    Flag(&'static str),
    /// The environment.
    Variable(&'static str),
    /// The configuration file, with the line from 1.
    Line(Arc<Path>, u32),
    /// The configuration file as a whole.
    File(Arc<Path>),
}

impl Origin {
    /// The exit code where the value is wrong.
    pub fn exit_code(&self) -> u8 {
        match self {
            Origin::Line(..) | Origin::File(_) => EXIT_CONFIG,
            Origin::Default | Origin::Flag(_) | Origin::Variable(_) => EXIT_USAGE,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => out.write_str("default"),
            Origin::Flag(name) | Origin::Variable(name) => out.write_str(name),
            Origin::Line(path, line) => write!(out, "{}:{line}", path.display()),
            Origin::File(path) => write!(out, "{}", path.display()),
        }
    }
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

impl<T> Given<T> {
    /// A value of that origin.
    pub fn new(value: T, origin: Origin) -> Given<T> {
        Given { value, origin }
    }
}

/// Something wrong with what was asked for: `ORIGIN: what, and the way out`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{text}", Prefix(origin))]
pub struct Problem {
    /// What must be changed.
    pub origin: Origin,
    /// What is wrong.
    pub text: String,
}

impl Problem {
    /// That problem with what came from there. A key in front of it, which tells a file's line, is left out
    /// where it is the flag that is named anyway.
    pub fn new(origin: &Origin, text: impl Into<String>) -> Problem {
        let mut text = text.into();
        if let Origin::Flag(name) = origin
            && let Some(rest) = text.strip_prefix(name.trim_start_matches('-'))
            && let Some(rest) = rest.strip_prefix(": ")
        {
            text = rest.to_owned();
        }
        Problem {
            origin: origin.clone(),
            text,
        }
    }
}

/// A default is nobody's to change: it is not named.
struct Prefix<'a>(&'a Origin);

impl fmt::Display for Prefix<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Origin::Default => Ok(()),
            origin => write!(out, "{origin}: "),
        }
    }
}
