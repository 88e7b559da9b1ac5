//! Readers of long answers that are slow, and whether they are cut: who takes a little all the time is kept, who
//! takes nothing is not. Small receive buffers are python3's to set; without it that story is skipped.

use std::io::{Read, Write};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::http_hostile::{large, raw};
use crate::skip::skip;

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

/// Reads 960 bytes each tenth of a second for 35 s, through buffers of 16 KiB; prints how many it got.
const SMALL_BUFFERS: &str = r#"
import socket, sys, time
host, port = sys.argv[1].rsplit(":", 1)
reader = socket.socket()
reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
reader.connect((host, int(port)))
reader.sendall(b"GET /dump.csv HTTP/1.1\r\nHost: localhost\r\n\r\n")
start, got = time.monotonic(), 0
for piece in range(1, 351):
    end = got + 960
    while got < end:
        data = reader.recv(end - got)
        if not data:
            sys.exit(f"ended after {got} bytes")
        got += len(data)
    time.sleep(max(0, start + piece / 10 - time.monotonic()))
print(got)
"#;

/// Its window never has room for a whole segment of loopback's, so that the kernel counts it as shut all the time.
#[test]
fn a_dump_that_is_read_steadily_through_small_buffers_is_not_cut() {
    let reporter = large();
    let address = reporter.address.to_string();
    let read = Command::new("python3")
        .args(["-c", SMALL_BUFFERS, &address])
        .output();
    let read = match read {
        Ok(read) => read,
        Err(error) => return skip(&format!("python3: {error}")),
    };
    let said = String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success(), "{said}");
    assert_eq!(String::from_utf8_lossy(&read.stdout).trim(), "336000");
    assert_eq!(reporter.counted(CUT), 0);
}
