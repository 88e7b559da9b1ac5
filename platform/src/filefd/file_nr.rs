//! The text of `/proc/sys/fs/file-nr`: `566 0 2466193`; the second was the free ones, and is 0 since 2.6.

use super::FilefdSample;
use crate::error::Malformed;
use crate::text::Cursor;

/// Reads the text.
pub fn parse(text: &[u8]) -> Result<FilefdSample, Malformed> {
    let mut text = Cursor::new(text);
    let mut number = || text.number().ok_or(text.expected("three numbers"));
    let (allocated, _free, maximum) = (number()?, number()?, number()?);
    Ok(FilefdSample {
        allocated,
        maximum,
        ..FilefdSample::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{each, each_damaged};

    #[test]
    fn the_first_and_the_third_number_are_taken() {
        let sample = parse(b"566\t0\t9223372036854775807\n").unwrap();
        assert_eq!((sample.allocated, sample.maximum), (566, i64::MAX as u64));
        assert_eq!(parse(b"566\t0\n").unwrap_err().expected, "three numbers");
    }

    #[test]
    fn no_damage_makes_it_panic() {
        for (_, text) in each("proc/sys/fs/file-nr") {
            each_damaged(&text, |text| {
                let _ = parse(text);
            });
        }
    }
}
