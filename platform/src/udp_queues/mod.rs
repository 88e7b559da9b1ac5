//! Bytes that wait in UDP sockets. Linux: `/proc/net/udp` and `/proc/net/udp6`, proc_pid_net(5).

#[cfg(target_os = "linux")]
mod linux;
pub mod net_udp;

#[cfg(target_os = "linux")]
pub use linux::UdpQueuesReader;

/// The reader where there is no `/proc/net/udp`.
#[cfg(not(target_os = "linux"))]
pub type UdpQueuesReader = crate::absent::AbsentReader<UdpQueuesSample>;

/// All UDP sockets of one protocol, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UdpQueues {
    /// Sockets.
    pub sockets: u64,
    /// Bytes of memory that outgoing datagrams take.
    pub transmit: u64,
    /// Bytes of memory that incoming datagrams take.
    pub receive: u64,
    /// Datagrams dropped by the sockets that are open now; goes down when one is closed.
    pub drops: Option<u64>,
}

/// The UDP sockets of both protocols, as far as they are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UdpQueuesSample {
    /// Over IPv4.
    pub v4: Option<UdpQueues>,
    /// Over IPv6.
    pub v6: Option<UdpQueues>,
}
