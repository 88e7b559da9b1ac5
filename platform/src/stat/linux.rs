//! `/proc/stat`, kept open. The kernel makes the whole file for each read, whatever is asked of it.

use super::{StatSample, proc_stat};
use crate::buffer::Buffer;
use crate::cpu::proc_stat::STAT_SIZE_MAX;
use crate::error::ReadError;
use crate::proc_file::ProcFile;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;

/// Reads what the kernel counts for the whole system.
pub struct StatReader {
    file: ProcFile,
    buffer: Buffer,
}

impl StatReader {
    /// Opens `/proc/stat`.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<StatReader, ReadError> {
        Ok(StatReader {
            file: ProcFile::open(&roots.proc.join("stat"))?,
            buffer: Buffer::new(STAT_SIZE_MAX),
        })
    }
}

impl Reader for StatReader {
    type Sample = StatSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &StatSample)) -> Result<(), ReadError> {
        let text = self.file.read(&mut self.buffer)?;
        let sample = proc_stat::parse(text).map_err(|error| error.at(self.file.path()))?;
        row(b"", &sample);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use procfs::KernelStats;
    use procfs::prelude::*;

    use super::*;
    use crate::testdata;

    fn assert_same(ours: &StatSample, theirs: &KernelStats, name: &str) {
        assert_eq!(ours.context_switches, theirs.ctxt, "{name}");
        assert_eq!(ours.boot_time_s, theirs.btime, "{name}");
        assert_eq!(ours.forks, theirs.processes, "{name}");
        assert_eq!(
            ours.procs_running,
            theirs.procs_running.map(u64::from),
            "{name}"
        );
        assert_eq!(
            ours.procs_blocked,
            theirs.procs_blocked.map(u64::from),
            "{name}"
        );
    }

    #[test]
    fn every_tree_is_read_as_procfs_reads_it() {
        let info = procfs::current_system_info();
        for (tree, text) in testdata::each("proc/stat") {
            let theirs = KernelStats::from_read(&text[..], info).unwrap();
            assert_same(&proc_stat::parse(&text).unwrap(), &theirs, &tree);
        }
    }

    #[test]
    fn the_live_file_is_read_as_procfs_reads_it() {
        let mut reader = StatReader::open(&Roots::default(), &Settings::default()).unwrap();
        let mut take = || {
            let mut taken = None;
            reader.read(&mut |_, sample| taken = Some(*sample)).unwrap();
            taken.unwrap()
        };
        let (low, theirs, high) = (take(), KernelStats::current().unwrap(), take());
        assert!((low.context_switches..=high.context_switches).contains(&theirs.ctxt));
        assert!((low.forks..=high.forks).contains(&theirs.processes));
        assert_eq!(low.boot_time_s, theirs.btime);
        assert!(low.interrupts > 0 && low.interrupts <= high.interrupts);
        assert!(low.softirqs > Some(0) && low.softirqs <= high.softirqs);
        assert!(low.procs_running >= Some(1) && low.procs_blocked.is_some());
    }
}
