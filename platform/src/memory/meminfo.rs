//! The text of `/proc/meminfo`, proc_meminfo(5): `MemTotal:        8010408 kB`, a key a line.

use super::{KEYS, MemorySample};
use crate::error::Malformed;
use crate::pattern::Pattern;
use crate::text::Cursor;

/// A line at its longest: a key is padded to 16 bytes, a number to 8.
const LINE_SIZE_MAX: usize = 24 + " 18446744073709551615 kB\n".len();
/// Drivers may add keys of their own; twice what is known is room enough.
pub const MEMINFO_SIZE_MAX: usize = 2 * KEYS.len() * LINE_SIZE_MAX;

/// Reads one text after the other; unknown keys are passed over.
#[derive(Debug, Default)]
pub struct Meminfo {
    pattern: Pattern,
}

impl Meminfo {
    /// Reads a text. Allocates only where its keys are not those of the last one.
    pub fn parse(&mut self, text: &[u8]) -> Result<MemorySample, Malformed> {
        let mut sample = MemorySample::default();
        let mut show = |key: usize, value| *(KEYS[key].place)(&mut sample) = Some(value);
        if self.pattern.walk(text, &mut show) {
            return Ok(sample);
        }
        self.parse_anew(text)
    }

    fn parse_anew(&mut self, whole: &[u8]) -> Result<MemorySample, Malformed> {
        let mut text = Cursor::new(whole);
        let mut sample = MemorySample::default();
        self.pattern.begin();
        // The keys come in the table's order, some left out: so the next one is near.
        let mut near = 0;
        loop {
            let Some(key) = text.until(b':') else {
                return Err(text.expected("a key and a colon"));
            };
            if let Some(index) = position(key, near) {
                near = index + 1;
                self.pattern.found(whole, text.rest(), index);
                let value = text.number().ok_or(text.expected("a number"))?;
                *(KEYS[index].place)(&mut sample) = Some(value);
            }
            if !text.next_line() {
                break;
            }
        }
        if sample.total.is_none() {
            return Err(text.expected("a line MemTotal"));
        }
        self.pattern.learn(whole);
        Ok(sample)
    }
}

fn position(key: &[u8], near: usize) -> Option<usize> {
    let is = |index: &usize| KEYS[*index].text.as_bytes() == key;
    (near..KEYS.len()).find(is).or_else(|| (0..near).find(is))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata;

    fn parse(text: &[u8]) -> Result<MemorySample, Malformed> {
        Meminfo::default().parse(text)
    }

    #[test]
    fn keys_in_any_order_find_their_places_and_strangers_are_passed_over() {
        let sample = parse(
            b"DirectMap1G:      7 kB\nMemTotal:     100 kB\nStranger:   5 kB\nMemFree:   20 kB\nActive(anon):    3 kB\nHugePages_Total:       9\n",
        )
        .unwrap();
        let expected = MemorySample {
            total: Some(100),
            free: Some(20),
            active_anon: Some(3),
            huge_pages_total: Some(9),
            direct_map_1g: Some(7),
            ..MemorySample::default()
        };
        assert_eq!(sample, expected);
    }

    #[test]
    fn used_is_what_is_not_available() {
        let mut sample = MemorySample {
            total: Some(1000),
            free: Some(100),
            available: Some(600),
            buffers: Some(10),
            cached: Some(200),
            s_reclaimable: Some(50),
            ..MemorySample::default()
        };
        assert_eq!(sample.used(), Some(400));
        sample.available = None;
        assert_eq!(sample.used(), Some(640));
        sample.free = Some(5000);
        assert_eq!(sample.used(), Some(0));
    }

    #[test]
    fn every_key_of_every_tree_is_known() {
        for (tree, text) in testdata::each("proc/meminfo") {
            for line in String::from_utf8(text).unwrap().lines() {
                let key = line.split(':').next().unwrap();
                assert!(position(key.as_bytes(), 0).is_some(), "{tree}: {key}");
            }
        }
    }

    #[test]
    fn what_is_not_a_key_and_a_number_is_named() {
        let error = parse(b"MemTotal: 1 kB\nMemFree 2 kB\n").unwrap_err();
        assert_eq!((error.line, error.expected), (2, "a key and a colon"));
        let error = parse(b"MemTotal: x kB\n").unwrap_err();
        assert_eq!((error.line, error.expected), (1, "a number"));
        assert_eq!(
            parse(b"MemFree: 2 kB\n").unwrap_err().expected,
            "a line MemTotal"
        );
        assert!(parse(b"").is_err());
    }

    #[test]
    fn the_longest_file_fits() {
        let longest: usize = KEYS
            .iter()
            .map(|key| key.text.len().max(16) + ":".len() + " 18446744073709551615 kB\n".len())
            .sum();
        assert!(longest * 3 / 2 < MEMINFO_SIZE_MAX);
    }

    #[test]
    fn no_bytes_are_taken_badly() {
        for (_, text) in testdata::each("proc/meminfo") {
            let text = &text[..text.len().min(300)];
            let mut known = Meminfo::default();
            testdata::each_damaged(text, |damaged| {
                // what is known of another text changes nothing
                known.parse(text).unwrap();
                assert_eq!(known.parse(damaged), parse(damaged));
            });
        }
    }
}
