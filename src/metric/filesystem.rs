//! `filesystem`: how full file systems are.

use goodall_platform::filesystem::{FilesystemReader, FilesystemSample, Usage};

use super::{Collector, Every, Field, Unit, tabled};

type F = Field<FilesystemSample>;

fn usage(sample: &FilesystemSample, get: fn(&Usage) -> u64) -> Option<u64> {
    sample.usage.as_ref().map(get)
}

static FIELDS: &[F] = &[
    F::maybe("total", |fs| usage(fs, |usage| usage.total), "Size.")
        .unit(Unit::Bytes)
        .prom("node_filesystem_size_bytes", &[])
        .prom_help("Filesystem size in bytes.")
        .alias("disk_total"),
    F::maybe(
        "used",
        |fs| usage(fs, Usage::used),
        "In use: all that is not free.",
    )
    .unit(Unit::Bytes)
    .alias("disk_used"),
    F::maybe(
        "free",
        |fs| usage(fs, |usage| usage.free),
        "Not used; some of it may be set apart for root.",
    )
    .unit(Unit::Bytes)
    .prom("node_filesystem_free_bytes", &[])
    .prom_help("Filesystem free space in bytes."),
    F::maybe(
        "available",
        |fs| usage(fs, |usage| usage.available),
        "Free for everybody.",
    )
    .unit(Unit::Bytes)
    .prom("node_filesystem_avail_bytes", &[])
    .prom_help("Filesystem space available to non-root users in bytes.")
    .alias("disk_free"),
    F::maybe("files", |fs| usage(fs, |usage| usage.files), "Inodes.")
        .prom("node_filesystem_files", &[])
        .prom_help("Filesystem total file nodes."),
    F::maybe(
        "files_free",
        |fs| usage(fs, |usage| usage.files_free),
        "Inodes not used.",
    )
    .prom("node_filesystem_files_free", &[])
    .prom_help("Filesystem total free file nodes."),
    F::u64(
        "read_only",
        |fs| fs.read_only,
        "1 where nothing can be written to it, else 0.",
    )
    .prom("node_filesystem_readonly", &[])
    .prom_help("Filesystem read-only status."),
    F::u64(
        "device_error",
        |fs| fs.device_error,
        "1 where it gave an error or has not answered for 5 s, else 0.",
    )
    .prom("node_filesystem_device_error", &[])
    .prom_help("Whether an error occurred while getting statistics for the given device."),
];

/// The collector.
pub static FILESYSTEM: Collector = Collector {
    name: "filesystem",
    help: "Size, use and state of each mounted file system.",
    every: Every::Tick,
    has_instances: true,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(FilesystemReader::open(roots, settings)?, FIELDS)),
};
