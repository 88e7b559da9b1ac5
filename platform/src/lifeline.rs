//! A pipe that has a command's whole group told to end when this process is gone, however it went: the kernel sends TERM
//! to the owner of the read end once nobody holds the write end any more. fcntl(2): `F_SETOWN`, `F_SETSIG`, `O_ASYNC`.
//! Linux alone: on macOS the signal is SIGIO, which is ignored where a program does not ask for it.

use std::os::fd::OwnedFd;

/// What is to be kept for as long as the command may run.
#[derive(Debug)]
#[must_use = "the command is told to end as soon as this is dropped"]
pub struct Lifeline {
    _ours: Option<OwnedFd>,
}

#[cfg(not(target_os = "linux"))]
pub(crate) use self::elsewhere::Theirs;
#[cfg(target_os = "linux")]
pub(crate) use self::linux::Theirs;

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::os::fd::{AsRawFd, OwnedFd};

    use super::Lifeline;
    /// The command's end.
    #[derive(Debug)]
    pub struct Theirs(OwnedFd);

    impl Theirs {
        /// Both ends.
        pub fn new() -> io::Result<(Lifeline, Theirs)> {
            let (theirs, ours) = io::pipe()?;
            let ours = Some(OwnedFd::from(ours));
            Ok((Lifeline { _ours: ours }, Theirs(theirs.into())))
        }

        /// Ties the group that this process leads to it. In the child, between fork and exec, before it becomes another
        /// user: the kernel asks whether who tied it may signal each of the group. Allocates nothing.
        pub fn tie(&self) -> io::Result<()> {
            /// asm-generic/fcntl.h
            const F_SETSIG: libc::c_int = 10;
            let fd = self.0.as_raw_fd();
            // SAFETY: getpid(2) takes nothing.
            let group = -unsafe { libc::getpid() };
            for (what, value) in [
                (libc::F_SETOWN, group),
                (F_SETSIG, libc::SIGTERM),
                (libc::F_SETFL, libc::O_ASYNC),
            ] {
                // SAFETY: fcntl(2) takes numbers for each of these.
                if unsafe { libc::fcntl(fd, what, value) } != 0 {
                    return Err(io::Error::last_os_error());
                }
            }
            Ok(())
        }

        /// Leaves it open over exec, once all else is marked to be closed.
        pub fn leave_open(&self) -> io::Result<()> {
            const NO_FLAGS: libc::c_int = 0;
            // SAFETY: F_SETFD takes a number.
            if unsafe { libc::fcntl(self.0.as_raw_fd(), libc::F_SETFD, NO_FLAGS) } != 0 {
                return Err(io::Error::last_os_error());
            }
            Ok(())
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use std::io;

    use super::Lifeline;

    /// Nothing.
    #[derive(Debug)]
    pub struct Theirs;

    #[allow(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "the same signatures as where it can fail"
    )]
    impl Theirs {
        /// Both ends of nothing.
        pub fn new() -> io::Result<(Lifeline, Theirs)> {
            Ok((Lifeline { _ours: None }, Theirs))
        }

        /// Ties nothing.
        pub fn tie(&self) -> io::Result<()> {
            Ok(())
        }

        /// Leaves nothing open.
        pub fn leave_open(&self) -> io::Result<()> {
            Ok(())
        }
    }
}
