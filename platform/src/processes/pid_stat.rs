//! The text of `/proc/<pid>/stat`, proc_pid_stat(5), as far as its twenty-fourth field:
//! `9258 (head) R 9200 ...`. The name may hold spaces and brackets, so fields are counted from the last.

use crate::error::Malformed;
use crate::text::Cursor;

/// What is read of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PidStat {
    /// A letter: `R`, `S`, `D`, ...
    pub state: u8,
    /// Page faults that needed no disk.
    pub minor_faults: u64,
    /// Page faults that did.
    pub major_faults: u64,
    /// Time in user mode, in ticks of `sysconf(_SC_CLK_TCK)`.
    pub user_ticks: u64,
    /// Time in the kernel, in ticks.
    pub system_ticks: u64,
    /// Threads.
    pub threads: u64,
    /// Resident pages.
    pub resident_pages: u64,
}

/// Reads the text, or its first 600 bytes.
pub fn parse(text: &[u8]) -> Result<PidStat, Malformed> {
    const EXPECTED: &str = "a name in brackets, a state and 21 numbers";
    let malformed = Malformed {
        line: 1,
        expected: EXPECTED,
    };
    let end = text.iter().rposition(|&byte| byte == b')');
    let mut text = Cursor::new(&text[end.ok_or(malformed)? + 1..]);
    let &[state] = text.field().ok_or(malformed)? else {
        return Err(malformed);
    };
    let skip = |count: usize, text: &mut Cursor<'_>| -> Result<u64, Malformed> {
        for _ in 0..count {
            text.field().ok_or(malformed)?;
        }
        text.number().ok_or(malformed)
    };
    Ok(PidStat {
        state,
        minor_faults: skip(6, &mut text)?,
        major_faults: skip(1, &mut text)?,
        user_ticks: skip(1, &mut text)?,
        system_ticks: skip(0, &mut text)?,
        threads: skip(4, &mut text)?,
        resident_pages: skip(3, &mut text)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{each, each_damaged};

    const TEXT: &[u8] = b"9258 (a) b (c) S 9200 9200 5683 0 -1 4194304 103 1 7 0 11 12 0 0 20 0 3 0 123859 2998272 415 18446744073709551615 94262691491840 94262691515945\n";

    #[test]
    fn fields_are_counted_from_the_last_bracket() {
        let expected = PidStat {
            state: b'S',
            minor_faults: 103,
            major_faults: 7,
            user_ticks: 11,
            system_ticks: 12,
            threads: 3,
            resident_pages: 415,
        };
        assert_eq!(parse(TEXT), Ok(expected));
        assert!(parse(b"9258 head S 9200").is_err());
        assert!(parse(b"9258 (head) S 9200").is_err());
    }

    #[test]
    fn no_damage_makes_it_panic() {
        each_damaged(TEXT, |text| {
            let _ = parse(text);
        });
        for (_, text) in each("proc/1/stat") {
            each_damaged(&text, |text| {
                let _ = parse(text);
            });
        }
    }
}
