//! `self`: what goodall's own processes cost, and what they did for it.

use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use goodall_platform::process::{ProcessSample, SelfReader};
use goodall_platform::{Labels, ReadError, Reader};

use super::tally::{Http, Numbers, Ship};
use super::{Collector, Every, Field, TOTALS, Unit, tabled};

const NS_PER_SECOND: u32 = 1_000_000_000;

/// One of goodall's parts: a process, or what one does.
#[derive(Default)]
struct Part {
    process: Option<ProcessSample>,
    counts: Option<Counts>,
    http: Option<Numbers>,
    ship: Option<Numbers>,
}

/// What the gatherer counted since its start.
#[derive(Default)]
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

/// The processes as the system sees them, beside the gatherer's what it counts itself, and behind each child
/// what it counts.
struct PartReader(SelfReader);

/// The gatherer's part; the others are named for their commands, and for what they do.
const GATHER: &[u8] = b"gather";

impl Reader for PartReader {
    type Sample = Part;

    const SPARSE: bool = true;

    fn whole(&self, instance: &[u8]) -> Option<Part> {
        let is_gather = instance == GATHER;
        let process = ProcessSample {
            cpu_ns: Some(0),
            proportional: Some(0),
            footprint: Some(0),
            descriptors: Some(0),
            voluntary_switches: is_gather.then_some(0),
            involuntary_switches: is_gather.then_some(0),
            ..ProcessSample::default()
        };
        let has = |wanted: &[&[u8]]| wanted.contains(&instance);
        Some(Part {
            process: has(&[GATHER, b"report", b"ship"]).then_some(process),
            counts: is_gather.then(Counts::default),
            http: has(&[b"http"]).then(Numbers::default),
            ship: instance.starts_with(b"ship_").then(Numbers::default),
        })
    }

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &Part)) -> Result<(), ReadError> {
        self.0.read(&mut |instance, process| {
            let part = Part {
                process: Some(*process),
                counts: (instance == GATHER).then(Counts::take),
                ..Part::default()
            };
            row(instance, &part);
        })?;
        for (pid, slot) in [
            (&TOTALS.report_pid, &TOTALS.report_tally),
            (&TOTALS.ship_pid, &TOTALS.ship_tally),
        ] {
            let tally = slot.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(tally) = tally.as_ref().filter(|_| pid.load(Relaxed) != 0) else {
                continue;
            };
            tally.each(&mut |instance, numbers| {
                let is_http = instance == b"http";
                let part = Part {
                    http: is_http.then_some(numbers),
                    ship: (!is_http).then_some(numbers),
                    ..Part::default()
                };
                row(instance, &part);
            });
        }
        Ok(())
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        self.0.labels(instance)
    }
}

type F = Field<Part>;

/// A count of a part's own.
const fn counted(name: &'static str, get: fn(&Part) -> Option<u64>, help: &'static str) -> F {
    F::maybe(name, get, help).counter()
}

#[rustfmt::skip]
static FIELDS: &[F] = &[
    F::maybe("cpu", |part| part.process?.cpu_ns, "Processor time of all threads.")
        .counter().unit(Unit::Seconds).scale(1, NS_PER_SECOND),
    F::maybe("user", |part| Some(part.process?.user_ns), "Processor time in user mode.")
        .counter().unit(Unit::Seconds).scale(1, NS_PER_SECOND),
    F::maybe("system", |part| Some(part.process?.system_ns), "Processor time in the kernel.")
        .counter().unit(Unit::Seconds).scale(1, NS_PER_SECOND),
    F::maybe("resident", |part| Some(part.process?.resident), "Resident memory; on Linux the gatherer's is taken every 30 s.")
        .unit(Unit::Bytes),
    F::maybe("proportional", |part| part.process?.proportional, "Resident memory, shared pages divided by who shares them; taken every 30 s.")
        .unit(Unit::Bytes),
    F::maybe("footprint", |part| part.process?.footprint, "Memory that the process answers for, resident or not: phys_footprint.")
        .unit(Unit::Bytes).macos(),
    F::maybe("threads", |part| Some(part.process?.threads), "Threads; on Linux the gatherer's are taken every 30 s."),
    F::maybe("descriptors", |part| part.process?.descriptors, "Open descriptors; taken every 30 s."),
    F::maybe("minor_faults", |part| Some(part.process?.minor_faults), "Page faults that needed no disk.").counter(),
    F::maybe("major_faults", |part| Some(part.process?.major_faults), "Page faults that needed a disk.").counter(),
    F::maybe("voluntary_switches", |part| part.process?.voluntary_switches, "Times that a thread waited of its own accord; the gatherer alone.").counter(),
    F::maybe("involuntary_switches", |part| part.process?.involuntary_switches, "Times that a thread was made to wait; the gatherer alone.").counter(),
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
    counted("answers", |part| Some(part.http?[Http::Answers as usize]), "Requests answered by the reporter."),
    counted("client_errors", |part| Some(part.http?[Http::ClientErrors as usize]), "Requests answered with 4xx."),
    counted("server_errors", |part| Some(part.http?[Http::ServerErrors as usize]), "Requests answered with 5xx."),
    counted("sent", |part| Some(part.http?[Http::SentBytes as usize]), "Bytes of answers sent.")
        .unit(Unit::Bytes),
    counted("cut_connections", |part| Some(part.http?[Http::CutConnections as usize]), "Connections cut, since their clients were too slow."),
    F::maybe("streams", |part| Some(part.http?[Http::Streams as usize]), "Long answers being sent."),
    F::maybe("lag", |part| Some(part.ship?[Ship::LagNs as usize]), "How far behind what a destination has is.")
        .unit(Unit::Seconds).scale(1, NS_PER_SECOND),
    counted("shipped", |part| Some(part.ship?[Ship::Shipped as usize]), "Samples that a destination acknowledged."),
    counted("retried", |part| Some(part.ship?[Ship::Retried as usize]), "Batches that were tried again."),
    counted("rejected", |part| Some(part.ship?[Ship::Rejected as usize]), "Samples that a destination would not have."),
    counted("lost", |part| Some(part.ship?[Ship::Lost as usize]), "Samples that were overwritten before they were sent."),
];

/// The collector.
pub static SELF: Collector = Collector {
    name: "self",
    help: "What goodall itself costs, answers (`http`) and ships (`ship_NAME`), by its parts.",
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
