//! A dump that is read slowly while the daemon's ring wraps past it, again and again: it stays well-formed.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::daemon::{Home, wait_for};

/// Read at a time, between two turns of the ring.
const PIECE: usize = 48 << 10;

/// Reads a dump, its first pieces so slowly that the ring wraps before each of them; whole, from its chunks.
fn read_slowly(home: &Home, target: &str, turns: usize) -> String {
    let slots = home.reader().layout()[0].slots;
    let mut stream = UnixStream::connect(home.path("sock")).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    write!(stream, "GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    for _ in 0..turns {
        let start = bytes.len();
        bytes.resize(start + PIECE, 0);
        stream
            .read_exact(&mut bytes[start..])
            .expect("more than one piece");
        let seen = home.newest();
        wait_for("the ring wraps", || home.newest() > seen + slots);
    }
    let mut reader = BufReader::new(bytes.as_slice().chain(stream));
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0);
    }
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let mut body = Vec::new();
    loop {
        let mut size = String::new();
        assert!(
            reader.read_line(&mut size).unwrap() > 0,
            "it ends with its last chunk"
        );
        let size = usize::from_str_radix(size.trim_end(), 16).unwrap();
        let start = body.len();
        body.resize(start + size + 2, 0);
        reader.read_exact(&mut body[start..]).unwrap();
        assert_eq!(&body[start + size..], b"\r\n");
        body.truncate(start + size);
        if size == 0 {
            return String::from_utf8(body).unwrap();
        }
    }
}

#[test]
fn a_dump_over_http_that_the_ring_wraps_past_stays_well_formed() {
    let home = Home::new();
    let _daemon = home.start("--ring 2s --interval 5ms --ring-max 64MiB");
    let window = home.reader().layout()[0].window_frames;
    wait_for("the window is full", || home.newest() > window);
    let series = home
        .ask("/series")
        .unwrap()
        .json()
        .as_array()
        .unwrap()
        .len();

    let csv = read_slowly(&home, "/dump.csv", 2);
    assert!(csv.ends_with('\n'));
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("time,series,value"));
    let mut rows = 0;
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let [time, name, value] = fields[..] else {
            panic!("{line:?}");
        };
        assert!(time.len() == 24 && time.ends_with('Z'), "{line:?}");
        assert!(
            name.contains('.') && value.parse::<f64>().is_ok(),
            "{line:?}"
        );
        rows += 1;
    }
    assert!(rows > series, "{rows} rows of {series} series");

    let json = read_slowly(&home, "/dump.json", 2);
    let samples: serde_json::Value = serde_json::from_str(&json).unwrap();
    for sample in samples.as_array().unwrap() {
        assert!(
            sample["time"].is_string() && sample["series"].is_string(),
            "{sample}"
        );
        assert!(
            sample["value"].is_number() || sample["value"].is_string(),
            "{sample}"
        );
    }

    let wide = read_slowly(&home, "/dump.csv?shape=wide", 1);
    let columns = wide.lines().next().unwrap().split(',').count();
    assert!(wide.ends_with('\n') && columns > 100, "{columns}");
    assert!(wide.lines().all(|line| line.split(',').count() == columns));
}
