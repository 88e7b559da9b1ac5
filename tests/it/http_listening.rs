//! Where the reporter listens, what it refuses to, and when it ends.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use goodall_platform::child;

use crate::client::{Client, get};
use crate::daemon::signal;
use crate::reporter::{Reporter, goodall, ring};

/// Ends a process when the test does.
pub struct Ended(pub Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < give_up, "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn refused(ring: &Path, flags: &[&str]) -> (i32, String) {
    let mut command = goodall();
    command.arg("--ring-file").arg(ring).args(flags);
    let Output { status, stderr, .. } = command.output().unwrap();
    (status.code().unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn a_unix_socket_and_a_port_serve_the_same() {
    let (folder, ring) = ring(60, 2);
    let path = folder.path().join("goodall.sock");
    let port = free_port();
    let mut command = goodall();
    command.arg("--ring-file").arg(&ring);
    command.args(["--listen", &format!("unix:{}", path.display())]);
    command.args(["--listen", &port.to_string()]);
    let _child = Ended(command.spawn().unwrap());
    wait_for("it listens", || {
        path.exists() && TcpStream::connect(port).is_ok()
    });
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    let mut client = Client::connect_unix(&path);
    assert_eq!(
        client.get("/load.1m?n=1").body,
        get(port, "/load.1m?n=1").body
    );
    client.send("GET /dump.csv HTTP/1.1\r\nHost: any.name\r\n\r\n");
    assert_eq!(client.read(true).unwrap().body, get(port, "/dump.csv").body);
}

#[test]
fn a_port_in_use_is_exit_10_and_named() {
    let (_folder, ring) = ring(60, 0);
    let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = holder.local_addr().unwrap().to_string();
    let (code, said) = refused(&ring, &["--listen", &address]);
    assert_eq!(code, 10, "{said}");
    assert!(said.contains(&format!("--listen {address}")), "{said}");
}

#[test]
fn what_strangers_could_reach_needs_a_token_or_a_word() {
    let (_folder, ring) = ring(60, 0);
    let (code, said) = refused(&ring, &["--listen", "0.0.0.0:0"]);
    assert_eq!(code, 64);
    assert!(
        said.contains("--token-file") && said.contains("--insecure-listen"),
        "{said}"
    );
}

#[test]
fn a_ring_that_is_not_there_is_exit_1_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let ring = folder.path().join("none");
    let (code, said) = refused(&ring, &["--listen", "127.0.0.1:0"]);
    assert_eq!(code, 1);
    assert!(said.contains(&ring.display().to_string()), "{said}");
}

#[test]
fn a_descriptor_that_is_no_listening_socket_is_refused() {
    let (_folder, ring) = ring(60, 0);
    let (code, said) = refused(&ring, &["--listen", "fd:77"]);
    assert_eq!(code, 10);
    assert!(said.contains("--listen fd:77"), "{said}");
}

#[test]
fn systemd_hands_its_socket_over() {
    let (_folder, ring) = ring(60, 0);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut command = Command::new("/bin/sh");
    command.args([
        "-c",
        "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" report --ring-file \"$1\"",
    ]);
    command.arg(env!("CARGO_BIN_EXE_goodall")).arg(&ring);
    child::hand_over(&mut command, &[listener.as_fd()]);
    let _child = Ended(command.spawn().unwrap());
    let address = listener.local_addr().unwrap();
    assert_eq!(get(address, "/load.1m?n=1").status, 200);
}

#[test]
fn a_socket_that_was_meant_for_another_process_is_not_waited_for() {
    let (folder, ring) = ring(60, 0);
    let (config, port) = (folder.path().join("goodall.toml"), free_port());
    fs::write(&config, format!("listen = \"{port}\"\n")).unwrap();
    let mut command = goodall();
    command.arg("--ring-file").arg(&ring);
    command.arg("--config").arg(&config);
    command.env("LISTEN_FDS", "1").env("LISTEN_PID", "1");
    let _child = Ended(command.spawn().unwrap());
    wait_for("it serves", || Client::try_connect(port).is_some());
    assert_eq!(get(port, "/load.1m?n=1").status, 200);
}

#[test]
fn alone_it_reads_its_configuration_again_on_hup() {
    let (folder, ring) = ring(60, 0);
    let config = folder.path().join("goodall.toml");
    fs::write(&config, "").unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let handed = listener.local_addr().unwrap();
    for (activated, address) in [(true, handed), (false, free_port())] {
        let mut command = Command::new("/bin/sh");
        let script = if activated {
            "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" \"$@\""
        } else {
            "exec \"$0\" \"$@\""
        };
        command.args(["-c", script, env!("CARGO_BIN_EXE_goodall"), "report"]);
        command.arg("--ring-file").arg(&ring);
        command.arg("--config").arg(&config);
        if activated {
            child::hand_over(&mut command, &[listener.as_fd()]);
        } else {
            command.args(["--listen", &address.to_string()]);
        }
        let log = folder.path().join("log");
        let running = Ended(
            command
                .stderr(fs::File::create(&log).unwrap())
                .spawn()
                .unwrap(),
        );
        let status = || {
            let mut client = Client::try_connect(address)?;
            client.try_send("GET / HTTP/1.1\r\nHost: recorder.example\r\n\r\n")?;
            Some(client.read(true)?.status)
        };
        wait_for("it serves", || status() == Some(403));
        fs::write(&config, "allow-hots = [\"recorder.example\"]\n").unwrap();
        signal(running.0.id(), "HUP");
        wait_for("it says what is wrong", || {
            let said = fs::read_to_string(&log).unwrap();
            said.contains("goodall.toml:1: unknown key allow-hots")
        });
        assert_eq!(status(), Some(403));
        fs::write(&config, "allow-host = [\"recorder.example\"]\n").unwrap();
        signal(running.0.id(), "HUP");
        wait_for("it knows the name", || status() == Some(200));
        fs::write(&config, "").unwrap();
        signal(running.0.id(), "HUP");
        wait_for("it knows it no more", || status() == Some(403));
    }
}

#[test]
fn it_ends_with_its_parent_and_in_peace() {
    let (_folder, ring) = ring(60, 0);
    let (end, pipe) = std::io::pipe().unwrap();
    let mut command = goodall();
    command.arg("--ring-file").arg(&ring);
    command.args(["--listen", "127.0.0.1:0", "--parent-pipe", "3"]);
    command.env("RUST_MIN_STACK", "65536");
    child::hand_over(&mut command, &[end.as_fd()]);
    let mut running = Ended(command.spawn().unwrap());
    assert!(running.0.try_wait().unwrap().is_none());
    drop(pipe);
    let mut status = None;
    wait_for("it ends", || {
        status = running.0.try_wait().unwrap();
        status.is_some()
    });
    assert_eq!(status.unwrap().code(), Some(0));
}

#[test]
fn it_is_held_to_its_limits() {
    let reporter = Reporter::start(60, 0, &[]);
    assert!(reporter.answers());
    let limits = fs::read_to_string(format!("/proc/{}/limits", reporter.pid())).unwrap();
    let hard = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..]
            .split_whitespace()
            .nth(1)
            .unwrap()
            .to_owned()
    };
    assert_eq!(hard("Max data size"), (8 << 20).to_string());
    assert_eq!(hard("Max open files"), "255");
    assert_eq!(reporter.status_of("NoNewPrivs:"), 1);
}

/// What a reporter says on its standard error until it ends, which `attack` brings about. Descriptors are few.
fn last_words(attack: impl FnOnce(SocketAddr)) -> Vec<String> {
    let (_folder, ring) = ring(60, 0);
    let port = free_port();
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "ulimit -n 60; exec \"$0\" \"$@\""])
        .arg(env!("CARGO_BIN_EXE_goodall"))
        .args(["report", "--ring-file"])
        .arg(&ring)
        .args(["--listen", &port.to_string()]);
    let mut running = Ended(command.stderr(Stdio::piped()).spawn().unwrap());
    wait_for("it listens", || TcpStream::connect(port).is_ok());
    attack(port);
    wait_for("it ends", || running.0.try_wait().unwrap().is_some());
    let said = BufReader::new(running.0.stderr.take().unwrap());
    said.lines().map(Result::unwrap).collect()
}

#[test]
fn it_says_on_one_line_that_no_descriptor_is_left() {
    let mut open = Vec::new();
    let said = last_words(|port| {
        let tries = (0..200).filter_map(|_| TcpStream::connect(port).ok());
        open.extend(tries.inspect(|mut stream| {
            let _ = stream.write_all(b"GET");
        }));
    });
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("the reporter starts anew"), "{said:?}");
}

#[test]
fn it_says_on_one_line_that_no_memory_is_left() {
    let said = last_words(|port| {
        let mut stream = TcpStream::connect(port).unwrap();
        // one header line of more than it may have
        while stream.write_all(&[b'x'; 1 << 13]).is_ok() {}
    });
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].contains("no memory is left; the reporter starts anew"),
        "{said:?}"
    );
}

pub fn free_port() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}
