//! Counters of processor time that never go back by a little. The kernel's idle and iowait do (they are
//! estimates while a core sleeps, proc_stat(5)), and all start anew when a core was switched off and on.
//! The rule is node_exporter's: the highest is kept, but a fall of idle by 3 s or more is a new start.

use super::CpuSample;

/// A fall of idle by this much, in hundredths of a second, is a core that was switched off and on.
const RESTART_TICKS: u64 = 300;

/// The highest times shown so far for one core.
#[derive(Clone, Copy, Debug, Default)]
pub struct Steady {
    shown: CpuSample,
}

impl Steady {
    /// What to show where the kernel says `read`.
    pub fn take(&mut self, read: &CpuSample) -> &CpuSample {
        let shown = &mut self.shown;
        if shown.idle.saturating_sub(read.idle) >= RESTART_TICKS {
            *shown = *read;
        } else {
            *shown = CpuSample {
                user: shown.user.max(read.user),
                nice: shown.nice.max(read.nice),
                system: shown.system.max(read.system),
                idle: shown.idle.max(read.idle),
                iowait: shown.iowait.max(read.iowait),
                irq: shown.irq.max(read.irq),
                softirq: shown.softirq.max(read.softirq),
                steal: shown.steal.max(read.steal),
                guest: shown.guest.max(read.guest),
                guest_nice: shown.guest_nice.max(read.guest_nice),
            };
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(user: u64, idle: u64, iowait: u64) -> CpuSample {
        CpuSample {
            user,
            idle,
            iowait: Some(iowait),
            ..CpuSample::default()
        }
    }

    #[test]
    fn idle_and_iowait_going_back_by_a_little_are_kept_at_the_highest() {
        let mut steady = Steady::default();
        assert_eq!(steady.take(&times(10, 5000, 100)), &times(10, 5000, 100));
        assert_eq!(steady.take(&times(11, 4701, 90)), &times(11, 5000, 100));
        assert_eq!(steady.take(&times(12, 5001, 101)), &times(12, 5001, 101));
    }

    #[test]
    fn idle_going_back_by_3_seconds_starts_anew() {
        let mut steady = Steady::default();
        steady.take(&times(10_000, 5000, 100));
        assert_eq!(steady.take(&times(3, 4700, 1)), &times(3, 4700, 1));
    }

    #[test]
    fn iowait_may_fall_by_any_amount_without_a_new_start() {
        let mut steady = Steady::default();
        steady.take(&times(10, 5000, 9000));
        assert_eq!(steady.take(&times(11, 5001, 10)), &times(11, 5001, 9000));
    }
}
