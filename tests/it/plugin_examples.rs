//! The examples of docs/plugins/ as they stand there, run by a daemon: their values are read back by `goodall latest`
//! and by curl, and are what this machine says by itself.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use serde_json::Value;

use crate::daemon::{Home, wait_for};
use crate::plugin_kit::{configure, latest, start};
use crate::skip::skip;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/plugins");
const CHECK_LOAD: &str = "/usr/lib/nagios/plugins/check_load";

/// A daemon whose folder of plugins is the examples'.
fn examples(home: &Home) -> crate::daemon::Daemon {
    configure(home, &format!("collectors-dir = {EXAMPLES:?}\n"));
    start(home, "")
}

/// The series that match, and their newest values, by the command.
fn newest_values(home: &Home, pattern: &str) -> Vec<(String, f64)> {
    let text = latest(home, pattern);
    let line = |line: &str| {
        let mut cells = line.split(',').skip(1);
        Some((cells.next()?.to_owned(), cells.next()?.parse().ok()?))
    };
    text.lines().skip(1).filter_map(line).collect()
}

/// The one series that matches, once it is there and is so; it is the same by curl.
fn holds(home: &Home, pattern: &str, is_so: impl Fn(f64) -> bool) -> String {
    let mut found = Vec::new();
    wait_for(pattern, || {
        found = newest_values(home, pattern);
        found.first().is_some_and(|(_, value)| is_so(*value))
    });
    let name = found.swap_remove(0).0;
    let body = curl(home, &format!("/{name}?n=1"));
    let value = body["Metrics"][0]["Value"].as_f64();
    assert!(value.is_some_and(is_so), "{body}");
    name
}

fn curl(home: &Home, target: &str) -> Value {
    let output = Command::new("curl")
        .args(["-sSg", "--unix-socket"])
        .arg(home.path("sock"))
        .arg(format!("http://localhost{target}"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{target}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn runs(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output();
    found.is_ok_and(|output| output.status.success())
}

/// The newest change of a file below.
fn newest(folder: &Path) -> SystemTime {
    let mut newest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(found) = path.symlink_metadata() else {
            continue;
        };
        newest = newest.max(if found.is_dir() {
            self::newest(&path)
        } else {
            found.modified().unwrap()
        });
    }
    newest
}

#[test]
fn every_example_as_it_stands_is_read_back_by_the_command_and_by_curl() {
    if !runs("curl") {
        return skip("curl is not installed");
    }
    let home = Home::new();
    let _daemon = examples(&home);

    holds(&home, "plugin.folder.files", |files| files >= 0.0);
    holds(&home, "plugin.folder.bytes", |bytes| bytes >= 0.0);

    let meminfo = fs::read_to_string("/proc/meminfo").unwrap();
    let total = meminfo
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<f64>()
        .unwrap()
        * 1024.0;
    holds(&home, "plugin.memory_influx.mem.host_*.total", |value| {
        (value - total).abs() < 0.5
    });
    holds(
        &home,
        "plugin.memory_influx.mem.host_*.used_percent",
        |value| value > 0.0 && value < 100.0,
    );

    let who = Command::new("who").output().unwrap().stdout;
    let users = who
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .count();
    let name = holds(&home, "plugin.sessions_collectd.sessions.users", |value| {
        value >= 0.0
    });
    let body = curl(&home, &format!("/{name}?n=1"));
    assert_eq!(
        body["Metrics"][0]["Value"].as_f64(),
        Some(users as f64),
        "{body}"
    );

    let name = holds(&home, "plugin.sockets_textfile.*.protocol_TCP", |sockets| {
        sockets >= 1.0
    });
    let series = curl(&home, &format!("/series?match={name}"));
    assert_eq!(
        (&series[0]["kind"], &series[0]["labels"]["protocol"]),
        (&"gauge".into(), &"TCP".into()),
        "{series}"
    );
}

#[test]
fn the_examples_in_python_are_read_back_by_the_command_and_by_curl() {
    if !runs("curl") || !runs("python3") {
        return skip("curl or python3 is not installed");
    }
    let home = Home::new();
    let _daemon = examples(&home);

    let name = holds(&home, "plugin.newest.age.folder__etc", |age| age >= 0.0);
    let body = curl(&home, &format!("/{name}?n=1"));
    let age = body["Metrics"][0]["Value"].as_f64().unwrap();
    let expected = newest(Path::new("/etc")).elapsed().unwrap().as_secs_f64();
    assert!(age <= expected, "{age} s, of {expected} s by now");
    let series = curl(&home, &format!("/series?match={name}"));
    assert_eq!(
        (&series[0]["unit"], &series[0]["labels"]["folder"]),
        (&"seconds".into(), &"/etc".into()),
        "{series}"
    );

    holds(&home, "plugin.requests.took.p95", |seconds| seconds >= 0.01);
    holds(&home, "plugin.requests.took.count", |count| count >= 1.0);
    let name = holds(&home, "plugin.requests.served", |served| served >= 1.0);
    let series = curl(&home, &format!("/series?match={name}"));
    assert_eq!(series[0]["kind"], "counter", "{series}");
    holds(&home, "plugin.requests.waiting", |waiting| {
        (0.0..=5.0).contains(&waiting)
    });
}

#[test]
fn a_real_plugin_of_nagios_is_read_back_by_the_command_and_by_curl() {
    if !runs("curl") || !Path::new(CHECK_LOAD).exists() {
        return skip("curl or monitoring-plugins-basic is not installed");
    }
    let home = Home::new();
    let _daemon = examples(&home);
    for name in ["load1", "load5", "load15"] {
        holds(&home, &format!("plugin.nagios_load.{name}"), |load| {
            load >= 0.0
        });
    }
    holds(&home, "plugin.nagios_load.exit_code", |code| code <= 2.0);
}
