//! The property `Statistics` of macOS' block storage drivers (IOBlockStorageDriver.h): numbers by name, times in nanoseconds.

use super::{Beyond, DiskSample};

/// The names, in the order of the numbers that [`sample`] takes.
pub const KEYS: [&str; 12] = [
    "Operations (Read)",
    "Bytes (Read)",
    "Total Time (Read)",
    "Latency Time (Read)",
    "Errors (Read)",
    "Retries (Read)",
    "Operations (Write)",
    "Bytes (Write)",
    "Total Time (Write)",
    "Latency Time (Write)",
    "Errors (Write)",
    "Retries (Write)",
];

/// What the catalogue calls a sector, bytes; a device's own are this or larger.
const SECTOR: u64 = 512;
const NS_PER_MS: u64 = 1_000_000;

/// The sample; a driver that does not count a thing has done none of it.
pub fn sample(numbers: [Option<u64>; KEYS.len()]) -> DiskSample {
    let [
        reads,
        read_bytes,
        read_ns,
        read_latency_ns,
        read_errors,
        read_retries,
        writes,
        written_bytes,
        write_ns,
        write_latency_ns,
        write_errors,
        write_retries,
    ] = numbers;
    let number = Option::unwrap_or_default;
    DiskSample {
        reads_completed: number(reads),
        read_sectors: number(read_bytes) / SECTOR,
        read_time_ms: number(read_ns) / NS_PER_MS,
        writes_completed: number(writes),
        written_sectors: number(written_bytes) / SECTOR,
        write_time_ms: number(write_ns) / NS_PER_MS,
        beyond: Beyond {
            read_errors,
            read_retries,
            read_latency_ns,
            write_errors,
            write_retries,
            write_latency_ns,
        },
        ..DiskSample::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_sectors_and_nanoseconds_milliseconds() {
        let numbers = [10, 8192, 5_000_000, 7, 1, 2, 20, 512, 9_999_999, 8, 3, 4];
        let disk = sample(numbers.map(Some));
        assert_eq!((disk.reads_completed, disk.read_sectors), (10, 16));
        assert_eq!((disk.read_time_ms, disk.write_time_ms), (5, 9));
        assert_eq!((disk.writes_completed, disk.written_sectors), (20, 1));
        let beyond = disk.beyond;
        assert_eq!(
            (beyond.read_errors, beyond.write_errors),
            (Some(1), Some(3))
        );
        assert_eq!(
            (beyond.read_retries, beyond.write_retries),
            (Some(2), Some(4))
        );
        assert_eq!(beyond.read_latency_ns, Some(7));
        assert_eq!(beyond.write_latency_ns, Some(8));
    }

    #[test]
    fn what_a_driver_does_not_count_is_missing_where_it_may_be() {
        let disk = sample([None; KEYS.len()]);
        assert_eq!(disk, DiskSample::default());
    }
}
