//! `self`: what goodall's own processes cost.

use goodall_platform::process::{ProcessSample, SelfReader};

use super::{Collector, Every, Field, TOTALS, Unit, tabled};

const NS_PER_SECOND: u32 = 1_000_000_000;

type F = Field<ProcessSample>;

#[rustfmt::skip]
static FIELDS: &[F] = &[
    F::maybe("cpu", |part| part.cpu_ns, "Processor time of all threads.")
        .counter().unit(Unit::Seconds).scale(1, NS_PER_SECOND),
    F::u64("user", |part| part.user_ns, "Processor time in user mode.")
        .counter().unit(Unit::Seconds).scale(1, NS_PER_SECOND),
    F::u64("system", |part| part.system_ns, "Processor time in the kernel.")
        .counter().unit(Unit::Seconds).scale(1, NS_PER_SECOND),
    F::u64("resident", |part| part.resident, "Resident memory.")
        .unit(Unit::Bytes),
    F::maybe("proportional", |part| part.proportional, "Resident memory, shared pages divided by who shares them; taken every 10 s.")
        .unit(Unit::Bytes),
    F::u64("threads", |part| part.threads, "Threads."),
    F::maybe("descriptors", |part| part.descriptors, "Open descriptors; taken every 10 s."),
    F::u64("minor_faults", |part| part.minor_faults, "Page faults that needed no disk.").counter(),
    F::u64("major_faults", |part| part.major_faults, "Page faults that needed a disk.").counter(),
    F::maybe("voluntary_switches", |part| part.voluntary_switches, "Times that a thread waited of its own accord; the gatherer alone.").counter(),
    F::maybe("involuntary_switches", |part| part.involuntary_switches, "Times that a thread was made to wait; the gatherer alone.").counter(),
];

/// The collector.
pub static SELF: Collector = Collector {
    name: "self",
    help: "What goodall itself costs, by its parts.",
    every: Every::Tick,
    has_instances: true,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| {
        let reader = SelfReader::open(roots, settings)?.with(("report", &TOTALS.report_pid));
        Ok(tabled(reader, FIELDS))
    },
};
