//! The reporter as the gatherer starts it: a child with the listening socket at 3 and a pipe at 4, started
//! again whenever it ends.

use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{io, thread};

use goodall_platform::child;
use goodall_platform::socket::{Address, Listener};
use tempfile::TempDir;

use crate::client;
use crate::recorded;

/// What the gatherer waits before it starts the reporter again.
const RESTART_AFTER: Duration = Duration::from_millis(100);

/// A reporter over a ring of its own.
pub struct Reporter {
    pub address: SocketAddr,
    pub folder: TempDir,
    live: Arc<Live>,
    restarter: Option<thread::JoinHandle<()>>,
}

struct Live {
    child: Mutex<(Child, io::PipeWriter)>,
    restarts: AtomicU32,
    is_over: AtomicBool,
}

/// The binary under test.
pub fn goodall() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goodall"));
    command
        .arg("report")
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null());
    command
}

/// A ring of `seconds` and `others` tracks beside `load`, in a folder of its own.
pub fn ring(seconds: u32, others: usize) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let ring = folder.path().join("ring");
    recorded::record(&ring, seconds, others);
    (folder, ring)
}

impl Reporter {
    /// Over a ring of so many seconds and of so many tracks beside `load`, with more flags.
    pub fn start(seconds: u32, others: usize, flags: &[&str]) -> Reporter {
        let (folder, ring) = ring(seconds, others);
        let any_port = Address::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let listener = Listener::bind(&any_port).unwrap();
        let Ok(Address::Tcp(address)) = listener.address() else {
            panic!("it was bound to a port");
        };
        let flags: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
        let spawn = move || {
            let (end, pipe) = io::pipe().unwrap();
            let socket: BorrowedFd<'_> = match &listener {
                Listener::Tcp(listener) => listener.as_fd(),
                Listener::Unix(listener) => listener.as_fd(),
            };
            let mut command = goodall();
            command.arg("--ring-file").arg(&ring).args(&flags);
            command.args(["--listen", "fd:3", "--parent-pipe", "4"]);
            command.env("RUST_MIN_STACK", "65536");
            child::hand_over(&mut command, &[socket, end.as_fd()]);
            (command.spawn().unwrap(), pipe)
        };
        let live = Arc::new(Live {
            child: Mutex::new(spawn()),
            restarts: AtomicU32::new(0),
            is_over: AtomicBool::new(false),
        });
        let watched = Arc::clone(&live);
        let restarter = thread::spawn(move || {
            while !watched.is_over.load(Ordering::Relaxed) {
                let mut child = watched.child.lock().unwrap();
                if child.0.try_wait().unwrap().is_some() {
                    thread::sleep(RESTART_AFTER);
                    *child = spawn();
                    watched.restarts.fetch_add(1, Ordering::Relaxed);
                }
                drop(child);
                thread::sleep(Duration::from_millis(5));
            }
        });
        Reporter {
            address,
            folder,
            live,
            restarter: Some(restarter),
        }
    }

    /// How often it had to be started again.
    pub fn restarts(&self) -> u32 {
        self.live.restarts.load(Ordering::Relaxed)
    }

    /// The process that runs now.
    pub fn pid(&self) -> u32 {
        self.live.child.lock().unwrap().0.id()
    }

    /// A number of `/proc/PID/status`, in its unit.
    pub fn status_of(&self, key: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with(key)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// A counter of `/metrics`.
    pub fn counted(&self, series: &str) -> u64 {
        let metrics = client::get(self.address, "/metrics").body;
        let mut lines = metrics.lines().filter_map(|line| line.rsplit_once(' '));
        let (_, value) = lines.find(|(name, _)| *name == series).unwrap();
        value.parse().unwrap()
    }

    /// Whether a polite client is answered within a while, restarts and all.
    pub fn answers(&self) -> bool {
        let give_up = Instant::now() + Duration::from_secs(20);
        while Instant::now() < give_up {
            let mut client = client::Client::connect(self.address);
            client.send("GET /latest?match=load.1m HTTP/1.1\r\nHost: localhost\r\n\r\n");
            if client.read(true).is_some_and(|answer| answer.status == 200) {
                return true;
            }
            thread::sleep(Duration::from_millis(50));
        }
        false
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        self.live.is_over.store(true, Ordering::Relaxed);
        if let Some(restarter) = self.restarter.take() {
            let _ = restarter.join();
        }
        if let Ok(mut child) = self.live.child.lock() {
            let _ = child.0.kill();
            let _ = child.0.wait();
        }
    }
}
