//! The daemon's life: how it ends, what it survives, and what keeps it from starting.

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::daemon::{Daemon, Home, is_gone, refused, signal, wait_for};

const FAST: &str = "--ring 1m --interval 20ms --collectors load,stat,uptime";
/// The contract's 2 s, and what a machine under load may add to them.
const END_WITHIN: Duration = Duration::from_secs(20);

/// Ends it by `end`, and looks at what it leaves behind.
fn ends_well(home: &Home, daemon: &mut Daemon, end: impl FnOnce(&Daemon)) {
    let reporter = daemon.reporter().expect("a reporter");
    let told = Instant::now();
    end(daemon);
    assert_eq!(daemon.wait().code(), Some(0), "{}", home.log());
    assert!(told.elapsed() < END_WITHIN, "{:?}", told.elapsed());
    wait_for("the reporter is gone", || is_gone(reporter));
    let log = home.log();
    assert!(log.ends_with("stopped\n"), "{log}");
    let reader = home.reader();
    assert!(!reader.is_live(), "the lock is given up");
    for track in 0..reader.tracks().len() {
        assert_eq!(reader.count_rows(track).unreadable, 0);
    }
    assert!(!home.path("sock").exists(), "the socket is taken away");
}

#[test]
fn term_and_int_end_it_in_peace() {
    let home = Home::new();
    for name in ["TERM", "INT"] {
        let mut daemon = home.start(FAST);
        ends_well(&home, &mut daemon, |daemon| daemon.signal(name));
    }
    assert_eq!(home.log().matches("goes on").count(), 1, "{}", home.log());
}

#[test]
fn a_signal_to_the_whole_group_ends_it_in_peace_too() {
    // a terminal sends INT so, systemd TERM
    let home = Home::new();
    for name in ["INT", "TERM"] {
        let mut command = home.run(FAST);
        let mut daemon = home.spawn(command.process_group(0));
        home.wait_until_it_answers(&mut daemon);
        ends_well(&home, &mut daemon, |daemon| {
            signal(format!("-{}", daemon.pid()), name);
        });
    }
    let log = home.log();
    assert!(!log.contains("started again"), "{log}");
}

#[test]
fn told_to_end_while_it_starts_it_ends_as_it_would_later() {
    for _ in 0..5 {
        let home = Home::new();
        let mut daemon = home.spawn(&mut home.run(FAST));
        wait_for("the ring is there", || home.ring().exists());
        daemon.signal("TERM");
        assert_eq!(daemon.wait().code(), Some(0), "{}", home.log());
        assert!(home.log().ends_with("stopped\n"), "{}", home.log());
    }
}

#[test]
fn a_ring_file_that_was_removed_is_said_once() {
    let home = Home::new();
    let mut daemon = home.start(FAST);
    std::fs::remove_file(home.ring()).unwrap();
    let says = || home.log().matches("was removed or replaced").count();
    wait_for("it is said", || says() == 1);
    daemon.signal("TERM");
    assert_eq!(daemon.wait().code(), Some(0), "{}", home.log());
    assert_eq!(says(), 1, "{}", home.log());
}

#[test]
fn a_reporter_that_is_killed_comes_back_and_who_connects_meanwhile_is_answered() {
    let home = Home::new();
    let daemon = home.start(FAST);
    for _ in 0..3 {
        let reporter = daemon.reporter().expect("a reporter");
        let frame = home.newest();
        signal(reporter, "KILL");
        wait_for("it is gone", || is_gone(reporter));
        let mut waiting: Vec<_> = (0..5)
            .map(|_| Client::connect_unix(&home.path("sock")))
            .collect();
        for client in &mut waiting {
            assert_eq!(client.get("/latest?match=load.*").status, 200);
        }
        assert!(daemon.reporter().is_some_and(|now| now != reporter));
        assert!(home.newest() > frame, "recording went on");
    }
    assert!(home.log().contains("the reporter ended"), "{}", home.log());
}

#[test]
fn a_reporter_ends_with_a_gatherer_that_was_killed_and_the_next_start_takes_the_socket() {
    let home = Home::new();
    let mut daemon = home.start(FAST);
    let reporter = daemon.reporter().expect("a reporter");
    daemon.kill();
    wait_for("the reporter ends by itself", || is_gone(reporter));
    let mut daemon = home.start(FAST);
    assert_eq!(daemon.ended(), None);
    assert!(home.log().contains("goes on"), "{}", home.log());
}

#[test]
fn a_second_daemon_on_the_same_ring_is_refused_and_harms_nothing() {
    let home = Home::new();
    let mut daemon = home.start(FAST);
    let mut second = home.command("gather");
    let (code, said) = refused(second.args(FAST.split(' ')));
    assert_eq!(code, Some(1), "{said}");
    let expected = format!(
        "goodall: {}: in use by another goodall; stop that one, or give another --ring-file\n",
        home.ring().display()
    );
    assert_eq!(said, expected);
    assert_eq!(daemon.ended(), None);
    assert_eq!(home.ask("/health").unwrap().status / 100 % 2, 0);
}

#[test]
fn a_port_that_the_system_chose_is_said() {
    let home = Home::new();
    let mut command = home.command("run");
    command.args(FAST.split(' ')).args(["--listen", "0"]);
    let _daemon = home.spawn(&mut command);
    let mut said = None;
    wait_for("it says where it serves", || {
        let log = home.log();
        said = log
            .lines()
            .find_map(|line| Some(line.split_once("serving http://")?.1.to_owned()));
        said.is_some()
    });
    let address = said.unwrap().parse().unwrap();
    assert_eq!(crate::client::get(address, "/").status, 200);
}

#[test]
fn a_port_in_use_is_exit_10_and_the_ring_is_not_made() {
    let home = Home::new();
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap().to_string();
    let (code, said) = refused(home.command("run").args(["--listen", &address]));
    assert_eq!(code, Some(10), "{said}");
    let expected = format!("goodall: {address}: cannot be listened on: ");
    assert!(
        said.starts_with(&expected) && said.contains("--listen"),
        "{said}"
    );
    assert!(!home.ring().exists());
}

#[test]
fn no_collector_at_all_is_exit_11_and_each_says_why() {
    let home = Home::new();
    let mut command = home.run("--collectors load,stat");
    let (code, said) = refused(command.env("HOST_PROC", home.path("")));
    assert_eq!(code, Some(11), "{said}");
    for words in [
        "load: left out: ",
        "stat: left out: ",
        "no collector could start: 2 wanted",
    ] {
        assert!(said.contains(words), "{said}");
    }
    assert!(!home.ring().exists());
}

#[test]
fn a_ring_that_is_truncated_under_it_is_said_in_one_line_and_exit_1() {
    let home = Home::new();
    let mut daemon = home.start(FAST);
    let reporter = daemon.reporter().expect("a reporter");
    let file = std::fs::OpenOptions::new().write(true).open(home.ring());
    let mut file = file.unwrap();
    file.set_len(4096).unwrap();
    file.flush().unwrap();
    assert_eq!(daemon.wait().code(), Some(1), "{}", home.log());
    wait_for("the reporter is gone", || is_gone(reporter));
    let log = home.log();
    let told = log
        .lines()
        .filter(|line| line.contains("cannot be read through its map"));
    let told: Vec<_> = told.collect();
    let start = format!("goodall: {}: ", home.ring().display());
    assert_eq!(told.len(), 1, "{log}");
    assert!(told[0].starts_with(&start), "{log}");
    // what is left is not written over
    let (code, said) = refused(&mut home.run(FAST));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("truncated: 4096 bytes long"), "{said}");
    assert_eq!(std::fs::metadata(home.ring()).unwrap().len(), 4096);
}
