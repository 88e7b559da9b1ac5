//! A destination as it is configured.

use std::path::PathBuf;
use std::time::Duration;

use crate::client::credential;
use crate::format::points::{Dialect, Naming};
use crate::query::{Format, Request};

/// To what a destination speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Carbon's plaintext.
    Graphite,
    /// Metrics 2.0 for carbon.
    Metrics20,
    /// Influx's line protocol over HTTP.
    Influx,
    /// Prometheus' remote write 1.0.
    RemoteWrite,
    /// OTLP over HTTP, as JSON.
    Otlp,
    /// statsd's gauges over UDP.
    Statsd,
    /// A file.
    File,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 7] = [
        Kind::Graphite,
        Kind::Metrics20,
        Kind::Influx,
        Kind::RemoteWrite,
        Kind::Otlp,
        Kind::Statsd,
        Kind::File,
    ];

    /// As it stands in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Graphite => "graphite",
            Kind::Metrics20 => "metrics20",
            Kind::Influx => "influx",
            Kind::RemoteWrite => "prometheus-remote-write",
            Kind::Otlp => "otlp",
            Kind::Statsd => "statsd",
            Kind::File => "file",
        }
    }

    /// Whether it is spoken over HTTP.
    pub const fn is_http(self) -> bool {
        matches!(self, Kind::Influx | Kind::RemoteWrite | Kind::Otlp)
    }

    /// Samples in a batch, where nothing is said.
    pub const fn batch(self) -> usize {
        match self {
            Kind::Otlp => 2000,
            _ => 5000,
        }
    }
}

/// How lines travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// A connection that is kept.
    #[default]
    Tcp,
    /// Datagrams.
    Udp,
}

/// A destination.
#[derive(Clone, PartialEq, Eq)]
pub struct Destination {
    /// Its name: of its cursor, in `/health`.
    pub name: String,
    /// To what it speaks.
    pub kind: Kind,
    /// `host:port`, or the URL; empty for a file.
    pub address: String,
    /// Series, steps, aggregates, rates.
    pub request: Request,
    /// Before every name.
    pub prefix: String,
    /// The name of this host; `None` is the ring's own, empty none.
    pub host: Option<String>,
    /// Tags besides.
    pub tags: Vec<(String, String)>,
    /// TCP or UDP.
    pub protocol: Protocol,
    /// Whether Graphite's names have tags.
    pub tagged: bool,
    /// The credential.
    pub token: Option<String>,
    /// The file that holds it.
    pub token_file: Option<PathBuf>,
    /// Influx 1: the user, whose password is the token.
    pub user: Option<String>,
    /// Influx 1: the database.
    pub database: Option<String>,
    /// Influx 2: the organisation.
    pub org: Option<String>,
    /// Influx 2: the bucket.
    pub bucket: Option<String>,
    /// Whether bodies are compressed, where that is a choice.
    pub gzip: bool,
    /// The file.
    pub path: PathBuf,
    /// Its lines.
    pub format: Format,
    /// The size at which another is begun; 0 is never.
    pub rotate_size: u64,
    /// How many full ones are kept.
    pub rotate_keep: u32,
    /// Samples in a batch, at least: a tick is never divided.
    pub batch: usize,
    /// Samples a second while there is a backlog; 0 is as fast as it goes.
    pub catch_up_rate: u64,
    /// How long an answer is waited for.
    pub timeout: Duration,
}

/// Samples a second while there is a backlog, where nothing is said.
pub const CATCH_UP_RATE: u64 = 50_000;
/// How long an answer is waited for, where nothing is said.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// The size at which another file is begun, where nothing is said.
pub const ROTATE_SIZE: u64 = 64 << 20;
/// How many full files are kept, where nothing is said.
pub const ROTATE_KEEP: u32 = 8;

impl std::fmt::Debug for Destination {
    /// Without the credential.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            out,
            "{} ({} to {})",
            self.name,
            self.kind.name(),
            self.place()
        )
    }
}

impl Destination {
    /// A destination of that name and kind, with nothing else said.
    pub fn new(name: &str, kind: Kind) -> Destination {
        Destination {
            name: name.to_owned(),
            kind,
            address: String::new(),
            request: Request::default(),
            prefix: String::new(),
            host: None,
            tags: Vec::new(),
            protocol: Protocol::Tcp,
            tagged: false,
            token: None,
            token_file: None,
            user: None,
            database: None,
            org: None,
            bucket: None,
            gzip: true,
            path: PathBuf::new(),
            format: Format::Csv,
            rotate_size: ROTATE_SIZE,
            rotate_keep: ROTATE_KEEP,
            batch: kind.batch(),
            catch_up_rate: CATCH_UP_RATE,
            timeout: TIMEOUT,
        }
    }

    /// Where it sends to, for people.
    pub fn place(&self) -> String {
        match self.kind {
            Kind::File => self.path.display().to_string(),
            _ => self.address.clone(),
        }
    }

    /// The text that it is sent.
    pub fn dialect(&self) -> Dialect {
        match self.kind {
            Kind::Graphite if self.tagged => Dialect::GraphiteTagged,
            Kind::Graphite => Dialect::Graphite,
            Kind::Metrics20 => Dialect::Metrics20,
            Kind::Influx => Dialect::Influx,
            Kind::RemoteWrite => Dialect::RemoteWrite,
            Kind::Otlp => Dialect::Otlp,
            Kind::Statsd => Dialect::Statsd,
            Kind::File => Dialect::Lines(self.format),
        }
    }

    /// What it adds to names, where the ring is of `host`.
    pub fn naming(&self, host: &str) -> Naming {
        Naming {
            prefix: self.prefix.clone(),
            host: self.host.clone().unwrap_or_else(|| host.to_owned()),
            tags: self.tags.clone(),
        }
    }

    /// The credential, from where it stands.
    pub fn credential(&self) -> Result<Option<String>, String> {
        match (&self.token, &self.token_file) {
            (Some(token), _) => Ok(Some(token.clone())),
            (None, Some(file)) => credential::read(file).map(Some),
            (None, None) => Ok(None),
        }
    }
}
