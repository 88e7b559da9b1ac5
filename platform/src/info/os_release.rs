//! The text of os-release(5): lines `NAME="value"`, quoted as a shell would.

/// The value of a variable, unquoted; `None` where it is not set. The last line wins, as in a shell.
pub fn value(text: &str, variable: &str) -> Option<String> {
    text.lines()
        .rev()
        .find_map(|line| line.trim().strip_prefix(variable)?.strip_prefix('='))
        .map(unquote)
}

/// Major and minor of `VERSION_ID`: `^[0-9]+\.?[0-9]*`; 0 where it does not begin so.
pub fn version(version_id: &str) -> f64 {
    let is_digit = |letter: &char| letter.is_ascii_digit();
    let major = version_id.chars().take_while(is_digit).count();
    let mut length = major;
    if major > 0 && version_id[major..].starts_with('.') {
        let minor = version_id[major + 1..].chars().take_while(is_digit);
        length += 1 + minor.count();
    }
    version_id[..length].parse().unwrap_or(0.0)
}

fn unquote(text: &str) -> String {
    let text = text.trim();
    if let Some(plain) = text
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
    {
        return plain.to_owned();
    }
    let quoted = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let mut value = String::new();
    let mut letters = quoted.unwrap_or(text).chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => value.extend(letters.next()),
            _ => value.push(letter),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{each, each_damaged};

    #[test]
    fn values_are_unquoted_as_a_shell_would() {
        let text = "# comment\nNAME=\"Debian GNU/Linux\"\nID=debian\nVERSION='12 (bookworm)'\nBUILD_ID=\"a\\\"b\\$c\"\nVERSION_ID=\"12\"\nID=twice\n";
        assert_eq!(value(text, "NAME").unwrap(), "Debian GNU/Linux");
        assert_eq!(value(text, "VERSION").unwrap(), "12 (bookworm)");
        assert_eq!(value(text, "BUILD_ID").unwrap(), "a\"b$c");
        assert_eq!(value(text, "ID").unwrap(), "twice");
        assert_eq!(value(text, "VARIANT"), None);
    }

    #[test]
    fn a_version_is_its_first_two_numbers() {
        for (text, expected) in [
            ("12", 12.0),
            ("22.04", 22.04),
            ("3.18.4", 3.18),
            ("7.", 7.0),
            ("20240101", 20_240_101.0),
            ("", 0.0),
            ("rolling", 0.0),
        ] {
            assert!((version(text) - expected).abs() < 1e-9, "{text}");
        }
    }

    #[test]
    fn no_damage_makes_it_panic() {
        for (_, text) in each("etc/os-release") {
            each_damaged(&text, |text| {
                let text = String::from_utf8_lossy(text);
                version(&value(&text, "VERSION_ID").unwrap_or_default());
            });
        }
    }
}
