//! `goodall mirror` of a running goodall: the copy is what its source is, through the ends of either.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;

use crate::client::get;
use crate::daemon::{Daemon, Home};
use crate::mirror_kit::{Mirror, newest, once, same, same_text, status, told, until};
use crate::running::Running;

/// A daemon's own flags for a quick life.
const FLAGS: &str = "--interval 200ms --socket off --collectors cpu,load,memory,disk,network,self";

fn free_port() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}

/// Starts a daemon that serves at a port as well as at its folder's socket.
fn source(home: &Home, address: SocketAddr, flags: &str) -> Daemon {
    let ring = if flags.contains("--ring") {
        ""
    } else {
        "--ring 1m"
    };
    home.start(&format!("{FLAGS} {ring} --listen {address} {flags}"))
}

/// Ends the daemon, and has what it left served where it served it.
fn left(home: &Home, mut daemon: Daemon, address: SocketAddr) -> Running {
    daemon.signal("TERM");
    assert_eq!(daemon.wait().code(), Some(0));
    let report = Running::start_at(address, |address, _| {
        let mut command = home.command("report");
        command.args(["--listen", &address.to_string()]);
        command
    });
    report.unwrap()
}

/// Waits until the copy has frames beyond those.
fn beyond(copy: &Path, frames: &[u64]) {
    until(|| {
        let now = newest(copy);
        let is_beyond = now.first() > frames.first();
        is_beyond
            .then_some(())
            .ok_or_else(|| format!("{now:?} is not beyond {frames:?}"))
    });
}

/// `goodall report` over a copy.
fn reporter(home: &Home, copy: &Path) -> Running {
    let report = Running::start(|address, _| {
        let mut command = home.command("report");
        command.args(["--listen", &address.to_string()]);
        command.arg("--ring-file").arg(copy);
        command
    });
    report.unwrap()
}

#[test]
fn a_copy_is_its_source_while_that_records_and_when_it_has_stopped() {
    let home = Home::new();
    let address = free_port();
    let daemon = source(&home, address, "");
    let copy = home.path("copy.ring");
    let mirror = Mirror::start(address, &copy, &["--interval", "100ms"]);
    beyond(&copy, &[10]);
    // up to there both stand still, but for rows that come late
    let info: serde_json::Value = serde_json::from_str(&told(&copy, "info --format json")).unwrap();
    let until_then = info["intervals"][0]["newest"].as_str().unwrap().to_owned();
    until(|| {
        for line in [
            "dump --since 0",
            "dump --since 0 --shape wide",
            "dump --since 0 --rate",
        ] {
            let line = format!("{line} --until {until_then}");
            same_text(&line, &told(home.ring(), &line), &told(&copy, &line))?;
        }
        Ok(())
    });

    let _left = left(&home, daemon, address);
    until(|| same(home.ring(), &copy));
    assert_eq!(mirror.end(), Some(0));
    same(home.ring(), &copy).unwrap();
    let said = fs::read_to_string(home.path("copy.said")).unwrap();
    assert!(said.contains("copied to"), "{said}");
}

#[test]
fn a_source_that_is_away_is_said_to_be_and_costs_nothing_that_it_recorded() {
    let home = Home::new();
    let address = free_port();
    let mut daemon = source(&home, address, "");
    let copy = home.path("copy.ring");
    let mirror = Mirror::start(address, &copy, &["--interval", "100ms"]);
    beyond(&copy, &[5]);
    let report = reporter(&home, &copy);
    let health = |field: &str| {
        let answer = get(report.address, "/health");
        let health = answer.json();
        let mut collectors = health["collectors"].as_array().unwrap().iter();
        let mirror = collectors.find(|collector| collector["name"] == "mirror");
        (answer.status, mirror.map(|mirror| mirror[field].clone()))
    };
    until(|| match health("message") {
        (200, Some(message)) if message == "" => Ok(()),
        other => Err(format!("{other:?}")),
    });
    daemon.kill();
    until(|| match health("message") {
        (503, Some(message)) if message.to_string().contains("not reachable since 2") => Ok(()),
        other => Err(format!("{other:?}")),
    });

    let before = newest(&copy);
    let daemon = source(&home, address, "");
    beyond(&copy, &before);
    until(|| match health("message") {
        (200, Some(message)) if message == "" => Ok(()),
        other => Err(format!("{other:?}")),
    });
    let status = status(&copy).unwrap();
    assert!(status.missed > 0 && status.errors > 0, "{status:?}");
    let said = mirror.said();
    assert_eq!(said.matches("tried again").count(), 1, "{said}");
    assert_eq!(said.matches("is back").count(), 1, "{said}");
    let _left = left(&home, daemon, address);
    until(|| same(home.ring(), &copy));
    assert_eq!(mirror.end(), Some(0));
}

#[test]
fn a_mirror_that_was_killed_goes_on_from_its_copy() {
    let home = Home::new();
    let address = free_port();
    let mut daemon = source(&home, address, "");
    let copy = home.path("copy.ring");
    for round in 0..4 {
        let before = newest(&copy);
        let mirror = Mirror::start(address, &copy, &["--interval", "20ms"]);
        beyond(&copy, &before);
        mirror.kill();
        // and once while it is off
        if round == 2 {
            daemon.kill();
            daemon = source(&home, address, "");
        }
    }
    let _left = left(&home, daemon, address);
    let (code, said) = once(address, &copy, &[]);
    assert_eq!(code, Some(0), "{said}");
    same(home.ring(), &copy).unwrap();
}

#[test]
fn several_mirrors_keep_a_source_and_one_file_has_one() {
    let home = Home::new();
    let address = free_port();
    let daemon = source(&home, address, "");
    let copies = ["a.ring", "b.ring"].map(|name| home.path(name));
    let mirrors = copies
        .each_ref()
        .map(|copy| Mirror::start(address, copy, &[]));
    for copy in &copies {
        beyond(copy, &[3]);
    }
    let (code, said) = once(address, &copies[0], &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("a.ring: in use by another goodall"), "{said}");
    let (code, said) = once(address, home.ring(), &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("in use by another goodall"), "{said}");
    let _left = left(&home, daemon, address);
    for copy in &copies {
        until(|| same(home.ring(), copy));
    }
    for mirror in mirrors {
        assert_eq!(mirror.end(), Some(0));
    }
    // what was recorded here is no copy, and stays what it is
    let (code, said) = once(address, home.ring(), &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("was recorded on this host"), "{said}");
}

#[test]
fn a_token_is_shown_and_a_wrong_one_is_refused_by_name() {
    let home = Home::new();
    let address = free_port();
    for (name, token) in [("right", "0123456789abcdef"), ("wrong", "0123456789abcdeg")] {
        fs::write(home.path(name), token).unwrap();
    }
    let (right, wrong) = (home.path("right"), home.path("wrong"));
    let (right, wrong) = (right.to_str().unwrap(), wrong.to_str().unwrap());
    let _daemon =
        home.spawn(&mut home.run(&format!("{FLAGS} --listen {address} --token-file {right}")));
    let copy = home.path("copy.ring");
    until(|| match once(address, &copy, &["--token-file", right]) {
        (Some(0), _) => Ok(()),
        other => Err(format!("{other:?}")),
    });
    for flags in [&["--token-file", wrong][..], &[]] {
        let (code, said) = once(address, &copy, flags);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("401: "), "{said}");
    }
    let (code, said) = once(address, &copy, &["--token-file", "/nowhere/token"]);
    assert_eq!(code, Some(78), "{said}");
    assert!(said.contains("/nowhere/token"), "{said}");
}

#[test]
fn a_ring_that_is_laid_out_anew_is_copied_anew_and_the_old_copy_kept() {
    let home = Home::new();
    let address = free_port();
    let mut daemon = source(&home, address, "");
    let copy = home.path("copy.ring");
    let mirror = Mirror::start(address, &copy, &["--interval", "50ms"]);
    beyond(&copy, &[10]);
    let report = reporter(&home, &copy);
    daemon.signal("TERM");
    daemon.wait();
    let daemon = source(&home, address, "--ring 2m");
    until(|| match mirror.said() {
        said if said.contains("copy.ring.old") => Ok(()),
        said => Err(said),
    });
    let _left = left(&home, daemon, address);
    until(|| same(home.ring(), &copy));
    // rows of the run before were carried over there; here they stand in the old copy as well
    let old = home.path("copy.ring.old");
    let rows = |ring: &Path| told(ring, "dump --since 0 load.1m").lines().count();
    assert!(rows(&old) > 5);
    assert!(rows(&copy) > rows(&old));
    // who serves the copy serves the new one
    let expected = told(&copy, "dump --since 0 load.1m");
    until(|| {
        let answer = get(report.address, "/dump.csv?match=load.1m&since=0");
        same_text("served", &expected, &answer.body)
    });
    assert_eq!(mirror.end(), Some(0));
}
