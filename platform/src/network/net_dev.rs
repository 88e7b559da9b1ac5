//! The text of `/proc/net/dev`, proc_pid_net(5): two lines of headings, then a line an interface,
//! `  eth0: ` and sixteen numbers.

use super::{INTERFACES_MAX, Line, NetworkSample};
use crate::error::Malformed;
use crate::text::Cursor;

/// An interface's name at its longest (`IFNAMSIZ`, 16 with the end mark).
const NAME_SIZE_MAX: usize = 15;
/// A line at its longest: its columns are padded to less than the longest number.
const LINE_SIZE_MAX: usize =
    NAME_SIZE_MAX + ":".len() + 16 * " 18446744073709551615".len() + "\n".len();
/// The two lines of headings.
const HEADINGS_SIZE: usize = 200;
/// What the file can be at most. Only the pages that it fills are ever resident.
pub const NET_DEV_SIZE_MAX: usize = HEADINGS_SIZE + INTERFACES_MAX * LINE_SIZE_MAX + 1;

const _: () = assert!(
    LINE_SIZE_MAX <= crate::proc_file::RECORD_SIZE_MAX,
    "a read that stops early must have had room for one more line"
);

/// One line: which interface, and what it did.
#[derive(Clone, Debug)]
pub struct NetDevLine<'a> {
    /// The interface's name.
    pub name: &'a [u8],
    columns: Cursor<'a>,
}

/// The lines of the interfaces, in the text's order.
#[derive(Clone, Debug)]
pub struct NetDevLines<'a> {
    text: Cursor<'a>,
}

/// The lines of the text of `/proc/net/dev`.
pub fn lines(text: &[u8]) -> NetDevLines<'_> {
    let mut text = Cursor::new(text);
    text.next_line();
    text.next_line();
    NetDevLines { text }
}

impl<'a> Iterator for NetDevLines<'a> {
    type Item = Result<NetDevLine<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let text = &mut self.text;
        if text.at_end() {
            return None;
        }
        text.spaces();
        let line = match text.until(b':') {
            Some(name) if !name.is_empty() => Ok(NetDevLine {
                name,
                columns: text.clone(),
            }),
            _ => Err(text.expected("an interface's name and a colon")),
        };
        text.next_line();
        Some(line)
    }
}

impl NetDevLine<'_> {
    /// What the interface did; how its line is stands elsewhere.
    pub fn sample(self, line: Line) -> Result<NetworkSample, Malformed> {
        let mut text = self.columns;
        let mut count = || text.number().ok_or(text.expected("16 counts"));
        Ok(NetworkSample {
            receive_bytes: count()?,
            receive_packets: count()?,
            receive_errs: count()?,
            receive_drop: count()?,
            receive_fifo: count()?,
            receive_frame: count()?,
            receive_compressed: count()?,
            receive_multicast: count()?,
            transmit_bytes: count()?,
            transmit_packets: count()?,
            transmit_errs: count()?,
            transmit_drop: count()?,
            transmit_fifo: count()?,
            transmit_colls: count()?,
            transmit_carrier: count()?,
            transmit_compressed: count()?,
            receive_no_protocol: None,
            transmit_multicast: None,
            line,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata;

    const HEADINGS: &str = "Inter-|   Receive |  Transmit\n face |bytes packets|bytes\n";

    fn samples(text: &[u8]) -> Vec<Result<NetworkSample, Malformed>> {
        lines(text)
            .map(|line| line.and_then(|line| line.sample(Line::default())))
            .collect()
    }

    #[test]
    fn every_column_finds_its_place() {
        let text = format!("{HEADINGS}  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
        let line = lines(text.as_bytes()).next().unwrap().unwrap();
        assert_eq!(line.name, b"eth0");
        let expected = NetworkSample {
            receive_bytes: 1,
            receive_packets: 2,
            receive_errs: 3,
            receive_drop: 4,
            receive_fifo: 5,
            receive_frame: 6,
            receive_compressed: 7,
            receive_multicast: 8,
            transmit_bytes: 9,
            transmit_packets: 10,
            transmit_errs: 11,
            transmit_drop: 12,
            transmit_fifo: 13,
            transmit_colls: 14,
            transmit_carrier: 15,
            transmit_compressed: 16,
            receive_no_protocol: None,
            transmit_multicast: None,
            line: Line::default(),
        };
        assert_eq!(line.sample(Line::default()), Ok(expected));
    }

    #[test]
    fn a_number_may_stand_right_after_the_colon() {
        // Kernels before 2.6.27 printed it so; the columns' padding is gone when a counter is long.
        let text =
            format!("{HEADINGS}eth0:18446744073709551615 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16");
        assert_eq!(samples(text.as_bytes())[0].unwrap().receive_bytes, u64::MAX);
    }

    #[test]
    fn a_line_that_is_not_an_interfaces_is_named() {
        let text = format!("{HEADINGS} lo 1\n: 1\nlo: 1 2 3\n");
        let errors: Vec<_> = samples(text.as_bytes())
            .into_iter()
            .map(|sample| sample.unwrap_err())
            .map(|error| (error.line, error.expected))
            .collect();
        let no_name = "an interface's name and a colon";
        assert_eq!(errors, [(3, no_name), (4, no_name), (5, "16 counts")]);
    }

    #[test]
    fn no_bytes_are_taken_badly() {
        for (_, text) in testdata::each("proc/net/dev") {
            testdata::each_damaged(&text, |text| drop(samples(text)));
        }
    }
}
