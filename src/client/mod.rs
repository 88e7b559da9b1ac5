//! HTTP as a client: requests with a body that is known, small answers, one connection kept. The only file
//! that knows `ureq`. It follows no redirect, asks no proxy, and reads no more of an answer than a message.

use std::fmt;
use std::io::Read;
use std::time::Duration;

pub mod credential;

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
    /// The start of the body, as text.
    pub body: String,
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
        let was_answered = std::mem::take(&mut self.was_answered);
        let answer = match self.post_once(url, headers, body) {
            Err(NoAnswer(ureq::Error::Io(_))) if was_answered => {
                self.post_once(url, headers, body)?
            }
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
        let (head, body) = response.into_parts();
        let seconds = head.headers.get("retry-after");
        let seconds = seconds.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let mut text = Vec::new();
        // the status says all that must be known: a body that is cut off changes nothing
        let _ = body
            .into_reader()
            .take(ANSWER_SIZE_MAX)
            .read_to_end(&mut text);
        Ok(Answer {
            status: head.status.as_u16(),
            retry_after: seconds.map(Duration::from_secs),
            body: String::from_utf8_lossy(&text).into_owned(),
        })
    }
}
