//! The two clocks of a record, and how exactly a thread is woken.
//! Linux: clock_gettime(2), PR_SET_TIMERSLACK of prctl(2). macOS: mach_continuous_time, through
//! clock_gettime(3).

use std::io;
use std::time::Duration;

/// One moment by both clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Nanoseconds since 1970-01-01 UTC.
    pub wall_ns: i64,
    /// Nanoseconds since boot, suspend included.
    pub boot_ns: u64,
}

/// Now, by both clocks: read one after the other, some 50 ns apart.
pub fn now() -> Moment {
    Moment {
        wall_ns: read(libc::CLOCK_REALTIME),
        boot_ns: boot_ns(),
    }
}

/// Nanoseconds since boot, suspend included.
#[cfg(target_os = "linux")]
pub fn boot_ns() -> u64 {
    read(libc::CLOCK_BOOTTIME).cast_unsigned()
}

/// Nanoseconds since boot, suspend included: `CLOCK_MONOTONIC_RAW` is `mach_continuous_time` in nanoseconds.
/// (`CLOCK_MONOTONIC` is the wall clock less the time of boot there, in whole microseconds; clock_gettime(3).)
#[cfg(target_os = "macos")]
pub fn boot_ns() -> u64 {
    read(libc::CLOCK_MONOTONIC_RAW).cast_unsigned()
}

fn read(clock: libc::clockid_t) -> i64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a timespec that lives over the call; clock_gettime(2) writes it and nothing else.
    let result = unsafe { libc::clock_gettime(clock, &raw mut time) };
    assert_eq!(
        result,
        0,
        "clock_gettime knows its clock: {}",
        io::Error::last_os_error()
    );
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// Asks that timers of this thread, and of threads that it starts, fire at most `slack` late of their
/// own accord (the default is 50 us, which saves power and serves any interval from 10 ms up).
pub fn set_timer_slack(slack: Duration) {
    #[cfg(target_os = "linux")]
    {
        let ns = libc::c_ulong::try_from(slack.as_nanos()).unwrap_or(libc::c_ulong::MAX);
        // SAFETY: PR_SET_TIMERSLACK takes a number and touches no memory of ours (prctl(2)).
        unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, ns.max(1)) };
    }
    #[cfg(target_os = "macos")]
    let _ = slack;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_clock_is_the_systems_and_boot_time_rises() {
        let system = std::time::SystemTime::UNIX_EPOCH
            .elapsed()
            .unwrap()
            .as_nanos();
        let first = now();
        let second = now();
        assert!(u128::from(first.wall_ns.cast_unsigned()).abs_diff(system) < 1_000_000_000);
        assert!(first.boot_ns > 0 && second.boot_ns >= first.boot_ns);
    }
}
