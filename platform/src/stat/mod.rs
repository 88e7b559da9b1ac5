//! What the kernel counts for the whole system. Linux: the tail of `/proc/stat`, proc_stat(5).
//! macOS: sysctl `kern.boottime`.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
pub mod proc_stat;

#[cfg(target_os = "linux")]
pub use linux::StatReader;
#[cfg(target_os = "macos")]
pub use macos::StatReader;

/// Counts since boot, and what the scheduler has at hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatSample {
    /// Interrupts served.
    pub interrupts: u64,
    /// Switches from one task to another.
    pub context_switches: u64,
    /// When the system booted, seconds since 1970-01-01 UTC.
    pub boot_time_s: u64,
    /// Processes and threads made.
    pub forks: u64,
    /// Tasks that can run now.
    pub procs_running: Option<u64>,
    /// Tasks that wait for a disk now.
    pub procs_blocked: Option<u64>,
    /// Soft interrupts served.
    pub softirqs: Option<u64>,
}
