//! A cursor over the bytes of a `/proc` or `/sys` file: fields, numbers and lines, without a copy and
//! without UTF-8. It never panics on any input; what is not there is `None`.

use crate::error::Malformed;
use crate::octets;

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
    #[inline]
    pub fn skip(&mut self, prefix: &[u8]) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// The same for what is no constant.
    #[inline]
    pub fn skip_known(&mut self, known: &[u8]) -> bool {
        let is_there = octets::starts_with(self.rest, known);
        if is_there {
            self.rest = &self.rest[known.len()..];
        }
        is_there
    }

    /// Skips spaces and tabs.
    #[inline]
    pub fn spaces(&mut self) {
        self.rest = &self.rest[octets::blanks(self.rest)..];
    }

    /// The next field of this line: bytes up to a space, a tab or the line's end. `None` at the line's end.
    #[inline]
    pub fn field(&mut self) -> Option<&'a [u8]> {
        self.spaces();
        let (field, rest) = self.rest.split_at(octets::field_size(self.rest));
        self.rest = rest;
        (!field.is_empty()).then_some(field)
    }

    /// Skips so many fields of this line, or what it has.
    pub fn skip_fields(&mut self, count: usize) {
        self.rest = &self.rest[octets::fields_size(self.rest, count)..];
    }

    /// Bytes of this line up to `stop`, which is skipped; `None`, and nothing moves, where it does not stand in this line.
    #[inline]
    pub fn until(&mut self, stop: u8) -> Option<&'a [u8]> {
        let end = octets::first_of_two(self.rest, [stop, b'\n'])?;
        if self.rest[end] != stop {
            return None;
        }
        let found = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        Some(found)
    }

    /// The next unsigned decimal number of this line, after spaces. `None`, and nothing but spaces is
    /// skipped, where no digit stands there or the number does not fit (the kernel prints 64 bits at most).
    #[inline]
    pub fn number(&mut self) -> Option<u64> {
        self.spaces();
        let (value, count) = octets::decimal(self.rest)?;
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
    #[inline]
    pub fn hexadecimal(&mut self) -> Option<u64> {
        self.spaces();
        let (value, count) = octets::hexadecimal(self.rest)?;
        self.rest = &self.rest[count..];
        Some(value)
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
    #[inline]
    pub fn next_line(&mut self) -> bool {
        match octets::first(self.rest, b'\n') {
            Some(end) => self.rest = &self.rest[end + 1..],
            None => self.rest = &[],
        }
        self.line += 1;
        !self.rest.is_empty()
    }

    /// Skips so many lines, what is left of this one the first; false, and nothing moves, where there are
    /// fewer.
    #[inline]
    pub fn skip_lines(&mut self, count: usize) -> bool {
        let Some(start) = octets::lines_on(self.rest, count) else {
            return false;
        };
        self.rest = &self.rest[start..];
        self.line += u32::try_from(count).unwrap_or(u32::MAX);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

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
