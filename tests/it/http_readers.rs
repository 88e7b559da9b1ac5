//! Readers of long answers that are slow, and whether they are cut: who takes a little all the time is kept, who
//! takes nothing is not.

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use crate::http_hostile::{large, raw};

const CUT: &str = "goodall_http_cut_connections_total";

#[test]
fn a_dump_that_nobody_reads_is_cut() {
    let reporter = large();
    let mut stream = raw(&reporter);
    stream
        .write_all(b"GET /dump.csv HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let give_up = Instant::now() + Duration::from_secs(60);
    while reporter.counted(CUT) == 0 {
        assert!(Instant::now() < give_up, "it is kept for ever");
        thread::sleep(Duration::from_millis(200));
    }
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(
        !rest.ends_with(b"\r\n0\r\n\r\n"),
        "a cut dump does not look whole"
    );
    assert_eq!(reporter.counted("goodall_http_streams"), 0);
    assert_eq!(reporter.restarts(), 0);
}

/// Through buffers of the usual size such a reader is heard of each 11 s or so.
#[test]
fn a_dump_that_is_read_slowly_and_steadily_is_whole() {
    const PIECE: usize = 1 << 10;
    const PAUSE: Duration = Duration::from_millis(100);
    let reporter = large();
    let mut stream = raw(&reporter);
    stream
        .write_all(b"GET /dump.csv HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut dump = vec![0; 300 * PIECE];
    let start = Instant::now();
    for (piece, due) in dump.chunks_mut(PIECE).zip(1..) {
        stream.read_exact(piece).unwrap();
        // A test that was held up catches up.
        thread::sleep((PAUSE * due).saturating_sub(start.elapsed()));
    }
    assert_eq!(
        reporter.counted("goodall_http_streams"),
        1,
        "it waits for us"
    );
    stream.read_to_end(&mut dump).unwrap();
    assert!(dump.ends_with(b"\r\n0\r\n\r\n"), "it is whole");
    assert_eq!(reporter.counted(CUT), 0);
    assert_eq!(reporter.restarts(), 0);
}
