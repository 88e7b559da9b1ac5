//! Prometheus' labels of a series, as `/metrics` has them: read back from the very line that stands there,
//! so that both name a series alike.

/// Name and value.
pub(super) type Label = (String, String);

/// The labels of `name{label="value",...} `, the name among them as `__name__`.
pub(super) fn read(line: &str) -> Vec<Label> {
    let line = line.trim_end();
    let (name, mut rest) = line.split_once('{').unwrap_or((line, ""));
    let mut labels = vec![("__name__".to_owned(), name.to_owned())];
    while let Some((name, behind)) = rest.split_once("=\"") {
        let (value, behind) = read_value(behind);
        labels.push((name.trim_start_matches(',').to_owned(), value));
        rest = behind;
    }
    labels
}

/// A value up to its closing quote, and what stands behind that.
fn read_value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &text[at + 1..]),
            '\\' => match letters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, other)) => value.push(other),
                None => {}
            },
            other => value.push(other),
        }
    }
    (value, "")
}

/// A label's name, made of what it may have: letters, digits and `_`, no digit first.
pub(super) fn sane(name: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut sane: String = name
        .chars()
        .map(|letter| if is_plain(letter) { letter } else { '_' })
        .collect();
    if sane.is_empty() || sane.starts_with(|first: char| first.is_ascii_digit()) {
        sane.insert(0, '_');
    }
    sane
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_exposition_is_read_back() {
        let line = r#"node_disk_info{device="sda",path="a\\b \"c\"\nd",empty=""} "#;
        let expected = [
            ("__name__", "node_disk_info"),
            ("device", "sda"),
            ("path", "a\\b \"c\"\nd"),
            ("empty", ""),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read(line), expected);
        assert_eq!(
            read("node_load1 "),
            [("__name__".to_owned(), "node_load1".to_owned())]
        );
    }
}
