//! What one process costs: goodall's own parts. Linux: `/proc/<pid>/stat`, proc_pid_stat(5),
//! clock_getcpuclockid(3), getrusage(2), `/proc/<pid>/smaps_rollup`.
//! macOS: proc_pidinfo, proc_pid_rusage, getrusage(2).

use std::sync::atomic::AtomicU32;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod parts;
pub mod smaps_rollup;
pub mod task_info;

#[cfg(target_os = "linux")]
pub use linux::ProcessReader;
#[cfg(target_os = "macos")]
pub use macos::ProcessReader;
pub use parts::SelfReader;

/// A child of goodall's: the part's name, and where its supervisor keeps its process number, 0 for none.
pub type Child = (&'static str, &'static AtomicU32);

/// One process; counters since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessSample {
    /// Processor time of all its threads, ns.
    pub cpu_ns: Option<u64>,
    /// Processor time in user mode, ns; of another process by ticks of 10 ms.
    pub user_ns: u64,
    /// Processor time in the kernel, ns; of another process by ticks of 10 ms.
    pub system_ns: u64,
    /// Resident memory, bytes.
    pub resident: u64,
    /// Resident memory, pages shared with others in parts, bytes; taken every 30 s.
    pub proportional: Option<u64>,
    /// What it answers for, resident or not (`phys_footprint`), bytes; macOS only.
    pub footprint: Option<u64>,
    /// Threads.
    pub threads: u64,
    /// Open descriptors; taken every 30 s.
    pub descriptors: Option<u64>,
    /// Page faults that needed no disk.
    pub minor_faults: u64,
    /// Page faults that did.
    pub major_faults: u64,
    /// Times that a thread waited of its own accord; of this process alone.
    pub voluntary_switches: Option<u64>,
    /// Times that a thread was made to wait; of this process alone.
    pub involuntary_switches: Option<u64>,
}
