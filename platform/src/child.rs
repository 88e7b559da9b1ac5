//! Descriptors handed to a child: close-on-exec stays set in this process and is lifted only in the child,
//! between fork and exec.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The first descriptor that a child is handed: those before it are its standard three.
pub const FIRST_FD: RawFd = 3;

/// Hands `fds` to the child as 3, 4, 5, ... in order. They must stay open until the command is spawned.
/// (std reports a failed exec through a descriptor of its own, which this may close: such a child is seen
/// to end with status 1 instead.)
pub fn hand_over(command: &mut Command, fds: &[BorrowedFd<'_>]) {
    let fds: Vec<RawFd> = fds.iter().map(AsRawFd::as_raw_fd).collect();
    let beyond = FIRST_FD + RawFd::try_from(fds.len()).expect("a handful of descriptors");
    let mut parked = vec![0; fds.len()];
    let place = move || {
        // All are copied out of the way first, so that none is overwritten before it has its place.
        for (copy, &fd) in parked.iter_mut().zip(&fds) {
            *copy = duplicate_from(fd, beyond)?;
        }
        for (&copy, target) in parked.iter().zip(FIRST_FD..) {
            place_at(copy, target)?;
        }
        Ok(())
    };
    // SAFETY: the closure runs between fork and exec, where only async-signal-safe calls are allowed: it
    // calls fcntl(2) and dup2(2), walks memory that was made before the fork, and allocates nothing.
    unsafe { command.pre_exec(place) };
}

/// A copy of `fd` at `lowest` or above, closed on exec.
fn duplicate_from(fd: RawFd, lowest: RawFd) -> io::Result<RawFd> {
    // SAFETY: F_DUPFD_CLOEXEC takes numbers; a bad one is an error.
    let copy = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, lowest) };
    if copy < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(copy)
    }
}

/// A copy of `fd` at just `target`, open over exec.
fn place_at(fd: RawFd, target: RawFd) -> io::Result<()> {
    // SAFETY: dup2(2) takes numbers; a bad one is an error.
    let result = unsafe { libc::dup2(fd, target) };
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::fd::AsFd;
    use std::process::Stdio;

    use super::*;

    #[test]
    fn a_child_finds_its_descriptors_at_three_and_on() {
        let (mut reader, writer) = io::pipe().unwrap();
        let (mut other, other_writer) = io::pipe().unwrap();
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", "echo one >&4; echo two >&3"])
            .stdin(Stdio::null());
        hand_over(&mut command, &[other_writer.as_fd(), writer.as_fd()]);
        assert!(command.spawn().unwrap().wait().unwrap().success());
        drop((writer, other_writer, command));
        let (mut first, mut second) = (String::new(), String::new());
        reader.read_to_string(&mut first).unwrap();
        other.read_to_string(&mut second).unwrap();
        assert_eq!((first.as_str(), second.as_str()), ("one\n", "two\n"));
    }
}
