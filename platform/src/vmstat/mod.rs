//! Paging, swapping, faults and kills for want of memory. Linux: `/proc/vmstat`, proc_vmstat(5); of its
//! two hundred keys those that node_exporter keeps by default, `^(oom_kill|pgpg|pswp|pg.*fault).*`.

#[cfg(target_os = "linux")]
mod linux;
pub mod proc_vmstat;

#[cfg(target_os = "linux")]
pub use linux::VmstatReader;

/// The reader where there is none for this system yet.
#[cfg(not(target_os = "linux"))]
pub type VmstatReader = crate::absent::AbsentReader<VmstatSample>;

/// Counts since boot; what a kernel does not have is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VmstatSample {
    /// Read from disk, KiB.
    pub pgpgin_kib: Option<u64>,
    /// Written to disk, KiB.
    pub pgpgout_kib: Option<u64>,
    /// Pages read from swap.
    pub pswpin: Option<u64>,
    /// Pages written to swap.
    pub pswpout: Option<u64>,
    /// Page faults, the major ones included.
    pub pgfault: Option<u64>,
    /// Page faults that had to read from disk.
    pub pgmajfault: Option<u64>,
    /// Processes killed for want of memory; since 4.13.
    pub oom_kill: Option<u64>,
}
