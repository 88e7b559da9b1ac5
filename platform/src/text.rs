//! A cursor over the bytes of a `/proc` or `/sys` file: fields, numbers and lines, without a copy and
//! without UTF-8. It never panics on any input; what is not there is `None`.

use crate::error::Malformed;

/// A place in a text, and the number of its line.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    rest: &'a [u8],
    line: u32,
}

impl<'a> Cursor<'a> {
    /// At the start of `text`, line 1.
    pub fn new(text: &'a [u8]) -> Cursor<'a> {
        Cursor {
            rest: text,
            line: 1,
        }
    }

    /// The line's number, from 1.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// What is left of the text.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether the text is used up.
    pub fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The complaint that something else was expected here.
    pub fn expected(&self, expected: &'static str) -> Malformed {
        Malformed {
            line: self.line,
            expected,
        }
    }

    /// Goes on if the text goes on with `prefix`.
    pub fn skip(&mut self, prefix: &[u8]) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Skips spaces and tabs.
    pub fn spaces(&mut self) {
        while let [b' ' | b'\t', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// The next field of this line: bytes up to a space, a tab or the line's end. `None` at the line's end.
    pub fn field(&mut self) -> Option<&'a [u8]> {
        self.spaces();
        let end = self
            .rest
            .iter()
            .position(|byte| matches!(byte, b' ' | b'\t' | b'\n'))
            .unwrap_or(self.rest.len());
        let (field, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!field.is_empty()).then_some(field)
    }

    /// Bytes of this line up to `stop`, which is skipped; `None`, and nothing moves, where it does not stand in this line.
    pub fn until(&mut self, stop: u8) -> Option<&'a [u8]> {
        let end = self
            .rest
            .iter()
            .position(|&byte| byte == stop || byte == b'\n')?;
        if self.rest[end] != stop {
            return None;
        }
        let found = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Some(found)
    }

    /// The next unsigned decimal number of this line, after spaces. `None`, and nothing but spaces is
    /// skipped, where no digit stands there or the number does not fit (the kernel prints 64 bits at most).
    pub fn number(&mut self) -> Option<u64> {
        self.spaces();
        let digit = |at: usize| {
            let digit = self.rest.get(at)?.wrapping_sub(b'0');
            (digit <= 9).then_some(u64::from(digit))
        };
        let mut value: u64 = 0;
        let mut count = 0;
        // As many digits always fit; of the few that may follow each is checked.
        while count < 19
            && let Some(digit) = digit(count)
        {
            value = value * 10 + digit;
            count += 1;
        }
        while count >= 19
            && let Some(digit) = digit(count)
        {
            value = value.checked_mul(10)?.checked_add(digit)?;
            count += 1;
        }
        if count == 0 {
            return None;
        }
        self.rest = &self.rest[count..];
        Some(value)
    }

    /// The next signed decimal number of this line.
    pub fn signed(&mut self) -> Option<i64> {
        self.spaces();
        let start = self.rest;
        let negative = self.skip(b"-");
        let value = self.number().and_then(|value| {
            let value = i128::from(value);
            i64::try_from(if negative { -value } else { value }).ok()
        });
        if value.is_none() {
            self.rest = start;
        }
        value
    }

    /// The next hexadecimal number (no `0x`) of this line.
    pub fn hexadecimal(&mut self) -> Option<u64> {
        self.spaces();
        let count = self
            .rest
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        if count == 0 || count > 16 {
            return None;
        }
        let (digits, rest) = self.rest.split_at(count);
        self.rest = rest;
        Some(digits.iter().fold(0, |value, &byte| {
            value << 4 | u64::from(char::from(byte).to_digit(16).unwrap_or(0))
        }))
    }

    /// The next decimal fraction of this line as a float: `0.42`, `-3`, `12.`.
    pub fn real(&mut self) -> Option<f64> {
        self.spaces();
        let count = self
            .rest
            .iter()
            .take_while(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'))
            .count();
        let value = std::str::from_utf8(&self.rest[..count])
            .ok()?
            .parse()
            .ok()?;
        self.rest = &self.rest[count..];
        Some(value)
    }

    /// Skips what is left of this line and its newline; false at the end of the text.
    pub fn next_line(&mut self) -> bool {
        match position(self.rest, b'\n') {
            Some(end) => self.rest = &self.rest[end + 1..],
            None => self.rest = &[],
        }
        self.line += 1;
        !self.rest.is_empty()
    }
}

/// Where `wanted` stands first. Eight bytes at a time: most of these texts is passed over.
fn position(text: &[u8], wanted: u8) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let (chunks, tail) = text.as_chunks::<8>();
    for (chunk, start) in chunks.iter().zip((0..).step_by(8)) {
        // A byte that is wanted becomes 0, and a byte that is 0 borrows from its top bit.
        let differs = u64::from_le_bytes(*chunk) ^ (ONES * u64::from(wanted));
        let found = differs.wrapping_sub(ONES) & !differs & TOPS;
        if found != 0 {
            return Some(start + found.trailing_zeros() as usize / 8);
        }
    }
    let start = text.len() - tail.len();
    let found = tail.iter().position(|&byte| byte == wanted)?;
    Some(start + found)
}

#[cfg(test)]
mod tests {
    use super::{Cursor, position};

    #[test]
    fn the_first_of_several_is_found_wherever_it_stands() {
        for length in 0..40 {
            for at in 0..length {
                for neighbour in [b'\n' - 1, b'\n' + 1, 0, 0xff, b'\n' | 0x80] {
                    let mut text = vec![neighbour; length];
                    assert_eq!(position(&text, b'\n'), None);
                    text[at] = b'\n';
                    text[length - 1] = b'\n';
                    assert_eq!(position(&text, b'\n'), Some(at));
                }
            }
        }
    }

    #[test]
    fn fields_and_numbers_stop_at_the_lines_end() {
        let mut text = Cursor::new(b"cpu  10 20\nintr 7\n");
        assert_eq!(text.field(), Some(&b"cpu"[..]));
        assert_eq!(text.number(), Some(10));
        assert_eq!(text.number(), Some(20));
        assert_eq!(text.number(), None);
        assert_eq!(text.field(), None);
        assert!(text.next_line());
        assert_eq!(text.line(), 2);
        assert!(text.skip(b"intr"));
        assert_eq!(text.number(), Some(7));
        assert!(!text.next_line());
        assert!(text.at_end());
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        assert_eq!(
            Cursor::new(b"18446744073709551615").number(),
            Some(u64::MAX)
        );
        assert_eq!(Cursor::new(b"18446744073709551616").number(), None);
        assert_eq!(
            Cursor::new(b"-9223372036854775808").signed(),
            Some(i64::MIN)
        );
        assert_eq!(Cursor::new(b"-9223372036854775809").signed(), None);
        assert_eq!(
            Cursor::new(b"ffffffffffffffff").hexadecimal(),
            Some(u64::MAX)
        );
        assert_eq!(Cursor::new(b"x").hexadecimal(), None);
        assert_eq!(Cursor::new(b" 0.42 ").real(), Some(0.42));
        assert_eq!(Cursor::new(b"abc").real(), None);
    }

    #[test]
    fn until_does_not_leave_the_line() {
        let mut text = Cursor::new(b"eth0: 1\nlo 2:");
        assert_eq!(text.until(b':'), Some(&b"eth0"[..]));
        text.next_line();
        let mut none = Cursor::new(b"lo 2\neth0:");
        assert_eq!(none.until(b':'), None);
        assert_eq!(none.field(), Some(&b"lo"[..]));
    }
}
