//! When to look at `/sys/class/net` anew. Opening and reading an attribute costs some 10 us, and asking for
//! the speed may cost a driver milliseconds; so the kernel's word that an interface changed is awaited: a
//! socket of rtnetlink(7) in the group of links. What the messages say is not read; that one came is enough.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::{Duration, Instant};

use crate::roots::Roots;

/// How old what was read may be where the kernel tells of changes: it does not tell of all.
const AGE_MAX_WATCHED: Duration = Duration::from_secs(60);
/// And where it does not.
const AGE_MAX: Duration = Duration::from_secs(10);

/// Says when to look anew.
#[derive(Debug)]
pub(super) struct Looks {
    watch: Option<Watch>,
    /// When it was looked last.
    looked: Option<Instant>,
}

impl Looks {
    /// Not looked yet. A relocated `/sys` may show another namespace's interfaces than those that this
    /// process hears of, so there nothing is heard of.
    pub(super) fn at(roots: &Roots) -> Looks {
        let is_own = roots.sys.as_os_str() == "/sys";
        Looks {
            watch: if is_own { Watch::open().ok() } else { None },
            looked: None,
        }
    }

    /// Whether to look now; if so, it counts as done.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        let (told, age_max) = match &self.watch {
            Some(watch) => (watch.changed(), AGE_MAX_WATCHED),
            None => (false, AGE_MAX),
        };
        let is_old = |looked: Instant| now.duration_since(looked) >= age_max;
        let due = told || self.looked.is_none_or(is_old);
        if due {
            self.looked = Some(now);
        }
        due
    }
}

/// A socket that hears of changes of this network namespace's interfaces.
#[derive(Debug)]
struct Watch(OwnedFd);

impl Watch {
    /// Starts to listen.
    fn open() -> io::Result<Watch> {
        let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        // SAFETY: socket(2) takes plain numbers.
        let fd = unsafe { libc::socket(libc::AF_NETLINK, kind, libc::NETLINK_ROUTE) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: socket has just made this descriptor, and nobody else has it.
        let socket = unsafe { OwnedFd::from_raw_fd(fd) };
        // SAFETY: sockaddr_nl is plain numbers, for which all zeros are a value.
        let mut address: libc::sockaddr_nl = unsafe { mem::zeroed() };
        address.nl_family = libc::sa_family_t::try_from(libc::AF_NETLINK).unwrap_or_default();
        address.nl_groups = libc::RTMGRP_LINK.cast_unsigned();
        let size = libc::socklen_t::try_from(size_of_val(&address)).unwrap_or_default();
        // SAFETY: `address` is a sockaddr_nl of `size` bytes, alive for the call.
        let bound = unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), size) };
        if bound < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Watch(socket))
    }

    /// Whether anything changed since the last call. Reads all that waits.
    fn changed(&self) -> bool {
        let mut changed = false;
        loop {
            let mut byte = 0_u8;
            // SAFETY: the buffer is one byte, alive for the call; what does not fit of a message is dropped.
            let length = unsafe {
                libc::recv(
                    self.0.as_raw_fd(),
                    (&raw mut byte).cast(),
                    1,
                    libc::MSG_DONTWAIT,
                )
            };
            let error = io::Error::last_os_error();
            match length {
                0.. => changed = true,
                // Too many came to be kept (`ENOBUFS`): something changed.
                _ if error.raw_os_error() == Some(libc::ENOBUFS) => changed = true,
                _ if error.kind() == io::ErrorKind::Interrupted => {}
                _ => return changed,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts this thread into a network namespace of its own; false where that is not allowed.
    fn is_apart() -> bool {
        // SAFETY: unshare(2) takes a plain number, and changes this thread alone.
        unsafe { libc::unshare(libc::CLONE_NEWNET) == 0 }
    }

    fn set_loopback_up() {
        // SAFETY: ifreq is plain bytes, for which all zeros are a value.
        let mut request: libc::ifreq = unsafe { mem::zeroed() };
        for (place, byte) in request.ifr_name.iter_mut().zip(*b"lo") {
            *place = libc::c_char::try_from(byte).unwrap();
        }
        request.ifr_ifru.ifru_flags = libc::c_short::try_from(libc::IFF_UP).unwrap();
        let socket = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
        // SAFETY: SIOCSIFFLAGS reads an ifreq, which is alive for the call.
        let done =
            unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) };
        assert_eq!(done, 0);
    }

    #[test]
    fn a_change_is_told_once() {
        let apart = std::thread::spawn(|| {
            if !is_apart() {
                eprintln!("not allowed to make a network namespace: nothing was tried");
                return;
            }
            let watch = Watch::open().unwrap();
            assert!(!watch.changed());
            set_loopback_up();
            assert!(watch.changed());
            assert!(!watch.changed());
        });
        apart.join().unwrap();
    }

    #[test]
    fn without_the_kernels_word_it_is_looked_every_10_seconds() {
        let roots = Roots {
            sys: "/nowhere".into(),
            ..Roots::default()
        };
        let mut looks = Looks::at(&roots);
        let start = Instant::now();
        let due_after = |seconds| start + Duration::from_secs(seconds);
        let found: Vec<_> = [0, 1, 9, 10, 11, 19, 20]
            .map(due_after)
            .map(|now| looks.is_due(now))
            .into();
        assert_eq!(found, [true, false, false, true, false, false, true]);
    }
}
