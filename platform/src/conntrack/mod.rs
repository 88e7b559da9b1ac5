//! Connection tracking of netfilter. Linux: `/proc/sys/net/netfilter/nf_conntrack_*`
//! (Documentation/networking/nf_conntrack-sysctl.rst) and `/proc/net/stat/nf_conntrack`.

#[cfg(target_os = "linux")]
mod linux;
pub mod nf_conntrack;

#[cfg(target_os = "linux")]
pub use linux::ConntrackReader;

/// The reader where there is no netfilter.
#[cfg(not(target_os = "linux"))]
pub type ConntrackReader = crate::absent::AbsentReader<ConntrackSample>;

/// The table of tracked connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConntrackSample {
    /// Connections in the table.
    pub entries: u64,
    /// Connections that the table takes.
    pub entries_limit: u64,
    /// What happened to packets, where the kernel shows it (`CONFIG_NF_CONNTRACK_PROCFS`).
    pub events: Option<ConntrackEvents>,
}

/// What happened to packets, all cores added up, since boot; 32 bits each core, so that they wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConntrackEvents {
    /// Searches that found an entry.
    pub found: u64,
    /// Packets that cannot be tracked.
    pub invalid: u64,
    /// Packets that belong to an entry already.
    pub ignore: u64,
    /// Entries inserted.
    pub insert: u64,
    /// Entries that could not be inserted.
    pub insert_failed: u64,
    /// Packets dropped since tracking failed.
    pub drop: u64,
    /// Entries dropped to make room in a full table.
    pub early_drop: u64,
    /// Searches begun again since the table was resized.
    pub search_restart: u64,
}
