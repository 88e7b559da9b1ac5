//! A place in a line, for parsers that go through it once.

/// What is left of a line, and how many bytes are behind.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    line: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At the line's start; its end is where a newline, and a carriage return before it, begins.
    pub fn new(line: &'a [u8]) -> Cursor<'a> {
        Cursor {
            line: trimmed(line),
            at: 0,
        }
    }

    /// Where it stands.
    pub fn at(&self) -> usize {
        self.at
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u8] {
        &self.line[self.at..]
    }

    /// The next byte.
    pub fn peek(&self) -> Option<u8> {
        self.line.get(self.at).copied()
    }

    /// Takes the next byte.
    pub fn next_byte(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Goes on if `byte` is next.
    pub fn skip(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Passes over so many bytes, or what is left.
    pub fn advance(&mut self, count: usize) {
        self.at = self.line.len().min(self.at + count);
    }

    /// Skips spaces and tabs; says how many.
    pub fn blanks(&mut self) -> usize {
        self.take_while(is_blank).len()
    }

    /// Takes bytes as long as they are so.
    pub fn take_while(&mut self, is_so: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let end = rest.iter().position(|&byte| !is_so(byte));
        let taken = &rest[..end.unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    /// The next field, after blanks, and where it starts; at the end an empty one.
    pub fn field(&mut self) -> (&'a [u8], usize) {
        self.blanks();
        let at = self.at;
        (self.take_while(|byte| !is_blank(byte)), at)
    }
}

/// The line without its newline.
pub fn trimmed(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

pub fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}
