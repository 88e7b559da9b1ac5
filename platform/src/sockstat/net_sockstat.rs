//! The text of `/proc/net/sockstat` and `/proc/net/sockstat6`: `TCP: inuse 2 orphan 0 tw 3`.

use super::SockstatCounts;
use crate::error::Malformed;
use crate::pattern::Pattern;
use crate::text::Cursor;

/// Reads one text of a file after the other.
#[derive(Debug, Default)]
pub struct Sockstat {
    pattern: Pattern,
}

impl Sockstat {
    /// Adds what the text says to `counts`. Protocols and states that are not known are passed over.
    /// Allocates only where they are not those of the last text.
    pub fn parse(&mut self, text: &[u8], counts: &mut SockstatCounts) -> Result<(), Malformed> {
        let mut slots = counts.slots();
        let mut show = |key: usize, value| *slots[key] = Some(value);
        if self.pattern.walk(text, &mut show) {
            return Ok(());
        }
        self.parse_anew(text, &mut show)
    }

    fn parse_anew(
        &mut self,
        whole: &[u8],
        show: &mut impl FnMut(usize, u64),
    ) -> Result<(), Malformed> {
        let mut text = Cursor::new(whole);
        self.pattern.begin();
        while !text.at_end() {
            let protocol = text
                .until(b':')
                .ok_or(text.expected("a protocol and a colon"))?;
            while let Some(state) = text.field() {
                let rest = text.rest();
                let value = text.number().ok_or(text.expected("an unsigned number"))?;
                if let Some(key) = key_of(protocol, state) {
                    self.pattern.found(whole, rest, key);
                    show(key, value);
                }
            }
            text.next_line();
        }
        self.pattern.learn(whole);
        Ok(())
    }
}

fn key_of(protocol: &[u8], state: &[u8]) -> Option<usize> {
    SockstatCounts::KEYS.iter().position(|key| {
        key.as_bytes()
            .strip_prefix(protocol)
            .and_then(|key| key.strip_prefix(b"_"))
            == Some(state)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{each, each_damaged};

    fn parse(text: &[u8], counts: &mut SockstatCounts) -> Result<(), Malformed> {
        Sockstat::default().parse(text, counts)
    }

    #[test]
    fn both_files_fill_one_sample() {
        let mut counts = SockstatCounts::default();
        let v4 = b"sockets: used 17\nTCP: inuse 2 orphan 0 tw 3 alloc 4 mem 358\nFRAG: inuse 0 memory 9\nDCCP: inuse 1\n";
        parse(v4, &mut counts).unwrap();
        parse(b"TCP6: inuse 5\nFRAG6: inuse 0 memory 6\n", &mut counts).unwrap();
        let expected = SockstatCounts {
            sockets_used: Some(17),
            tcp_inuse: Some(2),
            tcp_orphan: Some(0),
            tcp_tw: Some(3),
            tcp_alloc: Some(4),
            tcp_mem: Some(358),
            frag_inuse: Some(0),
            frag_memory: Some(9),
            tcp6_inuse: Some(5),
            frag6_inuse: Some(0),
            frag6_memory: Some(6),
            ..SockstatCounts::default()
        };
        assert_eq!(counts, expected);
    }

    #[test]
    fn what_is_broken_is_named_with_its_line() {
        for (text, line, expected) in [
            ("sockets used 17\n", 1, "a protocol and a colon"),
            ("sockets: used 17\nTCP: inuse\n", 2, "an unsigned number"),
        ] {
            let error = parse(text.as_bytes(), &mut SockstatCounts::default()).unwrap_err();
            assert_eq!((error.line, error.expected), (line, expected));
        }
    }

    #[test]
    fn no_damage_makes_it_panic() {
        for file in ["proc/1/net/sockstat", "proc/1/net/sockstat6"] {
            for (_, text) in each(file) {
                let mut known = Sockstat::default();
                each_damaged(&text, |damaged| {
                    // what is known of another text changes nothing
                    known.parse(&text, &mut SockstatCounts::default()).unwrap();
                    let [mut ours, mut fresh] = [SockstatCounts::default(); 2];
                    let result = known.parse(damaged, &mut ours);
                    assert_eq!(result, parse(damaged, &mut fresh));
                    assert!(result.is_err() || ours == fresh);
                });
            }
        }
    }
}
