//! The text of `/proc/net/netstat` and `/proc/net/snmp`: pairs of lines, `Protocol: name name ...` above
//! `Protocol: value value ...`. Where the wanted columns stand is found once and kept with the header
//! lines; a tick compares these (two KiB, some 50 ns) and walks only the values.

use crate::error::Malformed;
use crate::text::Cursor;

/// Where the wanted columns stand.
#[derive(Debug)]
pub struct Columns {
    keys: &'static [&'static str],
    /// The header lines, one after another, newlines included.
    headers: Vec<u8>,
    blocks: Vec<Block>,
    wanted: Vec<Wanted>,
}

/// A header line, and the wanted columns of the line of values below it.
#[derive(Debug)]
struct Block {
    header_end: usize,
    wanted_end: usize,
}

#[derive(Debug)]
struct Wanted {
    /// Columns between the last wanted one (or the protocol) and this.
    skipped: usize,
    /// The key's number.
    key: usize,
}

impl Columns {
    /// Columns of these keys (`Protocol_Name`), to be found in the first text.
    pub fn new(keys: &'static [&'static str]) -> Columns {
        Columns {
            keys,
            headers: Vec::new(),
            blocks: Vec::new(),
            wanted: Vec::new(),
        }
    }

    /// Reads the text: `slots` as many as keys, in their order; a key that is not there leaves its slot
    /// alone. Allocates only where the headers are not those of the last text.
    pub fn parse(&mut self, text: &[u8], slots: &mut [&mut Option<u64>]) -> Result<(), Malformed> {
        if !self.walk(text, slots)? {
            self.find(text)?;
            if !self.walk(text, slots)? {
                return Err(Cursor::new(text).expected("the same protocol before names and values"));
            }
        }
        Ok(())
    }

    /// Reads the values; false where the headers are others, or there are more or fewer of them.
    fn walk(&self, text: &[u8], slots: &mut [&mut Option<u64>]) -> Result<bool, Malformed> {
        let mut text = Cursor::new(text);
        let (mut header, mut first, mut line) = (0, 0, 0);
        for block in &self.blocks {
            let names = &self.headers[header..block.header_end];
            if !text.skip_known(names) {
                return Ok(false);
            }
            line += 2;
            let wanted = &self.wanted[first..block.wanted_end];
            if !wanted.is_empty() && text.field() != Cursor::new(names).field() {
                return Ok(false);
            }
            for column in wanted {
                text.skip_fields(column.skipped);
                let expected = "an unsigned number";
                *slots[column.key] = Some(text.number().ok_or(Malformed { line, expected })?);
            }
            text.next_line();
            (header, first) = (block.header_end, block.wanted_end);
        }
        Ok(text.at_end() && !self.blocks.is_empty())
    }

    /// Finds the columns anew.
    fn find(&mut self, text: &[u8]) -> Result<(), Malformed> {
        self.headers.clear();
        self.blocks.clear();
        self.wanted.clear();
        let mut text = Cursor::new(text);
        if text.at_end() {
            return Err(text.expected("a protocol and a colon"));
        }
        while !text.at_end() {
            let line = text.rest();
            let mut names = text.clone();
            if !text.next_line() {
                return Err(text.expected("a line of values"));
            }
            self.headers.extend(&line[..line.len() - text.rest().len()]);
            let protocol = names
                .until(b':')
                .ok_or(names.expected("a protocol and a colon"))?;
            let mut skipped = 0;
            while let Some(name) = names.field() {
                match self.keys.iter().position(|key| is_key(key, protocol, name)) {
                    Some(key) => {
                        self.wanted.push(Wanted { skipped, key });
                        skipped = 0;
                    }
                    None => skipped += 1,
                }
            }
            self.blocks.push(Block {
                header_end: self.headers.len(),
                wanted_end: self.wanted.len(),
            });
            text.next_line();
        }
        Ok(())
    }
}

fn is_key(key: &str, protocol: &[u8], name: &[u8]) -> bool {
    key.as_bytes()
        .strip_prefix(protocol)
        .and_then(|key| key.strip_prefix(b"_"))
        == Some(name)
}

#[cfg(test)]
mod tests {
    use super::super::{NetstatSample, SnmpSample};
    use super::*;
    use crate::testdata::{each, each_damaged};

    const KEYS: &[&str] = &["Tcp_InSegs", "Udp_NoPorts", "Tcp_InErrs"];

    fn parse(columns: &mut Columns, text: &[u8]) -> Result<[Option<u64>; 3], Malformed> {
        let (mut segs, mut ports, mut errs) = (None, None, None);
        columns.parse(text, &mut [&mut segs, &mut ports, &mut errs])?;
        Ok([segs, ports, errs])
    }

    #[test]
    fn values_are_found_by_their_names_wherever_they_stand() {
        let mut columns = Columns::new(KEYS);
        for (text, expected) in [
            (
                "Tcp: MaxConn InSegs OutSegs InErrs\nTcp: -1 7 8 9\nUdp: NoPorts\nUdp: 3\n",
                [Some(7), Some(3), Some(9)],
            ),
            (
                "Tcp: MaxConn InSegs OutSegs InErrs\nTcp: -1 17 8 19\nUdp: NoPorts\nUdp: 13\n",
                [Some(17), Some(13), Some(19)],
            ),
            (
                "Udp: In NoPorts\nUdp: 1 2\nTcp: InErrs InSegs\nTcp: 5 6\n",
                [Some(6), Some(2), Some(5)],
            ),
            ("Tcp: InSegs\nTcp: 4\n", [Some(4), None, None]),
            (
                "Tcp: InSegs\nTcp: 4\nIp: Forwarding\nIp: 1\n",
                [Some(4), None, None],
            ),
        ] {
            assert_eq!(parse(&mut columns, text.as_bytes()), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_broken_is_named_with_its_line() {
        for (text, line, expected) in [
            ("", 1, "a protocol and a colon"),
            ("Tcp: InSegs\n", 2, "a line of values"),
            ("Tcp InSegs\nTcp 4\n", 1, "a protocol and a colon"),
            ("Tcp: InSegs InErrs\nTcp: 4\n", 2, "an unsigned number"),
            ("Tcp: InSegs\nTcp: -4\n", 2, "an unsigned number"),
            (
                "Tcp: InSegs\nUdp: 4\n",
                1,
                "the same protocol before names and values",
            ),
        ] {
            let error = parse(&mut Columns::new(KEYS), text.as_bytes()).unwrap_err();
            assert_eq!((error.line, error.expected), (line, expected), "{text}");
        }
    }

    #[test]
    fn no_damage_makes_it_panic() {
        // the lines of one protocol: every byte damaged in turn; then whole files cut short
        for (_, text) in each("proc/1/net/snmp") {
            let mut columns = Columns::new(SnmpSample::KEYS);
            let tcp = text
                .split(|&byte| byte == b'\n')
                .filter(|line| line.starts_with(b"Tcp:"));
            let mut tcp = tcp.collect::<Vec<_>>().join(&b'\n');
            tcp.push(b'\n');
            assert_eq!(
                columns.parse(&tcp, &mut SnmpSample::default().slots()),
                Ok(())
            );
            each_damaged(&tcp, |text| {
                let _ = columns.parse(text, &mut SnmpSample::default().slots());
            });
        }
        for (_, text) in each("proc/1/net/netstat") {
            let mut columns = Columns::new(NetstatSample::KEYS);
            for end in (0..text.len()).step_by(7) {
                let _ = columns.parse(&text[..end], &mut NetstatSample::default().slots());
            }
        }
    }
}
