//! The shipper: a process that maps the ring read-only and sends what it holds to other systems, a thread a
//! destination. All that it writes are cursors and a status file of its own. A child of the gatherer, or
//! alone.

use std::io;
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Builder, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use goodall_platform::confine::{self, Limits};
use goodall_platform::connection::{self, Woken};
use goodall_platform::resident::Code;
use goodall_platform::{inherit, signals};

mod board;
mod bound;
mod courier;
mod cursor;
pub mod destination;
mod file;
mod folder;
mod gzip;
mod http;
mod partial;
mod probe;
mod sink;
mod starts;
mod tcp;
mod udp;

use crate::anew::{self, IsSound};
use crate::backoff::{Backoff, SOURCES};
use crate::format::delivery::Delivery;
use crate::metric::tally::Sheet;
use crate::query::{Index, Snapshot};
use crate::ring::reader::Access;
use crate::ring::{Reader, RingError};
use crate::{error, info, warning};
use board::Board;
use courier::{Courier, Never};
use cursor::Cursor;
pub use destination::{Destination, Kind, Protocol};
use folder::Folder;
pub use probe::{Probe, probe};
pub use sink::Failure;

/// What a process that reads other systems' answers may take: a batch and its copies for each destination.
const LIMITS: Limits = Limits {
    data_bytes: 64 << 20,
    descriptors: 255,
};
/// A courier's stack: the compressor's and TLS' frames are deep.
const STACK_SIZE: usize = 512 * 1024;
/// From status to status.
const STATUS_PAUSE: Duration = Duration::from_secs(1);
/// How long couriers have to come to their end.
const END_PATIENCE: Duration = Duration::from_millis(400);
/// How often `--once` tries a batch.
const TRIES: u32 = 4;

/// How the shipper is to run.
#[derive(Clone)]
pub struct Options {
    /// The ring.
    pub ring_file: PathBuf,
    /// Where to.
    pub destinations: Vec<Destination>,
    /// The folder for what cannot stand beside the ring (`$STATE_DIRECTORY`).
    pub state_folder: Option<PathBuf>,
    /// The pipe whose end is the parent's.
    pub parent_pipe: Option<RawFd>,
    /// The page in which the parent has this process count what it ships.
    pub tally: Option<RawFd>,
    /// Where no parent reads the configuration: what to ask before HUP has it read again. For that,
    /// [`signals::block`] is to be called first.
    pub is_sound: Option<IsSound>,
}

/// Why the shipper cannot run, or came to no good end.
#[derive(Debug, thiserror::Error)]
pub enum ShipError {
    /// The ring cannot be read.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// Nowhere to keep cursors.
    #[error(
        "{}: cursors cannot be kept there: {source}; make the ring's folder writable, or set STATE_DIRECTORY",
        path.display()
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another shipper.
    #[error(
        "{}: another shipper is at work on this ring; a goodall that records ships too where it is configured",
        .0.display()
    )]
    Busy(PathBuf),
    /// Nothing to do.
    #[error("no destination is configured; add a [[ship]] table to the configuration")]
    NoDestination,
    /// `--once` did not get everything through; each was said.
    #[error("{0} of {1} destinations did not get everything")]
    Incomplete(usize, usize),
    /// A system call that should not fail.
    #[error("{doing}: {source}")]
    System {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl ShipError {
    /// The exit code, as the command line documents them.
    pub fn exit_code(&self) -> u8 {
        match self {
            ShipError::Ring(error) => error.exit_code(),
            ShipError::Folder { .. } | ShipError::Busy(_) | ShipError::Incomplete(..) => 1,
            ShipError::NoDestination => 78,
            ShipError::System { .. } => 70,
        }
    }
}

/// What ends a run.
enum End {
    /// Enough.
    Stop,
    /// The configuration is to be read again.
    Anew,
}

/// Ships until the parent ends or a signal ends this process.
pub fn run(options: &Options) -> Result<(), ShipError> {
    let system = |doing| move |source| ShipError::System { doing, source };
    let parent = options.parent_pipe.map(inherit::take).transpose();
    let parent = parent.map_err(system("--parent-pipe"))?;
    let sheet = Sheet::inherited(options.tally).map_err(system("--tally"))?;
    let (done, ended) = bounded(1);
    end_on_signals(done.clone())?;
    if let Some(is_sound) = options.is_sound {
        let done = done.clone();
        let again = move || {
            let _ = done.try_send(End::Anew);
        };
        anew::on_hup(is_sound, again).map_err(system("waiting for HUP"))?;
    }
    if let Some(pipe) = parent {
        end_with_parent(pipe, done).map_err(system("watching the parent"))?;
    }
    let (snapshot, folder) = prepare(options, Access::Mapped)?;
    confine::confine(LIMITS).map_err(system("limiting this process"))?;
    let mut board = Board::open(&folder, &options.destinations, sheet);
    let (stop, stopped) = bounded::<Never>(0);
    let mut couriers = Vec::with_capacity(options.destinations.len());
    for (destination, shown) in options.destinations.iter().zip(board.shown()) {
        let task = Task {
            destination: destination.clone(),
            snapshot: Arc::clone(&snapshot),
            folder: folder.path().to_owned(),
            shown: Arc::clone(shown),
        };
        let stopped = stopped.clone();
        let named = Builder::new()
            .name(destination.name.clone())
            .stack_size(STACK_SIZE);
        let courier = named.spawn(move || task.run(&stopped));
        couriers.push(courier.map_err(system("no thread for a destination"))?);
    }
    drop(stopped);
    info!(
        "shipping {} to {} destinations",
        options.ring_file.display(),
        couriers.len()
    );
    let code = Code::of_this_process();
    code.bring_in_little();
    let mut looks = 0_u32;
    let how = loop {
        match ended.recv_timeout(STATUS_PAUSE) {
            Err(RecvTimeoutError::Timeout) => {}
            how => break how,
        }
        board.write();
        looks += 1;
        if looks % 60 == 3 {
            code.give_back();
        }
    };
    end(stop, &couriers);
    if let Ok(End::Anew) = how {
        return Err(system("starting this program anew")(anew::start(
            |_| Ok(()),
        )));
    }
    board.close();
    Ok(())
}

/// Ships what is there and ends.
pub fn run_once(options: &Options) -> Result<(), ShipError> {
    let (snapshot, folder) = prepare(options, Access::Pread)?;
    let mut failed = 0;
    let board = Board::open(&folder, &options.destinations, Sheet::default());
    // one after another: a copy is read once for each, and a live ring is not in a hurry
    for (destination, shown) in options.destinations.iter().zip(board.shown()) {
        let name = &destination.name;
        if destination.kind == Kind::Statsd {
            warning!(
                "{name}: statsd has no time, so that there is nothing to send once; passed over"
            );
            continue;
        }
        let cursor = Cursor::new(folder.path(), name);
        let courier = Courier::new(
            destination.clone(),
            Arc::clone(&snapshot),
            cursor,
            Arc::clone(shown),
        );
        let result = courier.run_once(TRIES);
        let at = shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Delivery {
            shipped, rejected, ..
        } = at;
        if at.lost > 0 {
            warning!("{name}: {} samples were overwritten before", at.lost);
        }
        match result {
            Ok(()) if rejected == 0 => info!("{name}: {shipped} samples sent"),
            Ok(()) => {
                let words = &at.words;
                error!("{name}: {shipped} samples sent, {rejected} refused: {words}");
                failed += 1;
            }
            Err(failure) => {
                let words = failure.words();
                error!("{name}: {shipped} samples sent, {rejected} refused, then: {words}");
                failed += 1;
            }
        }
    }
    match failed {
        0 => Ok(()),
        failed => Err(ShipError::Incomplete(failed, options.destinations.len())),
    }
}

fn prepare(options: &Options, access: Access) -> Result<(Arc<Snapshot>, Folder), ShipError> {
    if options.destinations.is_empty() {
        return Err(ShipError::NoDestination);
    }
    let reader = Reader::open(&options.ring_file, access)?;
    let folder = Folder::open(&options.ring_file, options.state_folder.as_deref())?;
    let snapshot = Arc::new(Snapshot::new(Index::new(Arc::new(reader))));
    Ok((snapshot, folder))
}

fn end_on_signals(done: Sender<End>) -> Result<(), ShipError> {
    ctrlc::set_handler(move || {
        // where it is full, the end is under way
        let _ = done.try_send(End::Stop);
    })
    .map_err(|error| ShipError::System {
        doing: "INT and TERM cannot be handled",
        source: io::Error::other(error),
    })
}

fn end_with_parent(pipe: OwnedFd, done: Sender<End>) -> io::Result<()> {
    // a terminal sends INT to the whole group; the parent says when it is over
    signals::ignore_interrupt();
    let watch = move || {
        while let Ok(woken) = connection::wait(&[], Some(pipe.as_fd()), None) {
            if matches!(woken, Woken::End) {
                break;
            }
        }
        let _ = done.try_send(End::Stop);
    };
    let thread = Builder::new().name("parent".to_owned());
    thread.stack_size(64 * 1024).spawn(watch).map(drop)
}

/// What a destination's thread is made of; made anew where one panicked.
struct Task {
    destination: Destination,
    snapshot: Arc<Snapshot>,
    folder: PathBuf,
    shown: Arc<Mutex<Delivery>>,
}

impl Task {
    fn run(self, stopped: &crossbeam_channel::Receiver<Never>) {
        let mut backoff = Backoff::new(SOURCES);
        loop {
            let attempt = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let cursor = Cursor::new(&self.folder, &self.destination.name);
                let (destination, snapshot) =
                    (self.destination.clone(), Arc::clone(&self.snapshot));
                Courier::new(destination, snapshot, cursor, Arc::clone(&self.shown)).run(stopped);
            }));
            if attempt.is_ok() {
                return;
            }
            let name = &self.destination.name;
            error!("{name}: panicked, and is started again; this is a fault of goodall's");
            let pause = backoff.failed(Instant::now());
            if !matches!(stopped.recv_timeout(pause), Err(RecvTimeoutError::Timeout)) {
                return;
            }
        }
    }
}

/// Tells the couriers, and waits for them a moment: one that waits for a store is left behind.
fn end(stop: Sender<Never>, couriers: &[JoinHandle<()>]) {
    drop(stop);
    let give_up = Instant::now() + END_PATIENCE;
    while Instant::now() < give_up && couriers.iter().any(|courier| !courier.is_finished()) {
        thread::sleep(Duration::from_millis(2));
    }
}
