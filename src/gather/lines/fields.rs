//! A line as fields with blanks between, each with its place.

/// What is left of a line.
pub struct Fields<'a> {
    line: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    /// At the line's start; its end is where a newline, and a carriage return before it, begins.
    pub fn new(line: &'a [u8]) -> Fields<'a> {
        Fields {
            line: trimmed(line),
            at: 0,
        }
    }

    /// The next field and where it starts; at the end an empty one.
    pub fn next(&mut self) -> (&'a [u8], usize) {
        let rest = &self.line[self.at..];
        let start = rest.iter().position(|&byte| !is_blank(byte));
        let Some(start) = start else {
            self.at = self.line.len();
            return (&[], self.at);
        };
        let rest = &rest[start..];
        let end = rest.iter().position(|&byte| is_blank(byte));
        let field = &rest[..end.unwrap_or(rest.len())];
        let at = self.at + start;
        self.at = at + field.len();
        (field, at)
    }
}

/// The line without its newline.
pub fn trimmed(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}
