//! The text of `/proc/diskstats`: a line a device, of 14 columns before 4.18, 18 before 5.5, 20 since.
//! Later kernels may add columns; they are passed over.

use super::{Beyond, DISKS_MAX, DiskSample};
use crate::error::Malformed;
use crate::text::Cursor;

/// A device's name at its longest (`DISK_NAME_LEN`, 32 with the end mark).
const NAME_SIZE_MAX: usize = 31;
/// A line at its longest: two numbers of 32 bits, the name, 17 of 64 bits, and three columns to come.
pub(super) const LINE_SIZE_MAX: usize =
    "4294967295 4294967295 ".len() + NAME_SIZE_MAX + 20 * " 18446744073709551615".len() + 1;
const _: () = assert!(
    LINE_SIZE_MAX <= crate::proc_file::RECORD_SIZE_MAX,
    "a read that stops early must have had room for one more line"
);

/// What the file can be at most. Only the pages that it fills are ever resident.
pub const DISKSTATS_SIZE_MAX: usize = DISKS_MAX * LINE_SIZE_MAX + 1;

/// One line: which device, and what it did.
#[derive(Clone, Debug)]
pub struct DiskLine<'a> {
    /// The device's major number.
    pub major: u64,
    /// The device's minor number.
    pub minor: u64,
    /// The device's name: `sda`, `cciss/c0d0`.
    pub name: &'a [u8],
    /// The rest of the line. Most lines are left out by their name, so it is read on demand.
    columns: Cursor<'a>,
}

/// The lines of the devices, in the text's order.
#[derive(Clone, Debug)]
pub struct DiskLines<'a> {
    text: Cursor<'a>,
}

/// The lines of the text of `/proc/diskstats`.
pub fn lines(text: &[u8]) -> DiskLines<'_> {
    DiskLines {
        text: Cursor::new(text),
    }
}

impl<'a> Iterator for DiskLines<'a> {
    type Item = Result<DiskLine<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.text.at_end() {
            return None;
        }
        let line = line(&mut self.text);
        self.text.next_line();
        Some(line)
    }
}

fn line<'a>(text: &mut Cursor<'a>) -> Result<DiskLine<'a>, Malformed> {
    let (major, minor, name) = (text.number(), text.number(), text.field());
    let (Some(major), Some(minor), Some(name)) = (major, minor, name) else {
        return Err(text.expected("a major number, a minor number and a name"));
    };
    Ok(DiskLine {
        major,
        minor,
        name,
        columns: text.clone(),
    })
}

impl DiskLine<'_> {
    /// What the device did.
    pub fn sample(self) -> Result<DiskSample, Malformed> {
        let mut text = self.columns;
        let mut count = || text.number().ok_or(text.expected("11 counts or more"));
        Ok(DiskSample {
            reads_completed: count()?,
            reads_merged: count()?,
            read_sectors: count()?,
            read_time_ms: count()?,
            writes_completed: count()?,
            writes_merged: count()?,
            written_sectors: count()?,
            write_time_ms: count()?,
            io_now: count()?,
            io_time_ms: count()?,
            io_time_weighted_ms: count()?,
            discards_completed: text.number(),
            discards_merged: text.number(),
            discarded_sectors: text.number(),
            discard_time_ms: text.number(),
            flush_requests: text.number(),
            flush_time_ms: text.number(),
            beyond: Beyond::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata;

    fn samples(text: &[u8]) -> Vec<Result<DiskSample, Malformed>> {
        lines(text)
            .map(|line| line.and_then(DiskLine::sample))
            .collect()
    }

    #[test]
    fn every_column_finds_its_place() {
        let text = b"   8       0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18\n";
        let line = lines(text).next().unwrap().unwrap();
        assert_eq!((line.major, line.minor, line.name), (8, 0, &b"sda"[..]));
        let expected = DiskSample {
            reads_completed: 1,
            reads_merged: 2,
            read_sectors: 3,
            read_time_ms: 4,
            writes_completed: 5,
            writes_merged: 6,
            written_sectors: 7,
            write_time_ms: 8,
            io_now: 9,
            io_time_ms: 10,
            io_time_weighted_ms: 11,
            discards_completed: Some(12),
            discards_merged: Some(13),
            discarded_sectors: Some(14),
            discard_time_ms: Some(15),
            flush_requests: Some(16),
            flush_time_ms: Some(17),
            beyond: Beyond::default(),
        };
        assert_eq!(line.sample(), Ok(expected));
    }

    #[test]
    fn columns_that_old_kernels_do_not_have_are_missing() {
        let before_4_18 = b"8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n";
        let before_5_5 = b"8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n";
        let sample = samples(before_4_18)[0].unwrap();
        assert_eq!(
            (sample.io_time_weighted_ms, sample.discards_completed),
            (11, None)
        );
        let sample = samples(before_5_5)[0].unwrap();
        assert_eq!(
            (sample.discard_time_ms, sample.flush_requests),
            (Some(15), None)
        );
    }

    #[test]
    fn a_line_that_is_not_a_disks_is_named() {
        let found = samples(b"8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n8 1\n8 2 sda2 1 2 3\n");
        assert_eq!(found.len(), 3);
        let error = found[1].unwrap_err();
        assert_eq!(
            (error.line, error.expected),
            (2, "a major number, a minor number and a name")
        );
        let error = found[2].unwrap_err();
        assert_eq!((error.line, error.expected), (3, "11 counts or more"));
    }

    #[test]
    fn no_bytes_are_taken_badly() {
        for (_, text) in testdata::each("proc/diskstats") {
            testdata::each_damaged(&text[..text.len().min(400)], |text| drop(samples(text)));
        }
    }
}
