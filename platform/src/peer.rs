//! Who is at the other end of a Unix socket, and whose process that is: SO_PEERCRED of unix(7), getpgid(2),
//! proc_pid_stat(5).

use std::os::fd::{AsRawFd, BorrowedFd};

/// Generations of parents that are looked at: what a plugin starts is rarely deep.
const ANCESTORS_MAX: usize = 16;

/// The process that connected; `None` where the system does not say.
#[cfg(target_os = "linux")]
pub fn process_of(fd: BorrowedFd<'_>) -> Option<u32> {
    let mut credentials = libc::ucred {
        pid: 0,
        uid: 0,
        gid: 0,
    };
    let mut size = crate::socket::size_of_option::<libc::ucred>();
    // SAFETY: getsockopt(2) writes at most `size` bytes at `credentials`, which has so many.
    let result = unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut credentials).cast(),
            &raw mut size,
        )
    };
    let pid = u32::try_from(credentials.pid).ok()?;
    (result == 0 && pid > 0).then_some(pid)
}

/// The process that connected; `None` where the system does not say.
#[cfg(target_os = "macos")]
pub fn process_of(fd: BorrowedFd<'_>) -> Option<u32> {
    let mut pid: libc::pid_t = 0;
    let mut size = crate::socket::size_of_option::<libc::pid_t>();
    // SAFETY: getsockopt(2) writes at most `size` bytes at `pid`, which has so many.
    let result = unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            libc::SOL_LOCAL,
            libc::LOCAL_PEERPID,
            (&raw mut pid).cast(),
            &raw mut size,
        )
    };
    let pid = u32::try_from(pid).ok()?;
    (result == 0 && pid > 0).then_some(pid)
}

/// Which of `leaders` of sessions and groups the process belongs to: it is one, it is in the group or session of
/// one, or one of its ancestors is. `None` for others, and for a process that is gone and waited for.
pub fn leader_of(process: u32, is_leader: impl Fn(u32) -> bool) -> Option<u32> {
    let mut at = process;
    for _ in 0..ANCESTORS_MAX {
        let found = [Some(at), group(at), session(at)];
        if let Some(leader) = found
            .into_iter()
            .flatten()
            .find(|&leader| is_leader(leader))
        {
            return Some(leader);
        }
        at = parent(at).filter(|&parent| parent > 1)?;
    }
    None
}

fn group(process: u32) -> Option<u32> {
    let process = libc::pid_t::try_from(process).ok()?;
    // SAFETY: getpgid(2) takes a number.
    u32::try_from(unsafe { libc::getpgid(process) }).ok()
}

fn session(process: u32) -> Option<u32> {
    let process = libc::pid_t::try_from(process).ok()?;
    // SAFETY: getsid(2) takes a number.
    u32::try_from(unsafe { libc::getsid(process) }).ok()
}

/// The fourth field of `/proc/PID/stat`; the second, in brackets, may hold anything. None where there is no
/// `/proc`.
fn parent(process: u32) -> Option<u32> {
    let stat = std::fs::read(format!("/proc/{process}/stat")).ok()?;
    let end = stat.iter().rposition(|&byte| byte == b')')?;
    let rest = std::str::from_utf8(&stat[end + 1..]).ok()?;
    rest.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn the_peer_of_a_connection_is_the_process_that_connected() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let _client = UnixStream::connect(&path).unwrap();
        let (connection, _) = listener.accept().unwrap();
        assert_eq!(process_of(connection.as_fd()), Some(std::process::id()));
    }

    #[test]
    fn a_process_belongs_to_the_leader_of_its_group_or_of_an_ancestor() {
        let own = std::process::id();
        // in a session of its own, a child of this process
        let mut command = Command::new("/bin/sleep");
        command.arg("600").stdin(Stdio::null());
        let _lifeline = crate::group::lead(&mut command, None).unwrap();
        let mut child = command.spawn().unwrap();
        let leader = child.id();
        assert_eq!(leader_of(leader, |pid| pid == leader), Some(leader));
        assert_eq!(leader_of(leader, |pid| pid == own), Some(own), "its parent");
        assert_eq!(leader_of(own, |pid| pid == leader), None);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(leader_of(leader, |pid| pid == own), None, "it is gone");
    }
}
