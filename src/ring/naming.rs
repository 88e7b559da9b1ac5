//! How an instance stands in a series' name: `[A-Za-z0-9_-]` kept, every other byte `_`, the leading slash
//! dropped; `root` is `/` and nothing else. Of instances that look alike each later one has a suffix, kept
//! in the directory: whoever asks for several at once asks in byte order ([`in_byte_order`]).

/// What belongs to `/` alone.
const ROOT: &str = "root";

/// The instance as names have it, without a suffix.
pub fn plain(instance: &[u8]) -> String {
    if instance == b"/" {
        return ROOT.to_owned();
    }
    let instance = instance.strip_prefix(b"/").unwrap_or(instance);
    let kept = |&byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => char::from(byte),
        _ => '_',
    };
    instance.iter().map(kept).collect()
}

/// The lowest ordinal that the instance may have: `root` looks like `/` but is second to it.
pub fn lowest_ordinal(instance: &[u8]) -> u16 {
    if instance != b"/" && plain(instance) == ROOT {
        2
    } else {
        1
    }
}

/// The instance as names have it: `sda`, `root~2`.
pub fn name(instance: &[u8], ordinal: u16) -> String {
    let mut name = plain(instance);
    if ordinal > 1 {
        name.push('~');
        name.push_str(&ordinal.to_string());
    }
    name
}

/// Brings those of `all` whose instances look alike in byte order, in the places that they have among the others.
pub fn in_byte_order<T>(all: &mut [T], instance: impl Fn(&T) -> &[u8]) {
    let names: Vec<String> = all.iter().map(|one| plain(instance(one))).collect();
    let mut sorted: Vec<usize> = (0..all.len()).collect();
    sorted.sort_by(|&left, &right| names[left].cmp(&names[right]));
    for alike in sorted.chunk_by(|&left, &right| names[left] == names[right]) {
        // a handful at most: the least of those that are left comes to each place
        for (at, &place) in alike.iter().enumerate() {
            let rest = alike[at..].iter().copied();
            let least =
                rest.min_by(|&left, &right| instance(&all[left]).cmp(instance(&all[right])));
            all.swap(place, least.unwrap_or(place));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_for_graphite_and_root_is_the_root() {
        for (instance, expected) in [
            (&b""[..], ""),
            (b"sda", "sda"),
            (b"/", "root"),
            (b"/var/log", "var_log"),
            (b"//", "_"),
            (b"eth0.100", "eth0_100"),
            (b"dm-0", "dm-0"),
            ("/mnt/Ü\n".as_bytes(), "mnt____"),
            (b"a~2", "a_2"),
        ] {
            assert_eq!(name(instance, 1), expected);
        }
    }

    #[test]
    fn what_only_looks_like_the_root_is_second_to_it() {
        assert_eq!(lowest_ordinal(b"/"), 1);
        assert_eq!(lowest_ordinal(b"root"), 2);
        assert_eq!(lowest_ordinal(b"/root"), 2);
        assert_eq!(lowest_ordinal(b"sda"), 1);
        assert_eq!(name(b"/root", 3), "root~3");
    }

    #[test]
    fn what_looks_alike_comes_in_byte_order_and_nothing_else_moves() {
        let mut all = ["z", "b/x", "b_x", "a", "b.x", "/y", "_y"];
        in_byte_order(&mut all, |one| one.as_bytes());
        assert_eq!(all, ["z", "b.x", "b/x", "a", "b_x", "/y", "_y"]);
        let mut all = ["root", "/root", "/"];
        in_byte_order(&mut all, |one| one.as_bytes());
        assert_eq!(all, ["/", "/root", "root"]);
    }
}
