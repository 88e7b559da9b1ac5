//! What stays the same in a text between two reads: all but its numbers. Where a text has its numbers at the
//! places of the last one, they are taken one after the other and what stands between is compared; no key is
//! looked for.

use crate::octets;
use crate::text::Cursor;

/// A number, and what stands before it.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where its text ends in [`Pattern::between`].
    end: usize,
    /// Which of the wanted numbers it is, if it is one.
    slot: Option<usize>,
}

/// The last text without its numbers: those that stand behind a blank.
#[derive(Debug, Default)]
pub struct Pattern {
    between: Vec<u8>,
    pieces: Vec<Piece>,
    /// Where the wanted numbers were found in the text that is being read, in its order, and which they are.
    found: Vec<(usize, usize)>,
    /// Whether there was a text that was understood.
    is_known: bool,
}

impl Pattern {
    /// Shows the wanted numbers, each with its slot, if the text is as the last one was but for its numbers.
    /// False where it is not, after some were shown: it is to be read as if it were the first.
    #[inline]
    pub fn walk(&self, text: &[u8], show: &mut impl FnMut(usize, u64)) -> bool {
        let mut text = Cursor::new(text);
        let mut start = 0;
        for piece in &self.pieces {
            if !text.skip_known(&self.between[start..piece.end]) {
                return false;
            }
            start = piece.end;
            // what stands before a number is not the number's
            let is_apart = matches!(text.rest().first(), Some(b' ' | b'\t'));
            let Some(number) = is_apart.then(|| text.number()).flatten() else {
                return false;
            };
            if let Some(slot) = piece.slot {
                show(slot, number);
            }
        }
        self.is_known && text.rest() == &self.between[start..]
    }

    /// Begins to read a text whose pattern is to be learned.
    pub fn begin(&mut self) {
        self.found.clear();
        self.is_known = false;
    }

    /// The number that `rest` of `text` starts with, after blanks, is this one of the wanted.
    pub fn found(&mut self, text: &[u8], rest: &[u8], slot: usize) {
        let start = text.len() - rest.len() + octets::blanks(rest);
        self.found.push((start, slot));
    }

    /// Learns the pattern of a text that was read to its end.
    pub fn learn(&mut self, text: &[u8]) {
        self.between.clear();
        self.pieces.clear();
        let mut found = self.found.iter().peekable();
        let (mut start, mut at) = (0, 0);
        while at < text.len() {
            let blanks = octets::blanks(&text[at..]);
            let digits = at + blanks;
            match octets::decimal(&text[digits..]) {
                Some((_, count)) if blanks > 0 => {
                    self.between.extend_from_slice(&text[start..at]);
                    self.pieces.push(Piece {
                        end: self.between.len(),
                        slot: found
                            .next_if(|(place, _)| *place == digits)
                            .map(|(_, slot)| *slot),
                    });
                    start = digits + count;
                    at = start;
                }
                _ => at = digits.max(at + 1),
            }
        }
        self.between.extend_from_slice(&text[start..]);
        // a wanted number that stands behind no blank would be missed
        self.is_known = found.next().is_none();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers behind `a` and `b`, wherever these stand.
    fn learned(text: &[u8]) -> Pattern {
        let mut pattern = Pattern::default();
        pattern.begin();
        let mut rest = Cursor::new(text);
        while !rest.at_end() {
            let slot = match rest.field() {
                Some(b"a") => Some(0),
                Some(b"b:") => Some(1),
                _ => None,
            };
            if let Some(slot) = slot {
                pattern.found(text, rest.rest(), slot);
            }
            if rest.rest().first() == Some(&b'\n') {
                rest.next_line();
            }
        }
        pattern.learn(text);
        pattern
    }

    fn walk(pattern: &Pattern, text: &[u8]) -> Option<Vec<(usize, u64)>> {
        let mut shown = Vec::new();
        let is_it = pattern.walk(text, &mut |slot, number| shown.push((slot, number)));
        is_it.then_some(shown)
    }

    #[test]
    fn only_the_numbers_may_change() {
        let pattern = learned(b"x4 7 a 1\nb:     22 kB\nc 9\n");
        for (text, shown) in [
            (
                &b"x4 7 a 1\nb:     22 kB\nc 9\n"[..],
                Some([(0, 1), (1, 22)]),
            ),
            (
                b"x4 123456789012 a  18446744073709551615\nb: 0 kB\nc 9\n",
                Some([(0, u64::MAX), (1, 0)]),
            ),
            (b"x5 7 a 1\nb:     22 kB\nc 9\n", None),
            (b"x4 7 a 1\nb:     22 kB\nc 9", None),
            (b"x4 7 a 1\nb:     22 kB\nc 9\nd 1\n", None),
            (b"x4 7 a 1\nb:     22 MB\nc 9\n", None),
            (b"x4 7 a -1\nb:     22 kB\nc 9\n", None),
            (b"x4 7 a 18446744073709551616\nb: 2 kB\nc 9\n", None),
            (b"x4 7 a 1\n", None),
            (b"x4 7 a1\nb:     22 kB\nc 9\n", None),
            (b"", None),
        ] {
            let expected = shown.map(|shown| shown.to_vec());
            assert_eq!(walk(&pattern, text), expected, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn what_was_not_learned_is_not_known() {
        assert_eq!(walk(&Pattern::default(), b""), None);
        let mut pattern = learned(b"a 1\n");
        assert_eq!(walk(&pattern, b"a 2\n"), Some(vec![(0, 2)]));
        pattern.begin();
        assert_eq!(walk(&pattern, b"a 2\n"), None);
        // a number behind no blank
        pattern.found(b"1", b"1", 0);
        pattern.learn(b"1");
        assert_eq!(walk(&pattern, b"1"), None);
    }
}
