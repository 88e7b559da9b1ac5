//! `network`, `network_link` and `network_info`: what interfaces did, how they are, what they are.

use goodall_platform::network::{
    NetworkInfoReader, NetworkInfoSample, NetworkLinkReader, NetworkLinkSample, NetworkReader,
    NetworkSample,
};

use super::{Collector, Every, Field, Unit, tabled};

type F = Field<NetworkSample>;
type L = Field<NetworkLinkSample>;

/// A counter as node_exporter's `netdev` names it.
macro_rules! statistic {
    ($field:expr, $name:literal) => {
        $field
            .counter()
            .prom(concat!("node_network_", $name, "_total"), &[])
            .prom_help(concat!("Network device statistic ", $name, "."))
    };
}

/// An attribute as node_exporter's `netclass` names it.
macro_rules! property {
    ($field:expr, $name:literal) => {
        $field
            .prom(concat!("node_network_", $name), &[])
            .prom_help(concat!("Network device property: ", $name))
    };
}

static FIELDS: &[F] = &[
    statistic!(
        F::u64(
            "receive_bytes",
            |device| device.receive_bytes,
            "Bytes received."
        )
        .unit(Unit::Bytes),
        "receive_bytes"
    ),
    statistic!(
        F::u64(
            "receive_packets",
            |device| device.receive_packets,
            "Packets received."
        ),
        "receive_packets"
    ),
    statistic!(
        F::u64(
            "receive_errs",
            |device| device.receive_errs,
            "Bad packets received."
        ),
        "receive_errs"
    ),
    statistic!(
        F::u64(
            "receive_drop",
            |device| device.receive_drop,
            "Packets received and dropped."
        ),
        "receive_drop"
    ),
    statistic!(
        F::u64(
            "receive_fifo",
            |device| device.receive_fifo,
            "Overruns of the receiver's queue."
        ),
        "receive_fifo"
    ),
    statistic!(
        F::u64(
            "receive_frame",
            |device| device.receive_frame,
            "Frames of a wrong length, checksum or alignment."
        ),
        "receive_frame"
    ),
    statistic!(
        F::u64(
            "receive_compressed",
            |device| device.receive_compressed,
            "Compressed packets received."
        ),
        "receive_compressed"
    ),
    statistic!(
        F::u64(
            "receive_multicast",
            |device| device.receive_multicast,
            "Multicast packets received."
        ),
        "receive_multicast"
    ),
    statistic!(
        F::u64(
            "transmit_bytes",
            |device| device.transmit_bytes,
            "Bytes sent."
        )
        .unit(Unit::Bytes),
        "transmit_bytes"
    ),
    statistic!(
        F::u64(
            "transmit_packets",
            |device| device.transmit_packets,
            "Packets sent."
        ),
        "transmit_packets"
    ),
    statistic!(
        F::u64(
            "transmit_errs",
            |device| device.transmit_errs,
            "Packets that could not be sent."
        ),
        "transmit_errs"
    ),
    statistic!(
        F::u64(
            "transmit_drop",
            |device| device.transmit_drop,
            "Packets dropped before they were sent."
        ),
        "transmit_drop"
    ),
    statistic!(
        F::u64(
            "transmit_fifo",
            |device| device.transmit_fifo,
            "Underruns of the sender's queue."
        ),
        "transmit_fifo"
    ),
    statistic!(
        F::u64(
            "transmit_colls",
            |device| device.transmit_colls,
            "Collisions."
        ),
        "transmit_colls"
    ),
    statistic!(
        F::u64(
            "transmit_carrier",
            |device| device.transmit_carrier,
            "Losses of the carrier while sending."
        ),
        "transmit_carrier"
    ),
    statistic!(
        F::u64(
            "transmit_compressed",
            |device| device.transmit_compressed,
            "Compressed packets sent."
        ),
        "transmit_compressed"
    ),
    statistic!(
        F::maybe(
            "receive_nohandler",
            |device| device.line.receive_nohandler,
            "Packets received on an inactive device of a bond; read once a minute."
        ),
        "receive_nohandler"
    ),
    statistic!(
        F::maybe(
            "noproto",
            |device| device.receive_no_protocol,
            "Packets received for a protocol that nobody takes."
        )
        .macos(),
        "noproto"
    ),
    statistic!(
        F::maybe(
            "transmit_multicast",
            |device| device.transmit_multicast,
            "Multicast packets sent."
        )
        .macos(),
        "transmit_multicast"
    ),
    F::maybe(
        "up",
        |device| device.line.up,
        "1 where operstate is up, else 0; on macOS where it is up and running.",
    )
    .prom("node_network_up", &[])
    .prom_help("Value is 1 if operstate is 'up', 0 otherwise."),
    F::maybe(
        "operstate",
        |device| device.line.operstate,
        "0 unknown, 1 not present, 2 down, 3 lower layer down, 4 testing, 5 dormant, 6 up.",
    ),
    property!(
        F::maybe(
            "carrier",
            |device| device.line.carrier,
            "1 where there is a carrier, else 0."
        ),
        "carrier"
    ),
    property!(
        F::maybe(
            "carrier_changes",
            |device| device.line.carrier_changes,
            "How often the carrier came or went."
        )
        .counter(),
        "carrier_changes_total"
    ),
    property!(
        F::maybe(
            "carrier_up_changes",
            |device| device.line.carrier_up_changes,
            "How often the carrier came."
        )
        .counter(),
        "carrier_up_changes_total"
    ),
    property!(
        F::maybe(
            "carrier_down_changes",
            |device| device.line.carrier_down_changes,
            "How often the carrier went."
        )
        .counter(),
        "carrier_down_changes_total"
    ),
    property!(
        F::maybe_signed(
            "speed",
            |device| device.line.speed_mbit,
            "Speed of the line; -125000 where the driver does not know."
        )
        .unit(Unit::BytesPerSecond)
        .scale(125_000, 1),
        "speed_bytes"
    ),
    property!(
        F::maybe("mtu", |device| device.line.mtu, "The largest packet.").unit(Unit::Bytes),
        "mtu_bytes"
    ),
];

static LINK_FIELDS: &[L] = &[
    property!(
        L::maybe(
            "address_assign_type",
            |link| link.address_assign_type,
            "Where the address is from: 0 permanent, 1 random, 2 stolen, 3 set."
        ),
        "address_assign_type"
    ),
    property!(
        L::maybe(
            "device_id",
            |link| link.device_id,
            "Tells apart devices that share an address."
        ),
        "device_id"
    ),
    property!(
        L::maybe(
            "dormant",
            |link| link.dormant,
            "1 where it waits for something outside."
        ),
        "dormant"
    ),
    property!(
        L::maybe("flags", |link| link.flags, "IFF_* of netdevice(7)."),
        "flags"
    ),
    property!(
        L::maybe("iface_id", |link| link.iface_id, "The interface's number."),
        "iface_id"
    ),
    property!(
        L::maybe(
            "iface_link",
            |link| link.iface_link,
            "The number of the interface under it, or its own."
        ),
        "iface_link"
    ),
    property!(
        L::maybe(
            "iface_link_mode",
            |link| link.iface_link_mode,
            "0 default, 1 dormant."
        ),
        "iface_link_mode"
    ),
    property!(
        L::maybe(
            "name_assign_type",
            |link| link.name_assign_type,
            "Where the name is from: 1 enumerated, 2 predictable, 3 the user's, 4 renamed."
        ),
        "name_assign_type"
    ),
    property!(
        L::maybe(
            "net_dev_group",
            |link| link.net_dev_group,
            "The interface's group."
        ),
        "net_dev_group"
    ),
    property!(
        L::maybe(
            "protocol_type",
            |link| link.protocol_type,
            "ARPHRD_* of netdevice(7): 1 Ethernet, 772 loopback."
        ),
        "protocol_type"
    ),
    property!(
        L::maybe(
            "transmit_queue_length",
            |link| link.transmit_queue_length,
            "Packets that may wait to be sent."
        ),
        "transmit_queue_length"
    ),
];

static INFO_FIELDS: &[Field<NetworkInfoSample>] = &[Field::u64(
    "present",
    |_| 1,
    "1 while the interface is there and in that state; its labels say what it is.",
)
.prom("node_network_info", &[])
.prom_help("Non-numeric data from /sys/class/net/<iface>, value is always 1.")];

/// What interfaces did, and how their lines are.
pub static NETWORK: Collector = Collector {
    name: "network",
    help: "Traffic, errors and line of each network interface.",
    every: Every::Tick,
    has_instances: true,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(NetworkReader::open(roots, settings)?, FIELDS)),
};

/// What hardly changes of interfaces.
pub static NETWORK_LINK: Collector = Collector {
    name: "network_link",
    help: "Numbers, flags and queue length of each network interface.",
    every: Every::Seconds(10),
    has_instances: true,
    prom_skips: None,
    fields: &LINK_FIELDS,
    open: |roots, settings| {
        Ok(tabled(
            NetworkLinkReader::open(roots, settings)?,
            LINK_FIELDS,
        ))
    },
};

/// What interfaces are.
pub static NETWORK_INFO: Collector = Collector {
    name: "network_info",
    help: "Address, duplex and state of each network interface, as labels.",
    every: Every::Seconds(10),
    has_instances: true,
    prom_skips: None,
    fields: &INFO_FIELDS,
    open: |roots, settings| {
        Ok(tabled(
            NetworkInfoReader::open(roots, settings)?,
            INFO_FIELDS,
        ))
    },
};
