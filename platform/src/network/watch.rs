//! The kernel's word that an interface changed: a socket of rtnetlink(7) in the group of links. What the
//! messages say is not read; that one came is enough to look anew.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// A socket that hears of changes of this network namespace's interfaces.
#[derive(Debug)]
pub(super) struct Watch(OwnedFd);

impl Watch {
    /// Starts to listen.
    pub(super) fn open() -> io::Result<Watch> {
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
    pub(super) fn changed(&self) -> bool {
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
}
