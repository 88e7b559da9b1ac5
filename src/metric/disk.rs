//! `disk` and `disk_info`: what block devices did, and what they are.

use goodall_platform::disk::{DiskInfoReader, DiskInfoSample, DiskReader, DiskSample};

use super::{Collector, Every, Field, Unit, tabled};

type F = Field<DiskSample>;

/// A counter, as it is.
const fn count(field: F) -> F {
    field.counter()
}

/// A counter of milliseconds.
const fn ms(field: F) -> F {
    field.counter().unit(Unit::Seconds).scale(1, 1000)
}

/// A counter of sectors, which are 512 bytes whatever the device's own are.
const fn sectors(field: F) -> F {
    field.counter().unit(Unit::Bytes).scale(512, 1)
}

/// A counter of macOS' alone, and node_exporter's help for it there.
macro_rules! beyond {
    ($field:ident, $help:literal, $prom_help:literal) => {
        F::maybe(stringify!($field), |disk| disk.beyond.$field, $help)
            .counter()
            .macos()
            .prom(concat!("node_disk_", stringify!($field), "_total"), &[])
            .prom_help($prom_help)
    };
}

/// Time that requests waited, of macOS' alone.
const fn latency(field: F) -> F {
    const NS_PER_SECOND: u32 = 1_000_000_000;
    field
        .counter()
        .unit(Unit::Seconds)
        .scale(1, NS_PER_SECOND)
        .macos()
}

static FIELDS: &[F] = &[
    count(F::u64(
        "reads_completed",
        |disk| disk.reads_completed,
        "Reads done.",
    ))
    .prom("node_disk_reads_completed_total", &[])
    .prom_help("The total number of reads completed successfully."),
    count(F::u64(
        "reads_merged",
        |disk| disk.reads_merged,
        "Reads merged with another before they were queued.",
    ))
    .prom("node_disk_reads_merged_total", &[])
    .prom_help("The total number of reads merged."),
    sectors(F::u64(
        "read_bytes",
        |disk| disk.read_sectors,
        "Bytes read.",
    ))
    .prom("node_disk_read_bytes_total", &[])
    .prom_help("The total number of bytes read successfully."),
    ms(F::u64(
        "read_time",
        |disk| disk.read_time_ms,
        "Time of all reads together.",
    ))
    .prom("node_disk_read_time_seconds_total", &[])
    .prom_help("The total number of seconds spent by all reads."),
    count(F::u64(
        "writes_completed",
        |disk| disk.writes_completed,
        "Writes done.",
    ))
    .prom("node_disk_writes_completed_total", &[])
    .prom_help("The total number of writes completed successfully."),
    count(F::u64(
        "writes_merged",
        |disk| disk.writes_merged,
        "Writes merged with another before they were queued.",
    ))
    .prom("node_disk_writes_merged_total", &[])
    .prom_help("The number of writes merged."),
    sectors(F::u64(
        "written_bytes",
        |disk| disk.written_sectors,
        "Bytes written.",
    ))
    .prom("node_disk_written_bytes_total", &[])
    .prom_help("The total number of bytes written successfully."),
    ms(F::u64(
        "write_time",
        |disk| disk.write_time_ms,
        "Time of all writes together.",
    ))
    .prom("node_disk_write_time_seconds_total", &[])
    .prom_help("This is the total number of seconds spent by all writes."),
    F::u64("io_now", |disk| disk.io_now, "Requests under way.")
        .prom("node_disk_io_now", &[])
        .prom_help("The number of I/Os currently in progress."),
    ms(F::u64(
        "io_time",
        |disk| disk.io_time_ms,
        "Time with at least one request under way.",
    ))
    .prom("node_disk_io_time_seconds_total", &[])
    .prom_help("Total seconds spent doing I/Os."),
    ms(F::u64(
        "io_time_weighted",
        |disk| disk.io_time_weighted_ms,
        "Time of all requests together.",
    ))
    .prom("node_disk_io_time_weighted_seconds_total", &[])
    .prom_help("The weighted # of seconds spent doing I/Os."),
    count(F::maybe(
        "discards_completed",
        |disk| disk.discards_completed,
        "Discards done.",
    ))
    .prom("node_disk_discards_completed_total", &[])
    .prom_help("The total number of discards completed successfully."),
    count(F::maybe(
        "discards_merged",
        |disk| disk.discards_merged,
        "Discards merged with another before they were queued.",
    ))
    .prom("node_disk_discards_merged_total", &[])
    .prom_help("The total number of discards merged."),
    count(F::maybe(
        "discarded_sectors",
        |disk| disk.discarded_sectors,
        "Sectors of 512 bytes discarded.",
    ))
    .prom("node_disk_discarded_sectors_total", &[])
    .prom_help("The total number of sectors discarded successfully."),
    ms(F::maybe(
        "discard_time",
        |disk| disk.discard_time_ms,
        "Time of all discards together.",
    ))
    .prom("node_disk_discard_time_seconds_total", &[])
    .prom_help("This is the total number of seconds spent by all discards."),
    count(F::maybe(
        "flush_requests",
        |disk| disk.flush_requests,
        "Flushes done.",
    ))
    .prom("node_disk_flush_requests_total", &[])
    .prom_help("The total number of flush requests completed successfully"),
    ms(F::maybe(
        "flush_time",
        |disk| disk.flush_time_ms,
        "Time of all flushes together.",
    ))
    .prom("node_disk_flush_requests_time_seconds_total", &[])
    .prom_help("This is the total number of seconds spent by all flush requests."),
    beyond!(
        read_errors,
        "Reads that failed.",
        "The total number of read errors."
    ),
    beyond!(
        write_errors,
        "Writes that failed.",
        "The total number of write errors."
    ),
    beyond!(
        read_retries,
        "Reads that were tried again.",
        "The total number of read retries."
    ),
    beyond!(
        write_retries,
        "Writes that were tried again.",
        "The total number of write retries."
    ),
    latency(F::maybe(
        "read_latency",
        |disk| disk.beyond.read_latency_ns,
        "Time that reads waited before they were begun.",
    )),
    latency(F::maybe(
        "write_latency",
        |disk| disk.beyond.write_latency_ns,
        "Time that writes waited before they were begun.",
    )),
];

static INFO_FIELDS: &[Field<DiskInfoSample>] = &[Field::u64(
    "present",
    |_| 1,
    "1 while the device is there; its labels say what it is.",
)
.prom("node_disk_info", &[])
.prom_help("Info of /sys/block/<block_device>.")];

/// What block devices did.
pub static DISK: Collector = Collector {
    name: "disk",
    help: "Reads, writes, discards and flushes of each block device.",
    every: Every::Tick,
    has_instances: true,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(DiskReader::open(roots, settings)?, FIELDS)),
};

/// What block devices are.
pub static DISK_INFO: Collector = Collector {
    name: "disk_info",
    help: "Numbers, model, serial and path of each block device, as labels.",
    every: Every::Seconds(30),
    has_instances: true,
    prom_skips: None,
    fields: &INFO_FIELDS,
    open: |roots, settings| Ok(tabled(DiskInfoReader::open(roots, settings)?, INFO_FIELDS)),
};
