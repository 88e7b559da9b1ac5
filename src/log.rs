//! One line an event on standard error; systemd's `<N>` prefixes where the journal reads it
//! (`JOURNAL_STREAM`, sd-daemon(3)).

use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed};

/// How much a line matters, and from where on lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// Something asked for is not done.
    Error,
    /// Something is not as it should be, and goodall goes on.
    Warning,
    /// A change of state.
    Info,
    /// What helps to find a fault.
    Debug,
}

impl Level {
    /// Every level, the gravest first.
    pub const ALL: [Level; 4] = [Level::Error, Level::Warning, Level::Info, Level::Debug];

    /// The level's name, as `--log-level` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Info => "info",
            Level::Debug => "debug",
        }
    }

    /// syslog(3)'s priority.
    const fn priority(self) -> u8 {
        match self {
            Level::Error => 3,
            Level::Warning => 4,
            Level::Info => 6,
            Level::Debug => 7,
        }
    }
}

static LEVEL: AtomicU8 = AtomicU8::new(Level::Info as u8);
static JOURNAL: AtomicBool = AtomicBool::new(false);

/// Lines graver than or as grave as `level` are written from now on.
pub fn set_level(level: Level) {
    LEVEL.store(level as u8, Relaxed);
    JOURNAL.store(std::env::var_os("JOURNAL_STREAM").is_some(), Relaxed);
}

/// The level in force.
pub fn level() -> Level {
    Level::ALL[usize::from(LEVEL.load(Relaxed))]
}

/// Writes one line, if `level` is grave enough. A closed standard error is nobody's loss.
pub fn write(level: Level, line: fmt::Arguments<'_>) {
    if level as u8 > LEVEL.load(Relaxed) {
        return;
    }
    let mut out = OneLine(io::stderr().lock());
    let _ = match (JOURNAL.load(Relaxed), level) {
        (true, _) => write!(out, "<{}>{line}", level.priority()),
        (false, Level::Info) => write!(out, "goodall: {line}"),
        (false, _) => write!(out, "goodall: {}: {line}", level.name()),
    };
    let _ = out.0.write_all(b"\n");
}

/// Control characters come out as spaces, whoever's words they stand in: an event is one line, and nothing in it
/// is a terminal's to obey.
struct OneLine<W>(W);

impl<W: io::Write> fmt::Write for OneLine<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.split_inclusive(char::is_control) {
            let plain = part.trim_end_matches(char::is_control);
            let mut written = self.0.write_all(plain.as_bytes());
            if plain.len() < part.len() {
                written = written.and_then(|()| self.0.write_all(b" "));
            }
            written.map_err(|_| fmt::Error)?;
        }
        Ok(())
    }
}

/// Logs at [`Level::Error`].
#[macro_export]
macro_rules! error {
    ($($part:tt)*) => { $crate::log::write($crate::log::Level::Error, format_args!($($part)*)) };
}

/// Logs at [`Level::Warning`].
#[macro_export]
macro_rules! warning {
    ($($part:tt)*) => { $crate::log::write($crate::log::Level::Warning, format_args!($($part)*)) };
}

/// Logs at [`Level::Info`].
#[macro_export]
macro_rules! info {
    ($($part:tt)*) => { $crate::log::write($crate::log::Level::Info, format_args!($($part)*)) };
}

/// Logs at [`Level::Debug`].
#[macro_export]
macro_rules! debug {
    ($($part:tt)*) => { $crate::log::write($crate::log::Level::Debug, format_args!($($part)*)) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_whatever_is_said_in_it() {
        let mut out = OneLine(Vec::new());
        let said = "no:\r\n\x1b[31mr\u{fc}d\u{7f}\u{9b}2J\0";
        write!(out, "store: {said}; {}", 7).unwrap();
        let text = String::from_utf8(out.0).unwrap();
        assert_eq!(text, "store: no:   [31mr\u{fc}d  2J ; 7");
    }
}
