//! `self`: what goodall's own processes cost.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use goodall_platform::process::{ProcessSample, SelfReader};
use goodall_platform::{Labels, ReadError, Reader};

use super::{Collector, Every, Field, TOTALS, Unit, tabled};

const NS_PER_SECOND: u32 = 1_000_000_000;

/// One of goodall's processes.
struct Part {
    process: ProcessSample,
    counts: Option<Counts>,
}

/// What the gatherer counted since its start.
struct Counts {
    samples: u64,
    rows: u64,
    frames: u64,
    late: u64,
    missed: u64,
    errors: u64,
    panics: u64,
    refused: u64,
    lateness_max_ns: u64,
}

impl Counts {
    fn take() -> Counts {
        let count = |count: &AtomicU64| count.load(Relaxed);
        Counts {
            samples: count(&TOTALS.samples),
            rows: count(&TOTALS.rows),
            frames: count(&TOTALS.frames),
            late: count(&TOTALS.late),
            missed: count(&TOTALS.missed),
            errors: count(&TOTALS.errors),
            panics: count(&TOTALS.panics),
            refused: count(&TOTALS.refused),
            lateness_max_ns: TOTALS.take_lateness_ns(),
        }
    }
}

/// The processes as the system sees them, and beside the gatherer's what it counts itself.
struct PartReader(SelfReader);

impl Reader for PartReader {
    type Sample = Part;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &Part)) -> Result<(), ReadError> {
        self.0.read(&mut |instance, process| {
            let counts = (instance == b"gather").then(Counts::take);
            row(
                instance,
                &Part {
                    process: *process,
                    counts,
                },
            );
        })
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        self.0.labels(instance)
    }
}

type F = Field<Part>;

/// A count of the gatherer's.
const fn counted(name: &'static str, get: fn(&Part) -> Option<u64>, help: &'static str) -> F {
    F::maybe(name, get, help).counter()
}

#[rustfmt::skip]
static FIELDS: &[F] = &[
    F::maybe("cpu", |part| part.process.cpu_ns, "Processor time of all threads.")
        .counter().unit(Unit::Seconds).scale(1, NS_PER_SECOND),
    F::u64("user", |part| part.process.user_ns, "Processor time in user mode.")
        .counter().unit(Unit::Seconds).scale(1, NS_PER_SECOND),
    F::u64("system", |part| part.process.system_ns, "Processor time in the kernel.")
        .counter().unit(Unit::Seconds).scale(1, NS_PER_SECOND),
    F::u64("resident", |part| part.process.resident, "Resident memory; on Linux the gatherer's is taken every 10 s.")
        .unit(Unit::Bytes),
    F::maybe("proportional", |part| part.process.proportional, "Resident memory, shared pages divided by who shares them; taken every 10 s.")
        .unit(Unit::Bytes),
    F::maybe("footprint", |part| part.process.footprint, "Memory that the process answers for, resident or not: phys_footprint.")
        .unit(Unit::Bytes).macos(),
    F::u64("threads", |part| part.process.threads, "Threads; on Linux the gatherer's are taken every 10 s."),
    F::maybe("descriptors", |part| part.process.descriptors, "Open descriptors; taken every 10 s."),
    F::u64("minor_faults", |part| part.process.minor_faults, "Page faults that needed no disk.").counter(),
    F::u64("major_faults", |part| part.process.major_faults, "Page faults that needed a disk.").counter(),
    F::maybe("voluntary_switches", |part| part.process.voluntary_switches, "Times that a thread waited of its own accord; the gatherer alone.").counter(),
    F::maybe("involuntary_switches", |part| part.process.involuntary_switches, "Times that a thread was made to wait; the gatherer alone.").counter(),
    counted("samples", |part| Some(part.counts.as_ref()?.samples), "Samples taken by all collectors."),
    counted("rows", |part| Some(part.counts.as_ref()?.rows), "Rows recorded."),
    counted("frames", |part| Some(part.counts.as_ref()?.frames), "Frames opened, one a tick of an interval."),
    counted("ticks_late", |part| Some(part.counts.as_ref()?.late), "Ticks taken late by more than half an interval."),
    counted("ticks_missed", |part| Some(part.counts.as_ref()?.missed), "Ticks not taken."),
    counted("errors", |part| Some(part.counts.as_ref()?.errors), "Samples that failed."),
    counted("panics", |part| Some(part.counts.as_ref()?.panics), "Collectors that panicked and were started again."),
    counted("refused", |part| Some(part.counts.as_ref()?.refused), "Instances that found no room in the ring."),
    F::maybe("lateness_max", |part| Some(part.counts.as_ref()?.lateness_max_ns), "How late the latest tick was since the sample before.")
        .unit(Unit::Seconds).scale(1, NS_PER_SECOND),
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
        let reader = SelfReader::open(roots, settings)?
            .with(("report", &TOTALS.report_pid))
            .with(("ship", &TOTALS.ship_pid));
        Ok(tabled(PartReader(reader), FIELDS))
    },
};
