//! `vmstat`: paging, swapping, faults, kills for want of memory.

use goodall_platform::vmstat::{VmstatReader, VmstatSample};

use super::field::PromType;
use super::{Collector, Every, Field, tabled};

type F = Field<VmstatSample>;

/// A counter that node_exporter copies unseen from `/proc/vmstat`.
macro_rules! copied {
    ($field:expr, $key:literal) => {
        $field
            .counter()
            .prom(concat!("node_vmstat_", $key), &[])
            .prom_type(PromType::Untyped)
            .prom_help(concat!("/proc/vmstat information field ", $key, "."))
    };
}

/// A counter of macOS' alone.
macro_rules! beyond {
    ($field:ident, $help:literal) => {
        F::maybe(stringify!($field), |vm| Some(vm.beyond?.$field), $help)
            .counter()
            .macos()
    };
}

static FIELDS: &[F] = &[
    copied!(
        F::maybe("pgpgin", |vm| vm.pgpgin_kib, "Read from disk, KiB."),
        "pgpgin"
    ),
    copied!(
        F::maybe("pgpgout", |vm| vm.pgpgout_kib, "Written to disk, KiB."),
        "pgpgout"
    ),
    copied!(
        F::maybe("pswpin", |vm| vm.pswpin, "Pages read from swap."),
        "pswpin"
    ),
    copied!(
        F::maybe("pswpout", |vm| vm.pswpout, "Pages written to swap."),
        "pswpout"
    ),
    copied!(
        F::maybe(
            "pgfault",
            |vm| vm.pgfault,
            "Page faults, the major ones included."
        ),
        "pgfault"
    ),
    copied!(
        F::maybe(
            "pgmajfault",
            |vm| vm.pgmajfault,
            "Page faults that had to read from disk."
        ),
        "pgmajfault"
    ),
    copied!(
        F::maybe(
            "oom_kill",
            |vm| vm.oom_kill,
            "Processes killed for want of memory."
        ),
        "oom_kill"
    ),
    beyond!(pageins, "Pages read in from files and swap."),
    beyond!(pageouts, "Pages written out to files and swap."),
    beyond!(cow_faults, "Page faults that copied a page on a write."),
    beyond!(zero_fills, "Pages filled with zeros on their first use."),
    beyond!(
        reactivations,
        "Pages used again that had not been used of late."
    ),
    beyond!(purges, "Purgeable pages dropped."),
    beyond!(compressions, "Pages put into the compressor."),
    beyond!(decompressions, "Pages taken out of the compressor."),
];

/// The collector.
pub static VMSTAT: Collector = Collector {
    name: "vmstat",
    help: "Paging, swapping, faults, kills for want of memory.",
    every: Every::Tick,
    has_instances: false,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(VmstatReader::open(roots, settings)?, FIELDS)),
};
