//! Waiting for many descriptors at once: poll(2). Takes no memory while the number of descriptors does not grow.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

/// What is waited for, and what came of it.
#[derive(Debug, Default)]
pub struct Poll {
    entries: Vec<libc::pollfd>,
}

/// A descriptor's place in a [`Poll`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(usize);

impl Poll {
    /// Waits for nothing yet.
    pub fn new() -> Poll {
        Poll::default()
    }

    /// Forgets all descriptors.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Waits for what can be read of `fd`, and for its end.
    pub fn readable(&mut self, fd: BorrowedFd<'_>) -> Place {
        self.add(fd.as_raw_fd(), libc::POLLIN)
    }

    fn add(&mut self, fd: RawFd, events: libc::c_short) -> Place {
        self.entries.push(libc::pollfd {
            fd,
            events,
            revents: 0,
        });
        Place(self.entries.len() - 1)
    }

    /// Waits until something is ready or `patience` is over; a signal ends it early, with nothing ready.
    pub fn wait(&mut self, patience: Duration) {
        // rounded up: what is due must be due when it returns
        let ms = patience.as_nanos().div_ceil(1_000_000);
        let ms = libc::c_int::try_from(ms).unwrap_or(libc::c_int::MAX);
        let count = libc::nfds_t::try_from(self.entries.len()).expect("a few descriptors");
        // SAFETY: poll(2) reads and writes `count` entries, which is how many there are, and keeps no pointer.
        let result = unsafe { libc::poll(self.entries.as_mut_ptr(), count, ms) };
        if result < 0 {
            for entry in &mut self.entries {
                entry.revents = 0;
            }
        }
    }

    /// Whether there is something to read, or an end or an error to see.
    pub fn is_ready(&self, place: Place) -> bool {
        self.entries[place.0].revents != 0
    }
}

/// Makes reads and writes of the file behind `fd` return at once, for all that share it.
pub fn set_nonblocking(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: F_GETFL takes a number only.
    let flags = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) };
    if flags < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: F_SETFL takes numbers only.
    if unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn what_can_be_read_is_ready_and_nothing_else() {
        let (mut reader, mut writer) = io::pipe().unwrap();
        let (idle, _open) = io::pipe().unwrap();
        set_nonblocking(reader.as_fd()).unwrap();
        let error = reader.read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        writer.write_all(b"x").unwrap();
        let mut poll = Poll::new();
        let (first, second) = (poll.readable(reader.as_fd()), poll.readable(idle.as_fd()));
        poll.wait(Duration::from_secs(10));
        assert!(poll.is_ready(first) && !poll.is_ready(second));
        reader.read_exact(&mut [0]).unwrap();
        drop(writer);
        poll.clear();
        let first = poll.readable(reader.as_fd());
        poll.wait(Duration::from_secs(10));
        assert!(poll.is_ready(first), "an end is seen");
    }
}
