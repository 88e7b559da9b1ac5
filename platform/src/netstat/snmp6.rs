//! The text of `/proc/net/snmp6`: a name and a value a line.

use super::Snmp6Sample;
use crate::error::Malformed;
use crate::text::Cursor;

/// Reads the text.
pub fn parse(text: &[u8]) -> Result<Snmp6Sample, Malformed> {
    let mut sample = Snmp6Sample::default();
    let slots = sample.slots();
    let mut text = Cursor::new(text);
    while !text.at_end() {
        let name = text.field().unwrap_or_default();
        if let Some(key) = key_of(name) {
            *slots[key] = Some(text.number().ok_or(text.expected("an unsigned number"))?);
        }
        text.next_line();
    }
    Ok(sample)
}

/// The number of the key of that name.
fn key_of(name: &[u8]) -> Option<usize> {
    Snmp6Sample::KEYS
        .iter()
        .position(|key| key.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{each, each_damaged};

    #[test]
    fn wanted_names_are_taken_and_others_passed_over() {
        let sample = parse(
            b"Ip6InReceives                   \t1\nIp6InOctets                     \t128\n\
            Icmp6InMsgs                     \t1\nUdpLite6InErrors                \t3\n",
        )
        .unwrap();
        assert_eq!(sample.ip6_in_octets, Some(128));
        assert_eq!(sample.icmp6_in_msgs, Some(1));
        assert_eq!(sample.udp_lite6_in_errors, Some(3));
        assert_eq!(sample.ip6_out_octets, None);
    }

    #[test]
    fn a_name_without_its_value_is_named() {
        let error = parse(b"Ip6InReceives 1\nIp6InOctets\n").unwrap_err();
        assert_eq!((error.line, error.expected), (2, "an unsigned number"));
    }

    #[test]
    fn no_damage_makes_it_panic() {
        for (_, text) in each("proc/1/net/snmp6") {
            each_damaged(&text, |text| {
                let _ = parse(text);
            });
        }
    }
}
