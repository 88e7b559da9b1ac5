//! Text that may hold anything, made safe for CSV (RFC 4180), JSON and Prometheus' text.

/// Appends a CSV field, in quotes where it needs them.
pub fn push_csv(text: &str, out: &mut Vec<u8>) {
    if !text.contains([',', '"', '\r', '\n']) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// Appends a JSON string, its quotes included. Bytes that are no UTF-8 become U+FFFD.
pub fn push_json(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    if text.iter().all(|&byte| is_plain(byte)) {
        out.extend_from_slice(text);
        out.push(b'"');
        return;
    }
    for chunk in text.utf8_chunks() {
        for byte in chunk.valid().bytes() {
            push_json_byte(byte, out);
        }
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    out.push(b'"');
}

/// The most that a text of `len` bytes takes as a JSON string.
pub const fn json_size_max(len: usize) -> usize {
    len * 6 + 2
}

/// Whether a byte stands for itself in any of the texts: names nearly always do.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'
}

fn push_json_byte(byte: u8, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        0..0x20 => {
            out.extend_from_slice(b"\\u00");
            out.push(HEX[usize::from(byte >> 4)]);
            out.push(HEX[usize::from(byte & 15)]);
        }
        _ => out.push(byte),
    }
}

/// Appends a line of help as Prometheus' text has it. OpenMetrics escapes quotes too.
pub fn push_help(text: &str, quotes: bool, out: &mut Vec<u8>) {
    if text.bytes().all(is_plain) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    for byte in text.bytes() {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'"' if quotes => out.extend_from_slice(b"\\\""),
            _ => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn csv_is_quoted_only_where_it_must_be() {
        for (text, expected) in [
            ("cpu.all.user", "cpu.all.user"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("two\nlines", "\"two\nlines\""),
        ] {
            let mut out = Vec::new();
            push_csv(text, &mut out);
            assert_eq!(out, expected.as_bytes());
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_in_json() {
        let mut out = Vec::new();
        push_json(b"a\xffb\x01", &mut out);
        assert_eq!(out, "\"a\u{fffd}b\\u0001\"".as_bytes());
    }

    proptest! {
        #[test]
        fn json_strings_read_back_within_their_bound(text: String) {
            let mut out = Vec::new();
            push_json(text.as_bytes(), &mut out);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text.clone());
            prop_assert!(out.len() <= json_size_max(text.len()));
        }
    }
}
