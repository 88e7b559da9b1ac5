//! A gatherer's ring over HTTP, part by part.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use super::Address;
use crate::client::{Client, Got, Part, credential};
use crate::ring::RingError;
use crate::ring::replica::{Head, Origin, PART_WORDS};

/// How long a part is waited for: 64 KiB, so that no line is too slow that a look a second makes sense on.
const PATIENCE: Duration = Duration::from_secs(10);
const WORD_SIZE: u64 = 8;

/// Why there is no part.
#[derive(Debug)]
pub enum Away {
    /// The source was not reached, or what it said was cut off.
    Lost(String),
    /// It has no time now; for how long, where it says so.
    Busy(String, Option<Duration>),
    /// It would not give it, however often it is asked.
    Refused(String),
    /// It has another file now.
    Replaced,
    /// It answers as no goodall does.
    Strange(String),
    /// The source is well; here is no room for what it has.
    NoRoom(RingError),
    /// This process is told to end.
    Stopped,
}

/// A gatherer's ring.
pub struct Source {
    url: String,
    client: Client,
    token_file: Option<PathBuf>,
    stopping: Arc<AtomicBool>,
    /// Which of the file's versions all parts are of; none before the first.
    tag: Option<String>,
    length: u64,
    range: String,
    words: Box<[u64]>,
}

impl Source {
    pub fn new(
        address: &Address,
        token_file: Option<PathBuf>,
        stopping: Arc<AtomicBool>,
    ) -> Source {
        Source {
            url: address.to_string(),
            client: Client::new(PATIENCE),
            token_file,
            stopping,
            tag: None,
            length: 0,
            range: String::new(),
            words: vec![0; PART_WORDS].into(),
        }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Which of the file's versions it has now; its first words are in the answer.
    pub fn begin(&mut self) -> Result<(String, &[u64]), Away> {
        self.tag = None;
        let words = self.part(0, Head::WORDS)?.len();
        let tag = self.tag.clone().unwrap_or_default();
        Ok((tag, &self.words[..words]))
    }

    /// Asks for a part, into the words that are kept for it.
    fn ask(&mut self, words: usize) -> Result<Got, Away> {
        let token = self.token_file.as_deref().map(credential::read);
        let token = token.transpose().map_err(Away::Refused)?;
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("Range", self.range.as_str())];
        headers.extend(self.tag.as_deref().map(|tag| ("If-Match", tag)));
        headers.extend(bearer.as_deref().map(|bearer| ("Authorization", bearer)));
        let got = self
            .client
            .get_part(&self.url, &headers, &mut self.words[..words]);
        got.map_err(|error| Away::Lost(error.to_string()))
    }

    /// Sees that the answer is what was asked for: these bytes, whole, of that file.
    fn check(&mut self, offset: u64, size: u64, part: Part) -> Result<(), Away> {
        let strange = |why: &str| Err(Away::Strange(format!("it {why}")));
        let Some((first, last, length)) = part.range else {
            return strange("does not say which part it sends");
        };
        if (first, last) != (offset, offset + size - 1) || length <= last {
            return strange("sends another part than it was asked for");
        }
        if part.size as u64 > size {
            return strange("sends more than it was asked for");
        }
        if (part.size as u64) < size {
            return Err(Away::Lost("its answer was cut off".to_owned()));
        }
        let Some(tag) = part.tag.filter(|tag| tag.starts_with('"')) else {
            return strange("does not say which version of its file it sends");
        };
        match &self.tag {
            Some(known) if *known != tag => return Err(Away::Replaced),
            Some(_) => {}
            None => self.tag = Some(tag),
        }
        self.length = length;
        Ok(())
    }
}

impl Origin for Source {
    type Error = Away;

    fn part(&mut self, offset: u64, words: usize) -> Result<&[u64], Away> {
        if self.stopping.load(Relaxed) {
            return Err(Away::Stopped);
        }
        let size = words as u64 * WORD_SIZE;
        self.range.clear();
        let _ = write!(self.range, "bytes={offset}-{}", offset + size - 1);
        let answer = match self.ask(words)? {
            Got::Part(part) => {
                self.check(offset, size, part)?;
                return Ok(&self.words[..words]);
            }
            Got::Other(answer) => answer,
        };
        let words = answer.words();
        Err(match answer.status {
            412 => Away::Replaced,
            // it is shorter than it was
            416 if self.tag.is_some() => Away::Replaced,
            200 => Away::Strange("it sends all of its file when it is asked for a part".to_owned()),
            404 => Away::Refused(format!("it has no ring to copy ({words})")),
            300..=399 | 400..=407 | 410 => Away::Refused(words),
            408 | 429 | 500..=599 => Away::Busy(words, answer.retry_after),
            _ => Away::Strange(words),
        })
    }

    fn length(&self) -> u64 {
        self.length
    }
}
