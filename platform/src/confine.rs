//! What the process that faces the network is held to: setrlimit(2), PR_SET_NO_NEW_PRIVS of prctl(2).

use std::io;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
type Resource = libc::c_int;

/// Limits of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Private writable memory in bytes, heap and stacks; what asks for more ends the process.
    pub data_bytes: u64,
    /// Open descriptors.
    pub descriptors: u64,
}

/// Holds this process to `limits` for good, and keeps it from gaining privileges by an exec.
pub fn confine(limits: Limits) -> io::Result<()> {
    lower(libc::RLIMIT_DATA, limits.data_bytes)?;
    lower(libc::RLIMIT_NOFILE, limits.descriptors)?;
    no_new_privileges()
}

/// Lowers both bounds of a limit; one that stands lower already is kept.
fn lower(resource: Resource, most: u64) -> io::Result<()> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` is a local rlimit, which getrlimit(2) writes.
    if unsafe { libc::getrlimit(resource, &raw mut limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    limit.rlim_max = limit.rlim_max.min(most);
    limit.rlim_cur = limit.rlim_cur.min(limit.rlim_max);
    // SAFETY: `limit` is a local rlimit, which setrlimit(2) reads.
    if unsafe { libc::setrlimit(resource, &raw const limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn no_new_privileges() -> io::Result<()> {
    const ZERO: libc::c_ulong = 0;
    const ONE: libc::c_ulong = 1;
    // SAFETY: PR_SET_NO_NEW_PRIVS takes numbers and touches no memory of ours.
    if unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, ONE, ZERO, ZERO, ZERO) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// macOS has nothing of the kind.
#[cfg(target_os = "macos")]
#[allow(
    clippy::unnecessary_wraps,
    reason = "the same signature as where it can fail"
)]
fn no_new_privileges() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_lowered_and_never_raised() {
        // Of this test process only core dumps are limited: no other test minds.
        lower(libc::RLIMIT_CORE, 4096).unwrap();
        lower(libc::RLIMIT_CORE, 8192).unwrap();
        let mut limit = libc::rlimit {
            rlim_cur: 0,
            rlim_max: 0,
        };
        // SAFETY: `limit` is a local rlimit, which getrlimit(2) writes.
        let result = unsafe { libc::getrlimit(libc::RLIMIT_CORE, &raw mut limit) };
        assert_eq!(result, 0);
        assert!(limit.rlim_max <= 4096 && limit.rlim_cur <= limit.rlim_max);
    }
}
