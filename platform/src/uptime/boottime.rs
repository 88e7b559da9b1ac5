//! `struct timeval` of macOS' sys/time.h: what sysctl `kern.boottime` answers, seconds in 64 bits and microseconds in 32.
//! The kernel moves it when the wall clock is set, so that the time between the two stays true.

use crate::bytes::Bytes;

/// The structure's size.
pub const SIZE: usize = 16;

/// Microseconds since 1970-01-01 UTC.
pub fn parse(bytes: &[u8]) -> Option<i64> {
    let bytes = Bytes(bytes);
    let microseconds = i64::from(bytes.u32(8)?);
    bytes
        .i64(0)?
        .checked_mul(1_000_000)?
        .checked_add(microseconds)
}

/// Seconds from then until the wall clock's `now_ns`; 0 where it is not yet later.
pub fn seconds_since(boot_us: i64, now_ns: i64) -> f64 {
    (now_ns / 1000).saturating_sub(boot_us).max(0) as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::each_damaged;

    #[test]
    fn seconds_and_microseconds_are_taken_apart() {
        let mut bytes = 1_700_000_000_i64.to_le_bytes().to_vec();
        bytes.extend(250_000_u32.to_le_bytes());
        assert_eq!(parse(&bytes), Some(1_700_000_000_250_000));
        each_damaged(&bytes, |bytes| _ = parse(bytes));
        let mut far = i64::MAX.to_le_bytes().to_vec();
        far.extend([0; 8]);
        assert_eq!(parse(&far), None);
    }

    #[test]
    fn uptime_is_what_passed_since() {
        let up = seconds_since(1_000_000, 4_500_000_000);
        assert!((up - 3.5).abs() < 1e-9);
        assert!(seconds_since(2_000_000, 1_000_000_000).abs() < 1e-9);
    }
}
