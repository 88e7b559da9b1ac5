//! `cpu`: processor time by core and mode.

use goodall_platform::cpu::{CpuReader, CpuSample};

use super::{Collector, Every, Field, Unit, tabled};

type F = Field<CpuSample>;

const SECONDS: &str = "node_cpu_seconds_total";
const SECONDS_HELP: &str = "Seconds the CPUs spent in each mode.";
const GUEST: &str = "node_cpu_guest_seconds_total";
const GUEST_HELP: &str = "Seconds the CPUs spent in guests (VMs) for each mode.";

/// A time in hundredths of a second.
const fn time(
    field: F,
    prom: &'static str,
    labels: &'static [(&'static str, &'static str)],
    prom_help: &'static str,
) -> F {
    field
        .counter()
        .unit(Unit::Seconds)
        .scale(1, 100)
        .prom(prom, labels)
        .prom_help(prom_help)
}

static FIELDS: &[F] = &[
    time(
        F::u64(
            "user",
            |cpu| cpu.user,
            "Time in user mode, guests included.",
        ),
        SECONDS,
        &[("mode", "user")],
        SECONDS_HELP,
    ),
    time(
        F::u64(
            "nice",
            |cpu| cpu.nice,
            "Time in user mode at a low priority, guests included.",
        ),
        SECONDS,
        &[("mode", "nice")],
        SECONDS_HELP,
    ),
    time(
        F::u64("system", |cpu| cpu.system, "Time in the kernel."),
        SECONDS,
        &[("mode", "system")],
        SECONDS_HELP,
    ),
    time(
        F::u64("idle", |cpu| cpu.idle, "Time with nothing to do."),
        SECONDS,
        &[("mode", "idle")],
        SECONDS_HELP,
    ),
    time(
        F::maybe(
            "iowait",
            |cpu| cpu.iowait,
            "Time with nothing to do but wait for a disk.",
        ),
        SECONDS,
        &[("mode", "iowait")],
        SECONDS_HELP,
    ),
    time(
        F::maybe("irq", |cpu| cpu.irq, "Time serving interrupts."),
        SECONDS,
        &[("mode", "irq")],
        SECONDS_HELP,
    ),
    time(
        F::maybe(
            "softirq",
            |cpu| cpu.softirq,
            "Time serving soft interrupts.",
        ),
        SECONDS,
        &[("mode", "softirq")],
        SECONDS_HELP,
    ),
    time(
        F::maybe("steal", |cpu| cpu.steal, "Time taken by the hypervisor."),
        SECONDS,
        &[("mode", "steal")],
        SECONDS_HELP,
    ),
    time(
        F::maybe(
            "guest",
            |cpu| cpu.guest,
            "Time running a guest, part of user.",
        ),
        GUEST,
        &[("mode", "user")],
        GUEST_HELP,
    ),
    time(
        F::maybe(
            "guest_nice",
            |cpu| cpu.guest_nice,
            "Time running a guest at a low priority, part of nice.",
        ),
        GUEST,
        &[("mode", "nice")],
        GUEST_HELP,
    ),
];

/// The collector.
pub static CPU: Collector = Collector {
    name: "cpu",
    help: "Processor time by mode, of all cores together and of each.",
    every: Every::Tick,
    has_instances: true,
    prom_skips: Some("all"),
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(CpuReader::open(roots, settings)?, FIELDS)),
};
