//! Programs that run while a test asks them over HTTP: ended with the test, what they said kept for when it fails.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a program may take to answer, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that listens at a port of loopback.
pub struct Running {
    pub address: SocketAddr,
    child: Child,
    said: PathBuf,
    _folder: TempDir,
}

impl Running {
    /// Starts what `command` makes of a port and of a folder of its own, and waits until it listens there;
    /// `None` where there is no such program.
    pub fn start(command: impl FnOnce(SocketAddr, &Path) -> Command) -> Option<Running> {
        Running::start_at(free_port(), command)
    }

    /// The same at a port that is known.
    pub fn start_at(
        address: SocketAddr,
        command: impl FnOnce(SocketAddr, &Path) -> Command,
    ) -> Option<Running> {
        let folder = tempfile::tempdir().unwrap();
        let said = folder.path().join("said");
        let log = File::create(&said).unwrap();
        let child = command(address, folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .ok()?;
        let mut running = Running {
            address,
            child,
            said,
            _folder: folder,
        };
        wait_for(|| match running.child.try_wait().unwrap() {
            Some(status) => panic!("it ended with {status}: {}", running.said()),
            None => TcpStream::connect(address).map_err(|error| format!("{address}: {error}")),
        });
        Some(running)
    }

    /// The recorder, on what `roots` say (`HOST_PROC` and the like) is its machine.
    pub fn goodall(roots: &[(&str, PathBuf)]) -> Running {
        let goodall = |address: SocketAddr, folder: &Path| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_goodall"));
            command
                .env_clear()
                .envs(roots.iter().map(|(name, path)| (name, path)))
                .args(["--ring", "1m", "--interval", "500ms"])
                .arg("--ring-file")
                .arg(folder.join("ring"))
                .args(["--listen", &address.to_string()])
                .current_dir(folder);
            command
        };
        Running::start(goodall).expect("the build makes it")
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The process that it started for a command of its own.
    pub fn child(&self, verb: &str) -> Result<u32, String> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap();
        let children = tasks
            .flatten()
            .filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        let children: Vec<u32> = children
            .flat_map(|text| {
                let pids = text.split_whitespace().map(|pid| pid.parse().unwrap());
                pids.collect::<Vec<u32>>()
            })
            .collect();
        let is_it = |pid: &u32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            line.split(|&byte| byte == 0).nth(1) == Some(verb.as_bytes())
        };
        let found = children.into_iter().find(is_it);
        found.ok_or_else(|| format!("no {verb}: {}", self.said()))
    }

    /// Tells it to read its configuration again.
    pub fn hang_up(&self) {
        let told = Command::new("kill")
            .args(["-HUP", &self.pid().to_string()])
            .status();
        assert!(told.unwrap().success());
    }

    /// What it wrote to its standard streams.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.said).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks until there is an answer; fails with what stood against it last.
pub fn wait_for<T>(mut ask: impl FnMut() -> Result<T, String>) -> T {
    let give_up = Instant::now() + PATIENCE;
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(why) => assert!(Instant::now() < give_up, "{why}"),
        }
        thread::sleep(Duration::from_millis(200));
    }
}

fn free_port() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}
