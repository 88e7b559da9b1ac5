//! Open connections, found by their descriptors, which the HTTP library keeps to itself: to cut one by its
//! peer's address, and to see which nobody reads. getpeername(2), shutdown(2), poll(2), FIONREAD, SO_COOKIE.

use std::io;
use std::mem;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

use crate::outgoing::unsent_of;
use crate::socket::{WRITE_WAIT, set_timeout, size_of_option};
#[cfg(target_os = "linux")]
use crate::socket::{read_option, set};

/// Ends the connection of that peer at once, both ways; false where there is none.
pub fn cut(peer: SocketAddr) -> bool {
    shut(peer, libc::SHUT_RDWR)
}

/// As [`cut`], but that peer can still be written to: what it has yet to send is never read.
pub fn cut_reading(peer: SocketAddr) -> bool {
    shut(peer, libc::SHUT_RD)
}

fn shut(peer: SocketAddr, how: libc::c_int) -> bool {
    // SAFETY: shutdown(2) takes numbers; it ends what is sent or received, and closes nothing.
    let shut = |fd| unsafe { libc::shutdown(fd, how) } == 0;
    of_peer(peer, shut).unwrap_or(false)
}

/// As [`cut`], if the connection of that peer has this number: see [`Unread::id`].
pub fn cut_one(peer: SocketAddr, id: u64) -> bool {
    // SAFETY: as above.
    let cut = |fd| id_of(fd) == Some(id) && unsafe { libc::shutdown(fd, libc::SHUT_RDWR) } == 0;
    of_peer(peer, cut).unwrap_or(false)
}

/// What of the bytes that were written to that peer its host has not acknowledged; none where it is gone.
pub fn unacknowledged(peer: SocketAddr) -> Option<usize> {
    of_peer(peer, |fd| unsent_of(fd).ok()).flatten()
}

/// Leaves it to us how long that peer may take. Linux counts its own limit, which a connection has from its
/// listener (tcp(7), TCP_USER_TIMEOUT), from when the window was shut until what waits fits into it whole, so that
/// a peer with small buffers that reads steadily runs into it.
pub fn lift_limit(peer: SocketAddr) {
    // Where it fails, the connection has been ended, or keeps its limit.
    let _ = of_peer(peer, lift_limit_of);
}

#[cfg(target_os = "linux")]
fn lift_limit_of(fd: RawFd) {
    let _ = set(fd, libc::IPPROTO_TCP, libc::TCP_USER_TIMEOUT, 0);
}

/// There is none.
#[cfg(target_os = "macos")]
fn lift_limit_of(_: RawFd) {}

/// What `work` does with the connection of that peer. Of its descriptors each may be closed at any time, and
/// its number given to the next connection; so the work is done by one of our own, once that is seen to be of
/// this peer. Where there is none to be had, the number must do.
fn of_peer<T>(peer: SocketAddr, work: impl Fn(RawFd) -> T) -> Option<T> {
    let is_of_peer = |fd: RawFd| {
        peer_of(fd).is_some_and(|found| found.ip() == peer.ip() && found.port() == peer.port())
    };
    let mut found = connections().filter(|&fd| is_of_peer(fd));
    found.find_map(|fd| match duplicate(fd) {
        Ok(own) => is_of_peer(own.as_raw_fd()).then(|| work(own.as_raw_fd())),
        Err(error) if error.raw_os_error() == Some(libc::EBADF) => None,
        Err(_) => Some(work(fd)),
    })
}

fn duplicate(fd: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: fcntl(2) takes numbers; one that is no descriptor is an error.
    match unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 3) } {
        -1 => Err(io::Error::last_os_error()),
        // SAFETY: the descriptor was made just now, and is nobody else's.
        own => Ok(unsafe { OwnedFd::from_raw_fd(own) }),
    }
}

/// Gives every accepted Unix connection the time-out of writes, and the same for reads: unlike TCP's
/// they inherit nothing from their listener.
pub fn time_unix_connections(read_wait: Duration) {
    for fd in connections() {
        if family_of_peer(fd) == Some(libc::AF_UNIX) {
            // One that was closed meanwhile is an error, and none of ours.
            let _ = set_timeout(fd, libc::SO_SNDTIMEO, WRITE_WAIT);
            let _ = set_timeout(fd, libc::SO_RCVTIMEO, read_wait);
        }
    }
}

/// Why a wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// A connection has come, or whatever else was waited for.
    Ready,
    /// The other end of the pipe is closed.
    End,
    /// The time is over.
    Time,
}

/// Descriptors waited for at once; more are not.
const WAITED_MAX: usize = 128;

/// Waits until there is something to take from one of `others`, the other end of `pipe` is closed, or the
/// time is over, whichever of these is given.
pub fn wait(
    others: &[BorrowedFd<'_>],
    pipe: Option<BorrowedFd<'_>>,
    time: Option<Duration>,
) -> io::Result<Woken> {
    let pipe = pipe.map_or(-1, |pipe| pipe.as_raw_fd()); // poll(2) passes over a negative number
    // No memory is taken: who waits for long has given back what code it can.
    let mut fds = [waited_for(-1); WAITED_MAX];
    let all = std::iter::once(pipe).chain(others.iter().map(AsRawFd::as_raw_fd));
    let count = fds
        .iter_mut()
        .zip(all)
        .map(|(fd, number)| fd.fd = number)
        .count();
    let fds = &mut fds[..count];
    let forever = -1;
    let ms = time.map_or(forever, |time| {
        // rounded up: what is due must be due when it returns
        let ms = u64::from(time.subsec_nanos().div_ceil(1_000_000));
        let ms = time.as_secs().saturating_mul(1000).saturating_add(ms);
        libc::c_int::try_from(ms).unwrap_or(libc::c_int::MAX)
    });
    loop {
        match poll(fds, ms) {
            0 => return Ok(Woken::Time),
            ready if ready > 0 && fds[0].revents != 0 => return Ok(Woken::End),
            ready if ready > 0 => return Ok(Woken::Ready),
            _ => {
                let error = io::Error::last_os_error();
                if error.kind() != io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
        }
    }
}

/// A connection whose bytes nobody has read yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread {
    /// A number that no other connection has.
    pub id: u64,
    /// Another number once more bytes have come, over TCP on Linux.
    pub came: u32,
}

/// The connections whose bytes nobody has read yet. Says how many descriptors are open.
pub fn unread_connections(into: &mut Vec<Unread>) -> usize {
    const AT_ONCE: usize = 256;
    into.clear();
    let mut open = 0;
    let mut numbers = connections();
    loop {
        // all in one call, which passes over numbers that are none
        let mut fds = [waited_for(-1); AT_ONCE];
        let batch = fds.iter_mut().zip(&mut numbers);
        let count = batch.map(|(fd, number)| fd.fd = number).count();
        if count == 0 {
            return open;
        }
        let fds = &mut fds[..count];
        poll(fds, 0);
        for fd in fds {
            open += usize::from(fd.revents & libc::POLLNVAL == 0);
            if fd.revents & libc::POLLIN != 0
                && is_unread(fd.fd)
                && let Some(id) = id_of(fd.fd)
                && !into.iter().any(|unread| unread.id == id)
            {
                let came = segments_come(fd.fd);
                into.push(Unread { id, came });
            }
        }
    }
}

fn waited_for(fd: RawFd) -> libc::pollfd {
    libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    }
}

fn poll(fds: &mut [libc::pollfd], ms: libc::c_int) -> libc::c_int {
    let count = libc::nfds_t::try_from(fds.len()).expect("a few descriptors");
    // SAFETY: poll(2) reads and writes `count` elements of `fds`, which has so many.
    unsafe { libc::poll(fds.as_mut_ptr(), count, ms) }
}

fn is_unread(fd: RawFd) -> bool {
    let mut bytes: libc::c_int = 0;
    // SAFETY: FIONREAD writes one int at `bytes`; a closed descriptor is an error.
    let result = unsafe { libc::ioctl(fd, libc::FIONREAD, &raw mut bytes) };
    result == 0 && bytes > 0 && peer_name(fd).is_some()
}

/// A number that no other connection has, nor ever had; two descriptors of one connection have one.
#[cfg(target_os = "linux")]
pub(crate) fn id_of(fd: RawFd) -> Option<u64> {
    /// As all architectures that we are built for have it (asm-generic/socket.h).
    const SO_COOKIE: libc::c_int = 57;
    let mut words = [0; 2];
    let count = read_option(fd, libc::SOL_SOCKET, SO_COOKIE, &mut words).ok()?;
    (count == words.len()).then(|| u64::from(words[0]) | u64::from(words[1]) << 32)
}

/// How many segments with data a connection has received: tcp_info of linux/tcp.h, from Linux 4.6 on.
#[cfg(target_os = "linux")]
fn segments_come(fd: RawFd) -> u32 {
    /// tcpi_data_segs_in, in words of four bytes.
    const AT: usize = 38;
    let mut info = [0; AT + 1];
    match read_option(fd, libc::IPPROTO_TCP, libc::TCP_INFO, &mut info) {
        Ok(count) if count == info.len() => info[AT],
        _ => 0,
    }
}

#[cfg(target_os = "macos")]
fn segments_come(_: RawFd) -> u32 {
    0
}

/// macOS numbers no connections: the descriptor must do.
#[cfg(target_os = "macos")]
fn id_of(fd: RawFd) -> Option<u64> {
    u64::try_from(fd).ok()
}

/// Every number that may be a descriptor here.
pub(crate) fn connections() -> std::ops::Range<RawFd> {
    const NONE_BEYOND: RawFd = 4096;
    // SAFETY: sysconf(3) takes a number.
    let limit = unsafe { libc::sysconf(libc::_SC_OPEN_MAX) };
    3..RawFd::try_from(limit).map_or(NONE_BEYOND, |limit| limit.min(NONE_BEYOND))
}

fn family_of_peer(fd: RawFd) -> Option<libc::c_int> {
    peer_name(fd).map(|name| libc::c_int::from(name.ss_family))
}

pub(crate) fn peer_of(fd: RawFd) -> Option<SocketAddr> {
    let name = peer_name(fd)?;
    let name = &raw const name;
    // SAFETY: a sockaddr_storage begins with the family, whatever that is (socket(7)).
    let family = unsafe { (*name).ss_family };
    match libc::c_int::from(family) {
        libc::AF_INET => {
            // SAFETY: by its family it is a sockaddr_in, for which a sockaddr_storage is large and
            // aligned enough.
            let name = unsafe { *name.cast::<libc::sockaddr_in>() };
            let address = Ipv4Addr::from(u32::from_be(name.sin_addr.s_addr));
            let address = IpAddr::from(address);
            Some(SocketAddr::new(address, u16::from_be(name.sin_port)))
        }
        libc::AF_INET6 => {
            // SAFETY: as above, a sockaddr_in6.
            let name = unsafe { *name.cast::<libc::sockaddr_in6>() };
            let address = IpAddr::from(name.sin6_addr.s6_addr);
            Some(SocketAddr::new(address, u16::from_be(name.sin6_port)))
        }
        _ => None,
    }
}

fn peer_name(fd: RawFd) -> Option<libc::sockaddr_storage> {
    // SAFETY: a sockaddr_storage is numbers only, for which zeros are a value.
    let mut name: libc::sockaddr_storage = unsafe { mem::zeroed() };
    let mut size = size_of_option::<libc::sockaddr_storage>();
    // SAFETY: getpeername(2) writes at most `size` bytes at `name`, which has so many; a number that is no
    // connected socket is an error.
    let result = unsafe { libc::getpeername(fd, (&raw mut name).cast(), &raw mut size) };
    (result == 0).then_some(name)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd;

    use super::*;

    fn listening() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    #[test]
    fn a_wait_tells_a_connection_from_the_end_and_from_the_time() {
        let (listener, address) = listening();
        let (end, other_end) = io::pipe().unwrap();
        let wait = |time| wait(&[listener.as_fd()], Some(end.as_fd()), time).unwrap();
        assert_eq!(wait(Some(Duration::ZERO)), Woken::Time);
        let mut client = TcpStream::connect(address).unwrap();
        client.write_all(b"x").unwrap();
        assert_eq!(wait(None), Woken::Ready);
        drop(other_end);
        assert_eq!(wait(None), Woken::End);
    }

    #[test]
    fn a_connection_whose_bytes_nobody_reads_is_seen_once() {
        let (listener, address) = listening();
        let mut client = TcpStream::connect(address).unwrap();
        client.write_all(b"x").unwrap();
        let (mut connection, _) = listener.accept().unwrap();
        let twin = connection.try_clone().unwrap();
        let id = id_of(connection.as_raw_fd()).unwrap();
        #[cfg(target_os = "linux")]
        assert_eq!(id_of(twin.as_raw_fd()), Some(id));
        let seen = || {
            let mut unread = Vec::new();
            assert!(unread_connections(&mut unread) > 3);
            unread.retain(|unread| unread.id == id);
            unread
        };
        let first = seen();
        assert_eq!(first.len(), 1);
        connection.read_exact(&mut [0; 1]).unwrap();
        assert_eq!(seen(), []);
        client.write_all(b"x").unwrap();
        connection.peek(&mut [0; 1]).unwrap();
        let second = seen();
        assert_eq!(second.len(), 1);
        #[cfg(target_os = "linux")]
        assert_ne!(first[0].came, second[0].came);
        drop(twin);
    }

    #[test]
    fn a_connection_that_takes_the_place_of_one_that_is_cut_goes_on() {
        let (listener, address) = listening();
        let connect = || TcpStream::connect(address).unwrap();
        let mut broken = 0;
        for _ in 0..4_000 {
            let (first, mut second) = (connect(), connect());
            let accepted = listener.accept().unwrap().0;
            let _held = accepted.try_clone().unwrap();
            let peer = first.local_addr().unwrap();
            let both = std::sync::Barrier::new(2);
            let mut next = std::thread::scope(|scope| {
                let next = scope.spawn(|| {
                    both.wait();
                    drop(accepted);
                    listener.accept().unwrap().0
                });
                both.wait();
                cut(peer);
                next.join().unwrap()
            });
            let _ = next.write_all(b"x");
            if second.read(&mut [0; 1]).unwrap_or(0) == 0 {
                broken += 1;
            }
        }
        assert_eq!(broken, 0);
    }

    #[test]
    fn a_peer_that_is_cut_reads_the_end() {
        let (listener, address) = listening();
        let mut client = TcpStream::connect(address).unwrap();
        let mut other = TcpStream::connect(address).unwrap();
        client.write_all(b"x").unwrap();
        other.write_all(b"x").unwrap();
        let accepted = [listener.accept().unwrap(), listener.accept().unwrap()];
        assert!(cut(client.local_addr().unwrap()));
        assert_eq!(client.read(&mut [0; 8]).unwrap(), 0);
        for (mut connection, peer) in accepted {
            if peer == other.local_addr().unwrap() {
                connection.write_all(b"y").unwrap();
            }
        }
        assert_eq!(other.read(&mut [0; 8]).unwrap(), 1);
    }
}
