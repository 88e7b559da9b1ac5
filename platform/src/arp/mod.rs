//! Neighbours by device. Linux: `/proc/net/arp`, proc_pid_net(5).

#[cfg(target_os = "linux")]
mod linux;
pub mod net_arp;

#[cfg(target_os = "linux")]
pub use linux::ArpReader;

/// The reader where there is no `/proc/net/arp`.
#[cfg(not(target_os = "linux"))]
pub type ArpReader = crate::absent::AbsentReader<ArpSample>;

/// The ARP table of one device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArpSample {
    /// Neighbours, complete or not.
    pub entries: u64,
}
