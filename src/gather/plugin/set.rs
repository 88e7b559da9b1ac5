//! The plugins that run: started, stopped and restarted as the configuration says, each for itself, and the socket
//! that they share.

use std::ffi::OsString;
use std::io;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use goodall_platform::bell::{Bell, bell};
use goodall_platform::group::Identity;

use super::door::Door;
use super::recorder::{self, Recorder};
use super::registry::{Inbox, Registry};
use super::worker::{Parts, Worker};
use super::{COLLECTOR, Wanted};
use crate::gather::clock::TimeSource;
use crate::info;
use crate::quantity::Interval;
use crate::ring::writer::{StatusSlot, Ticker, Writer};
use crate::ring::{Need, RingError};
use crate::{metric, warning};

/// Enough for a start of a command, a parser and a log line, without optimisation too; only what is touched is
/// resident.
const STACK_SIZE: usize = 128 * 1024;

/// Gives an interval's ticker, made where there is none.
pub type Tickers<'a> = dyn FnMut(Interval) -> Result<Ticker, RingError> + 'a;

/// What all plugins share.
pub struct Shared {
    /// The ring.
    pub writer: Arc<Writer>,
    /// The clocks.
    pub time: Arc<dyn TimeSource>,
    /// Where the socket is; none where it is switched off.
    pub socket: Option<PathBuf>,
    /// The host's name.
    pub host: String,
}

/// Why a plugin could not be started.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Ring(#[from] RingError),
    #[error("{what}: {source}")]
    System {
        what: &'static str,
        source: io::Error,
    },
    #[error("user {0} is not known here; make it, or take the key out")]
    NoUser(String),
    #[error(
        "user {0}: only root may run commands as others; take the key out, or run goodall as root"
    )]
    NotRoot(String),
}

struct Running {
    wanted: Wanted,
    bell: Arc<Bell>,
    thread: JoinHandle<StatusSlot>,
}

struct OpenDoor {
    bell: Arc<Bell>,
    thread: JoinHandle<Option<StatusSlot>>,
}

/// All plugins at work.
pub struct Plugins {
    shared: Shared,
    registry: Arc<Registry>,
    running: Vec<Running>,
    door: Option<OpenDoor>,
}

impl Wanted {
    /// The room that is kept for it from the start: for what is counted of it.
    pub fn need(&self) -> Need {
        Need {
            interval: self.interval,
            words: metric::plugin::FIELDS.len() + 1,
        }
    }
}

impl Plugins {
    /// None yet.
    pub fn new(shared: Shared) -> Plugins {
        Plugins {
            shared,
            registry: Arc::new(Registry::default()),
            running: Vec::new(),
            door: None,
        }
    }

    /// How many run.
    pub fn len(&self) -> usize {
        self.running.len()
    }

    /// Whether none runs.
    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// Has a thread accept connections of the bound socket.
    pub fn open(
        &mut self,
        listener: UnixListener,
        interval: Interval,
        ticker: Ticker,
    ) -> io::Result<()> {
        listener.set_nonblocking(true)?;
        let (bell, ear) = bell()?;
        let (writer, time) = (
            Arc::clone(&self.shared.writer),
            Arc::clone(&self.shared.time),
        );
        let open = Box::new(move || {
            Recorder::new(recorder::Parts::of_socket(
                interval,
                Arc::clone(&writer),
                ticker.clone(),
                Arc::clone(&time),
            ))
        });
        let door = Door::new(listener, ear, Arc::clone(&self.registry), open);
        let builder = Builder::new()
            .name("socket".to_owned())
            .stack_size(STACK_SIZE);
        let thread = builder.spawn(move || door.run())?;
        self.door = Some(OpenDoor { bell, thread });
        Ok(())
    }

    /// Starts a plugin; what stands against it is logged.
    pub fn start(&mut self, wanted: Wanted, tickers: &mut Tickers<'_>) -> bool {
        let name = wanted.name.clone();
        match self.try_start(wanted, tickers) {
            Ok(running) => {
                self.running.push(running);
                true
            }
            Err(fault) => {
                warning!("{COLLECTOR}.{name}: left out: {fault}");
                false
            }
        }
    }

    fn try_start(&self, wanted: Wanted, tickers: &mut Tickers<'_>) -> Result<Running, Fault> {
        let system = |what| move |source| Fault::System { what, source };
        let identity = identity_of(&wanted)?;
        let (bell, ear) = bell().map_err(system("no pipe for it"))?;
        let recorder = Recorder::new(recorder::Parts {
            name: wanted.name.clone(),
            format: Some(wanted.format),
            interval: wanted.interval,
            series_max: wanted.series_max,
            writer: Arc::clone(&self.shared.writer),
            ticker: tickers(wanted.interval)?,
            time: Arc::clone(&self.shared.time),
        })?;
        let worker = Worker::new(Parts {
            env: self.environment(&wanted, identity.as_ref()),
            wanted: wanted.clone(),
            socket: self.shared.socket.clone().map(OsString::from),
            identity,
            recorder,
            ear,
            inbox: Arc::new(Inbox::new(Arc::clone(&bell))),
            registry: Arc::clone(&self.registry),
        });
        let builder = Builder::new()
            .name(wanted.name.clone())
            .stack_size(STACK_SIZE);
        let thread = builder
            .spawn(move || worker.run())
            .map_err(system("no thread for it"))?;
        Ok(Running {
            wanted,
            bell,
            thread,
        })
    }

    /// What goodall tells a command; collectd's names too, so that its plugins run as they are.
    fn environment(
        &self,
        wanted: &Wanted,
        identity: Option<&Identity>,
    ) -> Vec<(OsString, OsString)> {
        let seconds = (wanted.interval.ns() as f64 / 1e9).to_string();
        let host = self.shared.host.clone();
        let mut env: Vec<(OsString, OsString)> = vec![
            ("GOODALL_INTERVAL".into(), seconds.clone().into()),
            ("GOODALL_HOSTNAME".into(), host.clone().into()),
            ("GOODALL_PLUGIN".into(), wanted.name.clone().into()),
            ("COLLECTD_INTERVAL".into(), seconds.into()),
            ("COLLECTD_HOSTNAME".into(), host.into()),
        ];
        if let Some(socket) = &self.shared.socket {
            env.push(("GOODALL_SOCKET".into(), socket.clone().into()));
        }
        if let (Some(user), Some(identity)) = (&wanted.user, identity) {
            env.push(("USER".into(), user.into()));
            env.push(("LOGNAME".into(), user.into()));
            env.push(("HOME".into(), identity.home.clone().into()));
        }
        env
    }

    /// Brings what runs to what is wanted: what did not change goes on without losing a tick, and so does what is
    /// named in `kept`, whose new form is broken.
    pub fn apply(&mut self, wanted: &[Wanted], kept: &[String], tickers: &mut Tickers<'_>) {
        let cannot = self.that_cannot_start(wanted, tickers);
        let stays = |running: &Running| {
            let name = &running.wanted.name;
            wanted.contains(&running.wanted) || kept.contains(name) || cannot.contains(name)
        };
        let (keep, end): (Vec<_>, Vec<_>) = std::mem::take(&mut self.running)
            .into_iter()
            .partition(stays);
        self.running = keep;
        for running in &end {
            info!("{COLLECTOR}.{}: stopped", running.wanted.name);
        }
        for status in stop(end, Duration::from_secs(2)) {
            // or it would be late for ever
            status.remove();
        }
        for wanted in wanted {
            let is_there = |running: &Running| running.wanted.name == wanted.name;
            if !self.running.iter().any(is_there) && self.start(wanted.clone(), tickers) {
                info!(
                    "{COLLECTOR}.{}: started, every {}",
                    wanted.name, wanted.interval
                );
            }
        }
    }

    /// The names of those that run and whose new form could not be had: they go on as they were.
    fn that_cannot_start(&self, wanted: &[Wanted], tickers: &mut Tickers<'_>) -> Vec<String> {
        let mut names = Vec::new();
        for running in &self.running {
            let same = |wanted: &&Wanted| wanted.name == running.wanted.name;
            let Some(new) = wanted
                .iter()
                .find(same)
                .filter(|new| **new != running.wanted)
            else {
                continue;
            };
            let had = identity_of(new).and_then(|_| Ok(tickers(new.interval)?));
            if let Err(fault) = had {
                warning!("{COLLECTOR}.{}: goes on as it was: {fault}", new.name);
                names.push(new.name.clone());
            }
        }
        names
    }

    /// Stops all, and what they started, within `patience`.
    pub fn stop(self, patience: Duration) {
        let door = self.door.map(|door| {
            door.bell.end();
            door.thread
        });
        stop(self.running, patience);
        if let Some(thread) = door {
            let _ = thread.join();
        }
    }

    /// Tells all to stop, so that they do while others are waited for.
    pub fn end(&self) {
        for running in &self.running {
            running.bell.end();
        }
    }
}

fn identity_of(wanted: &Wanted) -> Result<Option<Identity>, Fault> {
    let Some(user) = &wanted.user else {
        return Ok(None);
    };
    let found = Identity::of_user(user).map_err(|source| Fault::System {
        what: "its user cannot be looked up",
        source,
    })?;
    let identity = found.ok_or_else(|| Fault::NoUser(user.clone()))?;
    match (identity.is_ours(), goodall_platform::tty::is_root()) {
        (true, _) => Ok(None),
        (false, true) => Ok(Some(identity)),
        (false, false) => Err(Fault::NotRoot(user.clone())),
    }
}

/// Ends them; gives the places in the status area of those that ended.
fn stop(running: Vec<Running>, patience: Duration) -> Vec<StatusSlot> {
    let give_up = Instant::now() + patience;
    for running in &running {
        running.bell.end();
    }
    let mut slots = Vec::new();
    for Running { wanted, thread, .. } in running {
        while !thread.is_finished() && Instant::now() < give_up {
            std::thread::sleep(Duration::from_millis(1));
        }
        if thread.is_finished() {
            slots.extend(thread.join());
        } else {
            warning!(
                "{COLLECTOR}.{}: hangs in the system and is left behind",
                wanted.name
            );
        }
    }
    slots
}
