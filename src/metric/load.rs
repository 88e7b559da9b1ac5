//! `load`: the run queue's averages.

use goodall_platform::load::{LoadReader, LoadSample};

use super::{Collector, Every, Field, tabled};

type F = Field<LoadSample>;

static FIELDS: &[F] = &[
    F::f64("1m", |load| load.one, "Run queue, averaged over 1 minute.")
        .prom("node_load1", &[])
        .prom_help("1m load average.")
        .alias("system_load_1"),
    F::f64(
        "5m",
        |load| load.five,
        "Run queue, averaged over 5 minutes.",
    )
    .prom("node_load5", &[])
    .prom_help("5m load average.")
    .alias("system_load_5"),
    F::f64(
        "15m",
        |load| load.fifteen,
        "Run queue, averaged over 15 minutes.",
    )
    .prom("node_load15", &[])
    .prom_help("15m load average.")
    .alias("system_load_15"),
    F::maybe(
        "runnable",
        |load| load.runnable,
        "Scheduling entities that can run now.",
    ),
    F::maybe(
        "entities",
        |load| load.entities,
        "Scheduling entities that exist.",
    ),
];

/// The collector.
pub static LOAD: Collector = Collector {
    name: "load",
    help: "Load averages.",
    every: Every::Behind(12),
    has_instances: false,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(LoadReader::open(roots, settings)?, FIELDS)),
};
