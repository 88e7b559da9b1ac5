//! `GET /ring`: the ring file's own bytes, whole and in parts, of one that was left behind and off a live daemon;
//! and what a copy is worth to the commands.

use std::fs;
use std::io::Read;
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use goodall::ring::{Access, Reader, Writer};

use crate::client::{Client, Response, ask, get};
use crate::daemon::{Home, wait_for};
use crate::reporter::Reporter;
use crate::ring_kit::{plan, seconds, track};

/// One request with these further lines, on a connection of its own.
fn fetched(reporter: &Reporter, lines: &str) -> (Response, Vec<u8>) {
    let mut client = Client::connect(reporter.address);
    client.send(&format!(
        "GET /ring HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n"
    ));
    client.read_bytes().expect("an answer")
}

fn file(reporter: &Reporter) -> Vec<u8> {
    fs::read(reporter.folder.path().join("ring")).unwrap()
}

#[test]
fn the_whole_is_the_file_with_its_length_and_its_tag() {
    let reporter = Reporter::start(600, 5, &[]);
    let file = file(&reporter);
    let (answer, body) = fetched(&reporter, "");
    assert_eq!(answer.status, 200);
    assert!(body == file);
    let length = file.len().to_string();
    for (name, value) in [
        ("Content-Type", "application/octet-stream"),
        ("Content-Length", &length),
        ("Accept-Ranges", "bytes"),
        ("Content-Disposition", "attachment; filename=\"made.ring\""),
        ("Connection", "close"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    let tag = answer.header("ETag").unwrap();
    assert!(
        tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"'),
        "{tag}"
    );

    let head = ask(
        reporter.address,
        "HEAD /ring HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-9",
    );
    assert_eq!((head.status, head.header("ETag")), (200, Some(tag)));
    assert_eq!(head.header("Content-Length"), Some(&*length));
    let mut old = Client::connect(reporter.address);
    old.send("GET /ring HTTP/1.0\r\n\r\n");
    let (answer, body) = old.read_bytes().unwrap();
    assert_eq!(answer.header("Content-Length"), Some(&*length));
    assert!(body == file);
}

#[test]
fn a_part_is_those_bytes_and_says_which() {
    let reporter = Reporter::start(600, 5, &[]);
    let file = file(&reporter);
    let length = file.len();
    for (range, first, last) in [
        ("0-0", 0, 0),
        ("0-511", 0, 511),
        ("77825-77900", 77_825, 77_900),
        ("100-143360", 100, 143_360),
        ("143361-", 143_361, length - 1),
        ("-1", length - 1, length - 1),
        ("-99999999", 0, length - 1),
        ("5-99999999999999999999999", 5, length - 1),
    ] {
        let (answer, body) = fetched(&reporter, &format!("Range: bytes={range}\r\n"));
        assert_eq!(answer.status, 206, "{range}");
        let said = format!("bytes {first}-{last}/{length}");
        assert_eq!(answer.header("Content-Range"), Some(&*said));
        assert!(body == file[first..=last], "{range}");
    }
    for range in ["0-1,5-6", "6-5", "x", ""] {
        let (answer, body) = fetched(&reporter, &format!("Range: bytes={range}\r\n"));
        assert_eq!((answer.status, answer.header("Content-Range")), (200, None));
        assert!(body == file, "{range}");
    }
    let (answer, _) = fetched(&reporter, "Range: bytes=0-1\r\nRange: bytes=5-6\r\n");
    assert_eq!(answer.status, 200, "two headers are two ranges");
    for range in [format!("{length}-"), "-0".to_owned()] {
        let answer = ask(
            reporter.address,
            &format!("GET /ring HTTP/1.1\r\nHost: localhost\r\nRange: bytes={range}"),
        );
        assert_eq!(answer.status, 416, "{range}");
        let said = format!("bytes */{length}");
        assert_eq!(answer.header("Content-Range"), Some(&*said));
        assert!(answer.error().contains(&length.to_string()));
    }
}

#[test]
fn small_parts_share_a_connection_and_a_long_one_ends_it() {
    let reporter = Reporter::start(600, 5, &[]);
    let file = file(&reporter);
    let mut client = Client::connect(reporter.address);
    let mut read = |first: usize, size: usize| {
        let last = first + size - 1;
        client.send(&format!(
            "GET /ring HTTP/1.1\r\nHost: localhost\r\nRange: bytes={first}-{last}\r\n\r\n"
        ));
        let (answer, body) = client.read_bytes().unwrap();
        assert_eq!(answer.status, 206);
        assert!(body == file[first..=last]);
        answer
    };
    for first in (0..file.len() - (64 << 10)).step_by(50_000) {
        assert_eq!(read(first, 64 << 10).header("Connection"), None);
        assert_eq!(read(first, 100).header("Connection"), None);
    }
    assert_eq!(read(0, (64 << 10) + 1).header("Connection"), Some("close"));
    assert!(client.is_at_its_end());
}

#[test]
fn who_may_not_ask_or_asks_wrongly_gets_no_byte_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "s3cret-s3cret-s3\n").unwrap();
    let reporter = Reporter::start(60, 0, &["--token-file", token.to_str().unwrap()]);
    let status = |line: &str, lines: &str| {
        let shown = "Authorization: Bearer s3cret-s3cret-s3";
        ask(
            reporter.address,
            &format!("{line} HTTP/1.1\r\n{lines}{shown}"),
        )
        .status
    };
    let local = "Host: localhost\r\n";
    assert_eq!(get(reporter.address, "/ring").status, 401);
    assert_eq!(status("GET /ring", "Host: evil.example\r\n"), 403);
    assert_eq!(status("POST /ring", local), 405);
    assert_eq!(status("GET /ring?n=1", local), 400);
    assert_eq!(status("GET /ring/", local), 404);
    assert_eq!(status("HEAD /ring", local), 200);
}

#[test]
fn another_file_in_its_place_is_told_by_the_tag() {
    let reporter = Reporter::start(60, 1, &[]);
    let range = "Range: bytes=0-99\r\n";
    let (answer, _) = fetched(&reporter, range);
    let first = answer.header("ETag").unwrap().to_owned();
    let status = |line: &str| fetched(&reporter, &format!("{line}\r\n{range}")).0.status;
    assert_eq!(status(&format!("If-Match: {first}")), 206);
    assert_eq!(
        status(&format!("If-Match: \"x\"\r\nIf-Match: {first}")),
        206
    );
    assert_eq!(status("If-Match: *"), 206);
    assert_eq!(status(&format!("If-Range: {first}")), 206);
    assert_eq!(status("If-Range: Thu, 26 Nov 2026 19:00:00 GMT"), 200);

    let ring = reporter.folder.path().join("ring");
    let other = reporter.folder.path().join("other");
    fs::copy(&ring, &other).unwrap();
    fs::rename(&other, &ring).unwrap();
    wait_for("the other file is seen", || {
        status(&format!("If-Match: {first}")) == 412
    });
    let head = format!("GET /ring HTTP/1.1\r\nHost: localhost\r\nIf-Match: \"x\", {first}");
    let refused = ask(reporter.address, &head);
    assert_eq!(refused.status, 412);
    assert!(refused.error().contains("another file"));
    assert_eq!(status(&format!("If-Range: {first}")), 200);
    let (now, body) = fetched(&reporter, "");
    assert_eq!(now.header("ETag"), refused.header("ETag"));
    assert_ne!(now.header("ETag"), Some(&*first));
    assert!(body == file(&reporter));
    assert_eq!(reporter.restarts(), 0);
}

#[test]
fn eight_are_sent_at_once_and_the_ninth_is_asked_to_come_again() {
    // a file larger than what the buffers between two sockets hold
    let reporter = Reporter::start(3600, 30, &[]);
    let mut open: Vec<Client<TcpStream>> = Vec::new();
    for _ in 0..8 {
        let mut client = Client::connect(reporter.address);
        client.send("GET /ring HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(client.read(false).unwrap().status, 200);
        open.push(client);
    }
    let ninth = get(reporter.address, "/ring");
    assert_eq!(
        (ninth.status, ninth.header("Retry-After")),
        (503, Some("10"))
    );
    assert_eq!(get(reporter.address, "/dump.csv").status, 503);
    let (small, _) = fetched(&reporter, "Range: bytes=0-65535\r\n");
    assert_eq!(small.status, 206, "a small part needs no place");
    assert_eq!(reporter.counted("goodall_http_streams"), 8);
    drop(open);
    let give_up = Instant::now() + Duration::from_secs(30);
    while fetched(&reporter, "").0.status != 200 {
        assert!(Instant::now() < give_up, "no place is given up");
    }
    let counted =
        |code| reporter.counted(&format!("goodall_http_requests_total{{code=\"{code}\"}}"));
    assert_eq!(counted(206), 1);
    assert_eq!(reporter.restarts(), 0);
}

#[test]
fn a_copy_off_a_live_daemon_has_what_the_daemon_has() {
    let home = Home::new();
    home.configure(
        "",
        &[("load", "20ms"), ("memory", "20ms"), ("stat", "50ms")],
    );
    let config = home.path("goodall.toml");
    let _daemon = home.start(&format!("--ring 10m --config {}", config.display()));
    wait_for("it has recorded", || home.newest() > 50);
    let dump = || home.ask("/dump.csv").unwrap().body;
    let before = dump();
    let mut client = Client::connect_unix(&home.path("sock"));
    client.send("GET /ring HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let (answer, bytes) = client.read_bytes().unwrap();
    assert_eq!(answer.status, 200);
    let copy = home.path("host.ring");
    fs::write(&copy, bytes).unwrap();
    let after = dump();

    let command = |line: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goodall"));
        command.args(line.split(' ')).arg("--ring-file").arg(&copy);
        let output = command.env_clear().output().unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let copied = command("dump");
    // it has every line of before, and none that is not among those after, in their order
    let mut lines = after.lines();
    for line in copied.lines() {
        assert!(lines.any(|other| other == line), "{line} was not recorded");
    }
    let mut lines = copied.lines();
    for line in before.lines() {
        assert!(
            lines.any(|other| other == line),
            "{line} is not in the copy"
        );
    }
    assert!(before.lines().count() > 50 * 3, "{before}");
    assert!(command("info --verify").contains("nobody is recording"));
    assert!(command("latest").contains("load.1m"));

    let mut report = Command::new(env!("CARGO_BIN_EXE_goodall"));
    let listen = format!("unix:{}", home.path("copy.sock").display());
    report.arg("report").arg("--ring-file").arg(&copy);
    report.args(["--listen", &listen]).env_clear();
    let mut reporter = home.spawn(&mut report);
    let mut served = None;
    wait_for("the copy is served", || {
        assert_eq!(reporter.ended(), None, "it ended: {}", home.log());
        let client = Client::try_connect_unix(&home.path("copy.sock"));
        served = client.map(|mut client| client.get("/dump.csv").body);
        served.is_some()
    });
    assert_eq!(served.unwrap(), copied);
}

#[test]
fn every_copy_of_a_ring_that_grows_is_a_ring_with_what_was_there_before() {
    let reporter = Reporter::start(60, 0, &[]);
    let (writer, _) = Writer::open(&reporter.folder.path().join("ring"), &plan(60, 10)).unwrap();
    let _clock = writer.clock(seconds(1)).unwrap();
    let (added, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut tracks = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let name = format!("{:0>100}", tracks.len());
                // now and then one that is wider than the room that is there
                let fields = if tracks.len() % 8 == 0 { 100 } else { 1 };
                match writer.track(&track("grown", &name, fields)) {
                    Ok(track) => tracks.push(track),
                    Err(_) => thread::sleep(Duration::from_millis(1)), // full
                }
                added.store(tracks.len(), Ordering::Relaxed);
            }
        });
        let copy = reporter.folder.path().join("copy");
        let (mut lengths, mut last) = (Vec::new(), 0);
        let give_up = Instant::now() + Duration::from_secs(60);
        while (lengths.len() < 3 || last < 400) && Instant::now() < give_up {
            let before = added.load(Ordering::Relaxed);
            let (answer, bytes) = fetched(&reporter, "");
            assert_eq!(answer.status, 200);
            lengths.push(bytes.len());
            fs::write(&copy, bytes).unwrap();
            let reader = Reader::open(&copy, Access::Pread).unwrap();
            let grown = reader
                .tracks()
                .iter()
                .filter(|track| track.collector == "grown");
            last = grown.count();
            assert!(last >= before, "{last} of {before} tracks and more");
        }
        is_over.store(true, Ordering::Relaxed);
        lengths.dedup();
        assert!(
            lengths.len() > 1 && last >= 400,
            "{lengths:?}, {last} tracks"
        );
    });
    assert_eq!(reporter.restarts(), 0);
}

#[test]
fn a_file_that_gives_way_breaks_its_answer_off_before_the_length_it_promised() {
    let reporter = Reporter::start(3600, 30, &[]);
    let mut client = Client::connect(reporter.address);
    client.send("GET /ring HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let answer = client.read(false).unwrap();
    let length: usize = answer.header("Content-Length").unwrap().parse().unwrap();
    let ring = reporter.folder.path().join("ring");
    fs::File::options()
        .write(true)
        .open(ring)
        .unwrap()
        .set_len(200_000)
        .unwrap();
    let mut rest = Vec::new();
    let _ = client.stream().read_to_end(&mut rest);
    assert!(rest.len() < length, "{} of {length}", rest.len());
}
