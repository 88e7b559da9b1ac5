//! A line of `/proc/net/softnet_stat`: nine to fifteen columns of hexadecimal numbers a core that is online.

use super::SoftnetSample;
use crate::text::Cursor;

const COLUMNS_MIN: usize = 9;
const COLUMNS_MAX: usize = 13;

/// Reads the line of one core: its number (the line's own, counted from 0, where the kernel does not say
/// it) and its counters. The error is what should have stood there.
pub fn parse_line(line: &[u8], index: u64) -> Result<(u64, SoftnetSample), &'static str> {
    let mut text = Cursor::new(line);
    let mut columns = [None; COLUMNS_MAX];
    for (at, column) in columns.iter_mut().enumerate() {
        *column = text.hexadecimal();
        if column.is_none() && (at < COLUMNS_MIN || text.field().is_some()) {
            return Err("at least nine hexadecimal numbers");
        }
    }
    let counter = |at: usize| columns[at].unwrap_or(0);
    let sample = SoftnetSample {
        processed: counter(0),
        dropped: counter(1),
        times_squeezed: counter(2),
        cpu_collision: counter(8),
        received_rps: columns[9],
        flow_limit_count: columns[10],
        backlog_len: columns[11],
    };
    Ok((columns[12].unwrap_or(index), sample))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{each, each_damaged};

    #[test]
    fn a_new_kernel_names_the_core() {
        let line = b"00001239 00000001 00000002 00000000 00000000 00000000 00000000 00000000 00000003 00000004 00000005 00000006 00000011 00000000 00000000";
        let expected = SoftnetSample {
            processed: 0x1239,
            dropped: 1,
            times_squeezed: 2,
            cpu_collision: 3,
            received_rps: Some(4),
            flow_limit_count: Some(5),
            backlog_len: Some(6),
        };
        assert_eq!(parse_line(line, 0), Ok((17, expected)));
    }

    #[test]
    fn an_old_kernel_has_fewer_columns() {
        let line = b"0000a0b0 00000000 00000002 00000000 00000000 00000000 00000000 00000000 00000000 00000007";
        let (core, sample) = parse_line(line, 3).unwrap();
        assert_eq!(
            (core, sample.processed, sample.received_rps),
            (3, 0xa0b0, Some(7))
        );
        assert_eq!((sample.flow_limit_count, sample.backlog_len), (None, None));
        assert!(parse_line(&line[..60], 3).is_err());
        assert!(parse_line(b"", 0).is_err());
    }

    #[test]
    fn no_damage_makes_it_panic() {
        const LINES: usize = 12;
        for (_, text) in each("proc/1/net/softnet_stat") {
            for line in text.split(|&byte| byte == b'\n').take(LINES) {
                each_damaged(line, |line| {
                    let _ = parse_line(line, 0);
                });
            }
        }
    }
}
