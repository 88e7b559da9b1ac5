//! HUP: what changed is started, stopped or started anew; what did not goes on without losing a tick; a file that
//! does not parse changes nothing. And what was absent at the start is found without a HUP.

use std::fs;
use std::time::{Duration, Instant};

use goodall::ring::reader::Status;
use goodall::ring::{FrameNumber, Header, Reader};

use crate::client::Client;
use crate::daemon::{Daemon, Home, wait_for};

const BEFORE: [(&str, &str); 3] = [("load", "20ms"), ("stat", "20ms"), ("uptime", "20ms")];
const AFTER: [(&str, &str); 3] = [("load", "20ms"), ("memory", "20ms"), ("uptime", "50ms")];

/// A daemon with the first configuration.
fn start(home: &Home) -> Daemon {
    home.configure("", &BEFORE);
    let config = home.path("goodall.toml");
    let daemon = home.start(&format!("--ring 5m --config {}", config.display()));
    for (collector, _) in BEFORE {
        wait_for_rows(home, collector, 5);
    }
    daemon
}

/// Every recorded row of a collector, over all of its tracks.
fn rows(reader: &Reader, collector: &str) -> Vec<Header> {
    let mut rows = Vec::new();
    for (index, track) in reader.tracks().iter().enumerate() {
        let (Some(oldest), Some(newest)) = (reader.oldest(track.clock), reader.newest(track.clock))
        else {
            continue;
        };
        let mut words = vec![0; track.fields.len()];
        let headers = (oldest.0..=newest.number.0)
            .filter_map(|number| reader.header(track.clock, FrameNumber(number)))
            .filter(|header| {
                track.collector == collector && reader.row(index, header, &mut words).is_some()
            });
        rows.extend(headers);
    }
    rows
}

fn status(home: &Home, collector: &str) -> Option<Status> {
    let all = home.reader().status();
    all.into_iter().find(|status| status.name == collector)
}

fn hup(home: &Home, daemon: &Daemon, word: &str) {
    let before = home.log().matches(word).count();
    daemon.signal("HUP");
    wait_for(word, || home.log().matches(word).count() > before);
}

fn wait_for_rows(home: &Home, collector: &str, more: usize) {
    let before = rows(&home.reader(), collector).len();
    wait_for("it is sampled", || {
        rows(&home.reader(), collector).len() >= before + more
    });
}

#[test]
fn only_what_changed_is_started_and_stopped() {
    let home = Home::new();
    let daemon = start(&home);
    let reporter = daemon.reporter();
    home.configure("", &AFTER);
    hup(&home, &daemon, "configuration read again");
    let stopped_at = rows(&home.reader(), "stat").len();
    for collector in ["load", "memory", "uptime"] {
        wait_for_rows(&home, collector, 5);
    }
    let reader = home.reader();
    assert_eq!(rows(&reader, "stat").len(), stopped_at, "stat is stopped");
    let uptime: Vec<u128> = reader
        .tracks()
        .iter()
        .filter(|track| track.collector == "uptime")
        .map(|track| u128::from(reader.clocks()[usize::from(track.clock.0)].ns()) / 1_000_000)
        .collect();
    assert_eq!(uptime, [20, 50], "its rows at either interval are there");

    // load went on: a start would have set its count of missed ticks to 0, and the salt says that it is one run
    // its first row may stand in a frame from before it was started
    let load = &rows(&reader, "load")[1..];
    assert!(load.iter().all(|header| header.salt == load[0].salt));
    let span = load.last().unwrap().number.0 - load[0].number.0 + 1;
    let missed = status(&home, "load").unwrap().missed;
    let recorded = load.len() as u64;
    assert!(span <= recorded + missed, "{span}: {recorded} and {missed}");
    let log = home.log();
    assert!(!log.contains("load: st"), "{log}");
    assert_eq!(daemon.reporter(), reporter, "the reporter stays");

    // and what was switched off is no more asked for its health
    assert_eq!(status(&home, "stat"), None);
    let health = home.ask("/health").unwrap().json();
    let names = health["collectors"].as_array().unwrap().iter();
    let mut names: Vec<_> = names
        .map(|one| one["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["load", "memory", "uptime"]);
}

#[test]
fn a_broken_file_keeps_the_running_configuration_and_is_named_with_its_line() {
    let home = Home::new();
    let mut daemon = start(&home);
    let config = home.path("goodall.toml");
    let reporter = daemon.reporter();
    for broken in [
        "\ninterval = \"1x\"\n",
        "\nrign = \"4h\"\n",
        "\ncollectors = [\n",
    ] {
        fs::write(&config, broken).unwrap();
        hup(&home, &daemon, "the running configuration stays in force");
        let log = home.log();
        let last = log.lines().last().unwrap();
        let place = format!("{}:2", config.display());
        assert!(last.contains(&place), "{last}");
        wait_for_rows(&home, "stat", 2);
    }
    fs::remove_file(&config).unwrap();
    hup(&home, &daemon, "the running configuration stays in force");
    wait_for_rows(&home, "stat", 2);
    assert_eq!((daemon.ended(), daemon.reporter()), (None, reporter));
    home.configure("", &AFTER);
    hup(&home, &daemon, "configuration read again");
    wait_for_rows(&home, "memory", 2);
}

#[test]
fn a_token_file_without_a_token_changes_nothing() {
    let home = Home::new();
    let daemon = start(&home);
    let reporter = daemon.reporter();
    fs::write(home.path("token"), "too short").unwrap();
    let token = format!("token-file = {:?}", home.path("token"));
    home.configure(&token, &AFTER);
    hup(&home, &daemon, "the running configuration stays in force");
    assert!(home.log().contains("16 to 4096 visible"), "{}", home.log());
    assert_eq!(daemon.reporter(), reporter);
    wait_for_rows(&home, "stat", 2);
}

#[test]
fn a_sensor_that_comes_is_found_without_a_word() {
    let home = Home::new();
    let all = [("load", "20ms"), ("thermal", "20ms")];
    home.configure("", &all);
    let line = format!("--ring 5m --config {}", home.path("goodall.toml").display());
    let mut daemon = home.spawn(home.run(&line).env("HOST_SYS", home.path("sys")));
    home.wait_until_it_answers(&mut daemon);
    wait_for_rows(&home, "load", 2);
    let zone = home.path("sys/class/thermal/thermal_zone0");
    fs::create_dir_all(&zone).unwrap();
    fs::write(zone.join("type"), "x86_pkg_temp\n").unwrap();
    fs::write(zone.join("temp"), "47000\n").unwrap();
    // three seconds after the start, and each minute: the machine may be slow enough to miss the first
    let give_up = Instant::now() + Duration::from_secs(100);
    while !home.log().contains("thermal: started, every 20ms") {
        assert!(Instant::now() < give_up, "{}", home.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    wait_for_rows(&home, "thermal", 2);
}

#[test]
fn another_token_in_the_file_is_asked_for_from_then_on() {
    let home = Home::new();
    let token = home.path("token");
    let status = |shown: &str| {
        let mut client = Client::try_connect_unix(&home.path("sock"))?;
        let authorization = format!("Authorization: Bearer {shown}");
        client.try_send(&format!("GET / HTTP/1.1\r\n{authorization}\r\n\r\n"))?;
        Some(client.read(true)?.status)
    };
    let (first, second) = ("the-first-of-the-two", "the-second-of-the-two");
    fs::write(&token, first).unwrap();
    home.configure(&format!("token-file = {token:?}"), &BEFORE);
    let config = home.path("goodall.toml");
    let daemon = home.start(&format!("--ring 5m --config {}", config.display()));
    assert_eq!((status(first), status(second)), (Some(200), Some(401)));
    fs::write(&token, "too short").unwrap();
    hup(&home, &daemon, "the running configuration stays in force");
    assert_eq!(status(first), Some(200), "{}", home.log());
    fs::write(&token, second).unwrap();
    hup(&home, &daemon, "the reporter is started anew");
    wait_for("it answers", || status(second) == Some(200));
    assert_eq!(status(first), Some(401));
}
