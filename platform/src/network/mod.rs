//! What network interfaces did and how they are. Linux: `/proc/net/dev`, proc_pid_net(5), and
//! `/sys/class/net`, the kernel's Documentation/ABI/testing/sysfs-class-net. macOS: sysctl
//! `NET_RT_IFLIST2` and `IFMIB_IFDATA`.

#[cfg(target_os = "linux")]
mod attributes;
#[cfg(target_os = "linux")]
mod info;
#[cfg(target_os = "linux")]
mod interfaces;
#[cfg(target_os = "linux")]
mod link;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
pub mod net_dev;
pub mod route_message;
#[cfg(target_os = "linux")]
mod watch;

#[cfg(target_os = "linux")]
pub use info::NetworkInfoReader;
#[cfg(target_os = "linux")]
pub use link::NetworkLinkReader;
#[cfg(target_os = "linux")]
pub use linux::NetworkReader;
#[cfg(target_os = "macos")]
pub use macos::NetworkReader;

/// The reader where there is none for this system yet.
#[cfg(not(target_os = "linux"))]
pub type NetworkLinkReader = crate::absent::AbsentReader<NetworkLinkSample>;

/// The reader where there is none for this system yet.
#[cfg(not(target_os = "linux"))]
pub type NetworkInfoReader = crate::absent::AbsentReader<NetworkInfoSample>;

/// The most interfaces that are read.
pub const INTERFACES_MAX: usize = 4096;

/// What one interface did since it was made, the sixteen columns of `/proc/net/dev`, and how its line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetworkSample {
    /// Bytes received.
    pub receive_bytes: u64,
    /// Packets received.
    pub receive_packets: u64,
    /// Bad packets received.
    pub receive_errs: u64,
    /// Packets received and dropped.
    pub receive_drop: u64,
    /// Overruns of the receiver's queue.
    pub receive_fifo: u64,
    /// Frames of a wrong length, checksum or alignment.
    pub receive_frame: u64,
    /// Compressed packets received.
    pub receive_compressed: u64,
    /// Multicast packets received.
    pub receive_multicast: u64,
    /// Bytes sent.
    pub transmit_bytes: u64,
    /// Packets sent.
    pub transmit_packets: u64,
    /// Packets that could not be sent.
    pub transmit_errs: u64,
    /// Packets dropped before they were sent.
    pub transmit_drop: u64,
    /// Underruns of the sender's queue.
    pub transmit_fifo: u64,
    /// Collisions.
    pub transmit_colls: u64,
    /// Losses of the carrier while sending.
    pub transmit_carrier: u64,
    /// Compressed packets sent.
    pub transmit_compressed: u64,
    /// Packets received for a protocol that nobody takes; macOS only.
    pub receive_no_protocol: Option<u64>,
    /// Multicast packets sent; macOS only.
    pub transmit_multicast: Option<u64>,
    /// How the line is.
    pub line: Line,
}

/// How an interface's line is. Read anew when the kernel tells of a change, and once a minute (every 10 s
/// where `/sys` is relocated, since changes there are not told); what cannot be read (`speed` of a loopback, `carrier` of an interface that is down) is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// 1 where `operstate` is `up`, else 0.
    pub up: Option<u64>,
    /// `operstate` as RFC 2863 numbers it: 0 unknown, 1 not present, 2 down, 3 lower layer down,
    /// 4 testing, 5 dormant, 6 up.
    pub operstate: Option<u64>,
    /// 1 where there is a carrier, else 0.
    pub carrier: Option<u64>,
    /// How often the carrier came or went; since 3.15.
    pub carrier_changes: Option<u64>,
    /// How often the carrier came; since 4.16.
    pub carrier_up_changes: Option<u64>,
    /// How often the carrier went; since 4.16.
    pub carrier_down_changes: Option<u64>,
    /// Megabits a second; -1 where the driver does not know.
    pub speed_mbit: Option<i64>,
    /// The largest packet, bytes.
    pub mtu: Option<u64>,
    /// Packets received on an inactive device of a bond; since 4.6.
    pub receive_nohandler: Option<u64>,
}

/// What hardly changes in an interface's life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetworkLinkSample {
    /// Where its address is from: 0 permanent, 1 random, 2 stolen, 3 set.
    pub address_assign_type: Option<u64>,
    /// Tells apart devices that share an address.
    pub device_id: Option<u64>,
    /// 1 where it waits for something outside.
    pub dormant: Option<u64>,
    /// `IFF_*`, netdevice(7).
    pub flags: Option<u64>,
    /// Its number.
    pub iface_id: Option<u64>,
    /// The number of the interface under it, or its own.
    pub iface_link: Option<u64>,
    /// 0 default, 1 dormant.
    pub iface_link_mode: Option<u64>,
    /// Where its name is from: 1 enumerated, 2 predictable, 3 the user's, 4 renamed; since 3.17.
    pub name_assign_type: Option<u64>,
    /// Its group.
    pub net_dev_group: Option<u64>,
    /// `ARPHRD_*`: 1 Ethernet, 772 loopback.
    pub protocol_type: Option<u64>,
    /// Packets that may wait to be sent.
    pub transmit_queue_length: Option<u64>,
}

/// The labels that say what an interface is; they are all there is to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetworkInfoSample;
