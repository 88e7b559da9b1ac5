//! Descriptors that this process was started with: handed over by a parent, or by socket activation, systemd's
//! (sd_listen_fds(3)) or launchd's. What marks those that stand open is that close-on-exec is not set.

use std::fmt::Write;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::process::Command;

use crate::child::FIRST_FD;

/// More than this is no list of sockets, but a broken variable.
const ACTIVATED_MAX: RawFd = 64;
/// `PID own FD FD ...` or `PID activated FD FD ...`.
pub const KEPT_VARIABLE: &str = "GOODALL_KEPT_FDS";
const ACTIVATED: &str = "activated";

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
    set_open_over_exec(fd, false)?;
    // SAFETY: the descriptor is open, and nothing in this process owns it: std and this crate open all
    // theirs with close-on-exec, this one had it not, and has it from now on, so it is taken but once.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// The descriptors of socket activation, systemd's or else launchd's; none where nobody activated this process.
pub fn activated() -> io::Result<Vec<OwnedFd>> {
    let marked = marked()?;
    #[cfg(target_os = "macos")]
    if marked.is_empty() {
        return launchd::activated();
    }
    Ok(marked)
}

/// The descriptors that a program found in its life before: see [`keep`].
#[derive(Debug)]
pub struct Kept {
    /// In order.
    pub fds: Vec<OwnedFd>,
    /// Whether they were of socket activation.
    pub are_activated: bool,
}

/// Has the program that `command` puts in this one's place find the descriptors of those numbers, by
/// [`kept`] and not by socket activation any more. They stay where they are: to move one onto another number fails
/// while another thread waits in accept(2), which has the next free number reserved (EBUSY of dup2(2)).
pub fn keep(command: &mut Command, fds: impl Iterator<Item = RawFd>, are_activated: bool) {
    let origin = if are_activated { ACTIVATED } else { "own" };
    let mut value = format!("{} {origin}", std::process::id());
    for fd in fds {
        let _ = write!(value, " {fd}");
    }
    command.env(KEPT_VARIABLE, value);
    command.env_remove("LISTEN_PID").env_remove("LISTEN_FDS");
}

/// What [`keep`] has left; none where this program was not started by itself.
pub fn kept() -> io::Result<Option<Kept>> {
    let Ok(value) = std::env::var(KEPT_VARIABLE) else {
        return Ok(None);
    };
    let mut words = value.split(' ');
    if words.next() != Some(&std::process::id().to_string()) {
        return Ok(None);
    }
    let are_activated = words.next() == Some(ACTIVATED);
    let fds = words.map(|word| {
        let number = word.parse().map_err(io::Error::other)?;
        take(number)
    });
    Ok(Some(Kept {
        fds: fds.collect::<io::Result<_>>()?,
        are_activated,
    }))
}

/// Leaves a descriptor open over exec, or closes it.
pub fn set_open_over_exec(fd: RawFd, is_open: bool) -> io::Result<()> {
    let flags = if is_open { 0 } else { libc::FD_CLOEXEC };
    // SAFETY: F_SETFD takes numbers, and close-on-exec is the one flag that there is; a closed descriptor is an
    // error.
    if unsafe { libc::fcntl(fd, libc::F_SETFD, flags) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// `LISTEN_FDS` from 3 on, where `LISTEN_PID` is this process.
fn marked() -> io::Result<Vec<OwnedFd>> {
    let number = |name| std::env::var(name).ok()?.trim().parse::<RawFd>().ok();
    if number("LISTEN_PID") != Some(std::process::id().cast_signed()) {
        return Ok(Vec::new());
    }
    let count = number("LISTEN_FDS").unwrap_or(0).clamp(0, ACTIVATED_MAX);
    (FIRST_FD..FIRST_FD + count).map(take).collect()
}

/// launch_activate_socket(3).
#[cfg(target_os = "macos")]
mod launchd {
    use std::ffi::{CStr, c_char};
    use std::io;
    use std::os::fd::{FromRawFd, OwnedFd, RawFd};
    use std::{ptr, slice};

    /// What the sockets are called in the job's property list.
    const SOCKETS: &CStr = c"Listeners";

    unsafe extern "C" {
        // launch.h, of the system's library
        fn launch_activate_socket(
            name: *const c_char,
            fds: *mut *mut RawFd,
            count: *mut usize,
        ) -> libc::c_int;
    }

    /// The job's sockets; none where this is no job of launchd's, or one without sockets.
    pub fn activated() -> io::Result<Vec<OwnedFd>> {
        let (mut fds, mut count) = (ptr::null_mut(), 0);
        // SAFETY: the name ends in NUL; the call writes a pointer and a number, both to locals.
        let errno =
            unsafe { launch_activate_socket(SOCKETS.as_ptr(), &raw mut fds, &raw mut count) };
        match errno {
            0 => {}
            libc::ESRCH | libc::ENOENT => return Ok(Vec::new()),
            errno => return Err(io::Error::from_raw_os_error(errno)),
        }
        if fds.is_null() {
            return Ok(Vec::new());
        }
        // SAFETY: the call was done, so there are `count` numbers at `fds` (launch.h).
        let numbers = unsafe { slice::from_raw_parts(fds, count) }.to_vec();
        // SAFETY: the array is the caller's to give to free(3) (launch.h), and is looked at no more.
        unsafe { libc::free(fds.cast()) };
        numbers.into_iter().map(own).collect()
    }

    fn own(fd: RawFd) -> io::Result<OwnedFd> {
        // SAFETY: launchd made the descriptor for this process, which is handed it just once (EALREADY).
        let owned = unsafe { OwnedFd::from_raw_fd(fd) };
        super::set_open_over_exec(fd, false)?;
        Ok(owned)
    }
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

    #[test]
    fn what_is_kept_is_said_to_the_same_process_alone() {
        let mut command = Command::new("/bin/sh");
        let script = "echo \"$GOODALL_KEPT_FDS;$LISTEN_FDS\"";
        command.args(["-c", script]).env("LISTEN_FDS", "1");
        keep(&mut command, [7, 9].into_iter(), true);
        let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
        assert_eq!(said, format!("{} activated 7 9;\n", std::process::id()));
        assert!(kept().unwrap().is_none());
    }
}
