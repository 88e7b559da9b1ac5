//! The reporter and the shipper as children of the gatherer: started from its own executable, restarted when
//! they end, ended by the closing of a pipe (which works on every Unix, kill -9 included).

use std::ffi::OsString;
use std::io::{self, PipeWriter, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use goodall_platform::child::{self, FIRST_FD};

use super::socket::Socket;
use crate::backoff::{Backoff, REPORTER};
use crate::metric::TOTALS;
use crate::metric::tally::{Slot, Tally};
use crate::{error, info, warning};

/// A part that runs in a process of its own.
#[derive(Clone, Copy)]
pub struct Role {
    /// What it is called.
    pub name: &'static str,
    /// Its command.
    pub verb: &'static str,
    /// Where its process is shown; 0 while there is none.
    pub pid: &'static AtomicU32,
    /// Where what it counts is shown.
    pub tally: &'static Slot,
}

/// `goodall report`.
pub const REPORTER_ROLE: Role = Role {
    name: "reporter",
    verb: "report",
    pid: &TOTALS.report_pid,
    tally: &TOTALS.report_tally,
};

/// `goodall ship`.
pub const SHIPPER_ROLE: Role = Role {
    name: "shipper",
    verb: "ship",
    pid: &TOTALS.ship_pid,
    tally: &TOTALS.ship_tally,
};

/// How a part is started.
pub struct Spec {
    /// Which.
    pub role: Role,
    /// The executable: this one's.
    pub executable: PathBuf,
    /// Its flags, without the descriptors.
    pub arguments: Vec<OsString>,
    /// The listening sockets: the child's 3, 4, ...
    pub sockets: Vec<Arc<Socket>>,
    /// What it reads from its standard input; less than a pipe holds.
    pub input: String,
    /// Where it counts what it does; none where that cannot be had.
    pub tally: Option<Arc<Tally>>,
}

/// What a part is to count in; without it, it runs as well.
pub fn counted(role: Role, tally: io::Result<Tally>) -> Option<Arc<Tally>> {
    match tally {
        Ok(tally) => Some(Arc::new(tally)),
        Err(error) => {
            let name = role.name;
            warning!("no page for what the {name} counts: {error}; the collector self lacks it");
            None
        }
    }
}

/// The running child.
struct Live {
    child: Child,
    /// Closes with this process, however it ends.
    pipe: PipeWriter,
}

/// A part and its supervision.
pub struct Part {
    spec: Spec,
    live: Option<Live>,
    /// How it ended, to be logged with its next start: at goodall's own end everybody may be told to end.
    ended: Option<ExitStatus>,
    backoff: Backoff,
}

impl Part {
    /// Not started yet. [`TOTALS`] has its process from the start on.
    pub fn new(spec: Spec) -> Part {
        Part {
            spec,
            live: None,
            ended: None,
            backoff: Backoff::new(REPORTER),
        }
    }

    /// Starts the child; a failure is logged, and tried again by [`Part::look_after`].
    pub fn start(&mut self) {
        if let Some(status) = self.ended.take() {
            info!(
                "the {} ended ({status}) and is started again; recording goes on",
                self.spec.role.name
            );
        }
        match self.spawn() {
            Ok(live) => {
                Tally::show(self.spec.tally.as_ref(), self.spec.role.tally);
                self.spec.role.pid.store(live.child.id(), Relaxed);
                self.live = Some(live);
            }
            Err(error) => error!(
                "{}: the {} cannot be started: {error}",
                self.spec.executable.display(),
                self.spec.role.name
            ),
        }
    }

    fn spawn(&self) -> io::Result<Live> {
        let (child_end, pipe) = io::pipe()?;
        let mut fds: Vec<BorrowedFd<'_>> = self
            .spec
            .sockets
            .iter()
            .map(|socket| socket.as_fd())
            .collect();
        fds.push(child_end.as_fd());
        fds.extend(self.spec.tally.as_ref().map(|tally| tally.as_fd()));
        let mut command = Command::new(&self.spec.executable);
        command.arg(self.spec.role.verb).args(&self.spec.arguments);
        for fd in (FIRST_FD..).take(self.spec.sockets.len()) {
            command.arg("--listen").arg(format!("fd:{fd}"));
        }
        let last = FIRST_FD + i32::try_from(self.spec.sockets.len()).unwrap_or(0);
        command.arg("--parent-pipe").arg(last.to_string());
        if self.spec.tally.is_some() {
            command.arg("--tally").arg((last + 1).to_string());
        }
        // tiny_http starts threads of the default size, one a connection.
        command
            .env("RUST_MIN_STACK", "65536")
            .stdin(self.input()?)
            .stdout(Stdio::null());
        child::hand_over(&mut command, &fds);
        let child = command.spawn()?;
        Ok(Live { child, pipe })
    }

    /// A pipe that holds all of the input already.
    fn input(&self) -> io::Result<Stdio> {
        if self.spec.input.is_empty() {
            return Ok(Stdio::null());
        }
        let (reader, mut writer) = io::pipe()?;
        writer.write_all(self.spec.input.as_bytes())?;
        Ok(reader.into())
    }

    /// Looks whether the child ended: how long to wait before it is started again, if so.
    pub fn look_after(&mut self) -> Option<Duration> {
        if let Some(live) = &mut self.live {
            match live.child.try_wait() {
                Ok(None) => return None,
                Ok(Some(status)) => self.ended = self.backoff.is_first().then_some(status),
                Err(error) => {
                    warning!("the {} cannot be waited for: {error}", self.spec.role.name);
                }
            }
            self.live = None;
            self.spec.role.pid.store(0, Relaxed);
        }
        Some(self.backoff.failed(Instant::now()))
    }

    /// Ends the child by closing its pipe; after `patience`, by force.
    pub fn stop(&mut self, patience: Duration) {
        let Some(Live { mut child, pipe }) = self.live.take() else {
            return;
        };
        self.spec.role.pid.store(0, Relaxed);
        drop(pipe);
        let give_up = Instant::now() + patience;
        while Instant::now() < give_up {
            match child.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(2)),
                _ => return,
            }
        }
        let _ = child.kill();
        let _ = child.wait();
    }

    /// The listening sockets.
    pub fn sockets(&self) -> &[Arc<Socket>] {
        &self.spec.sockets
    }

    /// Replaces how it is started, and starts it anew.
    pub fn restart(&mut self, spec: Spec) {
        self.stop(Duration::from_millis(500));
        self.spec = spec;
        self.start();
    }
}
