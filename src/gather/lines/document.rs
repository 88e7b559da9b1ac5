//! The text of a JSON document (RFC 8259): how it is put together of lines, and how far it keeps the grammar. At
//! most [`DOCUMENT_SIZE_MAX`] bytes and [`DEPTH_MAX`] levels.

use super::lexer::Lexer;
use super::{Reject, Why};

/// The longest document of several lines.
pub const DOCUMENT_SIZE_MAX: usize = 32 * 1024;
/// The most lists and objects in one another.
pub const DEPTH_MAX: usize = 16;

/// A document that lines are still added to.
pub struct Document {
    text: Vec<u8>,
    grammar: Grammar,
    /// Whether it is longer than there is room for, and only its end is waited for.
    skips: bool,
}

impl Document {
    /// Takes the memory.
    pub fn new() -> Document {
        Document {
            text: Vec::with_capacity(DOCUMENT_SIZE_MAX),
            grammar: Grammar::START,
            skips: false,
        }
    }

    /// Adds a line; gives the document once it is whole, after which [`Document::clear`] must follow. A mistake
    /// ends the document at once: the next line begins another.
    pub fn take(&mut self, line: &[u8]) -> Result<Option<&[u8]>, Reject> {
        if let Err(reject) = self.grammar.line(line) {
            self.clear();
            return Err(reject);
        }
        let fits = self.text.len() + line.len() < DOCUMENT_SIZE_MAX;
        let grows = self.grammar.expects != Expects::Start;
        if grows && fits && !self.skips {
            self.text.extend_from_slice(line);
            self.text.push(b'\n');
        }
        let is_whole = self.grammar.expects == Expects::End;
        if self.skips || (grows && !fits) {
            let was_skipping = self.skips;
            self.skips = true;
            if is_whole {
                self.clear();
            }
            return if was_skipping {
                Ok(None)
            } else {
                Err(Why::DocumentLong.at(0))
            };
        }
        Ok(is_whole.then_some(&self.text))
    }

    /// Begins anew; says whether something was left.
    pub fn clear(&mut self) -> bool {
        let is_left = self.grammar.expects != Expects::Start;
        self.text.clear();
        self.grammar = Grammar::START;
        self.skips = false;
        is_left
    }
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expects {
    /// A document.
    Start,
    /// A value.
    Value,
    /// A value, or the list's end.
    FirstValue,
    /// A key.
    Key,
    /// A key, or the object's end.
    FirstKey,
    /// What stands between a key and its value.
    Colon,
    /// A comma, or the end of the list or object.
    Next,
    /// Nothing.
    End,
}

/// How far a document keeps the grammar, line by line: neither a text nor a number goes on on the next line.
#[derive(Clone, Debug)]
pub struct Grammar {
    expects: Expects,
    /// Of the lists and objects that are open, whether each is an object.
    open: [bool; DEPTH_MAX],
    depth: usize,
}

impl Grammar {
    const START: Grammar = Grammar {
        expects: Expects::Start,
        open: [false; DEPTH_MAX],
        depth: 0,
    };

    /// Goes through one more line.
    fn line(&mut self, line: &[u8]) -> Result<(), Reject> {
        if let Err(error) = std::str::from_utf8(line) {
            return Err(Why::Json.at(error.valid_up_to()));
        }
        let mut lexer = Lexer::new(line);
        while lexer.at() < line.len() {
            self.token(&mut lexer)?;
        }
        Ok(())
    }

    fn token(&mut self, lexer: &mut Lexer<'_>) -> Result<(), Reject> {
        use Expects::{Colon, End, FirstKey, FirstValue, Key, Next, Start, Value};
        let at = lexer.at();
        let in_object = self.depth > 0 && self.open[self.depth - 1];
        match (self.expects, lexer.peek()) {
            (End, _) => return Err(Why::Excess.at(at)),
            (Start | Value | FirstValue, byte @ (b'{' | b'[')) => {
                if self.depth == DEPTH_MAX {
                    return Err(Why::JsonDeep.at(at));
                }
                self.open[self.depth] = byte == b'{';
                self.depth += 1;
                self.expects = if byte == b'{' { FirstKey } else { FirstValue };
                lexer.open();
            }
            (FirstKey | Next, b'}') if in_object => self.close(lexer),
            (FirstValue | Next, b']') if !in_object => self.close(lexer),
            (Next, b',') => {
                self.expects = if in_object { Key } else { Value };
                lexer.open();
            }
            (FirstKey | Key, b'"') => {
                check_string(lexer)?;
                self.expects = Colon;
            }
            (Colon, b':') => {
                self.expects = Value;
                lexer.open();
            }
            (Value | FirstValue, b'"') => {
                check_string(lexer)?;
                self.expects = Next;
            }
            (Value | FirstValue, _) => {
                check_word(lexer.word(), at)?;
                self.expects = Next;
            }
            _ => return Err(Why::Json.at(at)),
        }
        Ok(())
    }

    fn close(&mut self, lexer: &mut Lexer<'_>) {
        self.depth -= 1;
        self.expects = if self.depth == 0 {
            Expects::End
        } else {
            Expects::Next
        };
        lexer.open();
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
