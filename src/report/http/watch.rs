//! The main thread's work: to end with the parent, and to see that no connection is left lying (`lying.rs`) or
//! stays for ever (`sweep.rs`). It is woken by a connection, and, since the door may have taken that before this
//! thread has seen it, by a request too. While neither comes, nothing runs but a rest a minute.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

use goodall_platform::bell::{self, Bell, Ear};
use goodall_platform::connection::{self, Woken};
use goodall_platform::silence;
use goodall_platform::socket::{Address, Listener};

use super::lying::Lying;
use super::streams::Streams;
use super::sweep::{self, Sweep};

/// From a connection or a request to the look around ...
const LOOK_PAUSE: Duration = Duration::from_millis(3);
/// ... and up to so long while they come all the time.
const LOOK_PAUSE_MAX: Duration = Duration::from_millis(24);
/// When none came for so long, they do not.
const QUIET: Duration = Duration::from_millis(200);
/// From one rest to the next: what is asked over a connection that is kept takes memory too.
const REST_PAUSE: Duration = Duration::from_secs(60);
/// The same after a connection has come.
const REST_SOON: Duration = Duration::from_secs(10);
/// With more descriptors open than that, there are more connections than are kept: two each, and some.
const CROWDED: usize = 2 * sweep::CONNECTIONS_MAX + 16;
/// How long a connection to ourselves may take.
const POKE_PATIENCE: Duration = Duration::from_secs(1);

/// What tells the watch of a request, while it listens.
#[derive(Debug)]
pub struct Doorbell {
    bell: Arc<Bell>,
    is_listened_for: AtomicBool,
}

impl Doorbell {
    /// The bell, and what hears it.
    pub fn new() -> io::Result<(Arc<Doorbell>, Ear)> {
        let (bell, ear) = bell::bell()?;
        let doorbell = Doorbell {
            bell,
            is_listened_for: AtomicBool::new(false),
        };
        Ok((Arc::new(doorbell), ear))
    }

    /// To be called at each request.
    pub fn ring(&self) {
        if self.is_listened_for.load(SeqCst) && self.is_listened_for.swap(false, SeqCst) {
            self.bell.ring();
        }
    }

    fn listen(&self) {
        self.is_listened_for.store(true, SeqCst);
    }
}

/// What is watched.
pub struct Watch<'a> {
    /// The sockets.
    pub listeners: &'a [Listener],
    /// Its other end is the parent's.
    pub parent: Option<BorrowedFd<'a>>,
    /// What the doors ring.
    pub doorbell: &'a Doorbell,
    /// What hears it.
    pub ear: Ear,
    /// Who is being answered.
    pub streams: &'a Streams,
}

/// What is done now and then.
pub struct Duties<'a> {
    /// When no connection comes for a while, and once a minute from then on.
    pub rest: &'a dyn Fn(),
    /// For each connection that was cut in the middle of a head.
    pub cut: &'a dyn Fn(),
}

impl Watch<'_> {
    /// Watches until the parent ends. It looks first of all: what came while no reporter ran is accepted
    /// before the first wait.
    pub fn run(self, duties: &Duties<'_>) -> io::Result<()> {
        let start = Instant::now();
        let (mut lying, mut sweep) = (Lying::default(), Sweep::default());
        let mut unread = Vec::new();
        let ear = std::iter::once(self.ear.as_fd());
        let told: Vec<_> = self.listeners.iter().map(AsFd::as_fd).chain(ear).collect();
        let (mut pause, mut came) = (LOOK_PAUSE, start);
        let (mut rested, mut rest_due) = (None::<Instant>, start);
        let (mut swept, mut sweep_due) = (start, None::<Instant>);
        loop {
            // What comes from here on is heard of.
            self.doorbell.listen();
            let open = connection::unread_connections(&mut unread);
            let (helped, again) = lying.look(&unread, open, start.elapsed());
            for _ in 0..helped {
                self.listeners.iter().for_each(poke);
            }
            if open > CROWDED {
                let soon = swept + sweep::PAUSE;
                sweep_due = Some(sweep_due.map_or(soon, |due| due.min(soon)));
            }
            let now = Instant::now();
            if sweep_due.is_some_and(|due| due <= now) {
                let again = self.sweep(&mut sweep, start.elapsed(), duties);
                (swept, sweep_due) = (now, again.map(|again| now + again));
                // what that ran, and what it found at an end, need not stay either
                rest_due = rested.map_or(now, |then| rest_due.min(then + REST_SOON));
            }
            if rest_due <= now {
                (duties.rest)();
                rested = Some(now);
                rest_due = now + REST_PAUSE;
            }
            let due = sweep_due.map_or(rest_due, |due| due.min(rest_due));
            let time = again.unwrap_or(due.saturating_duration_since(now));
            let others = if again.is_none() {
                told.as_slice()
            } else {
                &[]
            };
            match connection::wait(others, self.parent, Some(time))? {
                Woken::End => return Ok(()),
                Woken::Time => continue,
                Woken::Ready => self.ear.hear(),
            }
            pause = if came.elapsed() > QUIET {
                LOOK_PAUSE
            } else {
                (pause * 2).min(LOOK_PAUSE_MAX)
            };
            came = Instant::now();
            rest_due = rested.map_or(came, |then| rest_due.min(then + REST_SOON));
            let late = came + sweep::HEAD_MAX;
            sweep_due = Some(sweep_due.map_or(late, |due| due.min(late)));
            if connection::wait(&[], self.parent, Some(pause))? == Woken::End {
                return Ok(());
            }
        }
    }

    /// Cuts who is silent for too long; when to do so again.
    fn sweep(&self, sweep: &mut Sweep, now: Duration, duties: &Duties<'_>) -> Option<Duration> {
        let mut talks = Vec::new();
        silence::talks(&mut talks);
        let (overdue, again) = sweep.judge(&talks, &self.streams.at_work(), now);
        for one in overdue {
            if connection::cut_one(one.peer, one.id) && one.is_head {
                (duties.cut)();
            }
        }
        again
    }
}

/// Makes a connection that is over at once. It says something, since one that says nothing may not be
/// accepted for seconds.
fn poke(listener: &Listener) {
    let said = match listener.address() {
        Ok(Address::Tcp(address)) => TcpStream::connect_timeout(&reachable(address), POKE_PATIENCE)
            .and_then(|mut stream| stream.write_all(b"\n")),
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
    fn the_bell_is_rung_once_each_time_it_is_listened_for() {
        let (doorbell, ear) = Doorbell::new().unwrap();
        let is_heard = |ear: &Ear| {
            let woken = connection::wait(&[ear.as_fd()], None, Some(Duration::ZERO)).unwrap();
            ear.hear();
            woken == Woken::Ready
        };
        doorbell.ring();
        assert!(!is_heard(&ear));
        doorbell.listen();
        assert!(!is_heard(&ear));
        doorbell.ring();
        assert!(is_heard(&ear));
        doorbell.ring();
        assert!(!is_heard(&ear));
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
