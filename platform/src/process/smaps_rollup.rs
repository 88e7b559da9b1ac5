//! The text of `/proc/<pid>/smaps_rollup`, Documentation/ABI/testing/procfs-smaps_rollup: a line of
//! addresses, then `Pss:  884 kB` and others.

use crate::text::Cursor;

/// The proportional set size in bytes; `None` where it does not stand there.
pub fn proportional(text: &[u8]) -> Option<u64> {
    let mut text = Cursor::new(text);
    while !text.at_end() {
        if text.skip(b"Pss:") {
            return text.number()?.checked_mul(1024);
        }
        text.next_line();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::each_damaged;

    #[test]
    fn the_line_of_the_proportional_size_is_found() {
        let text = b"5581 7ffd [rollup]\nRss:                4096 kB\nPss:                 884 kB\nPss_Dirty:            80 kB\n";
        assert_eq!(proportional(text), Some(884 * 1024));
        assert_eq!(proportional(b"Rss: 4096 kB\n"), None);
        each_damaged(text, |text| {
            let _ = proportional(text);
        });
    }
}
