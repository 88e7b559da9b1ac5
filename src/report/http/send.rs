//! Sending an answer from one fixed buffer a thread. What fits the buffer goes with its length and in one
//! write, what is longer with its length where that is known; the rest chunked to who knows HTTP/1.1, else up
//! to the end of the connection.

use std::io;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::answer::{Answer, Manner, reason};
use super::date::Date;
use super::door::Sink;
use super::pace::{Pace, Rule};

/// Room before the body in the buffer: for the head of any answer of ours, or a chunk's size.
const FRONT_SIZE: usize = 512;
const LAST_CHUNK: &[u8] = b"\r\n0\r\n\r\n";

/// How the sending of an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// All of it; the connection may go on.
    Whole,
    /// All of it; the connection is to end, perhaps as the sign of the answer's end.
    Last,
    /// The reader was too slow.
    Cut,
    /// The connection is gone, or the body broke off.
    Gone,
}

/// Who is sent an answer.
struct Reader<'a> {
    sink: &'a mut dyn Sink,
    pace: Pace,
}

/// Sends answers, from a buffer made once.
pub struct Sender {
    buffer: Vec<u8>,
    front: Vec<u8>,
    date: Date,
    start: Instant,
    sent_bytes: u64,
}

impl Sender {
    /// A sender whose pieces have `size` bytes.
    pub fn new(size: usize) -> Sender {
        Sender {
            buffer: Vec::with_capacity(FRONT_SIZE + size),
            front: Vec::with_capacity(FRONT_SIZE),
            date: Date::new(),
            start: Instant::now(),
            sent_bytes: 0,
        }
    }

    /// Bytes that the sink took since this was last asked.
    pub fn take_sent_bytes(&mut self) -> u64 {
        std::mem::take(&mut self.sent_bytes)
    }

    /// Sends an answer, to a reader that is held to `rule`.
    pub fn send(
        &mut self,
        sink: &mut impl Sink,
        answer: &mut Answer,
        manner: Manner,
        rule: Rule,
    ) -> Sent {
        let pace = Pace::new(rule, self.start.elapsed());
        let reader = &mut Reader { sink, pace };
        self.clear();
        let mut more = answer.body.fill(&mut self.buffer);
        let size = self.buffer.len() - FRONT_SIZE;
        let length = answer.length.or((!more).then_some(size as u64));
        let is_chunked = length.is_none() && manner.is_http_1_1;
        let has_end = length.is_some() || is_chunked || manner.is_head;
        let keeps_alive = manner.keeps_alive && has_end;
        let last = if keeps_alive { Sent::Whole } else { Sent::Last };
        self.write_head(answer, manner, keeps_alive, length);
        if manner.is_head {
            self.buffer.truncate(FRONT_SIZE);
            more = false;
        } else if is_chunked {
            self.write_chunk_size(size);
        }
        let is_chunked = is_chunked && !manner.is_head;
        let mut result = self.put_out(reader);
        while more && result.is_ok() {
            self.clear();
            more = answer.body.fill(&mut self.buffer);
            let size = self.buffer.len() - FRONT_SIZE;
            if size == 0 {
                if more {
                    // A body that neither goes on nor ends is our fault: better broken off than forever.
                    return Sent::Gone;
                }
                break;
            }
            if is_chunked {
                self.front.extend_from_slice(b"\r\n");
                self.write_chunk_size(size);
            }
            result = self.put_out(reader);
        }
        if is_chunked && result.is_ok() {
            result = self.write_all(reader, LAST_CHUNK);
        }
        match result.and_then(|()| self.flush(reader)) {
            Ok(()) => last,
            Err(ended) => ended,
        }
    }

    fn clear(&mut self) {
        self.front.clear();
        self.buffer.clear();
        self.buffer.resize(FRONT_SIZE, 0);
    }

    fn write_head(&mut self, answer: &Answer, manner: Manner, keeps: bool, length: Option<u64>) {
        let front = &mut self.front;
        let mut digits = itoa::Buffer::new();
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let second = now.map_or(0, |now| now.as_secs());
        front.extend_from_slice(b"HTTP/1.1 ");
        front.extend_from_slice(digits.format(answer.status).as_bytes());
        front.push(b' ');
        front.extend_from_slice(reason(answer.status).as_bytes());
        front.extend_from_slice(b"\r\nContent-Type: ");
        front.extend_from_slice(answer.kind.as_bytes());
        front.extend_from_slice(b"\r\nDate: ");
        front.extend_from_slice(self.date.at(second));
        front.extend_from_slice(
            b"\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n",
        );
        front.extend_from_slice(answer.headers.as_bytes());
        if let Some(length) = length {
            front.extend_from_slice(b"Content-Length: ");
            front.extend_from_slice(digits.format(length).as_bytes());
            front.extend_from_slice(b"\r\n");
        } else if manner.is_http_1_1 {
            front.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
        }
        if !keeps {
            front.extend_from_slice(b"Connection: close\r\n");
        } else if !manner.is_http_1_1 {
            front.extend_from_slice(b"Connection: keep-alive\r\n");
        }
        front.extend_from_slice(b"\r\n");
    }

    fn write_chunk_size(&mut self, size: usize) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let count = (usize::BITS - size.leading_zeros()).div_ceil(4).max(1);
        for digit in (0..count).rev() {
            self.front.push(DIGITS[size >> (4 * digit) & 15]);
        }
        self.front.extend_from_slice(b"\r\n");
    }

    /// Puts the front before the body, so that both are one write, and writes them.
    fn put_out(&mut self, reader: &mut Reader<'_>) -> Result<(), Sent> {
        let start = FRONT_SIZE - self.front.len();
        self.buffer[start..FRONT_SIZE].copy_from_slice(&self.front);
        let buffer = std::mem::take(&mut self.buffer);
        let result = self.write_all(reader, &buffer[start..]);
        self.buffer = buffer;
        result
    }

    fn write_all(&mut self, reader: &mut Reader<'_>, mut bytes: &[u8]) -> Result<(), Sent> {
        while !bytes.is_empty() {
            let written = reader.sink.write(bytes);
            bytes = &bytes[self.took(reader, written)?..];
        }
        Ok(())
    }

    fn flush(&mut self, reader: &mut Reader<'_>) -> Result<(), Sent> {
        while let Err(error) = reader.sink.flush() {
            self.took(reader, Err(error))?;
        }
        Ok(())
    }

    /// What became of one write: its bytes, or the reason to stop.
    fn took(&mut self, reader: &mut Reader<'_>, written: io::Result<usize>) -> Result<usize, Sent> {
        let bytes = match written {
            Ok(0) => return Err(Sent::Gone),
            Ok(bytes) => bytes,
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => 0,
                io::ErrorKind::Interrupted => return Ok(0),
                _ => return Err(Sent::Gone),
            },
        };
        self.sent_bytes += bytes as u64;
        let now = self.start.elapsed();
        if bytes == 0 && reader.sink.is_heard() {
            reader.pace.heard(now);
        }
        let is_kept = reader.pace.took(bytes, now);
        is_kept.then_some(bytes).ok_or(Sent::Cut)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::super::answer::{TEXT, Text};
    use super::super::pace::{LONG, SMALL};
    use super::*;
    use crate::format::Body;

    const NEW: Manner = Manner {
        is_head: false,
        is_http_1_1: true,
        keeps_alive: true,
    };
    const OLD: Manner = Manner {
        is_http_1_1: false,
        ..NEW
    };
    const SIZE: usize = 64;

    /// Takes what comes; before each write that `refuses` lists, refuses once.
    #[derive(Default)]
    struct Fake {
        taken: Vec<u8>,
        most: Option<usize>,
        refuses: VecDeque<io::ErrorKind>,
        writes: usize,
        acknowledges: bool,
    }

    impl Sink for Fake {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.writes += 1;
            if let Some(kind) = self.refuses.pop_front() {
                return Err(kind.into());
            }
            let size = bytes.len().min(self.most.unwrap_or(usize::MAX));
            self.taken.extend_from_slice(&bytes[..size]);
            Ok(size)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }

        fn is_heard(&mut self) -> bool {
            self.acknowledges
        }
    }

    fn ended(body: impl Body + 'static, manner: Manner, rule: Rule, sink: &mut Fake) -> Sent {
        Sender::new(SIZE).send(sink, &mut Answer::ok(TEXT, body), manner, rule)
    }

    fn sent(text: &str, manner: Manner, sink: &mut Fake) -> (Sent, String, String) {
        let sent = ended(Text::from(text.to_owned()), manner, SMALL, sink);
        let taken = String::from_utf8(sink.taken.clone()).unwrap();
        let (head, body) = taken.split_once("\r\n\r\n").unwrap();
        (sent, head.to_owned(), body.to_owned())
    }

    fn unchunked(mut body: &str) -> String {
        let mut whole = String::new();
        loop {
            let (size, rest) = body.split_once("\r\n").unwrap();
            let size = usize::from_str_radix(size, 16).unwrap();
            assert_eq!(&rest[size..size + 2], "\r\n");
            whole.push_str(&rest[..size]);
            body = &rest[size + 2..];
            if size == 0 {
                assert_eq!(body, "");
                return whole;
            }
        }
    }

    #[test]
    fn what_fits_goes_with_its_length_in_one_write() {
        let mut sink = Fake::default();
        let (sent, head, body) = sent("hello", NEW, &mut sink);
        assert_eq!(
            (sent, body.as_str(), sink.writes),
            (Sent::Whole, "hello", 1)
        );
        assert!(head.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain"));
        assert!(head.contains("\r\nContent-Length: 5"));
        assert!(head.contains("\r\nCache-Control: no-store"));
        assert!(!head.contains("Connection:"));
    }

    #[test]
    fn what_does_not_fit_goes_in_chunks_to_who_knows_them() {
        for length in [SIZE + 1, 2 * SIZE, 10 * SIZE + 3] {
            let text = "x".repeat(length);
            let (sent, head, body) = sent(&text, NEW, &mut Fake::default());
            assert_eq!((sent, unchunked(&body)), (Sent::Whole, text));
            assert!(head.contains("\r\nTransfer-Encoding: chunked"));
            assert!(!head.contains("Content-Length"));
        }
    }

    #[test]
    fn to_others_it_goes_up_to_the_end_of_the_connection() {
        let text = "x".repeat(3 * SIZE);
        let (sent, head, body) = sent(&text, OLD, &mut Fake::default());
        assert_eq!((sent, body), (Sent::Last, text));
        assert!(head.contains("\r\nConnection: close") && !head.contains("chunked"));
    }

    #[test]
    fn an_old_client_that_asks_to_be_kept_is_told_that_it_is() {
        let (sent, head, _) = sent("hello", OLD, &mut Fake::default());
        assert_eq!(sent, Sent::Whole);
        assert!(head.contains("\r\nConnection: keep-alive"));
    }

    #[test]
    fn a_head_alone_has_the_headers_and_no_body() {
        let manner = Manner {
            is_head: true,
            ..NEW
        };
        for (text, length) in [
            ("hello".to_owned(), "Content-Length: 5"),
            ("x".repeat(999), "chunked"),
        ] {
            let (sent, head, body) = sent(&text, manner, &mut Fake::default());
            assert_eq!((sent, body.as_str()), (Sent::Whole, ""));
            assert!(head.contains(length), "{head}");
        }
    }

    #[test]
    fn writes_that_take_a_part_or_wait_are_gone_on_with() {
        use io::ErrorKind::{Interrupted, WouldBlock};
        let mut sink = Fake {
            most: Some(7),
            ..Fake::default()
        };
        sink.refuses.extend([WouldBlock, Interrupted]);
        let (sent, _, body) = sent("hello, world", NEW, &mut sink);
        assert_eq!((sent, body.as_str()), (Sent::Whole, "hello, world"));
    }

    #[test]
    fn a_connection_that_is_gone_ends_the_answer() {
        let mut sink = Fake::default();
        sink.refuses.push_back(io::ErrorKind::BrokenPipe);
        let sent = ended(Text::from("hello".to_owned()), NEW, LONG, &mut sink);
        assert_eq!((sent, sink.writes), (Sent::Gone, 1));
    }

    #[test]
    fn a_reader_that_stays_still_is_cut_and_one_that_acknowledges_is_not() {
        let rule = Rule {
            still: std::time::Duration::from_nanos(1),
            ..LONG
        };
        for (acknowledges, sent) in [(false, Sent::Cut), (true, Sent::Whole)] {
            let mut sink = Fake {
                acknowledges,
                ..Fake::default()
            };
            sink.refuses.push_back(io::ErrorKind::WouldBlock);
            let text = Text::from("hello".to_owned());
            assert_eq!(ended(text, NEW, rule, &mut sink), sent);
        }
    }

    #[test]
    fn a_body_that_stands_still_is_broken_off() {
        struct Stuck;
        impl Body for Stuck {
            fn fill(&mut self, _: &mut Vec<u8>) -> bool {
                true
            }
        }
        assert_eq!(ended(Stuck, NEW, LONG, &mut Fake::default()), Sent::Gone);
    }

    #[test]
    fn every_byte_is_counted_once() {
        let mut sender = Sender::new(SIZE);
        let mut answer = Answer::ok(TEXT, Text::from("x".repeat(500)));
        let mut sink = Fake {
            most: Some(100),
            ..Fake::default()
        };
        sender.send(&mut sink, &mut answer, NEW, LONG);
        assert_eq!(sender.take_sent_bytes(), sink.taken.len() as u64);
        assert_eq!(sender.take_sent_bytes(), 0);
    }
}
