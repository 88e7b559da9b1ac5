//! `stat`: what the kernel counts for the whole system.

use goodall_platform::stat::{StatReader, StatSample};

use super::{Collector, Every, Field, Unit, tabled};

type F = Field<StatSample>;

static FIELDS: &[F] = &[
    F::u64(
        "context_switches",
        |stat| stat.context_switches,
        "Switches from one task to another.",
    )
    .counter()
    .prom("node_context_switches_total", &[])
    .prom_help("Total number of context switches."),
    F::u64("forks", |stat| stat.forks, "Processes and threads made.")
        .counter()
        .prom("node_forks_total", &[])
        .prom_help("Total number of forks."),
    F::u64("interrupts", |stat| stat.interrupts, "Interrupts served.")
        .counter()
        .prom("node_intr_total", &[])
        .prom_help("Total number of interrupts serviced."),
    F::maybe("softirqs", |stat| stat.softirqs, "Soft interrupts served.").counter(),
    F::u64(
        "boot_time",
        |stat| stat.boot_time_s,
        "When the system booted, seconds since 1970-01-01 UTC.",
    )
    .unit(Unit::Seconds)
    .prom("node_boot_time_seconds", &[])
    .prom_help("Node boot time, in unixtime."),
    F::maybe(
        "procs_running",
        |stat| stat.procs_running,
        "Tasks that can run now.",
    )
    .prom("node_procs_running", &[])
    .prom_help("Number of processes in runnable state."),
    F::maybe(
        "procs_blocked",
        |stat| stat.procs_blocked,
        "Tasks that wait for a disk now.",
    )
    .prom("node_procs_blocked", &[])
    .prom_help("Number of processes blocked waiting for I/O to complete."),
];

/// The collector.
pub static STAT: Collector = Collector {
    name: "stat",
    help: "Context switches, forks, interrupts, boot time, tasks running and blocked.",
    every: Every::Behind(14),
    has_instances: false,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(StatReader::open(roots, settings)?, FIELDS)),
};
