//! The main thread's work: to end with the parent, and to see that no connection is left lying. tiny_http
//! counts a thread as free until it has woken up; of connections that come at one moment, more may be left to
//! its free threads than there are, and then lie until one of these ends, or another connection comes
//! and finds no thread free: it is given a new one, which then takes up what lies. So where bytes stay
//! unread, such a connection is made. While no connection comes, nothing runs but a rest a minute.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::os::fd::{BorrowedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use goodall_platform::connection::{self, Woken};
use goodall_platform::socket::{Address, Listener};

/// When to look, after a connection has come.
const LOOKS: [Duration; 3] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(750),
];
/// From one rest to the next: a connection that is kept is not heard of here, and what it asks for takes memory too.
const REST_PAUSE: Duration = Duration::from_secs(60);
/// The same after a connection has come.
const REST_SOON: Duration = Duration::from_secs(10);
/// Connections made at one look: a new thread each.
const POKES_MAX: usize = 16;

/// Watches the sockets until the other end of `parent` is closed. It looks first of all: what came while
/// no reporter ran is accepted before the first wait. When no connection comes for a while, `rest`, and once a
/// minute from then on.
pub fn watch(
    listeners: &[Listener],
    parent: Option<BorrowedFd<'_>>,
    rest: &dyn Fn(),
) -> io::Result<()> {
    let (mut before, mut now) = (Vec::new(), Vec::new());
    let mut rested = None::<Instant>;
    loop {
        let (mut look, mut lying_before) = (0, usize::MAX);
        while let Some(&pause) = LOOKS.get(look) {
            if connection::wait(&[], parent, Some(pause))? == Woken::End {
                return Ok(());
            }
            std::mem::swap(&mut before, &mut now);
            connection::unread_connections(&mut now);
            let lying = lying(&before, &now);
            for _ in 0..lying.min(POKES_MAX) {
                listeners.iter().for_each(poke);
            }
            // While they become fewer it goes on fast; those that no thread helps must not cost much.
            look = match lying {
                0 => look + 1,
                _ if lying < lying_before => 0,
                _ => LOOKS.len() - 1,
            };
            lying_before = lying;
        }
        now.clear();
        let mut due = rested.map_or_else(Instant::now, |then| then + REST_SOON);
        loop {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                rest();
                rested = Some(Instant::now());
                due = Instant::now() + REST_PAUSE;
                continue;
            }
            match connection::wait(listeners, parent, Some(left))? {
                Woken::End => return Ok(()),
                Woken::Connection => break,
                Woken::Time => {}
            }
        }
    }
}

/// How many stayed unread from one look to the next.
fn lying(before: &[RawFd], now: &[RawFd]) -> usize {
    now.iter().filter(|fd| before.contains(fd)).count()
}

/// Makes a connection that is over at once. It says something, since one that says nothing may not be
/// accepted for seconds.
fn poke(listener: &Listener) {
    let said = match listener.address() {
        Ok(Address::Tcp(address)) => {
            TcpStream::connect(reachable(address)).and_then(|mut stream| stream.write_all(b"\n"))
        }
        Ok(Address::Unix(path)) => {
            UnixStream::connect(path).and_then(|mut stream| stream.write_all(b"\n"))
        }
        Err(error) => Err(error),
    };
    // Where it fails, there are too many connections already, and the next of them ends the process.
    drop(said);
}

/// An address at which we reach a socket that is bound to that one.
fn reachable(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_unread_lies() {
        assert_eq!(lying(&[], &[5, 6]), 0);
        assert_eq!(lying(&[4, 5], &[5, 6]), 1);
        assert_eq!(lying(&[4, 5], &[]), 0);
    }

    #[test]
    fn a_socket_bound_to_every_address_is_reached_by_loopback() {
        for (bound, reached) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("192.168.1.1:80", "192.168.1.1:80"),
        ] {
            let bound: SocketAddr = bound.parse().unwrap();
            assert_eq!(reachable(bound).to_string(), reached);
        }
    }
}
