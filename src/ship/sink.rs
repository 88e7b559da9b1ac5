//! Where batches go: the ways out, and how each says that a batch did not arrive.

use std::time::Duration;

use super::destination::{Destination, Kind, Protocol};
use super::file::FileSink;
use super::http::HttpSink;
use super::tcp::TcpSink;
use super::udp::UdpSink;

/// Why a batch did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The store would not have this batch, now or ever.
    Rejected(String),
    /// It is too large; a part of it may do.
    TooLarge(String),
    /// It may arrive another time; not before the pause, if one was asked for.
    Again(String, Option<Duration>),
    /// Nothing of ours is accepted, and somebody has to change something.
    Refused(String),
}

impl Failure {
    /// What was said.
    pub fn words(&self) -> &str {
        match self {
            Failure::Rejected(words)
            | Failure::TooLarge(words)
            | Failure::Again(words, _)
            | Failure::Refused(words) => words,
        }
    }
}

/// What a store said to a batch that it took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// How many of its samples it would not have.
    pub rejected: u64,
    /// Why; where it took all, what it has to remark.
    pub words: String,
}

/// A way out.
pub trait Sink: Send {
    /// Sends a batch.
    fn send(&mut self, batch: &[u8]) -> Result<Taken, Failure>;

    /// Where nobody acknowledges a batch: how long it is held for unsure, and sent again should the way out
    /// fail.
    fn hold(&self) -> Option<Duration> {
        None
    }

    /// Whether all that was sent up to one [`Sink::hold`] ago has arrived, as far as can be seen from here.
    fn check(&mut self) -> Result<bool, Failure> {
        Ok(true)
    }

    /// Sees to it that all that was sent has arrived; the sink may be used on.
    fn finish(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    /// The same at the end of the process, where nobody can be waited for: whether all has arrived.
    fn stop(&mut self) -> bool {
        self.hold().is_none()
    }
}

/// The way out to a destination.
pub fn open(destination: &Destination) -> Box<dyn Sink> {
    match (destination.kind, destination.protocol) {
        (Kind::File, _) => Box::new(FileSink::new(destination)),
        (Kind::Statsd, _) | (Kind::Graphite | Kind::Metrics20, Protocol::Udp) => {
            Box::new(UdpSink::new(destination))
        }
        (Kind::Graphite | Kind::Metrics20, Protocol::Tcp) => Box::new(TcpSink::new(destination)),
        (Kind::Influx | Kind::RemoteWrite | Kind::Otlp, _) => Box::new(HttpSink::new(destination)),
    }
}
