//! Durations and sizes as people write them: `500ms 1s 1h30m 30d`, `64K 256MiB 1G`. What does not parse is
//! an error that quotes the text and says what would have been accepted; nothing is guessed.

use std::time::Duration;

use super::{Interval, Window};

const DURATION: &str = "a duration such as 500ms, 1s, 10m, 4h or 30d";
const SIZE: &str = "a size such as 64K, 256M or 1G";
const NS_A_SECOND: u128 = 1_000_000_000;

/// Longest first where one begins another, so that `ms` is not taken for `m`.
const DURATION_UNITS: [(&str, u128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", NS_A_SECOND),
    ("m", 60 * NS_A_SECOND),
    ("h", 3_600 * NS_A_SECOND),
    ("d", 86_400 * NS_A_SECOND),
    ("w", 7 * 86_400 * NS_A_SECOND),
];

/// GNU's meaning: a letter alone is binary, as is `KiB`; `KB` is decimal.
const SIZE_UNITS: [(&str, u128); 14] = [
    ("", 1),
    ("b", 1),
    ("k", 1 << 10),
    ("kib", 1 << 10),
    ("kb", 1_000),
    ("m", 1 << 20),
    ("mib", 1 << 20),
    ("mb", 1_000_000),
    ("g", 1 << 30),
    ("gib", 1 << 30),
    ("gb", 1_000_000_000),
    ("t", 1 << 40),
    ("tib", 1 << 40),
    ("tb", 1_000_000_000_000),
];

/// Why a text is not the quantity that was asked for. Whoever knows the flag, the parameter or the line
/// puts it in front.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?}: {why}; expected {expected}")]
pub struct ParseError {
    /// What was given.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
    /// What would have been accepted.
    pub expected: &'static str,
}

impl ParseError {
    pub(super) fn new(text: &str, why: &'static str, expected: &'static str) -> ParseError {
        ParseError {
            text: text.to_owned(),
            why,
            expected,
        }
    }
}

/// A duration: numbers with a unit of `ns us ms s m h d w`, the larger unit first (`1h30m`); a fraction
/// (`1.5h`) must come to whole nanoseconds. A number without a unit is an error, 0 too.
pub fn duration(text: &str) -> Result<Duration, ParseError> {
    let error = |why| ParseError::new(text, why, DURATION);
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(error("it is empty"));
    }
    let mut total: u128 = 0;
    let mut unit_before = u128::MAX;
    while !rest.is_empty() {
        let number = Number::split(&mut rest).map_err(error)?;
        let word_end = rest
            .find(|letter: char| !letter.is_ascii_alphabetic() && letter != 'µ')
            .unwrap_or(rest.len());
        let (word, behind) = rest.split_at(word_end);
        rest = behind;
        if word.is_empty() {
            return Err(error("it has no unit"));
        }
        let word = if word == "µs" { "us" } else { word };
        let Some(&(_, unit)) = DURATION_UNITS.iter().find(|(name, _)| *name == word) else {
            return Err(error("it has an unknown unit"));
        };
        if unit >= unit_before {
            return Err(error("its units do not fall from the largest on"));
        }
        unit_before = unit;
        let (ns, exact) = number.times(unit).ok_or_else(|| error("it is too long"))?;
        if !exact {
            return Err(error("it is finer than a nanosecond"));
        }
        total += ns;
    }
    match u64::try_from(total) {
        Ok(ns) => Ok(Duration::from_nanos(ns)),
        Err(_) => Err(error("it is too long")),
    }
}

/// The time from one tick to the next.
pub fn interval(text: &str) -> Result<Interval, ParseError> {
    let span = duration(text)?;
    Interval::of(span).ok_or_else(|| {
        let why = if span < Duration::from_nanos(Interval::MIN.ns()) {
            "it is too short"
        } else if span > Duration::from_nanos(Interval::MAX.ns()) {
            "it is too long"
        } else {
            "it is finer than a microsecond"
        };
        ParseError::new(text, why, "1ms to 30m")
    })
}

/// How far back the ring reaches.
pub fn window(text: &str) -> Result<Window, ParseError> {
    let span = duration(text)?;
    Window::of(span).ok_or_else(|| {
        let why = if span < Duration::from_secs(1) {
            "it is too short"
        } else {
            "it is too long"
        };
        ParseError::new(text, why, "1s to 3660d")
    })
}

/// A size in bytes: a number, a fraction too (rounded down to a byte), with `K M G T` (1024 each, as `KiB`),
/// `KB MB GB TB` (1000 each), `B` or nothing, in either case.
pub fn size(text: &str) -> Result<u64, ParseError> {
    let error = |why| ParseError::new(text, why, SIZE);
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(error("it is empty"));
    }
    let number = Number::split(&mut rest).map_err(error)?;
    let unit = rest.trim_start();
    let Some(&(_, unit)) = SIZE_UNITS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit))
    else {
        return Err(error("it has an unknown unit"));
    };
    number
        .times(unit)
        .and_then(|(bytes, _)| u64::try_from(bytes).ok())
        .ok_or_else(|| error("it is too large"))
}

/// A decimal number, exact: `whole` and `fraction / 10^digits`.
pub(super) struct Number {
    pub(super) whole: u64,
    fraction: u64,
    digits: u32,
}

impl Number {
    /// Takes a number off the front of `rest`.
    pub(super) fn split(rest: &mut &str) -> Result<Number, &'static str> {
        let (whole, behind) = split_digits(rest);
        let (fraction, behind, pointed) = match behind.strip_prefix('.') {
            Some(behind) => {
                let (digits, behind) = split_digits(behind);
                (digits, behind, true)
            }
            None => ("", behind, false),
        };
        if whole.is_empty() || (pointed && fraction.is_empty()) {
            return Err("it does not start with a number");
        }
        *rest = behind;
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > 18 {
            return Err("its fraction has more than 18 digits");
        }
        Ok(Number {
            whole: whole.parse().map_err(|_| "its number is too large")?,
            fraction: if fraction.is_empty() {
                0
            } else {
                fraction.parse().expect("at most 18 digits")
            },
            digits: u32::try_from(fraction.len()).expect("at most 18"),
        })
    }

    /// The number times `unit`, rounded down, and whether that is exact; `None` where it does not fit.
    pub(super) fn times(&self, unit: u128) -> Option<(u128, bool)> {
        let scale = 10_u128.pow(self.digits);
        // 10^18 times the largest unit is below 2^110
        let part = u128::from(self.fraction) * unit;
        let whole = u128::from(self.whole).checked_mul(unit)?;
        Some((whole.checked_add(part / scale)?, part.is_multiple_of(scale)))
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_read_exactly() {
        for (text, ns) in [
            ("500ms", 500_000_000),
            ("1s", 1_000_000_000),
            ("10m", 600_000_000_000),
            ("4h", 14_400_000_000_000),
            ("30d", 2_592_000_000_000_000),
            ("2w", 1_209_600_000_000_000),
            ("1.5h", 5_400_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("1m30.5s", 90_500_000_000),
            ("0s", 0),
            ("250us", 250_000),
            ("250µs", 250_000),
            ("7ns", 7),
            ("0.1s", 100_000_000),
            (" 1s ", 1_000_000_000),
            ("1.000000000000000000000s", 1_000_000_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_nanos(ns)), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_duration_is_refused_with_the_reason() {
        for (text, why) in [
            ("", "it is empty"),
            ("10", "it has no unit"),
            ("0", "it has no unit"),
            ("-10m", "it does not start with a number"),
            ("h", "it does not start with a number"),
            ("1.s", "it does not start with a number"),
            (".5s", "it does not start with a number"),
            ("10x", "it has an unknown unit"),
            ("10M", "it has an unknown unit"),
            ("10 m", "it has no unit"),
            ("30m1h", "its units do not fall from the largest on"),
            ("1h1h", "its units do not fall from the largest on"),
            ("1h30", "it has no unit"),
            ("0.1ns", "it is finer than a nanosecond"),
            ("999999999999d", "it is too long"),
            ("99999999999999999999s", "its number is too large"),
            (
                "0.1234567890123456789s",
                "its fraction has more than 18 digits",
            ),
        ] {
            assert_eq!(
                duration(text).map_err(|error| error.why),
                Err(why),
                "{text}"
            );
        }
        assert_eq!(
            duration("10").unwrap_err().to_string(),
            "\"10\": it has no unit; expected a duration such as 500ms, 1s, 10m, 4h or 30d"
        );
    }

    #[test]
    fn an_interval_and_a_window_keep_their_bounds() {
        assert_eq!(interval("1ms"), Ok(Interval::MIN));
        assert_eq!(interval("30m"), Ok(Interval::MAX));
        for (text, expected) in [
            ("1us", "\"1us\": it is too short; expected 1ms to 30m"),
            ("31m", "\"31m\": it is too long; expected 1ms to 30m"),
            (
                "1.0000001s",
                "\"1.0000001s\": it is finer than a microsecond; expected 1ms to 30m",
            ),
        ] {
            assert_eq!(interval(text).unwrap_err().to_string(), expected);
        }
        assert_eq!(window("4h").map(Window::ns), Ok(14_400_000_000_000));
        assert_eq!(window("3660d").map(Window::ns), Ok(316_224_000_000_000_000));
        assert_eq!(window("999ms").unwrap_err().why, "it is too short");
        assert_eq!(window("3661d").unwrap_err().why, "it is too long");
    }

    #[test]
    fn a_letter_is_binary_and_kb_is_decimal() {
        for (text, bytes) in [
            ("0", 0),
            ("4096", 4096),
            ("12B", 12),
            ("64K", 64 << 10),
            ("64k", 64 << 10),
            ("64KiB", 64 << 10),
            ("64KB", 64_000),
            ("256M", 256 << 20),
            ("256 MiB", 256 << 20),
            ("1G", 1 << 30),
            ("1.5g", 3 << 29),
            ("1GB", 1_000_000_000),
            ("2T", 2 << 40),
            ("0.3K", 307),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_size_is_refused_with_the_reason() {
        for (text, why) in [
            ("", "it is empty"),
            ("M", "it does not start with a number"),
            ("-1M", "it does not start with a number"),
            ("1X", "it has an unknown unit"),
            ("1M2", "it has an unknown unit"),
            ("99999999999T", "it is too large"),
        ] {
            assert_eq!(size(text).map_err(|error| error.why), Err(why), "{text}");
        }
        assert_eq!(
            size("1X").unwrap_err().to_string(),
            "\"1X\": it has an unknown unit; expected a size such as 64K, 256M or 1G"
        );
    }
}
