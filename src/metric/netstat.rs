//! `netstat`, `snmp` and `snmp6`: what the network protocols count, as far as node_exporter keeps it by
//! default (its `--collector.netstat.fields`), untyped as there.

use goodall_platform::netstat::{
    NetstatReader, NetstatSample, Snmp6Reader, Snmp6Sample, SnmpReader, SnmpSample,
};

use super::field::PromType;
use super::{Collector, Every, Field, Unit, tabled};

/// A number of the kernel's that goes up and down, by its field, its protocol and its name there.
macro_rules! gauged {
    ($sample:ty, $field:ident, $protocol:literal, $name:literal, $help:literal) => {
        Field::<$sample>::maybe(stringify!($field), |sample| sample.$field, $help)
            .prom(concat!("node_netstat_", $protocol, "_", $name), &[])
            .prom_type(PromType::Untyped)
            .prom_help(concat!("Statistic ", $protocol, $name, "."))
    };
}

/// The same, of a counter.
macro_rules! counted {
    ($sample:ty, $field:ident, $protocol:literal, $name:literal, $help:literal) => {
        gauged!($sample, $field, $protocol, $name, $help).counter()
    };
}

#[rustfmt::skip]
static NETSTAT_FIELDS: &[Field<NetstatSample>] = &[
    counted!(NetstatSample, tcp_ext_syncookies_sent, "TcpExt", "SyncookiesSent", "SYN cookies sent."),
    counted!(NetstatSample, tcp_ext_syncookies_recv, "TcpExt", "SyncookiesRecv", "SYN cookies received."),
    counted!(NetstatSample, tcp_ext_syncookies_failed, "TcpExt", "SyncookiesFailed", "SYN cookies received that were invalid."),
    counted!(NetstatSample, tcp_ext_listen_overflows, "TcpExt", "ListenOverflows", "Connections refused since a listening socket's queue was full."),
    counted!(NetstatSample, tcp_ext_listen_drops, "TcpExt", "ListenDrops", "Connections dropped by listening sockets, for any reason."),
    counted!(NetstatSample, tcp_ext_tcp_timeouts, "TcpExt", "TCPTimeouts", "Timeouts of TCP connections."),
    counted!(NetstatSample, tcp_ext_tcp_ofo_queue, "TcpExt", "TCPOFOQueue", "TCP segments queued since they came out of order."),
    counted!(NetstatSample, tcp_ext_tcp_syn_retrans, "TcpExt", "TCPSynRetrans", "SYN and SYN-ACK segments sent again."),
    counted!(NetstatSample, tcp_ext_tcp_rcv_q_drop, "TcpExt", "TCPRcvQDrop", "TCP segments dropped since the receive queue was full."),
    counted!(NetstatSample, ip_ext_in_octets, "IpExt", "InOctets", "Bytes received over IPv4.").unit(Unit::Bytes),
    counted!(NetstatSample, ip_ext_out_octets, "IpExt", "OutOctets", "Bytes sent over IPv4.").unit(Unit::Bytes),
];

#[rustfmt::skip]
static SNMP_FIELDS: &[Field<SnmpSample>] = &[
    gauged!(SnmpSample, ip_forwarding, "Ip", "Forwarding", "Whether this host forwards IPv4 packets: 1 yes, 2 no."),
    counted!(SnmpSample, icmp_in_msgs, "Icmp", "InMsgs", "ICMP messages received."),
    counted!(SnmpSample, icmp_in_errors, "Icmp", "InErrors", "ICMP messages received that were invalid."),
    counted!(SnmpSample, icmp_out_msgs, "Icmp", "OutMsgs", "ICMP messages sent."),
    counted!(SnmpSample, tcp_active_opens, "Tcp", "ActiveOpens", "TCP connections opened from here."),
    counted!(SnmpSample, tcp_passive_opens, "Tcp", "PassiveOpens", "TCP connections opened by others."),
    gauged!(SnmpSample, tcp_curr_estab, "Tcp", "CurrEstab", "TCP connections that are established or closing."),
    counted!(SnmpSample, tcp_in_segs, "Tcp", "InSegs", "TCP segments received."),
    counted!(SnmpSample, tcp_out_segs, "Tcp", "OutSegs", "TCP segments sent, without those sent again."),
    counted!(SnmpSample, tcp_retrans_segs, "Tcp", "RetransSegs", "TCP segments sent again."),
    counted!(SnmpSample, tcp_in_errs, "Tcp", "InErrs", "TCP segments received that were invalid."),
    counted!(SnmpSample, tcp_out_rsts, "Tcp", "OutRsts", "TCP resets sent."),
    counted!(SnmpSample, udp_in_datagrams, "Udp", "InDatagrams", "UDP datagrams delivered."),
    counted!(SnmpSample, udp_no_ports, "Udp", "NoPorts", "UDP datagrams for ports where nobody listens."),
    counted!(SnmpSample, udp_in_errors, "Udp", "InErrors", "UDP datagrams that could not be delivered for another reason."),
    counted!(SnmpSample, udp_out_datagrams, "Udp", "OutDatagrams", "UDP datagrams sent."),
    counted!(SnmpSample, udp_rcvbuf_errors, "Udp", "RcvbufErrors", "UDP datagrams dropped since the receive buffer was full."),
    counted!(SnmpSample, udp_sndbuf_errors, "Udp", "SndbufErrors", "UDP datagrams dropped since the send buffer was full."),
    counted!(SnmpSample, udp_lite_in_errors, "UdpLite", "InErrors", "UDP-Lite datagrams that could not be delivered."),
];

#[rustfmt::skip]
static SNMP6_FIELDS: &[Field<Snmp6Sample>] = &[
    counted!(Snmp6Sample, ip6_in_octets, "Ip6", "InOctets", "Bytes received over IPv6.").unit(Unit::Bytes),
    counted!(Snmp6Sample, ip6_out_octets, "Ip6", "OutOctets", "Bytes sent over IPv6.").unit(Unit::Bytes),
    counted!(Snmp6Sample, icmp6_in_msgs, "Icmp6", "InMsgs", "ICMPv6 messages received."),
    counted!(Snmp6Sample, icmp6_in_errors, "Icmp6", "InErrors", "ICMPv6 messages received that were invalid."),
    counted!(Snmp6Sample, icmp6_out_msgs, "Icmp6", "OutMsgs", "ICMPv6 messages sent."),
    counted!(Snmp6Sample, udp6_in_datagrams, "Udp6", "InDatagrams", "UDP datagrams delivered over IPv6."),
    counted!(Snmp6Sample, udp6_no_ports, "Udp6", "NoPorts", "UDP datagrams over IPv6 for ports where nobody listens."),
    counted!(Snmp6Sample, udp6_in_errors, "Udp6", "InErrors", "UDP datagrams over IPv6 that could not be delivered for another reason."),
    counted!(Snmp6Sample, udp6_out_datagrams, "Udp6", "OutDatagrams", "UDP datagrams sent over IPv6."),
    counted!(Snmp6Sample, udp6_rcvbuf_errors, "Udp6", "RcvbufErrors", "UDP datagrams over IPv6 dropped since the receive buffer was full."),
    counted!(Snmp6Sample, udp6_sndbuf_errors, "Udp6", "SndbufErrors", "UDP datagrams over IPv6 dropped since the send buffer was full."),
    counted!(Snmp6Sample, udp_lite6_in_errors, "UdpLite6", "InErrors", "UDP-Lite datagrams over IPv6 that could not be delivered."),
];

/// Linux' own counters.
pub static NETSTAT: Collector = Collector {
    name: "netstat",
    help: "What Linux counts of TCP and IP beyond the standards.",
    every: Every::Tick,
    has_instances: false,
    prom_skips: None,
    fields: &NETSTAT_FIELDS,
    open: |roots, settings| {
        Ok(tabled(
            NetstatReader::open(roots, settings)?,
            NETSTAT_FIELDS,
        ))
    },
};

/// The standard counters of IPv4.
pub static SNMP: Collector = Collector {
    name: "snmp",
    help: "IPv4, ICMP, TCP and UDP as RFC 1213 counts them.",
    every: Every::Tick,
    has_instances: false,
    prom_skips: None,
    fields: &SNMP_FIELDS,
    open: |roots, settings| Ok(tabled(SnmpReader::open(roots, settings)?, SNMP_FIELDS)),
};

/// The standard counters of IPv6; every 10 s, since the kernel takes 6.5 us to write the file.
pub static SNMP6: Collector = Collector {
    name: "snmp6",
    help: "IPv6, ICMPv6 and UDP over IPv6 as RFC 4293 counts them.",
    every: Every::Seconds(10),
    has_instances: false,
    prom_skips: None,
    fields: &SNMP6_FIELDS,
    open: |roots, settings| Ok(tabled(Snmp6Reader::open(roots, settings)?, SNMP6_FIELDS)),
};
