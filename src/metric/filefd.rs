//! `filefd`: open files of the whole machine.

use goodall_platform::filefd::{FilefdReader, FilefdSample};

use super::{Collector, Every, Field, tabled};

type F = Field<FilefdSample>;

static FIELDS: &[F] = &[
    F::u64("allocated", |files| files.allocated, "Files that are open.")
        .prom("node_filefd_allocated", &[])
        .prom_help("File descriptor statistics: allocated."),
    F::u64("maximum", |files| files.maximum, "Files that may be open.")
        .prom("node_filefd_maximum", &[])
        .prom_help("File descriptor statistics: maximum."),
    F::maybe(
        "vnodes",
        |files| files.vnodes,
        "Files that the kernel has at hand, open or not.",
    )
    .macos(),
    F::maybe(
        "vnodes_max",
        |files| files.vnodes_max,
        "Files that the kernel may have at hand.",
    )
    .macos(),
];

/// The collector.
pub static FILEFD: Collector = Collector {
    name: "filefd",
    help: "Open files of the whole machine.",
    every: Every::Tick,
    has_instances: false,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(FilefdReader::open(roots, settings)?, FIELDS)),
};
