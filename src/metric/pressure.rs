//! `pressure`: time lost waiting for processors, memory, disks and interrupts.

use goodall_platform::pressure::{PressureReader, PressureSample, Stall};

use super::{Collector, Every, Field, Unit, tabled};

type F = Field<PressureSample>;

/// A share, in units of 1/10,000.
const fn share(field: F) -> F {
    field.unit(Unit::Ratio).scale(1, 10_000)
}

/// A counter of microseconds.
const fn total(field: F) -> F {
    field.counter().unit(Unit::Seconds).scale(1, 1_000_000)
}

fn some(sample: &PressureSample, get: fn(&Stall) -> u64) -> Option<u64> {
    sample.some.as_ref().map(get)
}

fn full(sample: &PressureSample, get: fn(&Stall) -> u64) -> Option<u64> {
    sample.full.as_ref().map(get)
}

static FIELDS: &[F] = &[
    total(F::maybe(
        "some_total",
        |pressure| some(pressure, |stall| stall.total_us),
        "Time in which a task or more waited.",
    ))
    .prom("node_pressure_{instance}_waiting_seconds_total", &[])
    .prom_helps(&[
        (
            "cpu",
            "Total time in seconds that processes have waited for CPU time",
        ),
        (
            "memory",
            "Total time in seconds that processes have waited for memory",
        ),
        (
            "io",
            "Total time in seconds that processes have waited due to IO congestion",
        ),
    ]),
    total(F::maybe(
        "full_total",
        |pressure| full(pressure, |stall| stall.total_us),
        "Time in which all tasks waited.",
    ))
    .prom("node_pressure_{instance}_stalled_seconds_total", &[])
    .prom_helps(&[
        (
            "memory",
            "Total time in seconds no process could make progress due to memory congestion",
        ),
        (
            "io",
            "Total time in seconds no process could make progress due to IO congestion",
        ),
        (
            "irq",
            "Total time in seconds no process could make progress due to IRQ congestion",
        ),
    ]),
    share(F::maybe(
        "some_avg10",
        |pressure| some(pressure, |stall| stall.avg10),
        "Share of the last 10 s in which a task or more waited.",
    )),
    share(F::maybe(
        "some_avg60",
        |pressure| some(pressure, |stall| stall.avg60),
        "Share of the last 60 s in which a task or more waited.",
    )),
    share(F::maybe(
        "some_avg300",
        |pressure| some(pressure, |stall| stall.avg300),
        "Share of the last 300 s in which a task or more waited.",
    )),
    share(F::maybe(
        "full_avg10",
        |pressure| full(pressure, |stall| stall.avg10),
        "Share of the last 10 s in which all tasks waited.",
    )),
    share(F::maybe(
        "full_avg60",
        |pressure| full(pressure, |stall| stall.avg60),
        "Share of the last 60 s in which all tasks waited.",
    )),
    share(F::maybe(
        "full_avg300",
        |pressure| full(pressure, |stall| stall.avg300),
        "Share of the last 300 s in which all tasks waited.",
    )),
];

/// The collector.
pub static PRESSURE: Collector = Collector {
    name: "pressure",
    help: "Time lost waiting for processors, memory, disks and interrupts.",
    every: Every::Tick,
    has_instances: true,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(PressureReader::open(roots, settings)?, FIELDS)),
};
