//! The daemon as its users run it: a process with a folder of its own, signals, and what it said. Its socket is a
//! path, so that no two tests can meet at a port.

use std::ffi::OsStr;
use std::fmt::Display;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use goodall::metric::COLLECTORS;
use goodall::ring::{Access, ClockId, Reader};

use crate::client::{Client, Response};

/// Longer than anything may take here, however loaded the machine is.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Waits until it is so.
pub fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let give_up = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < give_up, "waited for in vain: {what}");
        thread::sleep(LOOK_AGAIN);
    }
}

/// Of the clocks that have frames, that of the shortest interval.
pub fn fastest(reader: &Reader) -> ClockId {
    let layouts = reader.layout().iter().filter(|layout| layout.bands > 0);
    let fastest = layouts.min_by_key(|layout| layout.interval.ns());
    fastest.map_or(ClockId(0), |layout| layout.clock)
}

/// A daemon's folder: socket, configuration, log, and, where no other place is named, the ring.
pub struct Home {
    folder: tempfile::TempDir,
    ring: PathBuf,
}

impl Home {
    /// A folder with nothing in it yet.
    pub fn new() -> Home {
        let folder = tempfile::tempdir().unwrap();
        let ring = folder.path().join("goodall.ring");
        Home { folder, ring }
    }

    /// The same, its ring on another disk.
    pub fn with_ring(ring: PathBuf) -> Home {
        Home {
            ring,
            ..Home::new()
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn ring(&self) -> &Path {
        &self.ring
    }

    /// Writes the configuration: what stands first, and which collectors run, each at its interval.
    pub fn configure(&self, first: &str, collectors: &[(&str, &str)]) {
        let mut text = format!("{first}\n");
        for collector in COLLECTORS {
            let wanted = collectors.iter().find(|(name, _)| *name == collector.name);
            let table = match wanted {
                Some((_, interval)) => format!("interval = {interval:?}"),
                None => "enabled = false".to_owned(),
            };
            text.extend(["[collectors.", collector.name, "]\n", &table, "\n"]);
        }
        fs::write(self.path("goodall.toml"), text).unwrap();
    }

    /// What the ring holds now.
    pub fn reader(&self) -> Reader {
        Reader::open(&self.ring, Access::Mapped).unwrap()
    }

    /// The number of the newest frame of the shortest interval; 0 where there is none.
    pub fn newest(&self) -> u64 {
        let reader = self.reader();
        let newest = reader.newest(fastest(&reader));
        newest.map_or(0, |header| header.number.0)
    }

    /// All that daemons of this folder said on standard error.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// The executable with nothing of this environment.
    pub fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goodall"));
        command.env_clear().env("HOME", self.folder.path());
        command.arg(verb).arg("--ring-file").arg(&self.ring);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// `goodall run`, not started yet, serving at the folder's socket.
    pub fn run(&self, line: &str) -> Command {
        let mut command = self.command("run");
        let listen = format!("unix:{}", self.path("sock").display());
        command.arg("--listen").arg(listen);
        command.args(line.split_whitespace());
        command
    }

    /// Starts it as it is, saying what it says to the log.
    pub fn spawn(&self, command: &mut Command) -> Daemon {
        let mut log = OpenOptions::new();
        let log = log.append(true).create(true).open(self.path("log"));
        let log = log.unwrap();
        Daemon(command.stderr(log).spawn().unwrap())
    }

    /// Starts `goodall run` with these flags and waits until it answers.
    pub fn start(&self, line: &str) -> Daemon {
        let mut daemon = self.spawn(&mut self.run(line));
        self.wait_until_it_answers(&mut daemon);
        daemon
    }

    pub fn wait_until_it_answers(&self, daemon: &mut Daemon) {
        wait_for("it answers", || {
            assert_eq!(daemon.ended(), None, "it ended: {}", self.log());
            // what the reader before left at the path refuses, or ends
            self.ask("/health").is_some()
        });
    }

    /// One `GET` at the socket; none where the connection fails or ends before the answer.
    pub fn ask(&self, target: &str) -> Option<Response> {
        let mut client = Client::try_connect_unix(&self.path("sock"))?;
        let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        client.try_send(&request)?;
        client.read(true)
    }
}

/// What ends by itself: its exit code and what it said.
pub fn refused(command: &mut Command) -> (Option<i32>, String) {
    let mut child = Daemon(command.stderr(Stdio::piped()).spawn().unwrap());
    let status = child.wait();
    let mut said = String::new();
    let mut pipe = child.0.stderr.take().unwrap();
    std::io::Read::read_to_string(&mut pipe, &mut said).unwrap();
    (status.code(), said)
}

/// A daemon that ends with the test.
pub struct Daemon(Child);

impl Daemon {
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().unwrap()
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        wait_for("it ends", || {
            status = self.ended();
            status.is_some()
        });
        status.unwrap()
    }

    pub fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// The reporter that runs now.
    pub fn reporter(&self) -> Option<u32> {
        children(self.pid()).into_iter().next()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends a signal by kill(1) of the shell: to a process, or with a minus in front to its group.
pub fn signal(target: impl Display, name: &str) {
    let mut kill = Command::new("/bin/sh");
    kill.args(["-c", "kill -s \"$0\" -- \"$1\"", name])
        .arg(target.to_string());
    assert!(kill.status().unwrap().success());
}

/// Whether a process is gone, reaped or not, with its last thread: one that is being killed may still accept.
pub fn is_gone(pid: u32) -> bool {
    stat(&pid.to_string()).is_none_or(|stat| "ZX".contains(&stat.state) && stat.threads <= 1)
}

/// How many children of a process have ended and were not waited for.
pub fn unwaited(pid: u32) -> usize {
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    entries
        .filter_map(|entry| stat(&entry.file_name().into_string().ok()?))
        .filter(|stat| stat.parent == pid && stat.state == "Z")
        .count()
}

/// The living children of a process.
pub fn children(pid: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap();
    let numbered = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    numbered
        .filter_map(|name| Some((name.parse().ok()?, stat(&name)?)))
        .filter(|(child, stat)| stat.parent == pid && !is_gone(*child))
        .map(|(child, _)| child)
        .collect()
}

struct Stat {
    state: String,
    parent: u32,
    threads: u32,
}

fn stat(name: &str) -> Option<Stat> {
    let text = fs::read_to_string(Path::new("/proc").join(name).join("stat")).ok()?;
    // the name in brackets may hold anything
    let mut fields = text.rsplit_once(") ")?.1.split(' ');
    Some(Stat {
        state: fields.next()?.to_owned(),
        parent: fields.next()?.parse().ok()?,
        threads: fields.nth(15)?.parse().ok()?,
    })
}

/// Runs a tool to its end; what it said where it failed.
pub fn tool(program: &str, arguments: &[&OsStr]) -> Result<(), String> {
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(format!("{program}: {said}"))
}
