//! What people see on a terminal: pure functions from values to lines. Pipes get CSV or JSON instead.

use std::ffi::OsString;

pub mod info;
pub mod latest;
pub mod series;
mod spark;
pub mod units;

pub use spark::spark;

/// What a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether colour and weight are wanted.
    pub is_coloured: bool,
    /// Whether it shows more than ASCII.
    pub is_unicode: bool,
    /// Its columns.
    pub width: usize,
}

/// Columns where nobody knows.
pub const WIDTH_UNKNOWN: usize = 80;

impl Style {
    /// By the environment: `NO_COLOR` and `TERM=dumb` ask for no colour, a locale `C` for ASCII.
    pub fn of(variable: &dyn Fn(&str) -> Option<OsString>, width: Option<usize>) -> Style {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let term = set("TERM");
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
        Style {
            is_coloured: set("NO_COLOR").is_none() && term.is_some_and(|term| term != "dumb"),
            is_unicode: locale.is_none_or(|locale| locale != "C" && locale != "POSIX"),
            width: width.filter(|width| *width > 0).unwrap_or(WIDTH_UNKNOWN),
        }
    }

    /// `text` in that paint, where there is colour.
    pub fn paint(self, paint: Paint, text: &str) -> String {
        if !self.is_coloured || text.trim().is_empty() {
            return text.to_owned();
        }
        let code = match paint {
            Paint::Bold => "1",
            Paint::Dim => "2",
            Paint::Line => "36",
            Paint::Good => "32",
            Paint::Bad => "31",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// How a text stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// A heading.
    Bold,
    /// What matters less.
    Dim,
    /// A line of the last minutes.
    Line,
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
}

/// `text` and blanks up to `width` columns.
fn padded(text: &str, width: usize) -> String {
    format!("{text:width$}")
}

/// `text`, cut to `width` columns with a mark where it is longer.
fn cut(text: &str, width: usize, is_unicode: bool) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mark = if is_unicode { "…" } else { "~" };
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    kept + mark
}

/// Control characters of a name or message as blanks, so that what is recorded cannot speak to the terminal.
fn harmless(text: &str) -> String {
    let blank = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars().map(blank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_for_terminals_that_want_it() {
        type Case<'a> = (&'a [(&'a str, &'a str)], bool, bool);
        let cases: [Case; 6] = [
            (&[("TERM", "xterm")], true, true),
            (&[("TERM", "xterm"), ("NO_COLOR", "1")], false, true),
            (&[("TERM", "xterm"), ("NO_COLOR", "")], true, true),
            (&[("TERM", "dumb"), ("LANG", "en_US.UTF-8")], false, true),
            (&[("LANG", "C")], false, false),
            (&[("LC_ALL", "C.UTF-8"), ("LANG", "C")], false, true),
        ];
        for (variables, is_coloured, is_unicode) in cases {
            let lookup = |name: &str| {
                let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
                Some(OsString::from(value))
            };
            let style = Style::of(&lookup, None);
            assert_eq!(style.is_coloured, is_coloured, "{variables:?}");
            assert_eq!(style.is_unicode, is_unicode, "{variables:?}");
            assert_eq!(style.width, 80);
        }
        assert_eq!(Style::of(&|_| None, Some(132)).width, 132);
    }

    #[test]
    fn a_name_from_a_ring_cannot_speak_to_the_terminal() {
        assert_eq!(harmless("a\x1b[2Jb\n"), "a [2Jb ");
    }
}
