//! `sockstat`: sockets by protocol and state.

use goodall_platform::sockstat::{SockstatReader, SockstatSample};

use super::{Collector, Every, Field, Unit, tabled};

type F = Field<SockstatSample>;

/// A number, by its protocol and its state as node_exporter calls them.
macro_rules! named {
    ($name:expr, $get:expr, $protocol:literal, $state:literal, $help:literal) => {
        F::maybe($name, $get, $help)
            .prom(concat!("node_sockstat_", $protocol, "_", $state), &[])
            .prom_help(concat!(
                "Number of ",
                $protocol,
                " sockets in state ",
                $state,
                "."
            ))
    };
}

/// The same, straight from a field of the sample.
macro_rules! counted {
    ($field:ident, $protocol:literal, $state:literal, $help:literal) => {
        named!(
            stringify!($field),
            |sample| sample.counts.$field,
            $protocol,
            $state,
            $help
        )
    };
}

#[rustfmt::skip]
static FIELDS: &[F] = &[
    F::maybe("sockets_used", |sample| sample.counts.sockets_used, "Sockets of all kinds.")
        .prom("node_sockstat_sockets_used", &[])
        .prom_help("Number of IPv4 sockets in use."),
    counted!(tcp_inuse, "TCP", "inuse", "TCP sockets over IPv4 that are not closed."),
    counted!(tcp_orphan, "TCP", "orphan", "TCP sockets that no process holds."),
    counted!(tcp_tw, "TCP", "tw", "TCP sockets in TIME_WAIT."),
    counted!(tcp_alloc, "TCP", "alloc", "TCP sockets that exist."),
    counted!(tcp_mem, "TCP", "mem", "Pages of memory that TCP sockets take."),
    named!("tcp_mem_bytes", SockstatSample::tcp_mem_bytes, "TCP", "mem_bytes", "Memory that TCP sockets take.").unit(Unit::Bytes),
    counted!(udp_inuse, "UDP", "inuse", "UDP sockets over IPv4."),
    counted!(udp_mem, "UDP", "mem", "Pages of memory that UDP sockets take."),
    named!("udp_mem_bytes", SockstatSample::udp_mem_bytes, "UDP", "mem_bytes", "Memory that UDP sockets take.").unit(Unit::Bytes),
    counted!(udp_lite_inuse, "UDPLITE", "inuse", "UDP-Lite sockets over IPv4."),
    counted!(raw_inuse, "RAW", "inuse", "Raw sockets over IPv4."),
    counted!(frag_inuse, "FRAG", "inuse", "IPv4 packets being put together."),
    counted!(frag_memory, "FRAG", "memory", "Memory of IPv4 packets being put together.").unit(Unit::Bytes),
    counted!(tcp6_inuse, "TCP6", "inuse", "TCP sockets over IPv6 that are not closed."),
    counted!(udp6_inuse, "UDP6", "inuse", "UDP sockets over IPv6."),
    counted!(udp_lite6_inuse, "UDPLITE6", "inuse", "UDP-Lite sockets over IPv6."),
    counted!(raw6_inuse, "RAW6", "inuse", "Raw sockets over IPv6."),
    counted!(frag6_inuse, "FRAG6", "inuse", "IPv6 packets being put together."),
    counted!(frag6_memory, "FRAG6", "memory", "Memory of IPv6 packets being put together.").unit(Unit::Bytes),
];

/// The collector.
pub static SOCKSTAT: Collector = Collector {
    name: "sockstat",
    help: "Sockets by protocol and state, and the memory that they take.",
    every: Every::Tick,
    has_instances: false,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(SockstatReader::open(roots, settings)?, FIELDS)),
};
