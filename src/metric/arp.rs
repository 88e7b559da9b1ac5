//! `arp`: neighbours by device.

use goodall_platform::arp::{ArpReader, ArpSample};

use super::{Collector, Every, Field, tabled};

type F = Field<ArpSample>;

static FIELDS: &[F] = &[
    F::u64("entries", |arp| arp.entries, "Neighbours in the ARP table.")
        .prom("node_arp_entries", &[])
        .prom_help("ARP entries by device"),
];

/// The collector.
pub static ARP: Collector = Collector {
    name: "arp",
    help: "The ARP table, by device.",
    every: Every::Tick,
    has_instances: true,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(ArpReader::open(roots, settings)?, FIELDS)),
};
