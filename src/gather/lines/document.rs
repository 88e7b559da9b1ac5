//! The text of a JSON document (RFC 8259): how it is put together of lines, whether it keeps the grammar, and
//! a walk through one that does. At most [`DOCUMENT_SIZE_MAX`] bytes and [`DEPTH_MAX`] levels.

use super::scratch::Store;
use super::{Reject, Why};

/// The longest document of several lines.
pub const DOCUMENT_SIZE_MAX: usize = 32 * 1024;
/// The most lists and objects in one another.
pub const DEPTH_MAX: usize = 16;

/// A document that lines are still added to.
pub struct Document {
    text: Vec<u8>,
    /// Lists and objects that are open.
    depth: usize,
    /// Whether the rest of a document that was too long is being passed over.
    skips: bool,
}

impl Document {
    /// Takes the memory.
    pub fn new() -> Document {
        Document {
            text: Vec::with_capacity(DOCUMENT_SIZE_MAX),
            depth: 0,
            skips: false,
        }
    }

    /// Adds a line; gives the document once it is whole. What follows must be [`Document::clear`].
    pub fn take(&mut self, line: &[u8]) -> Result<Option<&[u8]>, Reject> {
        let depth = depth_after(self.depth, line);
        let fits = self.text.len() + line.len() < DOCUMENT_SIZE_MAX;
        if self.skips || !fits {
            let was_skipping = self.skips;
            self.clear();
            (self.depth, self.skips) = (depth, depth > 0);
            return if was_skipping {
                Ok(None)
            } else {
                Err(Why::DocumentLong.at(0))
            };
        }
        self.text.extend_from_slice(line);
        self.text.push(b'\n');
        self.depth = depth;
        if depth > 0 {
            return Ok(None);
        }
        if self.text.trim_ascii().is_empty() {
            self.clear();
            return Ok(None);
        }
        Ok(Some(&self.text))
    }

    /// Begins anew; says whether something was left.
    pub fn clear(&mut self) -> bool {
        let is_left = !self.text.is_empty() || self.skips;
        self.text.clear();
        (self.depth, self.skips) = (0, false);
        is_left
    }
}

/// How many lists and objects are open after a line. A text never goes on on the next line.
fn depth_after(mut depth: usize, line: &[u8]) -> usize {
    let (mut in_text, mut is_escaped) = (false, false);
    for byte in line {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    depth
}

/// Whether a text is one JSON document.
pub fn check(text: &[u8]) -> Result<(), Reject> {
    if let Err(error) = std::str::from_utf8(text) {
        return Err(Why::Json.at(error.valid_up_to()));
    }
    let mut lexer = Lexer::new(text);
    if !matches!(lexer.peek(), b'{' | b'[') {
        return Err(Why::Json.at(lexer.at()));
    }
    check_value(&mut lexer, 0)?;
    if lexer.at() < text.len() {
        return Err(Why::Excess.at(lexer.at()));
    }
    Ok(())
}

fn check_value(lexer: &mut Lexer<'_>, depth: usize) -> Result<(), Reject> {
    let at = lexer.at();
    let close = match lexer.peek() {
        b'{' => b'}',
        b'[' => b']',
        b'"' => return check_string(lexer),
        _ => return check_word(lexer.word(), at),
    };
    if depth == DEPTH_MAX {
        return Err(Why::JsonDeep.at(at));
    }
    lexer.open();
    if lexer.take(close) {
        return Ok(());
    }
    loop {
        if close == b'}' {
            check_string(lexer)?;
            if !lexer.take(b':') {
                return Err(Why::Json.at(lexer.at()));
            }
        }
        check_value(lexer, depth + 1)?;
        if lexer.take(close) {
            return Ok(());
        }
        if !lexer.take(b',') {
            return Err(Why::Json.at(lexer.at()));
        }
    }
}

fn check_string(lexer: &mut Lexer<'_>) -> Result<(), Reject> {
    let at = lexer.at();
    let wrong = |offset: usize| Err(Why::Json.at(at + offset));
    let rest = lexer.rest();
    if rest.first() != Some(&b'"') {
        return wrong(0);
    }
    let mut len = 1;
    loop {
        match rest.get(len..).unwrap_or_default() {
            [b'"', ..] => break,
            [
                b'\\',
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
                ..,
            ] => len += 2,
            [b'\\', b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|d| d.is_ascii_hexdigit()) => {
                len += 6;
            }
            [] | [b'\\' | 0..0x20, ..] => return wrong(len),
            [_, ..] => len += 1,
        }
    }
    lexer.string();
    Ok(())
}

fn check_word(word: &[u8], at: usize) -> Result<(), Reject> {
    let unsigned = word.strip_prefix(b"-").unwrap_or(word);
    match unsigned {
        b"NaN" | b"Infinity" => return Err(Why::NotFinite.at(at)),
        b"true" | b"false" | b"null" if unsigned.len() == word.len() => return Ok(()),
        _ => {}
    }
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut len = match unsigned {
        [b'0', ..] => 1,
        _ => digits(unsigned),
    };
    let mut is_number = len > 0;
    if let Some(rest) = unsigned[len..].strip_prefix(b".") {
        is_number &= digits(rest) > 0;
        len += 1 + digits(rest);
    }
    if let [b'e' | b'E', rest @ ..] = &unsigned[len..] {
        let rest = match rest {
            [b'+' | b'-', rest @ ..] => rest,
            _ => rest,
        };
        is_number &= digits(rest) > 0;
        len = unsigned.len() - rest.len() + digits(rest);
    }
    if is_number && len == unsigned.len() {
        Ok(())
    } else {
        Err(Why::Json.at(at))
    }
}

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

    fn rest(&self) -> &'a [u8] {
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

    /// Into the list or object that stands here.
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
