//! The text of `/proc/loadavg`, proc_loadavg(5): `0.34 2.39 0.96 1/123 4567`.

use super::LoadSample;
use crate::error::Malformed;
use crate::text::Cursor;

/// Reads the text.
pub fn parse(text: &[u8]) -> Result<LoadSample, Malformed> {
    let mut text = Cursor::new(text);
    let mut average = || text.real().ok_or(text.expected("three averages"));
    let (one, five, fifteen) = (average()?, average()?, average()?);
    let runnable = text.number();
    let entities = if text.skip(b"/") { text.number() } else { None };
    Ok(LoadSample {
        one,
        five,
        fifteen,
        runnable,
        entities,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_averages_stand_in_order() {
        let sample = parse(b"0.34 2.39 0.96 1/123 4567\n").unwrap();
        assert_eq!(
            (sample.one, sample.five, sample.fifteen),
            (0.34, 2.39, 0.96)
        );
        assert_eq!((sample.runnable, sample.entities), (Some(1), Some(123)));
    }

    #[test]
    fn a_missing_average_is_named() {
        let error = parse(b"0.34 2.39\n").unwrap_err();
        assert_eq!((error.line, error.expected), (1, "three averages"));
    }
}
