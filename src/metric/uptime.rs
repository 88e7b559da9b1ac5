//! `uptime`: how long the machine has been up.

use goodall_platform::uptime::{UptimeReader, UptimeSample};

use super::{Collector, Every, Field, Unit, tabled};

type F = Field<UptimeSample>;

static FIELDS: &[F] = &[F::f64(
    "seconds",
    |uptime| uptime.seconds,
    "Time since boot, suspend included.",
)
.unit(Unit::Seconds)];

/// The collector.
pub static UPTIME: Collector = Collector {
    name: "uptime",
    help: "How long the machine has been up.",
    every: Every::Tick,
    has_instances: false,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(UptimeReader::open(roots, settings)?, FIELDS)),
};
