//! HTTP as a client: what is posted has a body that is known, what is asked for has room that is given; one
//! connection kept. The only file that knows `ureq`. It follows no redirect, asks no proxy, and reads no more of
//! an answer than a message, or than there is room for.

use std::fmt;
use std::io::Read;
use std::time::Duration;

use goodall_platform::words;

pub mod credential;
mod said;

pub use said::said;

/// The most that is kept of an answer's body.
const ANSWER_SIZE_MAX: u64 = 4096;
/// A connection that was idle for longer is not used again: the other end may be about to close it.
const IDLE_MAX: Duration = Duration::from_secs(10);
const BUFFER_SIZE: usize = 16 * 1024;

/// Whether this build knows `https`.
pub const HAS_TLS: bool = false;

/// A client for one server.
pub struct Client {
    agent: ureq::Agent,
    /// Whether the last request was answered, so that the next may find its connection closed.
    was_answered: bool,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `Retry-After`, where it is given in seconds.
    pub retry_after: Option<Duration>,
    /// The start of the body, as text; it is shown as [`Answer::words`] only.
    pub body: String,
}

impl Answer {
    /// The status and the start of what was said, on one line.
    pub fn words(&self) -> String {
        said(&format!("{}: {}", self.status, self.body))
            .trim_end_matches(':')
            .to_owned()
    }
}

/// A part of a file, or what was answered in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Got {
    /// The part, as the words that were given hold it now.
    Part(Part),
    /// Another status than that of a part.
    Other(Answer),
}

/// What was said of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The file's name among its versions (`ETag`).
    pub tag: Option<String>,
    /// The first byte and the last, and the file's length (`Content-Range`).
    pub range: Option<(u64, u64, u64)>,
    /// Bytes that came; one more than there was room for where there were more.
    pub size: usize,
}

/// Why there is no answer.
#[derive(Debug)]
pub struct NoAnswer(ureq::Error);

impl fmt::Display for NoAnswer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            ureq::Error::Timeout(what) => write!(out, "no answer in time ({what})"),
            ureq::Error::HostNotFound => out.write_str("the host's name does not resolve"),
            ureq::Error::Io(error) => write!(out, "{error}"),
            error => write!(out, "{error}"),
        }
    }
}

impl Client {
    /// A client that waits so long for a whole answer.
    pub fn new(patience: Duration) -> Client {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(patience))
            .max_redirects(0)
            .proxy(None)
            .user_agent(concat!("goodall/", env!("CARGO_PKG_VERSION")))
            .max_idle_connections(1)
            .max_idle_connections_per_host(1)
            .max_idle_age(IDLE_MAX)
            .input_buffer_size(BUFFER_SIZE)
            .output_buffer_size(BUFFER_SIZE)
            .build();
        Client {
            agent: config.into(),
            was_answered: false,
        }
    }

    /// Posts a body. A connection that was kept and turns out to be closed is replaced by another, once:
    /// what is posted must bear to come twice.
    pub fn post(
        &mut self,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, NoAnswer> {
        self.twice(|client| client.post_once(url, headers, body))
    }

    /// Asks for a part of a file (the range is among `headers`), into `words`, in the same way.
    pub fn get_part(
        &mut self,
        url: &str,
        headers: &[(&str, &str)],
        words: &mut [u64],
    ) -> Result<Got, NoAnswer> {
        self.twice(|client| client.get_once(url, headers, words))
    }

    fn twice<T>(
        &mut self,
        mut ask: impl FnMut(&Client) -> Result<T, NoAnswer>,
    ) -> Result<T, NoAnswer> {
        let was_answered = std::mem::take(&mut self.was_answered);
        let answer = match ask(self) {
            Err(NoAnswer(ureq::Error::Io(_))) if was_answered => ask(self)?,
            answer => answer?,
        };
        self.was_answered = true;
        Ok(answer)
    }

    fn post_once(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, NoAnswer> {
        let mut request = self.agent.post(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send(body).map_err(NoAnswer)?;
        Ok(answer_of(response))
    }

    fn get_once(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        words: &mut [u64],
    ) -> Result<Got, NoAnswer> {
        const PARTIAL_CONTENT: u16 = 206;
        let mut request = self.agent.get(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.call().map_err(NoAnswer)?;
        if response.status().as_u16() != PARTIAL_CONTENT {
            return Ok(Got::Other(answer_of(response)));
        }
        let (head, body) = response.into_parts();
        let text = |name| head.headers.get(name)?.to_str().ok().map(str::trim);
        let mut body = body.into_reader();
        let mut size = words::read_from(&mut body, words).map_err(no_answer)?;
        if size == size_of_val(words) {
            // to its end, so that the connection can be kept
            size += body.read(&mut [0]).map_err(no_answer)?;
        }
        Ok(Got::Part(Part {
            tag: text("etag").map(str::to_owned),
            range: text("content-range").and_then(range_of),
            size,
        }))
    }
}

fn no_answer(error: std::io::Error) -> NoAnswer {
    NoAnswer(error.into())
}

fn answer_of(response: ureq::http::Response<ureq::Body>) -> Answer {
    let (head, body) = response.into_parts();
    let seconds = head.headers.get("retry-after");
    let seconds = seconds.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let mut text = Vec::new();
    // the status says all that must be known: a body that is cut off changes nothing
    let _ = body
        .into_reader()
        .take(ANSWER_SIZE_MAX)
        .read_to_end(&mut text);
    Answer {
        status: head.status.as_u16(),
        retry_after: seconds.map(Duration::from_secs),
        body: String::from_utf8_lossy(&text).into_owned(),
    }
}

/// `bytes FIRST-LAST/LENGTH`.
fn range_of(text: &str) -> Option<(u64, u64, u64)> {
    let (first, rest) = text.strip_prefix("bytes ")?.split_once('-')?;
    let (last, length) = rest.split_once('/')?;
    let number = |text: &str| text.trim().parse().ok();
    Some((number(first)?, number(last)?, number(length)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_three_numbers_or_none() {
        assert_eq!(range_of("bytes 0-511/4096"), Some((0, 511, 4096)));
        for text in [
            "bytes 0-511/*",
            "bytes */4096",
            "0-511/4096",
            "bytes -1-2/3",
            "bytes 1-2",
        ] {
            assert_eq!(range_of(text), None, "{text}");
        }
    }
}
