//! The text of `/proc/net/sockstat` and `/proc/net/sockstat6`: `TCP: inuse 2 orphan 0 tw 3`.

use super::SockstatCounts;
use crate::error::Malformed;
use crate::text::Cursor;

/// Adds what one of the texts says to `counts`. Protocols and states that are not known are passed over.
pub fn parse(text: &[u8], counts: &mut SockstatCounts) -> Result<(), Malformed> {
    let slots = counts.slots();
    let mut text = Cursor::new(text);
    while !text.at_end() {
        let protocol = text
            .until(b':')
            .ok_or(text.expected("a protocol and a colon"))?;
        while let Some(state) = text.field() {
            let value = text.number().ok_or(text.expected("an unsigned number"))?;
            let key = SockstatCounts::KEYS.iter().position(|key| {
                key.as_bytes()
                    .strip_prefix(protocol)
                    .and_then(|key| key.strip_prefix(b"_"))
                    == Some(state)
            });
            if let Some(key) = key {
                *slots[key] = Some(value);
            }
        }
        text.next_line();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{each, each_damaged};

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
                each_damaged(&text, |text| {
                    let _ = parse(text, &mut SockstatCounts::default());
                });
            }
        }
    }
}
