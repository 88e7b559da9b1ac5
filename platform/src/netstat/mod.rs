//! What the network protocols count, as far as node_exporter keeps it by default. Linux:
//! `/proc/net/netstat`, `/proc/net/snmp` and `/proc/net/snmp6`, proc_pid_net(5), RFC 1213 and 4293.
//! macOS: sysctl `net.inet.*.stats`.

pub mod columns;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
pub mod protocol_stats;
pub mod snmp6;

#[cfg(target_os = "linux")]
pub use linux::{NetstatReader, Snmp6Reader, SnmpReader};
#[cfg(target_os = "macos")]
pub use macos::{NetstatReader, Snmp6Reader, SnmpReader};

use crate::keyed::keyed_sample;

keyed_sample! {
    /// Linux' own counters of TCP and IP, since boot.
    NetstatSample: u64 {
        tcp_ext_syncookies_sent = "TcpExt_SyncookiesSent",
        tcp_ext_syncookies_recv = "TcpExt_SyncookiesRecv",
        tcp_ext_syncookies_failed = "TcpExt_SyncookiesFailed",
        tcp_ext_listen_overflows = "TcpExt_ListenOverflows",
        tcp_ext_listen_drops = "TcpExt_ListenDrops",
        tcp_ext_tcp_timeouts = "TcpExt_TCPTimeouts",
        tcp_ext_tcp_ofo_queue = "TcpExt_TCPOFOQueue",
        tcp_ext_tcp_syn_retrans = "TcpExt_TCPSynRetrans",
        tcp_ext_tcp_rcv_q_drop = "TcpExt_TCPRcvQDrop",
        ip_ext_in_octets = "IpExt_InOctets",
        ip_ext_out_octets = "IpExt_OutOctets",
    }
}

keyed_sample! {
    /// The counters of the management information base, IPv4, since boot.
    SnmpSample: u64 {
        ip_forwarding = "Ip_Forwarding",
        icmp_in_msgs = "Icmp_InMsgs",
        icmp_in_errors = "Icmp_InErrors",
        icmp_out_msgs = "Icmp_OutMsgs",
        tcp_active_opens = "Tcp_ActiveOpens",
        tcp_passive_opens = "Tcp_PassiveOpens",
        tcp_curr_estab = "Tcp_CurrEstab",
        tcp_in_segs = "Tcp_InSegs",
        tcp_out_segs = "Tcp_OutSegs",
        tcp_retrans_segs = "Tcp_RetransSegs",
        tcp_in_errs = "Tcp_InErrs",
        tcp_out_rsts = "Tcp_OutRsts",
        udp_in_datagrams = "Udp_InDatagrams",
        udp_no_ports = "Udp_NoPorts",
        udp_in_errors = "Udp_InErrors",
        udp_out_datagrams = "Udp_OutDatagrams",
        udp_rcvbuf_errors = "Udp_RcvbufErrors",
        udp_sndbuf_errors = "Udp_SndbufErrors",
        udp_lite_in_errors = "UdpLite_InErrors",
    }
}

keyed_sample! {
    /// The counters of the management information base, IPv6, since boot.
    Snmp6Sample: u64 {
        ip6_in_octets = "Ip6InOctets",
        ip6_out_octets = "Ip6OutOctets",
        icmp6_in_msgs = "Icmp6InMsgs",
        icmp6_in_errors = "Icmp6InErrors",
        icmp6_out_msgs = "Icmp6OutMsgs",
        udp6_in_datagrams = "Udp6InDatagrams",
        udp6_no_ports = "Udp6NoPorts",
        udp6_in_errors = "Udp6InErrors",
        udp6_out_datagrams = "Udp6OutDatagrams",
        udp6_rcvbuf_errors = "Udp6RcvbufErrors",
        udp6_sndbuf_errors = "Udp6SndbufErrors",
        udp_lite6_in_errors = "UdpLite6InErrors",
    }
}
