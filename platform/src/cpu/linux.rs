//! `/proc/stat`, kept open. Of each read the lines of the cores are parsed, no more.

use super::proc_stat::{self, STAT_SIZE_MAX};
use super::steady::Steady;
use super::{CPUS_MAX, CpuSample};
use crate::buffer::Buffer;
use crate::error::ReadError;
use crate::proc_file::ProcFile;
use crate::reader::{Label, Labels, Reader, Settings};
use crate::roots::Roots;

/// Reads all cores together (instance `all`) and each core that is online (`0`, `1`, ...).
pub struct CpuReader {
    file: ProcFile,
    buffer: Buffer,
    /// How often was read; tells which cores were there the last time.
    reads: u64,
    all: Steady,
    /// By the core's number; grows up to `CPUS_MAX`.
    cores: Vec<Core>,
}

#[derive(Clone, Copy, Default)]
struct Core {
    steady: Steady,
    /// The read that saw it last.
    seen: u64,
}

impl CpuReader {
    /// Opens `/proc/stat`.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<CpuReader, ReadError> {
        Ok(CpuReader {
            file: ProcFile::open(&roots.proc.join("stat"))?,
            buffer: Buffer::new(STAT_SIZE_MAX),
            reads: 0,
            all: Steady::default(),
            cores: Vec::new(),
        })
    }
}

impl Reader for CpuReader {
    type Sample = CpuSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &CpuSample)) -> Result<(), ReadError> {
        let text = self.file.read(&mut self.buffer)?;
        self.reads += 1;
        for line in proc_stat::lines(text) {
            let line = line.map_err(|error| error.at(self.file.path()))?;
            let steady = match line.core {
                None => &mut self.all,
                Some(number) => {
                    debug_assert!(number < CPUS_MAX);
                    if number >= self.cores.len() {
                        self.cores.resize(number + 1, Core::default());
                    }
                    let core = &mut self.cores[number];
                    // A core that was away counts as new: whatever it counts now holds.
                    if core.seen + 1 != self.reads {
                        core.steady = Steady::default();
                    }
                    core.seen = self.reads;
                    &mut core.steady
                }
            };
            row(line.name, steady.take(&line.times));
        }
        Ok(())
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        vec![Label {
            name: "cpu".into(),
            value: String::from_utf8_lossy(instance).into(),
        }]
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use procfs::prelude::*;
    use procfs::{CpuTime, KernelStats};

    use super::*;
    use crate::testdata;

    type Row = (String, CpuSample);

    fn rows(reader: &mut CpuReader) -> Vec<Row> {
        let mut rows = Vec::new();
        reader
            .read(&mut |name, sample| {
                rows.push((String::from_utf8(name.to_vec()).unwrap(), *sample));
            })
            .unwrap();
        rows
    }

    fn of_procfs(times: &CpuTime) -> CpuSample {
        CpuSample {
            user: times.user,
            nice: times.nice,
            system: times.system,
            idle: times.idle,
            iowait: times.iowait,
            irq: times.irq,
            softirq: times.softirq,
            steal: times.steal,
            guest: times.guest,
            guest_nice: times.guest_nice,
        }
    }

    fn theirs(stats: &KernelStats) -> Vec<CpuSample> {
        std::iter::once(&stats.total)
            .chain(&stats.cpu_time)
            .map(of_procfs)
            .collect()
    }

    #[test]
    fn every_tree_is_read_as_procfs_reads_it() {
        let info = procfs::current_system_info();
        for (tree, text) in testdata::each("proc/stat") {
            let expected = theirs(&KernelStats::from_read(&text[..], info).unwrap());
            let ours: Vec<_> = proc_stat::lines(&text)
                .map(|line| line.unwrap().times)
                .collect();
            assert_eq!(ours, expected, "{tree}");
        }
    }

    #[test]
    fn the_live_file_is_read_as_procfs_reads_it() {
        const GETS: [fn(&CpuSample) -> u64; 8] = [
            |times| times.user,
            |times| times.nice,
            |times| times.system,
            |times| times.softirq.unwrap(),
            |times| times.irq.unwrap(),
            |times| times.steal.unwrap(),
            |times| times.guest.unwrap(),
            |times| times.guest_nice.unwrap(),
        ];
        let mut reader = CpuReader::open(&Roots::default(), &Settings::default()).unwrap();
        let before = rows(&mut reader);
        let middle = theirs(&KernelStats::current().unwrap());
        let after = rows(&mut reader);
        assert_eq!((before.len(), after.len()), (middle.len(), middle.len()));
        for (index, between) in middle.iter().enumerate() {
            let (low, high) = (&before[index].1, &after[index].1);
            for get in GETS {
                assert!((get(low)..=get(high)).contains(&get(between)));
            }
            // These may go back by a little.
            assert!(low.idle <= between.idle + 300 && between.idle <= high.idle);
            assert!(between.iowait <= high.iowait);
        }
    }

    #[test]
    fn a_core_that_was_away_comes_back_with_what_it_counts_then() {
        let folder = tempfile::tempdir().unwrap();
        let roots = Roots {
            proc: folder.path().into(),
            ..Roots::default()
        };
        let write = |text: &str| fs::write(folder.path().join("stat"), text).unwrap();
        let all = "cpu  9 0 0 900\n";
        write(&format!("{all}cpu0 5 0 0 500\ncpu1 4 0 0 400\n"));
        let mut reader = CpuReader::open(&roots, &Settings::default()).unwrap();
        assert_eq!(rows(&mut reader).len(), 3);
        write(&format!("{all}cpu0 5 0 0 500\n"));
        assert_eq!(rows(&mut reader).len(), 2);
        write(&format!("{all}cpu0 5 0 0 500\ncpu1 1 0 0 399\n"));
        let again = rows(&mut reader);
        assert_eq!((again[2].0.as_str(), again[2].1.idle), ("1", 399));
        assert_eq!(
            reader.labels(b"1"),
            [Label {
                name: "cpu".into(),
                value: "1".into()
            }]
        );
    }

    #[test]
    fn a_core_switched_off_has_no_row() {
        let mut reader = CpuReader::open(
            &testdata::tree("constructed/linux-5.15"),
            &Settings::default(),
        )
        .unwrap();
        let names: Vec<_> = rows(&mut reader).into_iter().map(|row| row.0).collect();
        assert_eq!(names, ["all", "0", "1", "3"]);
    }
}
