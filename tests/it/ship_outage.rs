//! The shipper at its worst: a store that is killed while samples come ten times a second, and a shipper that is
//! killed twenty times. Nothing is missing, memory stays flat, and what came twice is counted.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::running::Running;
use crate::ship_kit::{Shipped, Shipper, assert_same, status, until};
use crate::ship_server::{Act, Server};
use crate::ship_store_kit::{
    expected, free_port, influx_query, influx_samples, influxdb, parts, ship_once,
};
use crate::skip;

/// What a figure is worth when the test passes: past the runner's capture.
fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The shipper's own anonymous memory in kB, `RssAnon`.
fn anonymous_kb(daemon: &Running) -> u64 {
    let pid = daemon.child("ship").unwrap();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("RssAnon"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn start_influx(folder: &Path, port: u16) -> Option<Running> {
    Running::start_at(
        (std::net::Ipv4Addr::LOCALHOST, port).into(),
        |address, _| influxdb(folder, address),
    )
}

/// A recorder of ten samples a second that ships to Influx; its ring and its configuration.
fn daemon(folder: &Path, port: u16) -> (Running, PathBuf, PathBuf) {
    let (ring, config) = (folder.join("ring"), folder.join("goodall.toml"));
    fs::write(&config, format!("[[ship]]\nname = \"influx\"\nkind = \"influx\"\naddress = \"http://127.0.0.1:{port}\"\ndatabase = \"goodall\"\n")).unwrap();
    let daemon = Running::start(|address, _| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goodall"));
        command
            .args([
                "--ring",
                "10m",
                "--interval",
                "100ms",
                "--listen",
                &address.to_string(),
            ])
            .args([
                "--collectors",
                "-info,-disk_info,-network_info",
                "--socket",
                "off",
            ])
            .arg("--ring-file")
            .arg(&ring)
            .arg("--config")
            .arg(&config);
        command
    })
    .unwrap();
    (daemon, ring, config)
}

#[test]
fn a_store_that_is_killed_and_comes_back_misses_nothing() {
    let outage = Duration::from_secs(if skip::long() { 60 } else { 5 });
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let Some(influx) = start_influx(folder.path(), port) else {
        return skip::skip("influxd is not installed");
    };
    influx_query(influx.address, "CREATE DATABASE goodall");
    let (daemon, ring, config) = daemon(folder.path(), port);
    let shipped = || status(&ring, "influx");
    until(|| {
        if shipped().shipped > 1000 {
            Ok(())
        } else {
            Err(daemon.said())
        }
    });
    let before = anonymous_kb(&daemon);
    // as kill -9
    drop(influx);
    thread::sleep(outage);
    let during = anonymous_kb(&daemon);
    assert!(shipped().retried > 0, "{}", daemon.said());
    let _influx = start_influx(folder.path(), port).unwrap();
    let back = Instant::now();
    let caught_up =
        || shipped().waiting.is_none() && shipped().retried > 0 && shipped().words.is_empty();
    until(|| {
        if caught_up() {
            Ok(())
        } else {
            Err(format!("{:?}: {}", shipped(), daemon.said()))
        }
    });
    let (time, after) = (back.elapsed(), anonymous_kb(&daemon));
    note(&format!(
        "outage of {} s at 100 ms: caught up {:.1} s after the store was back; anonymous memory {before}, {during}, {after} kB before, in and after it",
        outage.as_secs(),
        time.as_secs_f64()
    ));
    // a batch and its copies, not an outage's worth of samples
    assert!(
        during.max(after) < before + 2048,
        "{before} {during} {after} kB"
    );
    assert_eq!((shipped().lost, shipped().rejected), (0, 0));
    drop(daemon);
    ship_once(&ring, &config);
    assert_same(
        &expected(&ring, 1, parts),
        &influx_samples(([127, 0, 0, 1], port).into()),
    );
}

#[test]
fn what_a_short_ring_lost_in_an_outage_is_counted_and_said_once() {
    let load = crate::ring_kit::track("load", "", 3);
    let shipped = Shipped::of(3, vec![load], 3);
    let address = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .unwrap();
    shipped.configure(&format!(
        "[[ship]]\nname = \"influx\"\nkind = \"influx\"\naddress = \"http://{address}\"\ndatabase = \"d\"\ngzip = false\nhost = \"\"\n"
    ));
    // the store is away for three lives of the shipper, in which the ring goes on
    let tried = |running: &Shipper, times: u64, lost: u64| {
        until(|| match shipped.status("influx") {
            at if at.retried >= times && at.lost == lost => Ok(()),
            at => Err(format!("{at:?}: {}", running.said())),
        });
    };
    let running = shipped.start();
    tried(&running, 1, 0);
    shipped.record(3, 5);
    tried(&running, 3, 5 * 3);
    shipped.record(8, 2);
    tried(&running, 4, 7 * 3);
    running.kill();
    let running = shipped.start();
    tried(&running, 2, 0);
    shipped.record(10, 4);
    tried(&running, 3, 4 * 3);
    running.kill();
    let server = Server::start_at(address, &[], Act::Answer(204, "", ""));
    let running = shipped.start();
    until(|| match running.said() {
        said if said.contains("overwritten") && server.taken().len() == 1 => Ok(()),
        said => Err(said),
    });
    shipped.record(14, 1);
    until(|| match server.taken().len() {
        2 => Ok(()),
        _ => Err(running.said()),
    });
    let said = running.said();
    assert_eq!(said.matches("overwritten").count(), 1, "{said}");
    assert!(
        said.contains("influx: 33 samples were overwritten before they could be sent"),
        "{said}"
    );
    assert!(!said.contains("in all were lost"), "{said}");
}

#[test]
fn a_shipper_that_is_killed_twenty_times_misses_nothing() {
    let shipped = Shipped::new(2000);
    let server = Server::start(&[], Act::Answer(204, "", ""));
    shipped.configure(&format!(
        "[[ship]]\nname = \"influx\"\nkind = \"influx\"\naddress = \"{}\"\ndatabase = \"d\"\ngzip = false\nhost = \"\"\nbatch = 100\ncatch-up-rate = 10000\n",
        server.url
    ));
    let mut random = crate::ring_kit::Random(7);
    for _ in 0..20 {
        let running = shipped.start();
        thread::sleep(Duration::from_millis(20 + random.below(60) as u64));
        running.kill();
    }
    shipped.once_well();
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    let mut lines = 0;
    for body in server.taken() {
        for line in String::from_utf8(body).unwrap().lines() {
            *times.entry(line.to_owned()).or_default() += 1;
            lines += 1;
        }
    }
    // two tracks a second and one every ten
    assert_eq!(
        times.len(),
        2 * 2000 + 200,
        "each once at least, and nothing else"
    );
    let twice = lines - times.len();
    note(&format!(
        "killed twenty times: {twice} of {} rows came twice",
        times.len()
    ));
    assert!(twice <= 20 * 100, "at most the batch under way: {twice}");
}
