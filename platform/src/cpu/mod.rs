//! Processor time by core and mode. Linux: `/proc/stat`, proc_stat(5). macOS:
//! `host_processor_info`.

#[cfg(target_os = "linux")]
mod linux;
pub mod load_ticks;
#[cfg(target_os = "macos")]
mod macos;
pub mod proc_stat;
pub mod steady;

#[cfg(target_os = "linux")]
pub use linux::CpuReader;
#[cfg(target_os = "macos")]
pub use macos::CpuReader;

/// The most cores that are read; their numbers are below it.
pub const CPUS_MAX: usize = 1024;

/// What one core, or all of them together, spent since boot, in hundredths of a second (`USER_HZ`, which is
/// 100 on every architecture but Alpha and Itanium).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuSample {
    /// In user mode; guests included.
    pub user: u64,
    /// In user mode at a low priority; guests included.
    pub nice: u64,
    /// In the kernel.
    pub system: u64,
    /// With nothing to do.
    pub idle: u64,
    /// With nothing to do but wait for a disk; Linux only.
    pub iowait: Option<u64>,
    /// Serving interrupts; Linux only.
    pub irq: Option<u64>,
    /// Serving soft interrupts; Linux only.
    pub softirq: Option<u64>,
    /// Taken by the hypervisor; Linux only.
    pub steal: Option<u64>,
    /// Running a guest; part of `user`; Linux only.
    pub guest: Option<u64>,
    /// Running a guest at a low priority; part of `nice`; Linux only.
    pub guest_nice: Option<u64>,
}
