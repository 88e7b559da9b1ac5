//! `struct processor_cpu_load_info` of macOS' mach/processor_info.h: four counters of 32 bits a core, in hundredths of a
//! second, which run over after 497 days.

use super::CpuSample;
use crate::widened::Widened;

/// Counters a core (`CPU_STATE_MAX`): user, system, idle, nice.
pub const STATES: usize = 4;

/// One core's counters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Core {
    user: Widened,
    system: Widened,
    idle: Widened,
    nice: Widened,
}

impl Core {
    /// What is shown where the kernel says `ticks`.
    pub fn take(&mut self, ticks: [u32; STATES]) -> CpuSample {
        let [user, system, idle, nice] = ticks;
        CpuSample {
            user: self.user.take(user),
            system: self.system.take(system),
            idle: self.idle.take(idle),
            nice: self.nice.take(nice),
            ..CpuSample::default()
        }
    }
}

/// The cores of an answer, one after the other; what is left over is no core.
pub fn cores(numbers: &[u32]) -> impl Iterator<Item = [u32; STATES]> {
    numbers.as_chunks().0.iter().copied()
}

/// All cores together.
pub fn sum(samples: &[CpuSample]) -> CpuSample {
    let total = |get: fn(&CpuSample) -> u64| samples.iter().map(get).sum();
    CpuSample {
        user: total(|core| core.user),
        system: total(|core| core.system),
        idle: total(|core| core.idle),
        nice: total(|core| core.nice),
        ..CpuSample::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_states_of_each_core_stand_in_machs_order() {
        let answer = [1, 2, 3, 4, 10, 20, 30, 40, 99];
        let samples: Vec<_> = cores(&answer)
            .map(|ticks| Core::default().take(ticks))
            .collect();
        assert_eq!(samples.len(), 2);
        let first = &samples[0];
        let states = (first.user, first.system, first.idle, first.nice);
        assert_eq!(states, (1, 2, 3, 4));
        let all = sum(&samples);
        assert_eq!((all.user, all.idle, all.iowait), (11, 33, None));
    }

    #[test]
    fn a_core_goes_on_after_497_days() {
        let mut core = Core::default();
        core.take([7, 7, u32::MAX, 7]);
        assert_eq!(core.take([8, 8, 0, 8]).idle, 1 << 32);
    }
}
