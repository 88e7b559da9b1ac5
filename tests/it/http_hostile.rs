//! What hostile clients can do to the reporter: at worst end it, and then it is started again and answers.
//! Where its own rules suffice, it is not even that: `restarts` is 0.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Client, ask, get};
use crate::reporter::Reporter;

/// The reporter's own limit, in KiB of private writable memory.
const DATA_KIB_MAX: u64 = 8 << 10;

pub fn small() -> Reporter {
    Reporter::start(60, 2, &[])
}

/// A reporter whose dump is larger than what the buffers between two sockets hold.
pub fn large() -> Reporter {
    Reporter::start(3600, 30, &[])
}

pub fn raw(reporter: &Reporter) -> TcpStream {
    let stream = TcpStream::connect(reporter.address).unwrap();
    stream
        .set_write_timeout(Some(Duration::from_secs(2)))
        .unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    stream
}

/// Writes `piece` again and again, at most `most` bytes, until the other side has had enough.
fn flood(stream: &mut TcpStream, piece: &[u8], most: usize) {
    let mut sent = 0;
    while sent < most {
        match stream.write(piece) {
            Ok(written) if written > 0 => sent += written,
            _ => return,
        }
    }
}

#[test]
fn heads_that_never_end_hold_nobody_up() {
    let reporter = small();
    let mut slow: Vec<TcpStream> = (0..40).map(|_| raw(&reporter)).collect();
    for byte in b"GET /latest HTTP/1.1\r\nX: yyyyyy" {
        for stream in &mut slow {
            // a head that takes ten seconds is given up
            let _ = stream.write_all(&[*byte]);
        }
        assert_eq!(get(reporter.address, "/latest").status, 200);
    }
    assert_eq!(reporter.restarts(), 0);
}

#[test]
fn a_header_of_64_mib_ends_one_process_of_8_mib() {
    let reporter = small();
    let mut stream = raw(&reporter);
    stream.write_all(b"GET /latest HTTP/1.1\r\nX: ").unwrap();
    flood(&mut stream, &[b'y'; 1 << 13], 64 << 20);
    assert!(reporter.answers());
    assert!(reporter.status_of("VmData:") <= DATA_KIB_MAX);
}

#[test]
fn thousands_of_connections_do_not_lock_others_out() {
    let reporter = small();
    let mut open = Vec::new();
    for _ in 0..3000 {
        if let Ok(mut stream) = TcpStream::connect(reporter.address) {
            let _ = stream.write_all(b"GET /latest HTTP/1.1\r\n");
            open.push(stream);
        }
        if open.len() == 400 {
            open.drain(..200);
        }
    }
    assert!(reporter.answers());
    drop(open);
    assert!(reporter.answers());
}

#[test]
fn requests_without_reading_cost_others_nothing_for_long() {
    let reporter = small();
    let attackers: Vec<_> = (0..4)
        .map(|_| {
            let mut stream = raw(&reporter);
            thread::spawn(move || {
                let request = b"GET /latest HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100);
                flood(&mut stream, &request, 16 << 20);
                stream
            })
        })
        .collect();
    let streams: Vec<_> = attackers
        .into_iter()
        .map(|one| one.join().unwrap())
        .collect();
    assert!(reporter.answers());
    drop(streams);
}

#[test]
fn what_comes_behind_a_dump_holds_no_thread() {
    let reporter = large();
    let mut streams: Vec<TcpStream> = (0..4).map(|_| raw(&reporter)).collect();
    for stream in &mut streams {
        stream
            .write_all(b"GET /dump.csv HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .unwrap();
        let behind = b"GET /latest HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(50);
        stream.write_all(&behind).unwrap();
    }
    for _ in 0..20 {
        assert_eq!(get(reporter.address, "/latest").status, 200);
    }
    // And none of it is mixed into the dump.
    let mut dump = String::new();
    let _ = streams[0].read_to_string(&mut dump);
    assert_eq!(dump.matches("HTTP/1.1").count(), 1);
    let was_cut = reporter.counted("goodall_http_cut_connections_total") > 0;
    assert!(
        was_cut || dump.ends_with("\r\n0\r\n\r\n"),
        "the dump was whole"
    );
    assert_eq!(reporter.restarts(), 0);
}

#[test]
fn a_ninth_dump_is_asked_to_come_again() {
    let reporter = large();
    let request = b"GET /dump.csv HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let streams: Vec<TcpStream> = (0..8)
        .map(|_| {
            let mut stream = raw(&reporter);
            stream.write_all(request).unwrap();
            let mut first = [0; 16];
            stream.read_exact(&mut first).unwrap();
            stream
        })
        .collect();
    let ninth = get(reporter.address, "/dump.csv");
    assert_eq!(
        (ninth.status, ninth.header("Retry-After")),
        (503, Some("10"))
    );
    assert_eq!(get(reporter.address, "/latest").status, 200);
    assert_eq!(reporter.counted("goodall_http_streams"), 8);
    drop(streams);
    let give_up = Instant::now() + Duration::from_secs(30);
    while get(reporter.address, "/dump.csv?since=1s").status != 200 {
        assert!(Instant::now() < give_up, "no place is given up");
    }
    assert_eq!(reporter.restarts(), 0);
}

#[test]
fn bytes_of_other_protocols_are_refused() {
    let reporter = small();
    let hello: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\x01\x02\r\n\r\n";
    let preface: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let garbage: Vec<u8> = (0..=255).rev().cycle().take(4096).collect();
    for bytes in [
        hello,
        preface,
        &garbage,
        b"\r\n\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
    ] {
        for _ in 0..20 {
            let mut stream = raw(&reporter);
            let _ = stream.write_all(bytes);
            let _ = stream.shutdown(Shutdown::Write);
        }
        assert!(reporter.answers());
    }
}

#[test]
fn prefaces_of_http_2_that_stay_open_end_at_worst_one_process() {
    let reporter = small();
    let mut open = Vec::new();
    for _ in 0..200 {
        if let Ok(mut stream) = TcpStream::connect(reporter.address) {
            let _ = stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            open.push(stream);
        }
    }
    assert!(reporter.answers());
}

#[test]
fn half_requests_and_resets_leave_nothing_behind() {
    let reporter = small();
    for _ in 0..300 {
        let mut half = raw(&reporter);
        half.write_all(b"GET /latest HTT").unwrap();
        drop(half);
        // Closed with an answer unread, a connection is reset.
        let mut reset = raw(&reporter);
        reset
            .write_all(b"GET /latest HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .unwrap();
        let _ = reset.read(&mut [0; 1]);
        drop(reset);
    }
    assert!(reporter.answers());
    assert_eq!(reporter.restarts(), 0);
    let give_up = Instant::now() + Duration::from_secs(30);
    let threads = || reporter.status_of("Threads:");
    while threads() > 14 {
        assert!(Instant::now() < give_up, "{} threads are left", threads());
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn an_endless_target_is_refused_by_its_length() {
    let reporter = small();
    for length in [9 << 10, 200 << 10] {
        let head = format!("GET /{} HTTP/1.1\r\nHost: localhost", "y".repeat(length));
        assert_eq!(ask(reporter.address, &head).status, 414);
    }
    let head = format!(
        "GET /latest?match={} HTTP/1.1\r\nHost: localhost",
        "*".repeat(8000)
    );
    assert_eq!(ask(reporter.address, &head).status, 200);
    assert_eq!(reporter.restarts(), 0);
}

#[test]
fn a_request_hidden_in_a_body_is_not_answered() {
    let reporter = small();
    let hidden = "GET /latest HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let size = format!("{:x}", hidden.len());
    for (method, status) in [("GET", 413), ("POST", 405)] {
        let mut client = Client::connect(reporter.address);
        client.send(&format!(
            "{method} /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\
             {size}\r\n{hidden}\r\n0\r\n\r\n"
        ));
        let answer = client.read(true).unwrap();
        assert_eq!(
            (answer.status, answer.header("Connection")),
            (status, Some("close"))
        );
        assert!(client.is_at_its_end());
    }
    assert_eq!(reporter.restarts(), 0);
}

#[test]
fn what_is_no_request_is_refused_and_nothing_behind_it_is_one() {
    let reporter = small();
    let hidden = "GET /latest HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let size = hidden.len();
    for (version, lines, said) in [
        (
            "1.1",
            format!("Content-Length: {size}\r\nContent-Length: 0\r\n"),
            "`Content-Length` is given twice",
        ),
        (
            "1.1",
            format!("Content-Length: 0\r\nContent-Length: {size}\r\n"),
            "`Content-Length` is given twice",
        ),
        (
            "1.1",
            "Host: localhost\r\n".to_owned(),
            "`Host` is given twice",
        ),
        ("0.9", String::new(), "expected HTTP/1.0 or HTTP/1.1"),
    ] {
        let mut client = Client::connect(reporter.address);
        client.send(&format!(
            "GET /health HTTP/{version}\r\nHost: localhost\r\n{lines}\r\n{hidden}"
        ));
        let answer = client.read(true).unwrap();
        assert_eq!(answer.status, 400, "{said}");
        assert_eq!(answer.header("Connection"), Some("close"), "{said}");
        assert!(answer.error().contains(said), "{}", answer.body);
        assert!(client.is_at_its_end(), "{said}");
    }
    assert_eq!(reporter.restarts(), 0);
}

#[test]
fn a_length_that_is_a_lie_holds_no_thread_and_takes_no_memory() {
    let reporter = small();
    let mut open = Vec::new();
    for length in [
        "100000",
        "1000000",
        "10000000000",
        "18446744073709551615",
        "99999999999999999999",
        "-1",
        "x",
    ] {
        for expect in ["", "Expect: 100-continue\r\n"] {
            let mut stream = raw(&reporter);
            let head = format!(
                "POST /latest HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n{expect}\r\n"
            );
            stream.write_all(head.as_bytes()).unwrap();
            let _ = stream.write_all(b"not as much as that");
            open.push(stream);
        }
    }
    for _ in 0..20 {
        assert_eq!(get(reporter.address, "/latest").status, 200);
    }
    for mut stream in open {
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(
            answer.is_empty() || answer.starts_with(b"HTTP/1.1 405"),
            "cut, with a word or without"
        );
    }
    assert_eq!(reporter.restarts(), 0);
}

#[test]
fn connections_that_come_at_one_moment_are_all_answered_while_all_stay_open() {
    let reporter = small();
    for _ in 0..5 {
        let mut clients: Vec<_> = (0..24).map(|_| Client::connect(reporter.address)).collect();
        for client in &mut clients {
            client.send("GET /latest?match=load.1m HTTP/1.1\r\nHost: localhost\r\n\r\n");
        }
        for client in &mut clients {
            assert_eq!(client.read(true).unwrap().status, 200);
        }
    }
    assert_eq!(reporter.restarts(), 0);
}
