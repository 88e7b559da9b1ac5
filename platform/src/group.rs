//! A command as the leader of a session and process group of its own, so that it can be ended with all that it
//! started: setsid(2), kill(2), waitid(2), credentials(7).

use std::ffi::CString;
use std::io;
use std::mem;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr;

use crate::lifeline::{Lifeline, Theirs};

/// Who a command runs as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    uid: libc::uid_t,
    gid: libc::gid_t,
    groups: Vec<libc::gid_t>,
    /// The home folder.
    pub home: String,
}

/// Has this thread, and the commands that it starts, give way to the others of this process: a nice(2) of its own, where the
/// system has such a thing for a thread.
#[cfg(target_os = "linux")]
pub fn give_way() {
    const NICE: libc::c_int = 5;
    const THIS_THREAD: libc::id_t = 0;
    // SAFETY: setpriority(2) takes numbers; to lower a priority is allowed to everybody.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, THIS_THREAD, NICE) };
}

/// Has this thread give way: not here, where it would be the whole process.
#[cfg(not(target_os = "linux"))]
pub fn give_way() {}

/// What ends a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// TERM: it may clean up.
    Politely,
    /// KILL.
    AtOnce,
}

impl Identity {
    /// The user of that name, as the system's database has it; `None` where there is none.
    pub fn of_user(name: &str) -> io::Result<Option<Identity>> {
        /// Enough for any line of passwd(5) that is not made to be long.
        const LINE_SIZE_MAX: usize = 16 * 1024;
        /// As many as Linux lets a process have.
        const GROUPS_MAX: usize = 65_536;
        let Ok(name) = CString::new(name) else {
            return Ok(None);
        };
        // SAFETY: a passwd is numbers and pointers, for which zeros are a value.
        let mut entry: libc::passwd = unsafe { mem::zeroed() };
        let mut text = vec![0 as libc::c_char; LINE_SIZE_MAX];
        let mut found = ptr::null_mut();
        // SAFETY: `name` ends in 0, `text` has the length that is given, `entry` and `found` are ours.
        let result = unsafe {
            libc::getpwnam_r(
                name.as_ptr(),
                &raw mut entry,
                text.as_mut_ptr(),
                text.len(),
                &raw mut found,
            )
        };
        match result {
            0 if found.is_null() => return Ok(None),
            0 => {}
            libc::ENOENT | libc::ESRCH => return Ok(None),
            code => return Err(io::Error::from_raw_os_error(code)),
        }
        let mut groups = vec![entry.pw_gid; 64];
        loop {
            let mut count = libc::c_int::try_from(groups.len()).unwrap_or(libc::c_int::MAX);
            // macOS counts groups with signed numbers
            #[allow(clippy::useless_conversion, clippy::cast_possible_wrap)]
            // SAFETY: `name` ends in 0, and `groups` has room for `count` numbers of that size.
            let result = unsafe {
                libc::getgrouplist(
                    name.as_ptr(),
                    entry.pw_gid as _,
                    groups.as_mut_ptr().cast(),
                    &raw mut count,
                )
            };
            let room = groups.len();
            let wanted = usize::try_from(count).unwrap_or(0);
            if result >= 0 {
                groups.truncate(wanted);
                break;
            }
            if room >= GROUPS_MAX {
                return Err(io::Error::other("the user is in too many groups"));
            }
            groups.resize(wanted.max(2 * room).min(GROUPS_MAX), entry.pw_gid);
        }
        // SAFETY: where the user was found, pw_dir points to a text within `text` that ends in 0.
        let home = unsafe { std::ffi::CStr::from_ptr(entry.pw_dir) };
        Ok(Some(Identity {
            uid: entry.pw_uid,
            gid: entry.pw_gid,
            groups,
            home: home.to_string_lossy().into_owned(),
        }))
    }

    /// Whether this process runs as that user.
    pub fn is_ours(&self) -> bool {
        // SAFETY: geteuid(2) takes nothing and always succeeds.
        self.uid == unsafe { libc::geteuid() }
    }
}

/// Makes `command` the leader of a session and group of its own, with default signals and no descriptor but its
/// standard three and that of its lifeline, run as `identity` where one is given. TERM comes to it when the thread that
/// spawns it ends, and to the whole group when the lifeline is dropped or this process is gone.
pub fn lead(command: &mut Command, identity: Option<&Identity>) -> io::Result<Lifeline> {
    let identity = identity.cloned();
    let (lifeline, theirs) = Theirs::new()?;
    let prepare = move || {
        // SAFETY: setsid(2) takes nothing; a child just forked leads no group, so that it succeeds.
        if unsafe { libc::setsid() } < 0 {
            return Err(io::Error::last_os_error());
        }
        default_signals();
        theirs.tie()?;
        if let Some(identity) = &identity {
            become_user(identity)?;
        }
        close_on_exec();
        theirs.leave_open()?;
        end_with_parent()
    };
    // SAFETY: the closure runs between fork and exec, where only async-signal-safe calls are allowed: it makes
    // system calls with numbers and with memory that was made before the fork, and allocates nothing.
    unsafe { command.pre_exec(prepare) };
    Ok(lifeline)
}

/// A signal that is ignored stays so over exec (nohup(1) leaves HUP so); handlers end with it by themselves.
fn default_signals() {
    for signal in 1..32 {
        // SAFETY: SIG_DFL is no code of ours; of KILL and STOP it is an error that changes nothing.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

fn become_user(identity: &Identity) -> io::Result<()> {
    let too_many = |_| io::Error::from_raw_os_error(libc::EINVAL);
    #[allow(
        clippy::useless_conversion,
        reason = "the count's type differs by system"
    )]
    let count = identity.groups.len().try_into().map_err(too_many)?;
    // SAFETY: `groups` has `count` numbers; in the child there is but this thread.
    if unsafe { libc::setgroups(count, identity.groups.as_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: setgid(2) takes a number.
    if unsafe { libc::setgid(identity.gid) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: setuid(2) takes a number.
    if unsafe { libc::setuid(identity.uid) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// What this process was itself started with, and marked so by nobody, is not the command's. An old kernel that
/// does not know the call closes nothing; our own are marked one by one anyway.
#[cfg(target_os = "linux")]
fn close_on_exec() {
    const FIRST: libc::c_uint = 3;
    const CLOEXEC: libc::c_uint = 4;
    // SAFETY: close_range(2) takes numbers; with this flag it closes nothing before exec.
    unsafe { libc::syscall(libc::SYS_close_range, FIRST, libc::c_uint::MAX, CLOEXEC) };
}

#[cfg(not(target_os = "linux"))]
fn close_on_exec() {}

/// Should goodall be killed, its commands end too. After the change of user, which takes it back.
#[cfg(target_os = "linux")]
fn end_with_parent() -> io::Result<()> {
    // SAFETY: PR_SET_PDEATHSIG takes a number and touches no memory of ours.
    if unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
#[allow(
    clippy::unnecessary_wraps,
    reason = "the same signature as where it can fail"
)]
fn end_with_parent() -> io::Result<()> {
    Ok(())
}

/// Signals every process of the group that `leader` leads or led; false where none is left.
pub fn end_group(leader: u32, how: End) -> bool {
    let signal = match how {
        End::Politely => libc::SIGTERM,
        End::AtOnce => libc::SIGKILL,
    };
    signal_group(leader, signal)
}

/// Whether a process of that group is left. One that has ended and was not waited for counts.
pub fn group_is_there(leader: u32) -> bool {
    signal_group(leader, 0)
}

/// Waits for those of the group who ended and became children of ours when their parents did: nobody else does where
/// this process is the first of a container. Only after its leader was waited for, whose end this would take.
pub fn wait_for_orphans(leader: u32) {
    let Some(group) = libc::pid_t::try_from(leader)
        .ok()
        .filter(|&group| group > 1)
    else {
        return;
    };
    // SAFETY: waitpid(2) takes numbers, and a null pointer where the status is not asked for.
    while unsafe { libc::waitpid(-group, ptr::null_mut(), libc::WNOHANG) } > 0 {}
}

fn signal_group(leader: u32, signal: libc::c_int) -> bool {
    let Ok(group) = libc::pid_t::try_from(leader) else {
        return false;
    };
    // 0 and 1 would mean ourselves and everybody
    if group <= 1 {
        return false;
    }
    // SAFETY: kill(2) takes numbers.
    let result = unsafe { libc::kill(-group, signal) };
    result == 0 || io::Error::last_os_error().raw_os_error() == Some(libc::EPERM)
}

/// Whether a child of ours has ended; it stays to be waited for, so that nobody gets its number.
pub fn has_ended(child: u32) -> bool {
    // SAFETY: a siginfo_t is numbers, for which zeros are a value.
    let mut info: libc::siginfo_t = unsafe { mem::zeroed() };
    let how = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: `info` is ours, and waitid(2) writes no more than it.
    let result = unsafe { libc::waitid(libc::P_PID, child, &raw mut info, how) };
    // where there is no such child there is nothing to wait for either
    result != 0 || info.si_signo == libc::SIGCHLD
}

/// A descriptor that can be read once the child has ended, where the system has such a thing.
#[cfg(target_os = "linux")]
pub fn watch(child: u32) -> Option<OwnedFd> {
    use std::os::fd::{FromRawFd, RawFd};
    const NO_FLAGS: libc::c_uint = 0;
    // SAFETY: pidfd_open(2) takes numbers; it sets close-on-exec.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, child, NO_FLAGS) };
    let fd = RawFd::try_from(fd).ok().filter(|&fd| fd >= 0)?;
    // SAFETY: the descriptor is new, and nobody else has it.
    Some(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// A descriptor that can be read once the child has ended, where the system has such a thing.
#[cfg(not(target_os = "linux"))]
pub fn watch(_child: u32) -> Option<OwnedFd> {
    None
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::process::Stdio;
    use std::time::{Duration, Instant};

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).stdin(Stdio::null());
        command
    }

    fn wait_for(mut is_so: impl FnMut() -> bool) {
        let give_up = Instant::now() + Duration::from_secs(20);
        while !is_so() {
            assert!(Instant::now() < give_up);
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn a_group_ends_with_all_that_its_leader_started() {
        let mut command = shell("sleep 600 & sleep 600 & echo started; exit 3");
        command.stdout(Stdio::piped());
        let _lifeline = lead(&mut command, None).unwrap();
        let mut child = command.spawn().unwrap();
        let mut said = [0; 8];
        child.stdout.take().unwrap().read_exact(&mut said).unwrap();
        wait_for(|| has_ended(child.id()));
        assert_eq!(child.wait().unwrap().code(), Some(3));
        assert!(group_is_there(child.id()), "what it left behind");
        assert!(end_group(child.id(), End::AtOnce));
        wait_for(|| !group_is_there(child.id()));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_group_is_told_to_end_when_its_lifeline_is_let_go() {
        // one that the shell waits for, one whose parent is gone, and one that a group of its own keeps apart
        let script =
            "sleep 600 & (sleep 600 &) ; setsid sleep 600 & echo $!; trap 'exit 7' TERM; wait";
        let mut command = shell(script);
        command.stdout(Stdio::piped());
        let lifeline = lead(&mut command, None).unwrap();
        let mut child = command.spawn().unwrap();
        drop(command);
        let mut apart = String::new();
        let mut output = io::BufReader::new(child.stdout.take().unwrap());
        io::BufRead::read_line(&mut output, &mut apart).unwrap();
        let apart: u32 = apart.trim().parse().unwrap();
        wait_for(|| group_is_there(apart));
        assert!(!has_ended(child.id()), "nothing happens while it is held");
        drop(lifeline);
        wait_for(|| has_ended(child.id()));
        assert!(group_is_there(apart), "who left the group goes on");
        assert!(end_group(apart, End::AtOnce));
        assert_eq!(child.wait().unwrap().code(), Some(7), "it may clean up");
        wait_for(|| !group_is_there(child.id()));
    }

    #[test]
    fn a_command_finds_its_signals_as_they_are_by_default_and_no_descriptor_but_three() {
        let file = std::fs::File::open("/dev/null").unwrap();
        // SAFETY: F_DUPFD takes numbers; the copy is one that exec would pass on.
        let copy =
            unsafe { libc::fcntl(std::os::fd::AsRawFd::as_raw_fd(&file), libc::F_DUPFD, 50) };
        let mut command = shell(
            "grep -E '^Sig(Blk|Ign)' /proc/self/status; test -e /proc/$$/fd/50 && echo leaked; true",
        );
        let _lifeline = lead(&mut command, None).unwrap();
        let said = command.output().unwrap().stdout;
        // SAFETY: the copy is open, and only this test knows it.
        unsafe { libc::close(copy) };
        let said = String::from_utf8(said).unwrap();
        // those from 32 on are the C library's own
        let is_none = |line: &str| {
            let mask = line.split_ascii_whitespace().next_back();
            let mask = mask.and_then(|mask| u64::from_str_radix(mask, 16).ok());
            mask.is_some_and(|mask| mask.trailing_zeros() >= 31)
        };
        assert!(
            said.lines().count() == 2 && said.lines().all(is_none),
            "{said}"
        );
    }

    #[test]
    fn users_are_found_by_name() {
        assert_eq!(Identity::of_user("no such user").unwrap(), None);
        let root = Identity::of_user("root").unwrap().unwrap();
        assert_eq!((root.uid, root.gid), (0, 0));
        assert!(root.groups.contains(&0));
    }
}
