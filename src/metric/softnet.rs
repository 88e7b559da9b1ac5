//! `softnet`: packets received in software interrupts, by core.

use goodall_platform::softnet::{SoftnetReader, SoftnetSample};

use super::{Collector, Every, Field, tabled};

type F = Field<SoftnetSample>;

#[rustfmt::skip]
static FIELDS: &[F] = &[
    F::u64("processed", |core| core.processed, "Packets processed.")
        .counter()
        .prom("node_softnet_processed_total", &[])
        .prom_help("Number of processed packets"),
    F::u64("dropped", |core| core.dropped, "Packets dropped since the backlog was full.")
        .counter()
        .prom("node_softnet_dropped_total", &[])
        .prom_help("Number of dropped packets"),
    F::u64("times_squeezed", |core| core.times_squeezed, "Times that the budget ran out with packets left.")
        .counter()
        .prom("node_softnet_times_squeezed_total", &[])
        .prom_help("Number of times processing packets ran out of quota"),
    F::u64("cpu_collision", |core| core.cpu_collision, "Times that another core held the device's lock.")
        .counter()
        .prom("node_softnet_cpu_collision_total", &[])
        .prom_help("Number of collision occur while obtaining device lock while transmitting"),
    F::maybe("received_rps", |core| core.received_rps, "Times that another core woke this one for packets.")
        .counter()
        .prom("node_softnet_received_rps_total", &[])
        .prom_help("Number of times cpu woken up received_rps"),
    F::maybe("flow_limit_count", |core| core.flow_limit_count, "Times that a flow's limit was reached.")
        .counter()
        .prom("node_softnet_flow_limit_count_total", &[])
        .prom_help("Number of times flow limit has been reached"),
    F::maybe("backlog_len", |core| core.backlog_len, "Packets in the backlog.")
        .prom("node_softnet_backlog_len", &[])
        .prom_help("Softnet backlog status"),
];

/// The collector.
pub static SOFTNET: Collector = Collector {
    name: "softnet",
    help: "Packets received in software interrupts, by core.",
    every: Every::Tick,
    has_instances: true,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(SoftnetReader::open(roots, settings)?, FIELDS)),
};
