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
    lower_data(limits.data_bytes)?;
    lower(libc::RLIMIT_NOFILE, limits.descriptors)?;
    no_new_privileges()
}

/// Lowers both bounds of a limit; one that stands lower already is kept.
fn lower(resource: Resource, most: u64) -> io::Result<()> {
    let mut limit = get(resource)?;
    limit.rlim_max = limit.rlim_max.min(most);
    limit.rlim_cur = limit.rlim_cur.min(limit.rlim_max);
    set(resource, &limit)
}

fn get(resource: Resource) -> io::Result<libc::rlimit> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` is a local rlimit, which getrlimit(2) writes.
    if unsafe { libc::getrlimit(resource, &raw mut limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(limit)
}

fn set(resource: Resource, limit: &libc::rlimit) -> io::Result<()> {
    // SAFETY: setrlimit(2) reads the one rlimit that it is given.
    if unsafe { libc::setrlimit(resource, limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn lower_data(bytes: u64) -> io::Result<()> {
    lower(libc::RLIMIT_DATA, bytes)
}

/// On macOS `RLIMIT_DATA` is about all that is mapped, shared libraries and the ring included, and cannot be set below
/// what is mapped already (vm_map_set_data_limit): so it is that and `bytes`, and room to map a ring anew.
#[cfg(target_os = "macos")]
fn lower_data(bytes: u64) -> io::Result<()> {
    /// For a ring that takes another's place, and stacks.
    const MAPS: u64 = 1 << 30;
    let resource = libc::RLIMIT_DATA;
    let mut limit = get(resource)?;
    let accepts = |most: u64| {
        let tried = libc::rlimit {
            rlim_cur: most,
            rlim_max: limit.rlim_max,
        };
        set(resource, &tried).is_ok()
    };
    let mapped = least(accepts).unwrap_or(libc::RLIM_INFINITY);
    limit.rlim_cur = mapped
        .saturating_add(bytes)
        .saturating_add(MAPS)
        .min(limit.rlim_max);
    limit.rlim_max = limit.rlim_cur;
    set(resource, &limit)
}

/// The least number, to a megabyte, that is accepted, where all above it are too; none where none is.
#[cfg(any(target_os = "macos", test))]
fn least(mut accepts: impl FnMut(u64) -> bool) -> Option<u64> {
    const STEP: u64 = 1 << 20;
    /// More than an address space has.
    const STEPS_MAX: u64 = 1 << 30;
    if !accepts(STEPS_MAX * STEP) {
        return None;
    }
    let (mut refused, mut accepted) = (0, STEPS_MAX);
    while accepted - refused > 1 {
        let middle = refused.midpoint(accepted);
        if accepts(middle * STEP) {
            accepted = middle;
        } else {
            refused = middle;
        }
    }
    Some(accepted * STEP)
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
        let limit = get(libc::RLIMIT_CORE).unwrap();
        assert!(limit.rlim_max <= 4096 && limit.rlim_cur <= limit.rlim_max);
    }

    #[test]
    fn the_least_that_is_accepted_is_found_to_a_megabyte() {
        const MIB: u64 = 1 << 20;
        for mapped in [1, 5 * MIB, 400_000 * MIB + 7] {
            let found = least(|most| most >= mapped).unwrap();
            assert!(found >= mapped && found - mapped < MIB + 1, "{mapped}");
        }
        assert_eq!(least(|_| true), Some(MIB));
        assert_eq!(least(|_| false), None);
    }
}
