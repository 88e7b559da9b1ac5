//! Paging, swapping, faults and kills for want of memory. Linux: `/proc/vmstat`, proc_vmstat(5); of its
//! two hundred keys those that node_exporter keeps by default, `^(oom_kill|pgpg|pswp|pg.*fault).*`. macOS:
//! `host_statistics64`.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
pub mod proc_vmstat;

#[cfg(target_os = "linux")]
pub use linux::VmstatReader;
#[cfg(target_os = "macos")]
pub use macos::VmstatReader;

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
    /// What macOS alone has.
    pub beyond: Option<Beyond>,
}

/// What macOS counts and Linux does not, in pages, since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beyond {
    /// Pages read in.
    pub pageins: u64,
    /// Pages written out.
    pub pageouts: u64,
    /// Copies made on a write.
    pub cow_faults: u64,
    /// Pages filled with zeros.
    pub zero_fills: u64,
    /// Pages that were inactive and became active.
    pub reactivations: u64,
    /// Purgeable pages that were dropped.
    pub purges: u64,
    /// Pages put into the compressor.
    pub compressions: u64,
    /// Pages taken out of the compressor.
    pub decompressions: u64,
}
