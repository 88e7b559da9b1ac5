//! A walk through the tokens of a JSON document, and what a text in it means.

use super::scratch::Store;

/// A place in a document, never before a blank. What it gives has a meaning where the grammar was checked;
/// where it was not it is still no panic.
#[derive(Clone)]
pub struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Lexer<'a> {
    /// At the document's start.
    pub fn new(text: &'a [u8]) -> Lexer<'a> {
        let mut lexer = Lexer { text, at: 0 };
        lexer.go(0);
        lexer
    }

    /// Where it stands.
    pub fn at(&self) -> usize {
        self.at
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u8] {
        &self.text[self.at..]
    }

    fn go(&mut self, count: usize) {
        self.at = self.text.len().min(self.at + count);
        let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        self.at += self.rest().iter().take_while(is_blank).count();
    }

    /// The next byte; 0 at the end.
    pub fn peek(&self) -> u8 {
        self.rest().first().copied().unwrap_or(0)
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == byte;
        if is_next {
            self.go(1);
        }
        is_next
    }

    /// Behind the one byte that stands here: into a list or an object.
    pub fn open(&mut self) {
        self.go(1);
    }

    /// The next key of the object that it is in, as it is written; behind its last none.
    pub fn key(&mut self) -> Option<&'a [u8]> {
        self.take(b',');
        if self.take(b'}') || self.peek() != b'"' {
            return None;
        }
        let key = self.string();
        self.take(b':');
        Some(key)
    }

    /// Whether the list that it is in has one more element; it stands at it.
    pub fn element(&mut self) -> bool {
        self.take(b',');
        !self.take(b']') && self.at < self.text.len()
    }

    /// The text that stands here, as it is written.
    pub fn string(&mut self) -> &'a [u8] {
        let rest = self.rest().get(1..).unwrap_or_default();
        let mut len = 0;
        while let Some(byte) = rest.get(len) {
            match byte {
                b'"' => break,
                b'\\' => len += 2,
                _ => len += 1,
            }
        }
        self.go(len + 2);
        &rest[..len.min(rest.len())]
    }

    /// The number or word that stands here.
    pub fn word(&mut self) -> &'a [u8] {
        let is_in = |byte: &&u8| {
            !matches!(
                byte,
                b' ' | b'\t' | b'\n' | b'\r' | b',' | b']' | b'}' | b':' | b'"'
            )
        };
        let rest = self.rest();
        let len = rest.iter().take_while(is_in).count();
        self.go(len);
        &rest[..len]
    }

    /// Passes over whatever stands here.
    pub fn skip_value(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                b'"' => _ = self.string(),
                b'{' | b'[' => {
                    depth += 1;
                    self.go(1);
                }
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    self.go(1);
                }
                b',' | b':' => self.go(1),
                0 => return,
                _ => _ = self.word(),
            }
            if depth == 0 {
                return;
            }
        }
    }

    /// A text as it is meant.
    pub fn unescaped<'t>(raw: &'t [u8], store: &mut Store<'t>) -> &'t [u8] {
        if !raw.contains(&b'\\') {
            return raw;
        }
        let (mut at, mut utf8, mut queue) = (0, [0; 4], 0..0);
        store.keep(std::iter::from_fn(move || {
            if queue.is_empty() {
                let (letter, len) = letter(raw.get(at..).filter(|rest| !rest.is_empty())?);
                at += len;
                match letter {
                    Letter::Byte(byte) => return Some(byte),
                    Letter::Char(char) => queue = 0..char.encode_utf8(&mut utf8).len(),
                }
            }
            queue.next().map(|place| utf8[place])
        }))
    }
}

enum Letter {
    Byte(u8),
    Char(char),
}

/// What a text begins with, and how many bytes say so. Half a surrogate pair is U+FFFD.
fn letter(rest: &[u8]) -> (Letter, usize) {
    let unit = |at: usize| {
        let digits = rest.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let byte = match rest {
        [b'\\', b'u', ..] => {
            let first = unit(0).unwrap_or(0xfffd);
            if let (0xd800..0xdc00, Some(second @ 0xdc00..0xe000)) = (first, unit(6)) {
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return (Letter::Char(char::from_u32(code).unwrap_or('\u{fffd}')), 12);
            }
            return (Letter::Char(char::from_u32(first).unwrap_or('\u{fffd}')), 6);
        }
        [b'\\', b'b', ..] => 8,
        [b'\\', b'f', ..] => 12,
        [b'\\', b'n', ..] => b'\n',
        [b'\\', b'r', ..] => b'\r',
        [b'\\', b't', ..] => b'\t',
        [b'\\', byte, ..] => *byte,
        [byte, ..] => return (Letter::Byte(*byte), 1),
        [] => return (Letter::Byte(b' '), 1),
    };
    (Letter::Byte(byte), 2)
}
