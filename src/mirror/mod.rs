//! A copy of another host's ring, kept over its HTTP interface. It parses the network and writes a ring, its
//! own, and serves nothing: `goodall report` and `goodall ship` read the copy as they read any ring.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::Builder;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use goodall_platform::confine::{self, Limits};
use goodall_platform::resident::Code;

mod address;
mod keeper;
mod source;

use crate::backoff::{Backoff, SOURCES};
use crate::quantity::Interval;
use crate::ring::RingError;
use crate::{info, warning};
pub use address::Address;
use keeper::{Failure, Keeper};
use source::{Away, Source};

/// What a process that reads another host's answers may take: a part, and a directory while it is read.
const LIMITS: Limits = Limits {
    data_bytes: 48 << 20,
    descriptors: 255,
};
const STACK_SIZE: usize = 256 * 1024;
/// How long the copying has to come to its end.
const END_PATIENCE: Duration = Duration::from_secs(1);
/// How often `--once` tries; the first is said to be followed by three.
const TRIES: u32 = 4;

/// How a mirror is to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The source.
    pub address: Address,
    /// The copy.
    pub ring_file: PathBuf,
    /// The most that it may take, in bytes.
    pub ring_max: Option<u64>,
    /// From look to look.
    pub interval: Interval,
    /// The file with the token that is shown to the source.
    pub token_file: Option<PathBuf>,
}

/// Why a mirror cannot run, or came to no good end.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// The copy.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// What the source has is no ring.
    #[error("{0}: what it sends is no ring file of this version; is it a goodall of this version?")]
    NoRing(String, u8),
    /// What the source has is another host's.
    #[error(
        "{}: keeps the ring of {kept}, and {url} has that of {found}; give another --ring-file",
        path.display()
    )]
    OtherHost {
        /// The copy.
        path: PathBuf,
        /// Its host.
        kept: String,
        /// The source.
        url: String,
        /// Its host.
        found: String,
    },
    /// `--once` did not get through.
    #[error("{0}: {1}")]
    Away(String, String),
    /// A system call that should not fail.
    #[error("{doing}: {source}")]
    System {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl MirrorError {
    /// The exit code, as the command line documents them.
    pub fn exit_code(&self) -> u8 {
        match self {
            MirrorError::Ring(error) => error.exit_code(),
            MirrorError::NoRing(_, exit_code) => *exit_code,
            MirrorError::OtherHost { .. } | MirrorError::Away(..) => 1,
            MirrorError::System { .. } => 70,
        }
    }
}

/// Nothing is ever sent: the channel is there to be closed.
enum Never {}

/// Keeps the copy until a signal ends this process.
pub fn run(options: &Options) -> Result<(), MirrorError> {
    let (done, ended) = bounded::<()>(1);
    end_on_signals(done.clone())?;
    let system = |doing| move |source| MirrorError::System { doing, source };
    confine::confine(LIMITS).map_err(system("limiting this process"))?;
    let stopping = Arc::new(AtomicBool::new(false));
    let (stop, stopped) = bounded::<Never>(0);
    let (token_file, flag) = (options.token_file.clone(), Arc::clone(&stopping));
    let source = Source::new(&options.address, token_file, flag);
    let task = options.clone();
    let copying = Builder::new()
        .name("copy".to_owned())
        .stack_size(STACK_SIZE)
        .spawn(move || {
            let kept = keep(&task, source, &stopped);
            let _ = done.try_send(());
            kept
        });
    let copying = copying.map_err(system("no thread for the copy"))?;
    info!(
        "mirroring {} to {}",
        options.address,
        options.ring_file.display()
    );
    rest_until(&ended);
    stopping.store(true, Relaxed);
    drop(stop);
    let give_up = Instant::now() + END_PATIENCE;
    while !copying.is_finished() && Instant::now() < give_up {
        std::thread::sleep(Duration::from_millis(2));
    }
    if copying.is_finished() {
        return copying
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    }
    // it waits for its source; what it has stored is on its way to the disk
    let synced = File::open(&options.ring_file).and_then(|file| file.sync_all());
    if let Err(error) = synced {
        warning!("{}: cannot be synced: {error}", options.ring_file.display());
    }
    Ok(())
}

/// Lets go of what only the start needed, now and then.
fn rest_until(ended: &Receiver<()>) {
    const PAUSE: Duration = Duration::from_secs(60);
    let mut pause = Duration::from_secs(3);
    let code = Code::of_this_process();
    code.bring_in_little();
    while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(pause) {
        code.give_back();
        pause = PAUSE;
    }
}

/// Looks at the source, again and again.
fn keep(options: &Options, source: Source, stopped: &Receiver<Never>) -> Result<(), MirrorError> {
    let mut keeper = Keeper::open(options, source)?;
    let interval = Duration::from_nanos(options.interval.ns());
    let mut backoff = Backoff::new(SOURCES);
    let mut due = Instant::now();
    loop {
        let pause = match keeper.look() {
            Ok(()) => {
                backoff = Backoff::new(SOURCES);
                // ticks of the first look on; those that were missed are not made up for
                due = (due + interval).max(Instant::now());
                due.duration_since(Instant::now())
            }
            Err(Failure::Fatal(error)) => return Err(error),
            Err(Failure::Away(away)) => {
                keeper.went(&away, Some("tried again until it does"));
                due = Instant::now();
                away.pause(&mut backoff)
            }
        };
        if !matches!(stopped.recv_timeout(pause), Err(RecvTimeoutError::Timeout)) {
            let synced = keeper.sync();
            info!("stopped");
            return Ok(synced?);
        }
    }
}

/// Copies what is new and ends.
pub fn run_once(options: &Options) -> Result<(), MirrorError> {
    let token_file = options.token_file.clone();
    let source = Source::new(&options.address, token_file, Arc::default());
    let mut keeper = Keeper::open(options, source)?;
    let mut backoff = Backoff::new(SOURCES);
    let mut tries = 0;
    loop {
        tries += 1;
        match keeper.look() {
            Ok(()) => return Ok(keeper.sync()?),
            Err(Failure::Fatal(error)) => return Err(error),
            Err(Failure::Away(away)) => {
                let goes_on = matches!(away, Away::Lost(_) | Away::Busy(..) | Away::Replaced);
                let is_last = tries == TRIES || !goes_on;
                keeper.went(
                    &away,
                    (!is_last).then_some("tried again three times at most"),
                );
                if is_last {
                    let url = options.address.to_string();
                    return Err(MirrorError::Away(url, away.to_string()));
                }
                std::thread::sleep(away.pause(&mut backoff));
            }
        }
    }
}

impl Away {
    /// How long to wait before it is asked again.
    fn pause(&self, backoff: &mut Backoff) -> Duration {
        let now = Instant::now();
        match self {
            Away::Refused(_) => backoff.refused(now),
            Away::Busy(_, asked) => backoff.asked(now, *asked),
            Away::Lost(_) | Away::Replaced | Away::Strange(_) | Away::NoRoom(_) | Away::Stopped => {
                backoff.failed(now)
            }
        }
    }
}

impl std::fmt::Display for Away {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Away::Lost(why) | Away::Busy(why, _) | Away::Refused(why) | Away::Strange(why) => {
                out.write_str(why)
            }
            Away::NoRoom(error) => error.fmt(out),
            Away::Replaced => out.write_str("it has another file now"),
            Away::Stopped => out.write_str("told to end"),
        }
    }
}

fn end_on_signals(done: Sender<()>) -> Result<(), MirrorError> {
    ctrlc::set_handler(move || {
        // where it is full, the end is under way
        let _ = done.try_send(());
    })
    .map_err(|error| MirrorError::System {
        doing: "INT and TERM cannot be handled",
        source: io::Error::other(error),
    })
}
