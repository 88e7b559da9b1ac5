//! The devices left out by default, as node_exporter has them: RAM disks, loop devices, floppies and
//! partitions, `^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$`.

/// Whether a device is left out by default.
pub fn by_default(name: &[u8]) -> bool {
    let stem = without_digits(name);
    if stem.len() == name.len() {
        return false;
    }
    match stem {
        b"ram"
        | b"zram"
        | b"loop"
        | b"fd"
        | [b'h' | b's' | b'v', b'd', b'a'..=b'z']
        | [b'x', b'v', b'd', b'a'..=b'z'] => true,
        [b'n', b'v', b'm', b'e', .., b'p'] => is_nvme_partition(stem),
        _ => false,
    }
}

/// Whether it is `nvme\d+n\d+p`.
fn is_nvme_partition(stem: &[u8]) -> bool {
    let Some(rest) = stem.strip_suffix(b"p") else {
        return false;
    };
    let controller = without_digits(rest);
    let Some(before) = controller.strip_suffix(b"n") else {
        return false;
    };
    controller.len() < rest.len()
        && without_digits(before) == b"nvme"
        && before.len() > b"nvme".len()
}

/// The text without the digits that it ends in.
fn without_digits(text: &[u8]) -> &[u8] {
    let end = text
        .iter()
        .rposition(|byte| !byte.is_ascii_digit())
        .map_or(0, |last| last + 1);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::by_default;

    #[test]
    fn what_is_left_out_is_what_node_exporters_expression_leaves_out() {
        let oracle =
            regex::bytes::Regex::new(r"(?-u)^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$")
                .unwrap();
        // Every run of up to four of these pieces: all that the expression tells apart, and its neighbours.
        let pieces = [
            "", "z", "ram", "loop", "fd", "h", "s", "v", "xv", "d", "a", "nvme", "n", "p", "0",
            "12", "A", "-",
        ];
        let mut left_out = 0;
        let mut names = vec![String::new()];
        for _ in 0..4 {
            names = names
                .iter()
                .flat_map(|name| pieces.iter().map(move |piece| format!("{name}{piece}")))
                .collect();
            names.sort_unstable();
            names.dedup();
            for name in &names {
                let expected = oracle.is_match(name.as_bytes());
                left_out += usize::from(expected);
                assert_eq!(by_default(name.as_bytes()), expected, "{name}");
            }
        }
        assert!(left_out > 100);
        for name in [
            "nvme0n1p2",
            "nvme10n12p34",
            "nvme0n1",
            "nvme0c0n1p1",
            "nvmen1p1",
            "nvme0np1",
        ] {
            assert_eq!(
                by_default(name.as_bytes()),
                oracle.is_match(name.as_bytes()),
                "{name}"
            );
        }
    }
}
