//! `conntrack`: connection tracking. The events are gauges in `/metrics`, as node_exporter has them, though
//! they only rise.

use goodall_platform::conntrack::{ConntrackReader, ConntrackSample};

use super::field::PromType;
use super::{Collector, Every, Field, tabled};

type F = Field<ConntrackSample>;

/// An event, by its field.
macro_rules! event {
    ($field:ident, $help:literal, $prom_help:literal) => {
        F::maybe(
            stringify!($field),
            |sample| Some(sample.events?.$field),
            $help,
        )
        .counter()
        .prom(concat!("node_nf_conntrack_stat_", stringify!($field)), &[])
        .prom_type(PromType::Gauge)
        .prom_help($prom_help)
    };
}

#[rustfmt::skip]
static FIELDS: &[F] = &[
    F::u64("entries", |sample| sample.entries, "Connections in the table.")
        .prom("node_nf_conntrack_entries", &[])
        .prom_help("Number of currently allocated flow entries for connection tracking."),
    F::u64("entries_limit", |sample| sample.entries_limit, "Connections that the table takes.")
        .prom("node_nf_conntrack_entries_limit", &[])
        .prom_help("Maximum size of connection tracking table."),
    event!(found, "Searches that found an entry.", "Number of searched entries which were successful."),
    event!(invalid, "Packets that cannot be tracked.", "Number of packets seen which can not be tracked."),
    event!(ignore, "Packets that belong to an entry already.", "Number of packets seen which are already connected to a conntrack entry."),
    event!(insert, "Entries inserted.", "Number of entries inserted into the list."),
    event!(insert_failed, "Entries that could not be inserted.", "Number of entries for which list insertion was attempted but failed."),
    event!(drop, "Packets dropped since tracking failed.", "Number of packets dropped due to conntrack failure."),
    event!(early_drop, "Entries dropped to make room in a full table.", "Number of dropped conntrack entries to make room for new ones, if maximum table size was reached."),
    event!(search_restart, "Searches begun again since the table was resized.", "Number of conntrack table lookups which had to be restarted due to hashtable resizes."),
];

/// The collector.
pub static CONNTRACK: Collector = Collector {
    name: "conntrack",
    help: "The table of tracked connections.",
    every: Every::Tick,
    has_instances: false,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(ConntrackReader::open(roots, settings)?, FIELDS)),
};
