//! What block devices did. Linux: `/proc/diskstats`, the kernel's Documentation/admin-guide/iostats.rst.
//! macOS: IOKit, `IOBlockStorageDriver`.

pub mod diskstats;
pub mod driver_statistics;
pub mod excluded;
#[cfg(target_os = "linux")]
mod info;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;

#[cfg(target_os = "linux")]
pub use info::DiskInfoReader;
#[cfg(target_os = "linux")]
pub use linux::DiskReader;
#[cfg(target_os = "macos")]
pub use macos::DiskReader;

/// The reader where there is none for this system yet.
#[cfg(not(target_os = "linux"))]
pub type DiskInfoReader = crate::absent::AbsentReader<DiskInfoSample>;

/// The most devices that are read, partitions and left out ones too.
pub const DISKS_MAX: usize = 4096;

/// One device since boot. Sectors are 512 bytes, whatever the device's own are; times are milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskSample {
    /// Reads done.
    pub reads_completed: u64,
    /// Reads merged with another before they were queued.
    pub reads_merged: u64,
    /// Sectors read.
    pub read_sectors: u64,
    /// Time of all reads together, ms.
    pub read_time_ms: u64,
    /// Writes done.
    pub writes_completed: u64,
    /// Writes merged with another before they were queued.
    pub writes_merged: u64,
    /// Sectors written.
    pub written_sectors: u64,
    /// Time of all writes together, ms.
    pub write_time_ms: u64,
    /// Requests under way.
    pub io_now: u64,
    /// Time with at least one request under way, ms.
    pub io_time_ms: u64,
    /// Time of all requests together, ms.
    pub io_time_weighted_ms: u64,
    /// Discards done; since 4.18, as the three that follow.
    pub discards_completed: Option<u64>,
    /// Discards merged with another before they were queued.
    pub discards_merged: Option<u64>,
    /// Sectors discarded.
    pub discarded_sectors: Option<u64>,
    /// Time of all discards together, ms.
    pub discard_time_ms: Option<u64>,
    /// Flushes done; since 5.5, as the one that follows.
    pub flush_requests: Option<u64>,
    /// Time of all flushes together, ms.
    pub flush_time_ms: Option<u64>,
    /// What macOS alone has.
    pub beyond: Beyond,
}

/// What macOS counts and Linux does not, since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beyond {
    /// Reads that failed.
    pub read_errors: Option<u64>,
    /// Reads that were tried again.
    pub read_retries: Option<u64>,
    /// Time that reads waited before they were begun, ns.
    pub read_latency_ns: Option<u64>,
    /// Writes that failed.
    pub write_errors: Option<u64>,
    /// Writes that were tried again.
    pub write_retries: Option<u64>,
    /// Time that writes waited before they were begun, ns.
    pub write_latency_ns: Option<u64>,
}

/// The labels that say what a device is; they are all there is to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskInfoSample;
