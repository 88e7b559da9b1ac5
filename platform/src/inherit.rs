//! Descriptors that this process was started with: handed over by a parent, or by systemd's socket
//! activation (sd_listen_fds(3)). What marks them is that close-on-exec is not set.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use crate::child::FIRST_FD;

/// More than this is no list of sockets, but a broken variable.
const ACTIVATED_MAX: RawFd = 64;

/// Takes an inherited descriptor: once, and only one that is open and was inherited.
pub fn take(fd: RawFd) -> io::Result<OwnedFd> {
    if fd < FIRST_FD {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "descriptors 0 to 2 are the standard ones; expected 3 or more",
        ));
    }
    // SAFETY: F_GETFD takes a number; a closed descriptor is an error.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFD) };
    if flags < 0 {
        return Err(io::Error::last_os_error());
    }
    if flags & libc::FD_CLOEXEC != 0 {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "this descriptor was not inherited",
        ));
    }
    // SAFETY: F_SETFD takes numbers.
    if unsafe { libc::fcntl(fd, libc::F_SETFD, flags | libc::FD_CLOEXEC) } < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is open, and nothing in this process owns it: std and this crate open all
    // theirs with close-on-exec, this one had it not, and has it from now on, so it is taken but once.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// The descriptors of systemd's socket activation: `LISTEN_FDS` from 3 on, where `LISTEN_PID` is this
/// process; none where the variables are absent or meant for another process.
pub fn activated() -> io::Result<Vec<OwnedFd>> {
    let number = |name| std::env::var(name).ok()?.trim().parse::<RawFd>().ok();
    if number("LISTEN_PID") != Some(std::process::id().cast_signed()) {
        return Ok(Vec::new());
    }
    let count = number("LISTEN_FDS").unwrap_or(0).clamp(0, ACTIVATED_MAX);
    (FIRST_FD..FIRST_FD + count).map(take).collect()
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn what_this_process_opened_itself_is_not_taken() {
        let file = std::fs::File::open("/dev/null").unwrap();
        let error = take(file.as_raw_fd()).unwrap_err();
        assert_eq!(error.to_string(), "this descriptor was not inherited");
    }

    #[test]
    fn the_standard_and_the_closed_are_not_taken() {
        assert!(take(1).is_err());
        assert_eq!(
            take(1_000_000).unwrap_err().raw_os_error(),
            Some(libc::EBADF)
        );
    }

    #[test]
    fn an_inherited_one_is_taken_once() {
        let file = std::fs::File::open("/dev/null").unwrap();
        // SAFETY: F_DUPFD takes numbers; the copy, without close-on-exec, is as one inherited.
        let copy = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_DUPFD, 100) };
        let taken = take(copy).unwrap();
        assert_eq!(taken.as_raw_fd(), copy);
        assert!(take(copy).is_err());
    }
}
