//! The text of a file of `/proc/pressure`: `some avg10=0.12 avg60=1.05 avg300=0.70 total=123456789`, and
//! the same after `full`. Averages are per cent with two decimals.

use super::{PressureSample, Stall};
use crate::error::Malformed;
use crate::text::Cursor;

/// A line at its longest.
const LINE_SIZE_MAX: usize =
    "some avg10=100.00 avg60=100.00 avg300=100.00 total=18446744073709551615\n".len();
/// What the file can be at most.
pub const PSI_SIZE_MAX: usize = 2 * LINE_SIZE_MAX + 1;

/// Reads the text.
pub fn parse(text: &[u8]) -> Result<PressureSample, Malformed> {
    let mut text = Cursor::new(text);
    let mut sample = PressureSample::default();
    while !text.at_end() {
        if text.skip(b"some ") {
            sample.some = Some(stall(&mut text)?);
        } else if text.skip(b"full ") {
            sample.full = Some(stall(&mut text)?);
        }
        text.next_line();
    }
    if sample == PressureSample::default() {
        return Err(text.expected("a line some or full"));
    }
    Ok(sample)
}

fn stall(text: &mut Cursor<'_>) -> Result<Stall, Malformed> {
    let mut average = |key: &[u8]| {
        text.spaces();
        let found = if text.skip(key) {
            hundredths(text)
        } else {
            None
        };
        found.ok_or(text.expected("avg10=, avg60= and avg300= with two decimals"))
    };
    let (avg10, avg60, avg300) = (
        average(b"avg10=")?,
        average(b"avg60=")?,
        average(b"avg300=")?,
    );
    text.spaces();
    let total = if text.skip(b"total=") {
        text.number()
    } else {
        None
    };
    Ok(Stall {
        avg10,
        avg60,
        avg300,
        total_us: total.ok_or(text.expected("total= with a number"))?,
    })
}

/// A number with two decimals, in hundredths.
fn hundredths(text: &mut Cursor<'_>) -> Option<u64> {
    let whole = text.number()?;
    if !text.skip(b".") {
        return None;
    }
    let before = text.rest().len();
    let decimals = text.number()?;
    if before - text.rest().len() != 2 {
        return None;
    }
    whole.checked_mul(100)?.checked_add(decimals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata;

    #[test]
    fn averages_are_exact_and_a_line_may_be_missing() {
        let text = b"some avg10=0.07 avg60=1.50 avg300=100.00 total=123\nfull avg10=0.00 avg60=12.34 avg300=0.01 total=18446744073709551615\n";
        let some = Stall {
            avg10: 7,
            avg60: 150,
            avg300: 10_000,
            total_us: 123,
        };
        let full = Stall {
            avg10: 0,
            avg60: 1234,
            avg300: 1,
            total_us: u64::MAX,
        };
        let both = PressureSample {
            some: Some(some),
            full: Some(full),
        };
        assert_eq!(parse(text), Ok(both));
        let first = text.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        assert_eq!(parse(&text[..first]).unwrap().full, None);
        assert_eq!(parse(&text[first..]).unwrap().some, None);
    }

    #[test]
    fn what_is_not_a_pressure_is_named() {
        for (text, line, expected) in [
            (&b""[..], 1, "a line some or full"),
            (b"x\n", 2, "a line some or full"),
            (
                b"some avg10=0.1 avg60=0.00 avg300=0.00 total=1",
                1,
                "avg10=, avg60= and avg300= with two decimals",
            ),
            (
                b"some avg10=0.10 avg60=0.00 avg300=0.00\n",
                1,
                "total= with a number",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!((error.line, error.expected), (line, expected));
        }
    }

    #[test]
    fn no_bytes_are_taken_badly() {
        for file in ["cpu", "memory", "io"] {
            for (_, text) in testdata::each(&format!("proc/pressure/{file}")) {
                testdata::each_damaged(&text, |text| _ = parse(text));
            }
        }
    }
}
