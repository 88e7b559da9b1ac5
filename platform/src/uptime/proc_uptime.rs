//! The text of `/proc/uptime`: `1238.57 2249.00`, up and idle; idle is what the cpu collector has finer.

use super::UptimeSample;
use crate::error::Malformed;
use crate::text::Cursor;

/// Reads the text.
pub fn parse(text: &[u8]) -> Result<UptimeSample, Malformed> {
    let mut text = Cursor::new(text);
    let seconds = text.real().ok_or(text.expected("seconds since boot"))?;
    Ok(UptimeSample { seconds })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{each, each_damaged};

    #[test]
    fn the_first_number_is_taken() {
        assert_eq!(
            parse(b"1238.57 2249.00\n"),
            Ok(UptimeSample { seconds: 1238.57 })
        );
        assert_eq!(parse(b"up\n").unwrap_err().expected, "seconds since boot");
    }

    #[test]
    fn no_damage_makes_it_panic() {
        for (_, text) in each("proc/uptime") {
            each_damaged(&text, |text| {
                let _ = parse(text);
            });
        }
    }
}
