//! The known word that a mistyped one was probably meant to be.

/// The candidate that `word` is nearest to by edits of one letter (swaps of two neighbours too), if it is
/// near enough to be meant: a third of its letters at most, or a beginning of it.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let far = if word.len() >= 3 && candidate.starts_with(word) {
            1
        } else {
            distance(word.as_bytes(), candidate.as_bytes())
        };
        let near_enough = far <= word.len().max(candidate.len()).div_ceil(3);
        if near_enough && far < word.len() && best.is_none_or(|(least, _)| far < least) {
            best = Some((far, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// `; did you mean X?`, or nothing.
pub fn hint<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(word, candidates) {
        Some(candidate) => format!("; did you mean {candidate}?"),
        None => String::new(),
    }
}

/// Optimal string alignment, over three rows.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for row in 1..=a.len() {
        let mut current = vec![row; b.len() + 1];
        for column in 1..=b.len() {
            let changed = usize::from(a[row - 1] != b[column - 1]);
            let mut least = (above[column] + 1)
                .min(current[column - 1] + 1)
                .min(above[column - 1] + changed);
            let swapped =
                row > 1 && column > 1 && a[row - 1] == b[column - 2] && a[row - 2] == b[column - 1];
            if swapped {
                least = least.min(before[column - 2] + 1);
            }
            current[column] = least;
        }
        before = above;
        above = current;
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_a_stranger_finds_none() {
        const WORDS: [&str; 6] = [
            "ring",
            "ring-file",
            "ring-max",
            "interval",
            "listen",
            "log-level",
        ];
        for (word, expected) in [
            ("rng", Some("ring")),
            ("rign", Some("ring")),
            ("ringfile", Some("ring-file")),
            ("ring_max", Some("ring-max")),
            ("intervall", Some("interval")),
            ("int", Some("interval")),
            ("lisetn", Some("listen")),
            ("loglevel", Some("log-level")),
            ("colour", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, WORDS), expected, "{word}");
        }
    }

    #[test]
    fn distance_counts_single_edits_and_swaps() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "abc", 0),
            ("abc", "acb", 1),
            ("kitten", "sitting", 3),
            ("abcd", "badc", 2),
        ] {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
            assert_eq!(distance(b.as_bytes(), a.as_bytes()), expected, "{b} {a}");
        }
    }
}
