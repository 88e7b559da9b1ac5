//! Packets received in software interrupts, by core. Linux: `/proc/net/softnet_stat`, net/core/net-procfs.c.

#[cfg(target_os = "linux")]
mod linux;
pub mod softnet_stat;

#[cfg(target_os = "linux")]
pub use linux::SoftnetReader;

/// The reader where there is no `/proc/net/softnet_stat`.
#[cfg(not(target_os = "linux"))]
pub type SoftnetReader = crate::absent::AbsentReader<SoftnetSample>;

/// What one core did, since boot; 32 bits each, so that they wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoftnetSample {
    /// Packets processed.
    pub processed: u64,
    /// Packets dropped, since the backlog was full.
    pub dropped: u64,
    /// Times that the budget ran out with packets left.
    pub times_squeezed: u64,
    /// Times that the device was locked by another core; 0 since 4.x.
    pub cpu_collision: u64,
    /// Times that another core woke this one to process packets (RPS); since 2.6.39.
    pub received_rps: Option<u64>,
    /// Times that a flow's limit was reached; since 3.11.
    pub flow_limit_count: Option<u64>,
    /// Packets in the backlog now; since 5.10.
    pub backlog_len: Option<u64>,
}
