//! `udp_queues`: what waits in UDP sockets.

use goodall_platform::udp_queues::{UdpQueuesReader, UdpQueuesSample};

use super::{Collector, Every, Field, Unit, tabled};

const QUEUES_HELP: &str = "Number of allocated memory in the kernel for UDP datagrams in bytes.";

type F = Field<UdpQueuesSample>;

static FIELDS: &[F] = &[
    F::maybe(
        "v4_transmit",
        |udp| Some(udp.v4?.transmit),
        "Memory of outgoing UDP datagrams, IPv4.",
    )
    .unit(Unit::Bytes)
    .prom("node_udp_queues", &[("ip", "v4"), ("queue", "tx")])
    .prom_help(QUEUES_HELP),
    F::maybe(
        "v4_receive",
        |udp| Some(udp.v4?.receive),
        "Memory of incoming UDP datagrams, IPv4.",
    )
    .unit(Unit::Bytes)
    .prom("node_udp_queues", &[("ip", "v4"), ("queue", "rx")])
    .prom_help(QUEUES_HELP),
    F::maybe(
        "v6_transmit",
        |udp| Some(udp.v6?.transmit),
        "Memory of outgoing UDP datagrams, IPv6.",
    )
    .unit(Unit::Bytes)
    .prom("node_udp_queues", &[("ip", "v6"), ("queue", "tx")])
    .prom_help(QUEUES_HELP),
    F::maybe(
        "v6_receive",
        |udp| Some(udp.v6?.receive),
        "Memory of incoming UDP datagrams, IPv6.",
    )
    .unit(Unit::Bytes)
    .prom("node_udp_queues", &[("ip", "v6"), ("queue", "rx")])
    .prom_help(QUEUES_HELP),
    F::maybe(
        "v4_sockets",
        |udp| Some(udp.v4?.sockets),
        "UDP sockets, IPv4.",
    ),
    F::maybe(
        "v6_sockets",
        |udp| Some(udp.v6?.sockets),
        "UDP sockets, IPv6.",
    ),
    F::maybe(
        "v4_drops",
        |udp| udp.v4?.drops,
        "Datagrams dropped by the UDP sockets that are open now, IPv4.",
    ),
    F::maybe(
        "v6_drops",
        |udp| udp.v6?.drops,
        "Datagrams dropped by the UDP sockets that are open now, IPv6.",
    ),
];

/// The collector.
pub static UDP_QUEUES: Collector = Collector {
    name: "udp_queues",
    help: "What waits in UDP sockets, and how many there are; a long list is not read at every tick.",
    every: Every::Tick,
    has_instances: false,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(UdpQueuesReader::open(roots, settings)?, FIELDS)),
};
