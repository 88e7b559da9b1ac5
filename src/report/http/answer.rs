//! What is said to a request: a code, a few headers, a body.

use std::borrow::Cow;

use crate::format::Body;

/// JSON, in UTF-8 as ever.
pub const JSON: &str = "application/json";
/// Text for people.
pub const TEXT: &str = "text/plain; charset=utf-8";

/// What is said to a request.
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The `Content-Type`.
    pub kind: &'static str,
    /// More headers, each with its end of line.
    pub headers: Cow<'static, str>,
    /// The content's length in bytes, where it is known before the content is made.
    pub length: Option<u64>,
    /// The content.
    pub body: Box<dyn Body>,
}

impl Answer {
    /// A good answer.
    pub fn ok(kind: &'static str, body: impl Body + 'static) -> Answer {
        Answer {
            status: 200,
            kind,
            headers: Cow::Borrowed(""),
            length: None,
            body: Box::new(body),
        }
    }

    /// A refusal: `{"error": "..."}`.
    pub fn error(status: u16, message: &str) -> Answer {
        let mut text = String::with_capacity(message.len() + 16);
        text.push_str("{\"error\": \"");
        for letter in message.chars() {
            match letter {
                '"' | '\\' => text.extend(['\\', letter]),
                control if control < ' ' => {
                    text.push_str("\\u");
                    let code = u32::from(control);
                    text.extend((0..4).rev().map(|digit| {
                        char::from_digit(code >> (4 * digit) & 15, 16).expect("below 16")
                    }));
                }
                other => text.push(other),
            }
        }
        text.push_str("\"}\n");
        Answer {
            status,
            kind: JSON,
            headers: Cow::Borrowed(""),
            length: None,
            body: Box::new(Text::from(text)),
        }
    }

    /// The same with more headers, each with its end of line.
    pub fn with(mut self, headers: impl Into<Cow<'static, str>>) -> Answer {
        self.headers = headers.into();
        self
    }
}

/// How an answer is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// The head alone.
    pub is_head: bool,
    /// Whether the client knows chunks.
    pub is_http_1_1: bool,
    /// Whether the connection may serve another request.
    pub keeps_alive: bool,
}

/// A body that is there already.
pub struct Text {
    text: String,
    sent: usize,
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text { text, sent: 0 }
    }
}

impl Body for Text {
    fn fill(&mut self, out: &mut Vec<u8>) -> bool {
        let rest = &self.text.as_bytes()[self.sent..];
        let size = rest.len().min(out.capacity() - out.len());
        out.extend_from_slice(&rest[..size]);
        self.sent += size;
        size < rest.len()
    }
}

/// The words for the codes that we give.
pub fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        206 => "Partial Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        416 => "Range Not Satisfiable",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(body: &mut dyn Body, capacity: usize) -> (Vec<u8>, bool) {
        let mut out = Vec::with_capacity(capacity);
        let more = body.fill(&mut out);
        (out, more)
    }

    #[test]
    fn an_error_is_json_whatever_it_quotes() {
        let message = "a \"quote\", a \\, a line\nand \u{1}; ü";
        let mut answer = Answer::error(400, message);
        let (text, more) = filled(&mut *answer.body, 1000);
        assert!(!more);
        let json: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(json["error"], message);
        assert_eq!((answer.status, answer.kind), (400, JSON));
    }

    #[test]
    fn a_text_is_given_in_pieces_where_it_does_not_fit() {
        let mut text = Text::from("0123456789".to_owned());
        assert_eq!(filled(&mut text, 4), (b"0123".to_vec(), true));
        assert_eq!(filled(&mut text, 6), (b"456789".to_vec(), false));
        assert_eq!(
            filled(&mut Text::from(String::new()), 6),
            (Vec::new(), false)
        );
    }
}
