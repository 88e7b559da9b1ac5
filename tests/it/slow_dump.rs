//! A dump that is read slowly while the daemon's ring wraps past it, again and again: it stays well-formed.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use goodall::ring::ClockLayout;

use crate::daemon::{Home, fastest, wait_for};

/// Read at a time, between two turns of the ring.
const PIECE: usize = 48 << 10;

/// A dump that is being read: its first bytes, and where the others come from.
struct Slow {
    bytes: Vec<u8>,
    stream: UnixStream,
}

impl Slow {
    fn ask(home: &Home, target: &str) -> Slow {
        let mut stream = UnixStream::connect(home.path("sock")).unwrap();
        let patience = Some(Duration::from_secs(60));
        stream.set_read_timeout(patience).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        Slow {
            bytes: Vec::new(),
            stream,
        }
    }

    fn read_a_piece(&mut self) {
        let start = self.bytes.len();
        self.bytes.resize(start + PIECE, 0);
        let piece = &mut self.bytes[start..];
        self.stream.read_exact(piece).expect("more than one piece");
    }
}

/// How the frames of the shortest interval are laid out.
fn circle(home: &Home) -> ClockLayout {
    let reader = home.reader();
    let mut layouts = reader.layout().iter();
    let found = layouts.find(|layout| layout.clock == fastest(&reader));
    *found.unwrap()
}

/// Reads dumps side by side, so slowly that the ring wraps twice meanwhile. Gives their bodies.
fn read_slowly<const N: usize>(home: &Home, targets: [&str; N]) -> [String; N] {
    let slots = circle(home).slots;
    let mut dumps = targets.map(|target| Slow::ask(home, target));
    for _ in 0..2 {
        dumps.iter_mut().for_each(Slow::read_a_piece);
        let seen = home.newest();
        wait_for("the ring wraps", || home.newest() > seen + slots);
    }
    dumps.map(whole)
}

/// What is left of a dump, read fast; its body, from its chunks.
fn whole(Slow { bytes, stream }: Slow) -> String {
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
    let window = circle(&home).window_frames;
    wait_for("the window is full", || home.newest() > window);
    let series = home
        .ask("/series")
        .unwrap()
        .json()
        .as_array()
        .unwrap()
        .len();

    let targets = ["/dump.csv", "/dump.json", "/dump.csv?shape=wide"];
    let [csv, json, wide] = read_slowly(&home, targets);
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

    let columns = wide.lines().next().unwrap().split(',').count();
    assert!(wide.ends_with('\n') && columns > 100, "{columns}");
    assert!(wide.lines().all(|line| line.split(',').count() == columns));
}
