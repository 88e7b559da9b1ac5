//! The ring file itself, whole or in part, as `GET /ring` gives it.

use std::fmt::Write;

use super::answer::Answer;
use super::range::{Choice, Part};
use crate::format::Body;
use crate::ring::{Reader, RingCopy, RingError};
use crate::warning;

/// A part up to this size is a small answer.
const SMALL_MAX: u64 = 64 << 10;
/// The longest name of a host that a file is called after.
const NAME_SIZE_MAX: usize = 64;

const KIND: &str = "application/octet-stream";

/// Whether the answer is long: more than a small part of the file. What cannot be known yet is.
pub fn is_long(reader: &Reader, choice: &Choice) -> bool {
    let tag = tag(reader);
    if !choice.admits(&tag) {
        return false;
    }
    let Ok(length) = reader.file_length() else {
        return false;
    };
    match choice.part(&tag, length) {
        Part::Whole => is_long_body(length),
        Part::Bytes(bytes) => is_long_body(bytes.end() - bytes.start() + 1),
        Part::Beyond => false,
    }
}

/// Whether so many bytes are more than a small answer has.
pub fn is_long_body(length: u64) -> bool {
    length > SMALL_MAX
}

/// The answer: of a `HEAD`, for which no part is meant, that of the whole.
pub fn answer(reader: &Reader, choice: &Choice, is_head: bool) -> Result<Answer, Answer> {
    let tag = tag(reader);
    if !choice.admits(&tag) {
        let message = format!("this is another file, {tag}; ask without If-Match to have it");
        return Err(Answer::error(412, &message).with(format!("ETag: {tag}\r\n")));
    }
    let copy = reader.copy().map_err(|error| unreadable(&error))?;
    let length = copy.length();
    let part = if is_head {
        Part::Whole
    } else {
        choice.part(&tag, length)
    };
    let mut headers = format!("Accept-Ranges: bytes\r\nETag: {tag}\r\n");
    let (status, size, copy) = match part {
        Part::Whole => (200, length, copy),
        Part::Bytes(bytes) => {
            let (first, last) = (bytes.start(), bytes.end());
            let _ = write!(headers, "Content-Range: bytes {first}-{last}/{length}\r\n");
            (206, last - first + 1, copy.part(&bytes))
        }
        Part::Beyond => {
            let _ = write!(headers, "Content-Range: bytes */{length}\r\n");
            let message =
                format!("the file has {length} bytes; expected a range that begins within");
            return Err(Answer::error(416, &message).with(headers));
        }
    };
    let name = file_name(reader.host());
    let _ = write!(
        headers,
        "Content-Disposition: attachment; filename=\"{name}\"\r\n"
    );
    Ok(Answer {
        status,
        length: Some(size),
        ..Answer::ok(KIND, FileBody(copy)).with(headers)
    })
}

fn tag(reader: &Reader) -> String {
    format!("\"{:016x}\"", reader.file_tag())
}

fn unreadable(error: &RingError) -> Answer {
    warning!("{error}");
    Answer::error(500, &error.to_string())
}

/// A name that any system takes.
fn file_name(host: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-._".contains(letter);
    let plain = |letter| if is_plain(letter) { letter } else { '_' };
    let host: String = host.chars().take(NAME_SIZE_MAX).map(plain).collect();
    let host = host.trim_start_matches('.');
    let host = if host.is_empty() { "goodall" } else { host };
    format!("{host}.ring")
}

/// The file's bytes as content.
struct FileBody(RingCopy);

impl Body for FileBody {
    fn fill(&mut self, out: &mut Vec<u8>) -> bool {
        // Where the file gives way, nothing comes, and the answer is broken off before the length promised.
        self.0.fill(out).unwrap_or(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_after_its_host_in_letters_that_are_safe() {
        for (host, name) in [
            ("db-1.example", "db-1.example.ring"),
            ("a\"b\r\n/c", "a_b___c.ring"),
            ("größe", "gr__e.ring"),
            ("..", "goodall.ring"),
            ("", "goodall.ring"),
        ] {
            assert_eq!(file_name(host), name);
        }
        assert_eq!(file_name(&"x".repeat(255)).len(), NAME_SIZE_MAX + 5);
    }
}
