//! Batches over HTTP: where they go, how they are compressed, and what an answer means.

use std::fmt::Write;

use super::destination::{Destination, Kind};
use super::gzip;
use super::partial;
use super::sink::{Failure, Sink, Taken};
use crate::client::{Answer, Client};

/// One destination's requests.
pub struct HttpSink {
    kind: Kind,
    url: String,
    gzip: bool,
    client: Client,
    packed: Vec<u8>,
    snappy: snap::raw::Encoder,
    destination: Destination,
}

impl HttpSink {
    pub fn new(destination: &Destination) -> HttpSink {
        HttpSink {
            kind: destination.kind,
            url: url(destination),
            gzip: destination.gzip,
            client: Client::new(destination.timeout),
            packed: Vec::new(),
            snappy: snap::raw::Encoder::new(),
            destination: destination.clone(),
        }
    }

    /// The credential, read anew for each batch: a token that was changed is used at once.
    fn authorization(&self) -> Result<Option<String>, Failure> {
        let credential = self.destination.credential().map_err(Failure::Refused)?;
        Ok(
            credential.map(|token| match (&self.destination.user, self.kind) {
                (Some(user), _) => {
                    format!("Basic {}", base64(format!("{user}:{token}").as_bytes()))
                }
                (None, Kind::Influx) => format!("Token {token}"),
                (None, _) => format!("Bearer {token}"),
            }),
        )
    }

    fn pack(&mut self, batch: &[u8]) -> Result<(), Failure> {
        self.packed.clear();
        if self.kind == Kind::RemoteWrite {
            self.packed
                .resize(snap::raw::max_compress_len(batch.len()), 0);
            let size = self.snappy.compress(batch, &mut self.packed);
            let size = size.map_err(|error| Failure::TooLarge(error.to_string()))?;
            self.packed.truncate(size);
        } else if self.gzip {
            gzip::pack(batch, &mut self.packed);
        }
        Ok(())
    }
}

impl Sink for HttpSink {
    fn send(&mut self, batch: &[u8]) -> Result<Taken, Failure> {
        let authorization = self.authorization()?;
        self.pack(batch)?;
        let mut headers: Vec<(&str, &str)> = match self.kind {
            Kind::RemoteWrite => vec![
                ("Content-Type", "application/x-protobuf"),
                ("Content-Encoding", "snappy"),
                ("X-Prometheus-Remote-Write-Version", "0.1.0"),
            ],
            Kind::Otlp => vec![("Content-Type", "application/json")],
            _ => vec![("Content-Type", "text/plain; charset=utf-8")],
        };
        let is_packed = !self.packed.is_empty();
        if is_packed && self.kind != Kind::RemoteWrite {
            headers.push(("Content-Encoding", "gzip"));
        }
        if let Some(value) = &authorization {
            headers.push(("Authorization", value));
        }
        let body = if is_packed { &self.packed } else { batch };
        match self.client.post(&self.url, &headers, body) {
            Ok(answer) => judge(self.kind, &answer),
            Err(error) => Err(Failure::Again(format!("{}: {error}", self.url), None)),
        }
    }
}

/// What an answer means for the batch.
fn judge(kind: Kind, answer: &Answer) -> Result<Taken, Failure> {
    let words = answer.words();
    match answer.status {
        200..=299 if kind == Kind::Otlp => Ok(partial::read(answer.body.trim())),
        200..=299 => Ok(Taken::default()),
        // nothing is wrong with the batch: it is where it goes, or who sends it
        300..=399 | 401 | 403 | 404 | 405 | 407 => Err(Failure::Refused(words)),
        413 => Err(Failure::TooLarge(words)),
        // OTLP names those that may be tried again
        408 | 500 | 501 | 505..=599 if kind == Kind::Otlp => Err(Failure::Rejected(words)),
        500..=599 | 408 | 429 => Err(Failure::Again(words, answer.retry_after)),
        _ => Err(Failure::Rejected(words)),
    }
}

/// Where batches are posted to.
fn url(destination: &Destination) -> String {
    let address = &destination.address;
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    let path = match (destination.kind, &destination.bucket) {
        (Kind::Influx, Some(bucket)) => {
            pairs.push(("bucket", bucket));
            pairs.extend(destination.org.iter().map(|org| ("org", org.as_str())));
            "/api/v2/write"
        }
        (Kind::Influx, None) => {
            pairs.extend(
                destination
                    .database
                    .iter()
                    .map(|name| ("db", name.as_str())),
            );
            "/write"
        }
        (Kind::RemoteWrite, _) => "/api/v1/write",
        _ => "/v1/metrics",
    };
    let behind_host = address.split_once("://").map_or("", |(_, rest)| rest);
    let mut url = address.trim_end_matches('/').to_owned();
    // an address with a path of its own is the whole of it
    if behind_host.trim_end_matches('/').find('/').is_none() {
        url.push_str(path);
    }
    for (name, value) in pairs {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(name);
        url.push('=');
        push_encoded(value, &mut url);
    }
    url
}

fn push_encoded(value: &str, url: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let word = (0..3).fold(0, |word, at| {
            word << 8 | usize::from(three.get(at).copied().unwrap_or(0))
        });
        for at in 0..4 {
            let letter = LETTERS[word >> (18 - 6 * at) & 63];
            text.push(if at <= three.len() {
                char::from(letter)
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_completed_where_it_has_no_path() {
        let mut at = Destination::new("a", Kind::Influx);
        at.address = "http://db:8086".to_owned();
        at.database = Some("a b".to_owned());
        assert_eq!(url(&at), "http://db:8086/write?db=a%20b");
        at.database = None;
        at.bucket = Some("b&c".to_owned());
        at.org = Some("o".to_owned());
        assert_eq!(url(&at), "http://db:8086/api/v2/write?bucket=b%26c&org=o");
        at.address = "http://db:8428/insert/0/influx/write/".to_owned();
        assert_eq!(
            url(&at),
            "http://db:8428/insert/0/influx/write?bucket=b%26c&org=o"
        );
        let mut at = Destination::new("a", Kind::RemoteWrite);
        at.address = "http://db:9090/".to_owned();
        assert_eq!(url(&at), "http://db:9090/api/v1/write");
    }

    #[test]
    fn every_answer_has_a_meaning() {
        let judged = |kind, status, body: &str| {
            let body = body.to_owned();
            judge(
                kind,
                &Answer {
                    status,
                    retry_after: None,
                    body,
                },
            )
        };
        for kind in [Kind::Influx, Kind::RemoteWrite, Kind::Otlp] {
            assert_eq!(judged(kind, 204, ""), Ok(Taken::default()));
            assert!(
                matches!(judged(kind, 400, " n\no\x1b"), Err(Failure::Rejected(words)) if words == "400: n o")
            );
            assert!(matches!(judged(kind, 422, ""), Err(Failure::Rejected(_))));
            assert!(
                matches!(judged(kind, 401, ""), Err(Failure::Refused(words)) if words == "401")
            );
            assert!(matches!(judged(kind, 302, ""), Err(Failure::Refused(_))));
            assert!(matches!(judged(kind, 413, ""), Err(Failure::TooLarge(_))));
            assert!(matches!(judged(kind, 429, ""), Err(Failure::Again(..))));
            assert!(matches!(judged(kind, 503, ""), Err(Failure::Again(..))));
        }
        assert!(matches!(
            judged(Kind::Influx, 500, ""),
            Err(Failure::Again(..))
        ));
        assert!(matches!(
            judged(Kind::Otlp, 500, ""),
            Err(Failure::Rejected(_))
        ));
        assert!(matches!(
            judged(Kind::Otlp, 408, ""),
            Err(Failure::Rejected(_))
        ));
        let partial = r#"{"partialSuccess":{"rejectedDataPoints":"7","errorMessage":"old"}}"#;
        assert_eq!(judged(Kind::Otlp, 200, partial).unwrap().rejected, 7);
        assert_eq!(judged(Kind::Influx, 200, partial), Ok(Taken::default()));
    }

    #[test]
    fn base64_of_every_length() {
        let cases = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ];
        for (plain, text) in cases {
            assert_eq!(base64(plain.as_bytes()), text);
        }
    }
}
