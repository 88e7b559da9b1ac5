//! How fast each core runs. Linux: `/sys/devices/system/cpu/cpu*/cpufreq`,
//! Documentation/admin-guide/pm/cpufreq.rst.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
pub use linux::CpufreqReader;

/// The reader where there is no cpufreq.
#[cfg(not(target_os = "linux"))]
pub type CpufreqReader = crate::absent::AbsentReader<CpufreqSample>;

/// One core's frequencies in kHz, as far as its driver has them, and its governor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpufreqSample {
    /// As the hardware has it; root's alone to read on most kernels.
    pub current: Option<i64>,
    /// Over a short time, by the hardware's own counters; since 6.16.
    pub average: Option<i64>,
    /// What the hardware can do at least.
    pub minimum: Option<i64>,
    /// What the hardware can do at most.
    pub maximum: Option<i64>,
    /// As the governor last set it, or the hardware had it.
    pub scaling_current: Option<i64>,
    /// What the governor may set at least.
    pub scaling_minimum: Option<i64>,
    /// What the governor may set at most.
    pub scaling_maximum: Option<i64>,
    /// Each governor of [`GOVERNORS`], whether it rules; `None` where it is not to be had.
    pub governors: [Option<bool>; GOVERNORS.len()],
}

/// The governors that Linux has.
pub const GOVERNORS: [&str; 6] = [
    "conservative",
    "ondemand",
    "performance",
    "powersave",
    "schedutil",
    "userspace",
];
