//! A line of `/proc/net/stat/nf_conntrack`, net/netfilter/nf_conntrack_standalone.c: seventeen columns of
//! hexadecimal numbers for each core. The columns stood where they stand since 2.6; names changed.

use super::ConntrackEvents;
use crate::text::Cursor;

const COLUMNS: usize = 17;

/// Adds the line of one core, not the first line, which names the columns. The error is what should have
/// stood there.
pub fn add_line(line: &[u8], events: &mut ConntrackEvents) -> Result<(), &'static str> {
    let mut text = Cursor::new(line);
    let mut columns = [0; COLUMNS];
    for (index, column) in columns.iter_mut().enumerate() {
        match text.hexadecimal() {
            Some(value) => *column = value,
            // search_restart came with 2.6.35
            None if index + 1 == COLUMNS && text.field().is_none() => {}
            None => return Err("seventeen hexadecimal numbers"),
        }
    }
    let ConntrackEvents {
        found,
        invalid,
        ignore,
        insert,
        insert_failed,
        drop,
        early_drop,
        search_restart,
    } = events;
    for (sum, column) in [
        (found, 2),
        (invalid, 4),
        (ignore, 5),
        (insert, 8),
        (insert_failed, 9),
        (drop, 10),
        (early_drop, 11),
        (search_restart, 16),
    ] {
        *sum = sum.saturating_add(columns[column]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{each, each_damaged};

    const LINE: &[u8] = b"00000000  00000001 00000002 00000003 00000004 00000005 00000006 00000007 00000008 00000009 0000000a 0000000b 0000000c  0000000d 0000000e 0000000f 00000010";

    #[test]
    fn cores_are_added_up() {
        let mut events = ConntrackEvents::default();
        add_line(LINE, &mut events).unwrap();
        add_line(LINE, &mut events).unwrap();
        assert_eq!(
            events,
            ConntrackEvents {
                found: 4,
                invalid: 8,
                ignore: 10,
                insert: 16,
                insert_failed: 18,
                drop: 20,
                early_drop: 22,
                search_restart: 32,
            }
        );
    }

    #[test]
    fn a_line_cut_short_is_refused() {
        let mut events = ConntrackEvents::default();
        add_line(&LINE[..LINE.len() - 9], &mut events).unwrap();
        assert_eq!(events.search_restart, 0);
        assert!(add_line(&LINE[..LINE.len() - 18], &mut events).is_err());
        assert!(add_line(b"", &mut events).is_err());
    }

    #[test]
    fn no_damage_makes_it_panic() {
        const LINES: usize = 12;
        for (_, text) in each("proc/1/net/stat/nf_conntrack") {
            for line in text.split(|&byte| byte == b'\n').take(LINES) {
                each_damaged(line, |line| {
                    let _ = add_line(line, &mut ConntrackEvents::default());
                });
            }
        }
    }
}
