//! `struct proc_taskinfo` of macOS' sys/proc_info.h and `struct rusage_info_v2` of sys/resource.h: what proc_pidinfo and
//! proc_pid_rusage answer. Times are in Mach's units, which are nanoseconds on Intel alone.

use super::ProcessSample;
use crate::bytes::Bytes;
use crate::widened::Widened;

/// The size of `struct proc_taskinfo`.
pub const SIZE: usize = 96;
/// The size of `struct rusage_info_v2`.
pub const RUSAGE_SIZE: usize = 160;
/// Where `ri_phys_footprint` stands in it.
pub const FOOTPRINT: usize = 72;

/// How Mach's time becomes nanoseconds: `struct mach_timebase_info`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timebase {
    /// Multiplied by this.
    pub numerator: u32,
    /// Divided by this; never 0.
    pub denominator: u32,
}

impl Timebase {
    /// Nanoseconds.
    pub fn ns(self, units: u64) -> u64 {
        let ns =
            u128::from(units) * u128::from(self.numerator) / u128::from(self.denominator.max(1));
        u64::try_from(ns).unwrap_or(u64::MAX)
    }
}

/// The counters of 32 bits of one process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    all: Widened,
    pageins: Widened,
}

impl Faults {
    /// The sample, without what only getrusage(2) and the list of descriptors know; `None` where the structure is too
    /// short.
    pub fn sample(&mut self, bytes: &[u8], timebase: Timebase) -> Option<ProcessSample> {
        let bytes = Bytes(bytes);
        let (user, system) = (timebase.ns(bytes.u64(16)?), timebase.ns(bytes.u64(24)?));
        let faults = self.all.take(bytes.u32(52)?);
        let pageins = self.pageins.take(bytes.u32(56)?);
        Some(ProcessSample {
            cpu_ns: Some(user.saturating_add(system)),
            user_ns: user,
            system_ns: system,
            resident: bytes.u64(8)?,
            threads: u64::from(bytes.u32(84)?),
            minor_faults: faults.saturating_sub(pageins),
            major_faults: pageins,
            ..ProcessSample::default()
        })
    }
}

/// What the process answers for, bytes: `ri_phys_footprint`, what Activity Monitor calls memory.
pub fn footprint(bytes: &[u8]) -> Option<u64> {
    Bytes(bytes).u64(FOOTPRINT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::each_damaged;

    const APPLE_SILICON: Timebase = Timebase {
        numerator: 125,
        denominator: 3,
    };

    fn structure() -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in [1_u64 << 40, 5 << 20, 24_000_000, 48_000_000, 7, 8] {
            bytes.extend(number.to_le_bytes());
        }
        for number in 0..12_u32 {
            bytes.extend((1000 + number).to_le_bytes());
        }
        bytes
    }

    #[test]
    fn times_are_made_nanoseconds_and_faults_are_told_apart() {
        let bytes = structure();
        assert_eq!(bytes.len(), SIZE);
        let sample = Faults::default().sample(&bytes, APPLE_SILICON).unwrap();
        assert_eq!(sample.user_ns, 1_000_000_000);
        assert_eq!(sample.system_ns, 2_000_000_000);
        assert_eq!(sample.cpu_ns, Some(3_000_000_000));
        assert_eq!((sample.resident, sample.threads), (5 << 20, 1009));
        assert_eq!((sample.minor_faults, sample.major_faults), (0, 1002));
        each_damaged(&bytes, |bytes| {
            let _ = Faults::default().sample(bytes, APPLE_SILICON);
        });
    }

    #[test]
    fn no_time_runs_over() {
        assert_eq!(APPLE_SILICON.ns(u64::MAX), u64::MAX);
        let broken = Timebase {
            numerator: 1,
            denominator: 0,
        };
        assert_eq!(broken.ns(5), 5);
        let mut bytes = vec![0; RUSAGE_SIZE];
        bytes[FOOTPRINT] = 9;
        assert_eq!(footprint(&bytes), Some(9));
        assert_eq!(footprint(&bytes[..FOOTPRINT + 7]), None);
    }
}
