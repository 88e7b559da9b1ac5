//! goodall as a daemon: sockets, ring, collectors, reporter; signals; a clean end.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded};
use goodall_platform::socket::Address;
use goodall_platform::{Roots, signals};

use crate::gather::clock::{Clockwork, Command, SystemTime, TimeSource};
use crate::gather::plugin;
use crate::gather::set::{Ready, Set, prepare};
use crate::metric::tally::Tally;
use crate::ring::writer::{Opened, Writer};
use crate::ring::{Plan, RingError};
use crate::{error, info, log, warning};

mod options;
mod part;
mod shipper;
mod socket;
mod sources;

pub use options::Options;
use part::{Part, REPORTER_ROLE, Spec, counted};
use shipper::shipper_spec;
use socket::Socket;
use sources::{Sources, bind_socket};

/// Reads the configuration again.
pub type Reload = Box<dyn FnMut() -> Result<Options, String> + Send>;

/// Why the daemon could not start, by exit code.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// 1, 2 or 64.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// 10.
    #[error(
        "{address}: cannot be listened on: {source}; stop what listens there, or say another --listen"
    )]
    Listen {
        /// The address.
        address: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// 11.
    #[error(
        "no collector could start: {wanted} wanted, none has anything to read here; see the lines above"
    )]
    NoCollector {
        /// How many were wanted.
        wanted: usize,
    },
    /// 12.
    #[error("{}: the plugins' socket cannot be made: {source}; say another place with --socket, or --socket off", path.display())]
    PluginSocket {
        /// Its path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// 70.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Fault {
    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Fault::Ring(error) => error.exit_code(),
            Fault::Listen { .. } => 10,
            Fault::NoCollector { .. } => 11,
            Fault::PluginSocket { .. } => 12,
            Fault::System { .. } => 70,
        }
    }
}

/// Runs until INT or TERM. Call [`signals::block`] first, before any thread is started.
pub fn run(options: Options, reload: Reload) -> Result<(), Fault> {
    // first, so that who is told to end while it starts ends as it would later
    let (commands, received) = bounded(0);
    end_on_interrupt(commands.clone())?;
    let sockets = options
        .listen
        .iter()
        .map(bind)
        .collect::<Result<Vec<_>, _>>()?;
    let roots = Roots::from_env();
    let ready = prepare(&options.wanted, &roots);
    if ready.is_empty() {
        return Err(Fault::NoCollector {
            wanted: options.wanted.len(),
        });
    }
    let writer = open_ring(&options, &ready)?;
    // after the ring: a second daemon on the same file is better told of that
    let socket = options.socket.as_deref().map(bind_socket).transpose()?;
    let time: Arc<dyn TimeSource> = Arc::new(SystemTime);
    let mut clockwork = Clockwork::new(Arc::clone(&writer), Arc::clone(&time));
    // the supervisor looks whether what was absent has come
    clockwork.each_minute(signals::wake);
    let mut set = Set::new(Arc::clone(&writer), roots, Arc::clone(&time));
    set.want(&options.wanted);
    for ready in ready {
        set.start(ready, &mut |command| clockwork.take(command))?;
    }
    let mut sources = Sources::new(set, &writer, time, socket);
    sources.start(&options, &mut |command| clockwork.take(command))?;
    let reporter = (!sockets.is_empty())
        .then(|| spec(&options, sockets).map(Part::new))
        .transpose()?;
    let shipper = shipper_spec(&options)?.map(Part::new);
    let (collectors, plugins) = (sources.set.len(), sources.plugins.len());
    let ring = options.ring_file.display();
    match plugins {
        0 => info!("recording to {ring}, {collectors} collectors"),
        _ => info!("recording to {ring}, {collectors} collectors, {plugins} plugins"),
    }
    for socket in reporter.iter().flat_map(Part::sockets) {
        match socket.bound() {
            Address::Tcp(address) => info!("serving http://{address}"),
            Address::Unix(path) => info!("serving unix:{}", path.display()),
        }
    }
    let supervisor = Supervisor {
        sources,
        reporter,
        shipper,
        commands,
        options,
        reload,
        looked: None,
        writer: Arc::clone(&writer),
        is_in_place: true,
    };
    let stopping = Arc::new(AtomicBool::new(false));
    let supervising = supervisor.spawn(Arc::clone(&stopping))?;
    clockwork.run(&received);
    drop(received);
    stopping.store(true, Relaxed);
    end(supervising, &writer);
    Ok(())
}

fn open_ring(options: &Options, ready: &[Ready]) -> Result<Arc<Writer>, RingError> {
    let plugins = options.plugins.iter().map(plugin::Wanted::need);
    let plan = Plan {
        window: options.window,
        size_max: options.ring_max,
        needs: ready.iter().map(Ready::need).chain(plugins).collect(),
        host: goodall_platform::host::name(),
    };
    let (writer, opened) = Writer::open(&options.ring_file, &plan)?;
    let file = options.ring_file.display();
    match opened {
        Opened::Created => info!("{file}: made, for the last {}", options.window),
        Opened::Continued => info!("{file}: goes on"),
        Opened::CarriedOver { rows, left_out } if left_out > 0 => warning!(
            "{file}: laid out anew, {rows} rows carried over, {left_out} left out: the new interval is longer"
        ),
        Opened::CarriedOver { rows, .. } => {
            info!("{file}: laid out anew, {rows} rows carried over");
        }
        Opened::KeptOldLayout => warning!(
            "{file}: no room to lay it out anew beside the old one; the old window and intervals are kept"
        ),
    }
    Ok(writer)
}

fn bind(address: &Address) -> Result<Arc<Socket>, Fault> {
    Socket::bind(address).map_err(|source| Fault::Listen {
        address: address.to_string(),
        source,
    })
}

/// The sockets for `wanted`: those that are listened on already are kept, the others bound.
fn sockets_for(reporter: &Part, wanted: &[Address]) -> Result<Vec<Arc<Socket>>, Fault> {
    let socket = |address: &Address| {
        let mut known = reporter.sockets().iter();
        match known.find(|socket| socket.address() == address) {
            Some(socket) => Ok(Arc::clone(socket)),
            None => bind(address),
        }
    };
    wanted.iter().map(socket).collect()
}

fn spec(options: &Options, sockets: Vec<Arc<Socket>>) -> Result<Spec, Fault> {
    Ok(Spec {
        role: REPORTER_ROLE,
        executable: executable()?,
        arguments: options.reporter_args.clone(),
        sockets,
        input: String::new(),
        tally: counted(REPORTER_ROLE, Tally::of_reporter()),
    })
}

fn executable() -> Result<PathBuf, Fault> {
    std::env::current_exe().map_err(|source| Fault::System {
        what: "this executable cannot be found",
        source,
    })
}

fn end_on_interrupt(commands: Sender<Command>) -> Result<(), Fault> {
    ctrlc::set_handler(move || {
        // The clock thread is gone already where this fails: the end is under way.
        let _ = commands.send(Command::Stop);
    })
    .map_err(|error| Fault::System {
        what: "INT and TERM cannot be handled",
        source: std::io::Error::other(error),
    })
}

/// Ends collectors and reporter, and leaves the ring as the next start wants it.
fn end(supervising: JoinHandle<Supervisor>, writer: &Writer) {
    signals::wake();
    if let Ok(supervisor) = supervising.join() {
        supervisor.end();
    }
    match writer.checkpoint(true) {
        Ok(()) => info!("stopped"),
        Err(error) => warning!("{error}"),
    }
}

/// What the thread that takes HUP and CHLD looks after.
struct Supervisor {
    sources: Sources,
    reporter: Option<Part>,
    shipper: Option<Part>,
    commands: Sender<Command>,
    options: Options,
    reload: Reload,
    /// When absent collectors were looked for last.
    looked: Option<Instant>,
    writer: Arc<Writer>,
    /// Whether the ring file was where it is recorded to, when that was looked at last.
    is_in_place: bool,
}

impl Supervisor {
    fn spawn(self, stopping: Arc<AtomicBool>) -> Result<JoinHandle<Supervisor>, Fault> {
        // The configuration's parser wants more than a collector does.
        const STACK_SIZE: usize = 512 * 1024;
        let builder = Builder::new()
            .name("supervisor".to_owned())
            .stack_size(STACK_SIZE);
        builder
            .spawn(move || self.run(&stopping))
            .map_err(|source| Fault::System {
                what: "no thread for supervision",
                source,
            })
    }

    fn run(mut self, stopping: &AtomicBool) -> Supervisor {
        // here, so that the clock does not wait for it
        for part in [&mut self.reporter, &mut self.shipper]
            .into_iter()
            .flatten()
        {
            part.start();
        }
        self.look_after_parts(stopping);
        loop {
            let signal = signals::wait();
            if stopping.load(Relaxed) {
                return self;
            }
            match signal {
                signals::Signal::Hup => self.reload(),
                signals::Signal::Child => {
                    self.look_after_parts(stopping);
                    self.look_again();
                }
                // the crate ctrlc takes TERM and INT here, which are not blocked
                signals::Signal::End => {}
            }
        }
    }

    fn look_after_parts(&mut self, stopping: &AtomicBool) {
        // until none ended meanwhile: one signal may stand for several
        while let Some((part, pause)) = [&mut self.reporter, &mut self.shipper]
            .into_iter()
            .flatten()
            .find_map(|part| part.look_after().map(|pause| (part, pause)))
        {
            // A second at most (backoff::REPORTER), so that HUP and the end are not kept waiting.
            std::thread::sleep(pause);
            if stopping.load(Relaxed) {
                return;
            }
            part.start();
        }
    }

    /// The clock wakes this thread each minute; children that end do so more often.
    fn look_again(&mut self) {
        const PAUSE: Duration = Duration::from_secs(50);
        if self.looked.is_some_and(|then| then.elapsed() < PAUSE) {
            return;
        }
        self.looked = Some(Instant::now());
        let commands = &self.commands;
        self.sources.set.look_again(&mut |command| {
            let _ = commands.send(command);
        });
        let is_in_place = self.writer.is_in_place();
        if !is_in_place && self.is_in_place {
            warning!(
                "{}: the ring file was removed or replaced; recording goes on in the one that was opened, \
                 which nobody finds; start goodall anew",
                self.writer.path().display()
            );
        }
        self.is_in_place = is_in_place;
    }

    /// HUP: what did not change goes on; a configuration that does not parse changes nothing, and what
    /// cannot be had as it says goes on as it was.
    fn reload(&mut self) {
        let mut options = match (self.reload)() {
            Ok(options) => options,
            Err(error) => {
                error!("{error}; the running configuration stays in force");
                return;
            }
        };
        log::set_level(options.log_level);
        if (options.window, &options.ring_file, options.ring_max)
            != (
                self.options.window,
                &self.options.ring_file,
                self.options.ring_max,
            )
        {
            warning!("ring, ring-file and ring-max change at a restart only");
        }
        let commands = &self.commands;
        self.sources.apply(&options, &mut |command| {
            let _ = commands.send(command);
        });
        if options.socket != self.options.socket {
            warning!("socket changes at a restart only");
        }
        if let Some(reporter) = &mut self.reporter
            && (options.listen != self.options.listen
                || options.reporter_args != self.options.reporter_args
                || options.token != self.options.token)
        {
            match sockets_for(reporter, &options.listen).and_then(|sockets| spec(&options, sockets))
            {
                Ok(spec) => {
                    reporter.restart(spec);
                    info!("the reporter is started anew");
                }
                Err(error) => {
                    error!("{error}; the reporter stays as it is");
                    // so that the next HUP tries it again
                    options.listen.clone_from(&self.options.listen);
                    options
                        .reporter_args
                        .clone_from(&self.options.reporter_args);
                }
            }
        }
        self.reload_shipper(&options);
        self.options = options;
        info!("configuration read again");
    }

    fn end(self) {
        // first, since the clock has ended: what they miss from now on is nobody's
        self.sources.stop(Duration::from_secs(1));
        for mut part in [self.shipper, self.reporter].into_iter().flatten() {
            part.stop(Duration::from_millis(500));
        }
    }
}
