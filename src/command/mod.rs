//! The commands that read: each takes what the command line said and a [`Session`], and writes.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::Reading;
use crate::config::{self, Problem, ROOT_RING_FILE, Surroundings};
use crate::format::Body;
use crate::format::time::Stamp;
use crate::metric::COLLECTORS;
use crate::quantity::WallNs;
use crate::query::{Index, Pick, QueryError};
use crate::ring::{Access, Reader, RingError};
use crate::terminal::Style;

pub mod check;
pub mod dump;
mod history;
pub mod info;
pub mod latest;
pub mod series;

/// The exit code of a fault that is nobody's wrong word: output that cannot be written.
const EXIT_OUTPUT: u8 = 1;
/// Bytes that an answer is pulled in.
const BUFFER_SIZE: usize = 64 * 1024;

/// What a command works with.
pub struct Session<'a> {
    /// Standard output.
    pub out: &'a mut dyn Write,
    /// Standard error.
    pub error: &'a mut dyn Write,
    /// Standard output's terminal, if it is one.
    pub terminal: Option<Style>,
    /// Whether standard error is a terminal and standard output is none: progress may be shown.
    pub shows_progress: bool,
    /// Environment and user.
    pub around: Surroundings<'a>,
    /// Now.
    pub now: WallNs,
}

/// Why a command came to no end.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The ring file.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// There is no ring file.
    #[error(
        "{}: there is no ring file; start goodall to record one, or give --ring-file {}",
        path.display(),
        other.unwrap_or("FILE")
    )]
    NoRing {
        /// Where it was looked for.
        path: PathBuf,
        /// Where there is one.
        other: Option<&'static str>,
    },
    /// The configuration.
    #[error(transparent)]
    Config(#[from] Problem),
    /// Several things in the configuration: each was said already.
    #[error("")]
    Said {
        /// The exit code.
        exit_code: u8,
    },
    /// A question without an answer.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A pattern without a series.
    #[error("{pattern}: no series matches; goodall series lists them all")]
    NoMatch {
        /// The pattern.
        pattern: String,
    },
    /// The reader of the pipe had enough.
    #[error("")]
    Closed,
    /// The output cannot be written.
    #[error("standard output: {0}")]
    Output(io::Error),
}

impl Failure {
    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Ring(error) => error.exit_code(),
            Failure::NoRing { .. } => 1,
            Failure::Config(problem) => problem.origin.exit_code(),
            Failure::Said { exit_code } => *exit_code,
            Failure::Query(_) | Failure::NoMatch { .. } => config::EXIT_USAGE,
            Failure::Closed => 0,
            Failure::Output(_) => EXIT_OUTPUT,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Failure::Closed
        } else {
            Failure::Output(error)
        }
    }
}

/// Opens the ring file that the command line, the environment or the configuration name.
fn open(reading: &Reading, session: &Session<'_>) -> Result<Arc<Reader>, Failure> {
    let path = config::ring_file(&reading.flags, &session.around)?;
    // where it cannot be told, opening says why
    if let Ok(false) = path.try_exists() {
        let other = Some(ROOT_RING_FILE).filter(|other| Path::new(other).exists());
        return Err(Failure::NoRing { path, other });
    }
    Ok(Arc::new(Reader::open(&path, Access::Pread)?))
}

/// Names what the ring holds, and refuses patterns that match none of it.
fn index(reading: &Reading, session: &Session<'_>) -> Result<Arc<Index>, Failure> {
    let index = Index::new(open(reading, session)?);
    match index.unmatched(&reading.patterns) {
        Some(pattern) => Err(Failure::NoMatch {
            pattern: pattern.to_owned(),
        }),
        None => Ok(Arc::new(index)),
    }
}

/// The series that patterns match, each once by whatever name it was asked for, those of a collector together:
/// in the catalogue's order, since the directory's is that in which threads came first; then what it does
/// not know.
fn picks_by_collector(index: &Index, patterns: &[String]) -> Vec<Pick> {
    let mut picks = index.select(patterns);
    picks.dedup_by_key(|pick| pick.series);
    let tracks = index.reader().tracks();
    picks.sort_by_key(|pick| {
        let name = &index.track(pick.series).collector;
        let known = COLLECTORS
            .iter()
            .position(|collector| collector.name == name);
        let first = tracks.iter().position(|track| track.collector == *name);
        (known.unwrap_or(COLLECTORS.len()), first)
    });
    picks
}

/// What was read is whole, or the file gave way under the reader.
fn sound(reader: &Reader) -> Result<(), Failure> {
    match reader.failure() {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

/// Writes an answer from end to end.
fn pump(mut body: impl Body, out: &mut dyn Write) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(BUFFER_SIZE);
    let mut goes_on = true;
    while goes_on {
        goes_on = body.fill(&mut buffer);
        out.write_all(&buffer)?;
        buffer.clear();
    }
    out.flush()
}

/// A time as text.
fn time_text(wall: WallNs) -> String {
    String::from_utf8_lossy(Stamp::new().text(wall)).into_owned()
}

/// How long ago `wall` was; 0 where it is still to come.
fn age_ns(now: WallNs, wall: WallNs) -> u64 {
    u64::try_from(now.0.saturating_sub(wall.0)).unwrap_or(0)
}
