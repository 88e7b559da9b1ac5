//! A line of `/proc/schedstat`: `cpu0 a b c d e f running waiting timeslices`; lines of domains and the
//! head (`version 17`, `timestamp 4294892`) are none of ours.

use super::SchedstatSample;
use crate::text::Cursor;

/// The core's number and its times; `None` for a line of another kind. The error is what should have
/// stood there.
pub fn parse_line(line: &[u8]) -> Result<Option<(u64, SchedstatSample)>, &'static str> {
    const EXPECTED: &str = "a core and nine numbers";
    let mut text = Cursor::new(line);
    if !text.skip(b"cpu") {
        return Ok(None);
    }
    let core = text.number().ok_or(EXPECTED)?;
    for _ in 0..6 {
        text.field();
    }
    let mut number = || text.number().ok_or(EXPECTED);
    let sample = SchedstatSample {
        running_ns: number()?,
        waiting_ns: number()?,
        timeslices: number()?,
    };
    Ok(Some((core, sample)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{each, each_damaged};

    #[test]
    fn only_lines_of_cores_are_taken() {
        let expected = SchedstatSample {
            running_ns: 2_045_936_778_163_039,
            waiting_ns: 343_796_328_169_361,
            timeslices: 4_767_485_306,
        };
        assert_eq!(
            parse_line(b"cpu10 498494191 0 3533438552 2553969831 3853684107 2465731542 2045936778163039 343796328169361 4767485306"),
            Ok(Some((10, expected)))
        );
        assert_eq!(parse_line(b"version 15"), Ok(None));
        assert_eq!(parse_line(b"domain0 00000000,00000003 212499247"), Ok(None));
        assert!(parse_line(b"cpu0 1 2 3").is_err());
    }

    #[test]
    fn no_damage_makes_it_panic() {
        const LINES: usize = 12;
        for (_, text) in each("proc/schedstat") {
            for line in text.split(|&byte| byte == b'\n').take(LINES) {
                each_damaged(line, |line| {
                    let _ = parse_line(line);
                });
            }
        }
    }
}
