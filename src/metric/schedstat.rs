//! `schedstat`: what the scheduler did, by core.

use goodall_platform::schedstat::{SchedstatReader, SchedstatSample};

use super::{Collector, Every, Field, Unit, tabled};

const NS_PER_SECOND: u32 = 1_000_000_000;

type F = Field<SchedstatSample>;

#[rustfmt::skip]
static FIELDS: &[F] = &[
    F::u64("running", |core| core.running_ns, "Time in which tasks ran.")
        .counter()
        .unit(Unit::Seconds)
        .scale(1, NS_PER_SECOND)
        .prom("node_schedstat_running_seconds_total", &[])
        .prom_help("Number of seconds CPU spent running a process."),
    F::u64("waiting", |core| core.waiting_ns, "Time for which tasks that could run waited.")
        .counter()
        .unit(Unit::Seconds)
        .scale(1, NS_PER_SECOND)
        .prom("node_schedstat_waiting_seconds_total", &[])
        .prom_help("Number of seconds spent by processing waiting for this CPU."),
    F::u64("timeslices", |core| core.timeslices, "Time slices that tasks ran.")
        .counter()
        .prom("node_schedstat_timeslices_total", &[])
        .prom_help("Number of timeslices executed by CPU."),
];

/// The collector.
pub static SCHEDSTAT: Collector = Collector {
    name: "schedstat",
    help: "What the scheduler did, by core.",
    every: Every::Tick,
    has_instances: true,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(SchedstatReader::open(roots, settings)?, FIELDS)),
};
