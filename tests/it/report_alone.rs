//! `goodall report` as a service of its own: it obeys TERM, INT and HUP, and over a HUP, under load, nobody who
//! connects is refused.

use std::fs;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::thread;

use goodall_platform::child;
use tempfile::TempDir;

use crate::client::Client;
use crate::daemon::signal;
use crate::http_listening::{Ended, free_port, wait_for};
use crate::reporter::{goodall, ring};

const NAME: &str = "recorder.example";

struct Alone {
    folder: TempDir,
    running: Ended,
    address: SocketAddr,
}

impl Alone {
    /// Serving already, at a port and at a path, or at a socket that it is handed.
    fn start(handed: Option<&TcpListener>) -> Alone {
        let (folder, ring) = ring(60, 0);
        let config = folder.path().join("goodall.toml");
        fs::write(&config, "").unwrap();
        let address = handed.map_or_else(free_port, |socket| socket.local_addr().unwrap());
        let mut command = goodall();
        command.arg("--ring-file").arg(&ring);
        command.arg("--config").arg(&config);
        let path = Alone::unix_path(folder.path());
        command.args(["--listen", &format!("unix:{}", path.display())]);
        if let Some(socket) = handed {
            command.args(["--listen", "fd:3"]);
            child::hand_over(&mut command, &[socket.as_fd()]);
        } else {
            command.args(["--listen", &address.to_string()]);
        }
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let running = Ended(command.stderr(log).spawn().unwrap());
        let alone = Alone {
            folder,
            running,
            address,
        };
        wait_for("it serves", || alone.status() == Some(403));
        alone
    }

    fn unix_path(folder: &Path) -> PathBuf {
        folder.join("http.socket")
    }

    /// What a request for a host that the configuration may allow is answered.
    fn status(&self) -> Option<u16> {
        let mut client = Client::try_connect(self.address)?;
        client.try_send(&format!("GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n"))?;
        Some(client.read(true)?.status)
    }

    fn allow(&self, is_allowed: bool) {
        let line = format!("allow-host = [\"{NAME}\"]\n");
        let text = if is_allowed { line.as_str() } else { "" };
        fs::write(self.folder.path().join("goodall.toml"), text).unwrap();
    }

    fn signal(&self, name: &str) {
        signal(self.running.0.id(), name);
    }

    fn descriptors(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.running.0.id());
        fs::read_dir(folder).unwrap().count()
    }

    fn end(&mut self) -> ExitStatus {
        let mut status = None;
        wait_for("it ends", || {
            status = self.running.0.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        if thread::panicking() {
            let said = fs::read_to_string(self.folder.path().join("log"));
            eprintln!("it said: {}", said.unwrap_or_default());
        }
    }
}

/// Makes it over, however the test ends.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// Asks on new connections until it is over: how many answers there were. Who connects is never refused; an
/// answer that is under way may be cut off.
fn ask_until(is_over: &AtomicBool, address: SocketAddr, answers: &AtomicU32) {
    while !is_over.load(Relaxed) {
        let connected = TcpStream::connect(address);
        if let Err(error) = &connected {
            assert_ne!(error.kind(), io::ErrorKind::ConnectionRefused);
        }
        drop(connected);
        let Some(mut client) = Client::try_connect(address) else {
            continue;
        };
        let asked = client.try_send("GET /latest HTTP/1.1\r\nHost: localhost\r\n\r\n");
        if asked.and_then(|()| client.read(true)).is_some() {
            answers.fetch_add(1, Relaxed);
        }
    }
}

#[test]
fn term_and_int_end_it_in_peace_and_its_path_goes() {
    for name in ["TERM", "INT"] {
        let mut alone = Alone::start(None);
        let path = Alone::unix_path(alone.folder.path());
        assert!(path.exists());
        alone.signal(name);
        assert_eq!(alone.end().code(), Some(0), "{name}");
        assert!(!path.exists());
    }
}

#[test]
fn over_ten_hups_under_load_nobody_is_refused_and_nothing_is_left_open() {
    let handed = TcpListener::bind("127.0.0.1:0").unwrap();
    for handed in [None, Some(&handed)] {
        let mut alone = Alone::start(handed);
        wait_for("the first connection is over", || alone.descriptors() <= 20);
        let before = alone.descriptors();
        let (is_over, answers) = (AtomicBool::new(false), AtomicU32::new(0));
        thread::scope(|scope| {
            let _over = Over(&is_over);
            for _ in 0..4 {
                scope.spawn(|| ask_until(&is_over, alone.address, &answers));
            }
            for round in 0..10 {
                let is_allowed = round % 2 == 0;
                alone.allow(is_allowed);
                alone.signal("HUP");
                let wanted = if is_allowed { 200 } else { 403 };
                wait_for("it has read its configuration", || {
                    alone.status() == Some(wanted)
                });
                let answered = answers.load(Relaxed);
                wait_for("others are answered too", || {
                    answers.load(Relaxed) > answered
                });
            }
        });
        wait_for("nothing is left open", || alone.descriptors() <= before);
        let path = Alone::unix_path(alone.folder.path());
        assert_eq!(Client::connect_unix(&path).get("/").status, 200);
        alone.signal("TERM");
        assert_eq!(alone.end().code(), Some(0));
    }
}

#[test]
fn a_term_that_comes_while_it_starts_anew_is_not_lost() {
    for _ in 0..5 {
        let mut alone = Alone::start(None);
        alone.signal("HUP");
        alone.signal("TERM");
        assert_eq!(alone.end().code(), Some(0));
    }
}

#[test]
fn an_address_that_is_wanted_no_more_is_given_up_on_hup() {
    let (folder, ring) = ring(60, 0);
    let config = folder.path().join("goodall.toml");
    let (stays, goes) = (folder.path().join("stays"), folder.path().join("goes"));
    let write = |paths: &[&Path]| {
        let mut file = fs::File::create(&config).unwrap();
        let paths = paths
            .iter()
            .map(|path| format!("\"unix:{}\"", path.display()));
        let paths: Vec<_> = paths.collect();
        writeln!(file, "listen = [{}]", paths.join(", ")).unwrap();
    };
    write(&[&goes, &stays]);
    let mut command = goodall();
    command.arg("--ring-file").arg(&ring);
    command.arg("--config").arg(&config);
    let running = Ended(command.spawn().unwrap());
    wait_for("it serves", || Client::try_connect_unix(&stays).is_some());
    assert!(goes.exists());
    write(&[&stays]);
    signal(running.0.id(), "HUP");
    wait_for("it gives one up", || !goes.exists());
    assert_eq!(Client::connect_unix(&stays).get("/").status, 200);
}
