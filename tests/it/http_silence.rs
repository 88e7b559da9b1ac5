//! Connections that stay and say nothing, or half of something: they are ended, and who asks now and then is not
//! disturbed. tiny_http sets them no limit.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::http_hostile::{raw, small};

const CUT: &str = "goodall_http_cut_connections_total";

/// Whether the other side has ended a connection that it had nothing to say to.
fn is_ended(stream: &mut TcpStream) -> bool {
    stream
        .set_read_timeout(Some(Duration::from_millis(1)))
        .unwrap();
    match stream.read(&mut [0; 1]) {
        Ok(count) => count == 0,
        Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}

#[test]
fn half_a_head_is_given_up_however_it_trickles_and_who_polls_is_not() {
    let reporter = small();
    let mut polite = Client::connect(reporter.address);
    let mut halves: Vec<TcpStream> = (0..3).map(|_| raw(&reporter)).collect();
    for half in &mut halves {
        half.write_all(b"GET /latest HTTP/1.1\r\nX: ").unwrap();
    }
    // what stays open behind an answer is a head too, once it has begun
    let mut behind = Client::connect(reporter.address);
    assert_eq!(behind.get("/").status, 200);
    std::thread::sleep(Duration::from_millis(50));
    behind.send("GET /latest HTTP/1.1\r\n");
    let give_up = Instant::now() + Duration::from_secs(60);
    while !halves.iter_mut().all(is_ended) {
        assert!(Instant::now() < give_up, "it is kept for ever");
        let _ = halves[0].write_all(b"y");
        assert_eq!(polite.get("/latest?match=load.1m").status, 200);
        std::thread::sleep(Duration::from_millis(500));
    }
    assert!(behind.is_at_its_end());
    assert_eq!(polite.get("/").status, 200);
    assert_eq!(reporter.counted(CUT), 4);
    assert_eq!(reporter.restarts(), 0);
}

#[test]
fn of_too_many_that_are_silent_the_oldest_are_ended() {
    const MANY: usize = 70;
    let reporter = small();
    assert!(reporter.answers());
    let descriptors = || {
        let folder = format!("/proc/{}/fd", reporter.pid());
        std::fs::read_dir(folder).unwrap().count()
    };
    let before = descriptors();
    let mut clients: Vec<_> = (0..MANY)
        .map(|_| {
            let mut client = Client::connect(reporter.address);
            assert_eq!(client.get("/").status, 200);
            client
        })
        .collect();
    let give_up = Instant::now() + Duration::from_secs(20);
    // two a connection
    while descriptors() > before + 2 * 64 {
        assert!(Instant::now() < give_up, "{} are open", descriptors());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(clients[0].is_at_its_end(), "it was silent for longest");
    for kept in &mut clients[MANY - 50..] {
        assert_eq!(kept.get("/").status, 200);
    }
    assert_eq!((reporter.counted(CUT), reporter.restarts()), (0, 0));
}

/// Numbers that are the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).unwrap()
    }
}

#[test]
fn any_mixture_of_requests_halves_and_garbage_leaves_it_answering() {
    const PIECES: [&[u8]; 14] = [
        b"GET /latest HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"HEAD /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /dump.csv?since=2s HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhe",
        b"GET /latest HTTP/1.1\r\nHost: localhost\r\nExpect: what\r\n\r\n",
        b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
        b"GET /%zz?match=\xff HTTP/1.1\r\n\r\n",
        b"GET / HTTP/7.3\r\n\r\n",
        b"GET / HTTP/1.1\r\nno header\r\n\r\n",
        b"\r\n\r\n",
        b"GET /",
        b"\x16\x03\x01\0\xff",
        b"\n\n\0",
    ];
    let reporter = small();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut open: Vec<TcpStream> = Vec::new();
    for round in 0..600 {
        let mut stream = raw(&reporter);
        for _ in 0..=dice.throw(4) {
            let piece = PIECES[dice.throw(PIECES.len())];
            let size = if dice.throw(4) == 0 {
                dice.throw(piece.len() + 1)
            } else {
                piece.len()
            };
            let _ = stream.write_all(&piece[..size]);
        }
        match dice.throw(3) {
            0 => drop(stream),
            1 => {
                let _ = stream.shutdown(std::net::Shutdown::Write);
                open.push(stream);
            }
            _ => open.push(stream),
        }
        if open.len() > 40 {
            open.swap_remove(dice.throw(40));
        }
        if round % 50 == 0 {
            assert!(reporter.answers());
        }
    }
    assert!(reporter.answers());
    drop(open);
    let give_up = Instant::now() + Duration::from_secs(30);
    let threads = || reporter.status_of("Threads:");
    while threads() > 14 {
        assert!(Instant::now() < give_up, "{} threads are left", threads());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(reporter.restarts(), 0);
}
