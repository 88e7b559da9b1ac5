//! The reporter: a process that maps the ring read-only and faces the network. A child of the gatherer,
//! which hands it the listening sockets, or alone, or under systemd's socket activation.

use std::convert::Infallible;
use std::os::fd::{AsFd, RawFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::{env, io, process};

use goodall_platform::confine::{self, Limits};
use goodall_platform::inherit;
use goodall_platform::resident::Code;
use goodall_platform::signals;

pub mod counters;
pub mod http;
pub mod listen;
pub mod shipping;
mod sockets;

use crate::anew::{self, IsSound};
use crate::error;
use crate::metric::tally::Sheet;
use crate::query::{Index, Snapshot};
use crate::ring::reader::Access;
use crate::ring::{Reader, RingError};
use counters::Counters;
use http::door::IS_STARTING_ANEW;
use http::guard::{Token, TokenError};
use http::watch::{Doorbell, Duties, Watch};
use http::{Desk, Rules};
pub use listen::Listen;
use sockets::Socket;

/// What a process that a stranger can reach may take. A prototype under attack did best so: what asks for
/// more is started anew, and answers again after 100 ms.
const LIMITS: Limits = Limits {
    data_bytes: 8 << 20,
    descriptors: 255,
};

/// The stack of each connection's thread, in bytes: std reads it from the environment.
pub const STACK_VARIABLE: &str = "RUST_MIN_STACK";
const STACK_BYTES: &str = "65536";

/// How the reporter is to run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The ring.
    pub ring_file: PathBuf,
    /// Where to listen; the addresses among it only where there is no socket activation.
    pub listen: Vec<Listen>,
    /// Names, beside addresses and `localhost`, that a request may give as our host.
    pub allowed_hosts: Vec<String>,
    /// The file of the token that a client must show.
    pub token_file: Option<PathBuf>,
    /// Whether all the world may ask without a token.
    pub insecure_listen: bool,
    /// The pipe whose end is the parent's.
    pub parent_pipe: Option<RawFd>,
    /// The page in which the parent has this process count what it answers.
    pub tally: Option<RawFd>,
    /// Where there is no parent, and signals are obeyed: what to ask before HUP has the configuration read
    /// again. For that, [`signals::block_all`] is to be called first.
    pub is_sound: Option<IsSound>,
}

/// Why the reporter cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The ring cannot be read.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// An address cannot be bound.
    #[error("--listen {address}: {source}; choose another address, or end what listens there")]
    Bind {
        /// As it was given.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// A descriptor is not a listening socket that was handed over.
    #[error("{what}: {source}; expected a listening socket, handed over open")]
    Inherited {
        /// The flag or the variable.
        what: String,
        /// What is wrong with it.
        source: io::Error,
    },
    /// Nothing says where to listen.
    #[error("nowhere to listen: give --listen 127.0.0.1:8080, or start by socket activation")]
    Nowhere,
    /// Strangers could ask.
    #[error(
        "--listen {0}: others than this machine could read it; give --token-file FILE, or \
         --insecure-listen if all the world may"
    )]
    Exposed(String),
    /// The token.
    #[error("--token-file {}: {source}", path.display())]
    Token {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        source: TokenError,
    },
    /// A system call that should not fail.
    #[error("{doing}: {source}")]
    System {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl ReportError {
    /// The exit code, as the command line documents them.
    pub fn exit_code(&self) -> u8 {
        match self {
            ReportError::Ring(error) => error.exit_code(),
            ReportError::Bind { .. } | ReportError::Inherited { .. } => 10,
            ReportError::Nowhere | ReportError::Exposed(_) | ReportError::Token { .. } => 64,
            ReportError::System { .. } => 70,
        }
    }
}

/// Serves the ring until the parent ends, or a signal ends this process. To be called early: threads that
/// run already keep the stacks that they have.
pub fn run(options: &Options) -> Result<Infallible, ReportError> {
    if env::var_os(STACK_VARIABLE).is_none() {
        return Err(start_anew(&[]));
    }
    let system = |doing| move |source| ReportError::System { doing, source };
    let token = options.token_file.as_ref().map(|path| {
        Token::read(path).map_err(|source| ReportError::Token {
            path: path.clone(),
            source,
        })
    });
    let token = token.transpose()?;
    let sockets = sockets::open(options, token.is_some())?;
    let parent = match options.parent_pipe {
        None => None,
        Some(fd) => Some(inherit::take(fd).map_err(system("--parent-pipe"))?),
    };
    let sheet = Sheet::inherited(options.tally).map_err(system("--tally"))?;
    if parent.is_some() {
        // A terminal sends INT to the whole group; the parent says when it is over.
        signals::ignore_interrupt();
    }
    if let Some(is_sound) = options.is_sound {
        obey_signals(&sockets, is_sound).map_err(system("waiting for signals"))?;
    }
    let reader = Reader::open(&options.ring_file, Access::Mapped)?;
    confine::confine(LIMITS).map_err(system("limiting this process"))?;
    http::door::end_the_process_on_panics_of_the_door();
    http::door::end_the_process_without_memory();

    let rules = Rules {
        allowed_hosts: options.allowed_hosts.clone(),
        token,
    };
    let snapshot = Snapshot::new(Index::new(Arc::new(reader)));
    let desk = Arc::new(Desk::new(rules, snapshot, Counters::new(sheet)));
    let streams = http::streams();
    let (doorbell, ear) = Doorbell::new().map_err(system("making a pipe"))?;
    let mut watched = Vec::with_capacity(sockets.len());
    for Socket { listener, .. } in sockets {
        watched.push(listener.try_clone().map_err(system("watching a socket"))?);
        http::serve(listener, &doorbell, &desk, &streams).map_err(system("starting to serve"))?;
    }
    let parent = parent.as_ref().map(AsFd::as_fd);
    let code = Code::of_this_process();
    code.bring_in_little();
    let rest = || {
        desk.rest();
        // last: to look for a ring that changed runs much of it
        code.give_back();
    };
    let watch = Watch {
        listeners: &watched,
        parent,
        doorbell: &doorbell,
        ear,
        streams: &streams,
    };
    let duties = Duties {
        rest: &rest,
        cut: &|| desk.counters().cut(),
    };
    watch.run(&duties).map_err(system("watching the sockets"))?;
    process::exit(0)
}

/// Starts this program anew with small stacks and these sockets; returns only where that fails.
fn start_anew(sockets: &[Socket]) -> ReportError {
    IS_STARTING_ANEW.store(true, Relaxed);
    let source = anew::start(|command| {
        command.env(STACK_VARIABLE, STACK_BYTES);
        sockets::keep(sockets, command)
    });
    sockets::close_on_exec(sockets);
    IS_STARTING_ANEW.store(false, Relaxed);
    let doing = "starting this program anew";
    ReportError::System { doing, source }
}

/// Reads the configuration again on HUP, and ends in peace on TERM and INT.
fn obey_signals(sockets: &[Socket], is_sound: IsSound) -> io::Result<()> {
    let kept = sockets.iter().map(Socket::try_clone);
    let kept = Arc::new(kept.collect::<io::Result<Vec<_>>>()?);
    let bound = Arc::clone(&kept);
    let again = move || error!("{}", start_anew(&kept));
    let end = move || {
        bound.iter().for_each(Socket::remove_path);
        process::exit(0)
    };
    anew::on_signals(is_sound, again, end)
}
