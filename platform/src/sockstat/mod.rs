//! Sockets by protocol and state. Linux: `/proc/net/sockstat` and `/proc/net/sockstat6`, proc_pid_net(5).

#[cfg(target_os = "linux")]
mod linux;
pub mod net_sockstat;

#[cfg(target_os = "linux")]
pub use linux::SockstatReader;

use crate::keyed::keyed_sample;

/// The reader where there is no `/proc/net/sockstat`.
#[cfg(not(target_os = "linux"))]
pub type SockstatReader = crate::absent::AbsentReader<SockstatSample>;

keyed_sample! {
    /// Sockets, and the memory that they take: `mem` in pages, `memory` in bytes.
    SockstatCounts: u64 {
        sockets_used = "sockets_used",
        tcp_inuse = "TCP_inuse",
        tcp_orphan = "TCP_orphan",
        tcp_tw = "TCP_tw",
        tcp_alloc = "TCP_alloc",
        tcp_mem = "TCP_mem",
        udp_inuse = "UDP_inuse",
        udp_mem = "UDP_mem",
        udp_lite_inuse = "UDPLITE_inuse",
        raw_inuse = "RAW_inuse",
        frag_inuse = "FRAG_inuse",
        frag_memory = "FRAG_memory",
        tcp6_inuse = "TCP6_inuse",
        udp6_inuse = "UDP6_inuse",
        udp_lite6_inuse = "UDPLITE6_inuse",
        raw6_inuse = "RAW6_inuse",
        frag6_inuse = "FRAG6_inuse",
        frag6_memory = "FRAG6_memory",
    }
}

/// Sockets, and the size of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SockstatSample {
    /// What the kernel counts.
    pub counts: SockstatCounts,
    /// Bytes in a page.
    pub page_size: u64,
}

impl SockstatSample {
    /// Memory of TCP sockets in bytes.
    pub fn tcp_mem_bytes(&self) -> Option<u64> {
        Some(self.counts.tcp_mem?.saturating_mul(self.page_size))
    }

    /// Memory of UDP sockets in bytes.
    pub fn udp_mem_bytes(&self) -> Option<u64> {
        Some(self.counts.udp_mem?.saturating_mul(self.page_size))
    }
}
