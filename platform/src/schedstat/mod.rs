//! What the scheduler did, by core. Linux: `/proc/schedstat` (`CONFIG_SCHEDSTATS`),
//! Documentation/scheduler/sched-stats.rst.

#[cfg(target_os = "linux")]
mod linux;
pub mod proc_schedstat;

#[cfg(target_os = "linux")]
pub use linux::SchedstatReader;

/// The reader where there is no `/proc/schedstat`.
#[cfg(not(target_os = "linux"))]
pub type SchedstatReader = crate::absent::AbsentReader<SchedstatSample>;

/// What one core did, since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SchedstatSample {
    /// Nanoseconds in which tasks ran.
    pub running_ns: u64,
    /// Nanoseconds for which tasks that could run waited.
    pub waiting_ns: u64,
    /// Time slices that tasks ran.
    pub timeslices: u64,
}
