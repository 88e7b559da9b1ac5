//! How long open connections have been silent, as the kernel knows it: TCP_INFO of tcp(7). On macOS it does not
//! say, and there are none here; nor are there any of Unix sockets.

use std::net::SocketAddr;
use std::time::Duration;

/// An open TCP connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Talk {
    /// A number that no other connection has, nor ever had.
    pub id: u64,
    /// The other side.
    pub peer: SocketAddr,
    /// Since its last byte, or since the connection was made.
    pub heard: Duration,
    /// Since ours, or since the connection was made.
    pub said: Duration,
    /// Whether it has said something that we have said nothing after.
    pub is_unanswered: bool,
}

/// What of tcp_info (linux/tcp.h, from Linux 4.6 on) is looked at, in words of four bytes.
#[cfg(target_os = "linux")]
mod word {
    pub const LAST_DATA_SENT: usize = 11;
    pub const LAST_DATA_RECV: usize = 13;
    pub const DATA_SEGS_IN: usize = 38;
    pub const DATA_SEGS_OUT: usize = 39;
    pub const COUNT: usize = 40;
}

/// The connections that neither side's host has ended.
#[cfg(target_os = "linux")]
pub fn talks(into: &mut Vec<Talk>) {
    use crate::connection::{connections, id_of, peer_of};
    into.clear();
    for fd in connections() {
        if let Some(peer) = peer_of(fd)
            && let Some(id) = id_of(fd)
            && !into.iter().any(|talk| talk.id == id)
        {
            into.extend(talk(fd, id, peer));
        }
    }
}

/// As it stands with one descriptor, if that is a connection.
#[cfg(target_os = "linux")]
fn talk(fd: std::os::fd::RawFd, id: u64, peer: SocketAddr) -> Option<Talk> {
    /// tcpi_state, the first byte (net/tcp_states.h).
    const ESTABLISHED: u32 = 1;
    let mut info = [0; word::COUNT];
    let count =
        crate::socket::read_option(fd, libc::IPPROTO_TCP, libc::TCP_INFO, &mut info).ok()?;
    let state = u32::from_le(info[0]) & 0xff;
    if count < word::COUNT || state != ESTABLISHED {
        return None;
    }
    let ms = |word: usize| Duration::from_millis(u64::from(info[word]));
    let (heard, said) = (ms(word::LAST_DATA_RECV), ms(word::LAST_DATA_SENT));
    // An answer of the same millisecond or few is taken for one.
    let is_answered = info[word::DATA_SEGS_OUT] > 0 && said <= heard;
    Some(Talk {
        id,
        peer,
        heard,
        said,
        is_unanswered: info[word::DATA_SEGS_IN] > 0 && !is_answered,
    })
}

/// The connections that neither side's host has ended.
#[cfg(target_os = "macos")]
pub fn talks(into: &mut Vec<Talk>) {
    into.clear();
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, TcpListener, TcpStream};
    use std::thread;

    use super::*;
    use crate::connection::cut_one;

    #[test]
    fn who_spoke_last_is_known_and_for_how_long_all_were_silent() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut accepted, peer) = listener.accept().unwrap();
        let _twin = accepted.try_clone().unwrap();
        let seen = || {
            let mut talks = Vec::new();
            super::talks(&mut talks);
            let own: Vec<_> = talks.iter().filter(|talk| talk.peer == peer).collect();
            assert_eq!(own.len(), 1);
            *own[0]
        };
        let until = |what: &str, is_so: &dyn Fn(&Talk) -> bool| {
            let give_up = std::time::Instant::now() + Duration::from_secs(20);
            while !is_so(&seen()) {
                assert!(std::time::Instant::now() < give_up, "{what}: {:?}", seen());
                thread::sleep(Duration::from_millis(5));
            }
        };
        assert!(!seen().is_unanswered, "nothing was said");
        client.write_all(b"GET").unwrap();
        until("the client spoke", &|talk| talk.is_unanswered);
        thread::sleep(Duration::from_millis(30));
        accepted.read_exact(&mut [0; 3]).unwrap();
        accepted.write_all(b"answer").unwrap();
        until("it is answered", &|talk| !talk.is_unanswered);
        assert!(seen().said < seen().heard);
        until("time goes by", &|talk| {
            talk.said >= Duration::from_millis(30)
        });
        client.write_all(b"GET").unwrap();
        until("it spoke again", &|talk| {
            talk.is_unanswered && talk.heard < talk.said
        });
        assert!(!cut_one(peer, seen().id + 1), "another connection");
        assert!(cut_one(peer, seen().id));
        client.read_exact(&mut [0; 6]).unwrap();
        assert_eq!(client.read(&mut [0; 1]).unwrap(), 0);
    }
}
