//! `/proc/diskstats`, kept open.

use super::diskstats::{self, DISKSTATS_SIZE_MAX};
use super::{DiskSample, excluded};
use crate::buffer::Buffer;
use crate::error::ReadError;
use crate::proc_file::ProcFile;
use crate::reader::{Label, Labels, Reader, Settings};
use crate::roots::Roots;

/// Reads each device that is not left out; the instance is its name.
pub struct DiskReader {
    file: ProcFile,
    buffer: Buffer,
    settings: Settings,
}

impl DiskReader {
    /// Opens `/proc/diskstats`.
    pub fn open(roots: &Roots, settings: &Settings) -> Result<DiskReader, ReadError> {
        Ok(DiskReader {
            file: ProcFile::open(&roots.proc.join("diskstats"))?,
            buffer: Buffer::new(DISKSTATS_SIZE_MAX),
            settings: settings.clone(),
        })
    }
}

impl Reader for DiskReader {
    type Sample = DiskSample;
    const SELECTS: bool = true;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &DiskSample)) -> Result<(), ReadError> {
        let text = self.file.read(&mut self.buffer)?;
        for line in diskstats::lines(text) {
            let line = line.map_err(|error| error.at(self.file.path()))?;
            let name = line.name;
            if self.settings.keeps(name, excluded::by_default) {
                let sample = line.sample().map_err(|error| error.at(self.file.path()))?;
                row(name, &sample);
            }
        }
        Ok(())
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        vec![Label {
            name: "device".into(),
            value: String::from_utf8_lossy(instance).into(),
        }]
    }
}

#[cfg(test)]
mod tests {
    use procfs::prelude::*;
    use procfs::{DiskStat, DiskStats};

    use super::super::Beyond;
    use super::*;
    use crate::testdata;

    fn of_procfs(disk: &DiskStat) -> DiskSample {
        DiskSample {
            reads_completed: disk.reads,
            reads_merged: disk.merged,
            read_sectors: disk.sectors_read,
            read_time_ms: disk.time_reading,
            writes_completed: disk.writes,
            writes_merged: disk.writes_merged,
            written_sectors: disk.sectors_written,
            write_time_ms: disk.time_writing,
            io_now: disk.in_progress,
            io_time_ms: disk.time_in_progress,
            io_time_weighted_ms: disk.weighted_time_in_progress,
            discards_completed: disk.discards,
            discards_merged: disk.discards_merged,
            discarded_sectors: disk.sectors_discarded,
            discard_time_ms: disk.time_discarding,
            flush_requests: disk.flushes,
            flush_time_ms: disk.time_flushing,
            beyond: Beyond::default(),
        }
    }

    fn rows(reader: &mut DiskReader) -> Vec<(String, DiskSample)> {
        let mut rows = Vec::new();
        reader
            .read(&mut |name, sample| {
                rows.push((String::from_utf8(name.to_vec()).unwrap(), *sample));
            })
            .unwrap();
        rows
    }

    #[test]
    fn every_tree_is_read_as_procfs_reads_it() {
        for (tree, text) in testdata::each("proc/diskstats") {
            let expected: Vec<_> = DiskStats::from_read(&text[..])
                .unwrap()
                .0
                .iter()
                .map(|disk| (disk.name.clone(), of_procfs(disk)))
                .collect();
            let ours: Vec<_> = diskstats::lines(&text)
                .map(|line| {
                    let line = line.unwrap();
                    let name = String::from_utf8(line.name.to_vec()).unwrap();
                    (name, line.sample().unwrap())
                })
                .collect();
            assert_eq!(ours, expected, "{tree}");
        }
    }

    #[test]
    fn the_live_file_is_read_as_procfs_reads_it() {
        const GETS: [fn(&DiskSample) -> u64; 14] = [
            |disk| disk.reads_completed,
            |disk| disk.reads_merged,
            |disk| disk.read_sectors,
            |disk| disk.read_time_ms,
            |disk| disk.writes_completed,
            |disk| disk.writes_merged,
            |disk| disk.written_sectors,
            |disk| disk.write_time_ms,
            |disk| disk.io_time_ms,
            |disk| disk.io_time_weighted_ms,
            |disk| disk.discards_completed.unwrap(),
            |disk| disk.discarded_sectors.unwrap(),
            |disk| disk.flush_requests.unwrap(),
            |disk| disk.flush_time_ms.unwrap(),
        ];
        let settings = Settings {
            exclude: Some(Vec::new()),
            ..Settings::default()
        };
        let mut reader = DiskReader::open(&Roots::default(), &settings).unwrap();
        let before = rows(&mut reader);
        let middle = procfs::diskstats().unwrap();
        let after = rows(&mut reader);
        assert_eq!((before.len(), after.len()), (middle.len(), middle.len()));
        for ((low, theirs), high) in before.iter().zip(&middle).zip(&after) {
            let between = of_procfs(theirs);
            assert_eq!((&low.0, &high.0), (&theirs.name, &theirs.name));
            for get in GETS {
                assert!((get(&low.1)..=get(&high.1)).contains(&get(&between)));
            }
        }
    }

    #[test]
    fn whole_devices_are_read_unless_others_are_asked_for() {
        let roots = testdata::tree("constructed/linux-4.18");
        let names = |settings: &Settings| -> Vec<String> {
            let mut reader = DiskReader::open(&roots, settings).unwrap();
            rows(&mut reader).into_iter().map(|row| row.0).collect()
        };
        let mut settings = Settings::default();
        assert_eq!(names(&settings), ["nvme0n1", "sda", "md127"]);
        settings.include = vec!["sda*".into()];
        assert_eq!(names(&settings), ["nvme0n1", "sda", "sda1", "md127"]);
        settings.exclude = Some(vec!["nvme*".into(), "sd*".into()]);
        assert_eq!(names(&settings), ["sda", "sda1", "md127", "loop0"]);
    }

    #[test]
    fn of_sixty_disks_each_has_its_row() {
        let roots = testdata::tree("constructed/many-disks");
        let mut reader = DiskReader::open(&roots, &Settings::default()).unwrap();
        let names: Vec<_> = rows(&mut reader).into_iter().map(|row| row.0).collect();
        let whole = |name: &&String| name.bytes().all(|byte| byte.is_ascii_lowercase());
        assert_eq!(names.iter().filter(whole).count(), 60);
        // node_exporter's expression knows one letter, so partitions of the 27th disk and later stay.
        assert!(!names.contains(&"sda1".into()) && names.contains(&"sdaa1".into()));
        assert_eq!(names.len(), 60 + 34);
    }
}
