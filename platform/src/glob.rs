//! The one glob of goodall: `*` is any run of bytes (dots and slashes too), `?` any one byte, all else
//! itself. Used for series names, devices, interfaces and mount points.

/// Whether `text` matches `pattern` from end to end. Linear in practice: only the last `*` is retried.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut seen) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                retry = Some((at, seen));
                at += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[seen] => {
                at += 1;
                seen += 1;
            }
            _ => match retry {
                Some((star, start)) => {
                    at = star + 1;
                    seen = start + 1;
                    retry = Some((star, start + 1));
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_crosses_dots_and_a_question_mark_is_one_byte() {
        for (pattern, text, expected) in [
            ("load.*", "load.1m", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("cpu.*.user", "cpu.all.user", true),
            ("cpu.*.user", "cpu.0.system", false),
            ("disk.*", "disk.sda.read_bytes", true),
            ("*_bytes", "disk.sda.read_bytes", true),
            ("cpu.?.user", "cpu.0.user", true),
            ("cpu.?.user", "cpu.10.user", false),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXbXbX", false),
            ("load", "load.1m", false),
        ] {
            assert_eq!(
                matches(pattern.as_bytes(), text.as_bytes()),
                expected,
                "{pattern} on {text}"
            );
        }
    }
}
