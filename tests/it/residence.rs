//! What a reporter holds in memory of the ring: next to nothing, whatever is asked of it, however many ask at
//! once, and however slowly they read. Seen in `/proc/PID/smaps` (proc_pid_smaps(5)).

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::reporter::Reporter;
use crate::skip::skip;

/// A ring of 5 MB, of which a dump is four times as long.
const SECONDS: u32 = 2000;
const TRACKS: usize = 20;
/// What small answers touch of the newest frames, several times over; a whole dump used to leave it all.
const LIMIT: u64 = 512 * 1024;
/// Private memory of all, heap and stacks: eight answers' buffers, and room for the allocator's ways.
const PRIVATE_LIMIT: u64 = 6 << 20;

/// Bytes of the file that are resident in a process, by its maps; `None` where the system does not say.
pub fn of_file(process: &str, path: &Path) -> Option<u64> {
    sum(process, "Rss:", &|line| {
        line.ends_with(path.to_str().unwrap())
    })
}

fn sum(process: &str, what: &str, is_meant: &dyn Fn(&str) -> bool) -> Option<u64> {
    let smaps = fs::read_to_string(format!("/proc/{process}/smaps")).ok()?;
    let (mut sum, mut is_ours) = (0, false);
    for line in smaps.lines() {
        if let Some(size) = line.strip_prefix(what) {
            let size = size.trim().trim_end_matches(" kB");
            sum += if is_ours { size.parse().unwrap() } else { 0 };
        } else if !line.contains(": ") {
            is_ours = is_meant(line);
        }
    }
    Some(1024 * sum)
}

/// Asks for that, and reads so much of the answer.
fn ask(reporter: &Reporter, target: &str, bytes: u64) -> TcpStream {
    let mut stream = TcpStream::connect(reporter.address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    write!(
        stream,
        "GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200", "{target}");
    let read = std::io::copy(&mut (&mut stream).take(bytes), &mut std::io::sink()).unwrap();
    assert!(read > 1000, "{target} has rows");
    stream
}

/// A reporter over a ring that is worth the test; none where nobody says what is resident.
fn reporter() -> Option<Reporter> {
    let reporter = Reporter::start(SECONDS, TRACKS, &[]);
    if held(&reporter).is_none() {
        skip("this system has no /proc/PID/smaps");
        return None;
    }
    Some(reporter)
}

fn ring(reporter: &Reporter) -> PathBuf {
    reporter.folder.path().join("ring")
}

/// Bytes of its ring that are resident in it.
fn held(reporter: &Reporter) -> Option<u64> {
    of_file(&reporter.pid().to_string(), &ring(reporter))
}

fn little_is_held(reporter: &Reporter) {
    let during = held(reporter).unwrap();
    assert!(during < LIMIT, "{during} bytes while eight are read");
    let private = sum(&reporter.pid().to_string(), "Anonymous:", &|_| true).unwrap();
    assert!(private < PRIVATE_LIMIT, "{private} bytes of their own");
}

#[test]
fn a_dump_of_any_shape_leaves_nothing_of_the_ring_resident() {
    let Some(reporter) = reporter() else { return };
    assert!(
        fs::metadata(ring(&reporter)).unwrap().len() > 8 * LIMIT,
        "a ring worth the test"
    );
    let whole = [
        "/dump.csv?match=load.*,made.1?.*",
        "/dump.csv?match=load.1m",
        "/dump.csv?shape=wide",
        "/dump.csv?step=10s",
        "/dump.ndjson?rate=1&match=made.*.field_1",
        "/dump.json?shape=wide&step=1m&rate=1",
        "/load.1m?n=1000000",
    ];
    for target in whole {
        ask(&reporter, target, u64::MAX);
        let after = held(&reporter).unwrap();
        assert!(after < LIMIT, "{after} bytes after {target}");
    }
    // eight at once, each held by its client in the middle
    let slow = [
        "/dump.csv",
        "/dump.csv?since=1500s",
        "/dump.csv?since=1000s&until=100s",
        "/dump.csv?shape=wide",
        "/dump.json",
        "/dump.ndjson?rate=1",
        "/dump.ndjson?shape=wide&rate=1",
        "/dump.csv?shape=wide&step=2s",
    ];
    let held_up = slow.map(|target| ask(&reporter, target, 200_000));
    little_is_held(&reporter);
    drop(held_up);
    assert_eq!(reporter.restarts(), 0, "it is the process that answered");
}

#[test]
fn the_file_itself_is_handed_out_and_is_not_resident() {
    let Some(reporter) = reporter() else { return };
    let held_up: Vec<TcpStream> = (0..8).map(|_| ask(&reporter, "/ring", 200_000)).collect();
    little_is_held(&reporter);
    drop(held_up);
    assert_eq!(reporter.restarts(), 0, "it is the process that answered");
}
