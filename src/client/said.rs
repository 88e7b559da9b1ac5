//! What another host said, as it may stand in a line of the log, in a status or on a terminal.

/// The most that is kept of it, in bytes.
const SIZE_MAX: usize = 200;

/// The start of it, on one line: control characters are nobody's to send to a terminal, nor to end a line with.
pub fn said(words: &str) -> String {
    let mut text = String::new();
    let parts = words.split(|letter: char| letter.is_control() || letter.is_whitespace());
    for part in parts.filter(|part| !part.is_empty()) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(part);
        if text.len() > SIZE_MAX {
            break;
        }
    }
    while text.len() > SIZE_MAX {
        text.pop();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_short_line_of_what_can_be_seen() {
        assert_eq!(
            said(" no:\r\n\x1b[31m\"bad\"\t\u{7f}\u{9b}2J  f\u{fc}r\0"),
            "no: [31m\"bad\" 2J f\u{fc}r"
        );
        assert_eq!(said("\x1b\n\u{85}"), "");
        let long = said(&"x".repeat(3000));
        assert_eq!(long, "x".repeat(200));
        // cut at a letter's edge
        assert_eq!(said(&format!("x{}", "\u{fc}".repeat(1500))).len(), 199);
        assert!(said(&"ab ".repeat(1000)).len() <= 200);
    }
}
