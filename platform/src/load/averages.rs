//! `struct loadavg` of macOS' sys/sysctl.h: three numbers of 32 bits, and by what they are to be divided.

use super::LoadSample;
use crate::bytes::Bytes;

/// Where the divisor stands, `fscale`.
const SCALE: usize = 16;
/// The structure's size.
pub const SIZE: usize = 24;

/// Reads the structure; `None` where it is not one.
pub fn parse(bytes: &[u8]) -> Option<LoadSample> {
    let bytes = Bytes(bytes);
    let scale = bytes.i64(SCALE).filter(|&scale| scale > 0)? as f64;
    let average = |index: usize| Some(f64::from(bytes.u32(4 * index)?) / scale);
    Some(LoadSample {
        one: average(0)?,
        five: average(1)?,
        fifteen: average(2)?,
        ..LoadSample::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::each_damaged;

    fn structure(averages: [u32; 3], scale: i64) -> Vec<u8> {
        let mut bytes = Vec::new();
        for average in averages {
            bytes.extend(average.to_le_bytes());
        }
        bytes.extend([0; 4]);
        bytes.extend(scale.to_le_bytes());
        bytes
    }

    #[test]
    fn the_three_averages_stand_in_order() {
        let bytes = structure([4096, 3072, 2_048_000], 2048);
        assert_eq!(bytes.len(), SIZE);
        let sample = parse(&bytes).unwrap();
        let averages = (sample.one, sample.five, sample.fifteen);
        assert_eq!(averages, (2.0, 1.5, 1000.0));
        assert_eq!((sample.runnable, sample.entities), (None, None));
    }

    #[test]
    fn no_bytes_are_taken_badly() {
        assert_eq!(parse(&structure([1, 2, 3], 0)), None);
        assert_eq!(parse(&[0; SIZE - 1]), None);
        each_damaged(&structure([1, 2, 3], 2048), |bytes| _ = parse(bytes));
    }
}
