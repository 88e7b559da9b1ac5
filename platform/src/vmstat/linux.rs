//! `/proc/vmstat`, kept open. The kernel prints it line by line, so only as much is asked for as is needed:
//! up to the last key that is wanted, which stands in the middle.

use super::VmstatSample;
use super::proc_vmstat::{VMSTAT_SIZE_MAX, Vmstat};
use crate::buffer::Buffer;
use crate::error::ReadError;
use crate::proc_file::{PAGE_SIZE, ProcFile};
use crate::reader::{Reader, Settings};
use crate::roots::Roots;

/// Room for the numbers to grow longer between two reads.
const SLACK: usize = 128;

/// Reads the counts.
pub struct VmstatReader {
    file: ProcFile,
    buffer: Buffer,
    vmstat: Vmstat,
}

impl VmstatReader {
    /// Opens `/proc/vmstat`.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<VmstatReader, ReadError> {
        let mut reader = VmstatReader {
            file: ProcFile::open(&roots.proc.join("vmstat"))?,
            buffer: Buffer::new(VMSTAT_SIZE_MAX),
            vmstat: Vmstat::default(),
        };
        reader.read_whole()?;
        Ok(reader)
    }

    fn read_whole(&mut self) -> Result<VmstatSample, ReadError> {
        let text = self.file.read(&mut self.buffer)?;
        let learned = self.vmstat.learn(text);
        learned.map_err(|error| error.at(self.file.path()))
    }

    /// One read of no more than is needed; `None` where it did not suffice.
    fn read_needed(&mut self) -> Result<Option<VmstatSample>, ReadError> {
        let needed = self.vmstat.end + SLACK;
        // More than a page does not come in one read.
        if needed > PAGE_SIZE {
            return Ok(None);
        }
        let length = self.file.read_at(&mut self.buffer[..needed], 0)?;
        Ok(self.vmstat.walk(&self.buffer[..length]))
    }
}

impl Reader for VmstatReader {
    type Sample = VmstatSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &VmstatSample)) -> Result<(), ReadError> {
        let sample = match self.read_needed()? {
            Some(sample) => sample,
            None => self.read_whole()?,
        };
        row(b"", &sample);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use procfs::VmStat;
    use procfs::prelude::*;

    use super::*;
    use crate::testdata;

    fn theirs(stat: &VmStat) -> VmstatSample {
        let get = |key: &str| stat.0.get(key).map(|value| u64::try_from(*value).unwrap());
        VmstatSample {
            pgpgin_kib: get("pgpgin"),
            pgpgout_kib: get("pgpgout"),
            pswpin: get("pswpin"),
            pswpout: get("pswpout"),
            pgfault: get("pgfault"),
            pgmajfault: get("pgmajfault"),
            oom_kill: get("oom_kill"),
            beyond: None,
        }
    }

    fn take(reader: &mut VmstatReader) -> VmstatSample {
        let mut taken = None;
        reader.read(&mut |_, sample| taken = Some(*sample)).unwrap();
        taken.unwrap()
    }

    #[test]
    fn every_tree_is_read_as_procfs_reads_it() {
        for (tree, text) in testdata::each("proc/vmstat") {
            let expected = theirs(&VmStat::from_read(&text[..]).unwrap());
            assert_eq!(Vmstat::default().learn(&text).unwrap(), expected, "{tree}");
        }
    }

    #[test]
    fn the_live_file_is_read_as_procfs_reads_it() {
        let mut reader = VmstatReader::open(&Roots::default(), &Settings::default()).unwrap();
        let low = take(&mut reader);
        let between = theirs(&VmStat::current().unwrap());
        let high = take(&mut reader);
        for get in [
            (|sample| sample.pgpgin_kib) as fn(&VmstatSample) -> Option<u64>,
            |sample| sample.pgpgout_kib,
            |sample| sample.pswpin,
            |sample| sample.pswpout,
            |sample| sample.pgfault,
            |sample| sample.pgmajfault,
            |sample| sample.oom_kill,
        ] {
            assert!((get(&low)..=get(&high)).contains(&get(&between)));
        }
        assert!(low.pgfault > Some(0));
    }

    #[test]
    fn numbers_that_grew_longer_than_expected_cost_one_more_read_and_no_value() {
        let folder = tempfile::tempdir().unwrap();
        let roots = Roots {
            proc: folder.path().into(),
            ..Roots::default()
        };
        let write = |zeros: usize| {
            let zeros = "0".repeat(zeros);
            let mut text = format!("nr_free_pages 1{zeros}\n").repeat(20);
            text += "pgpgin 1\npgfault 2\noom_kill 3\n";
            text += &"thp_swpout 0\n".repeat(50);
            std::fs::write(folder.path().join("vmstat"), text).unwrap();
        };
        write(0);
        let mut reader = VmstatReader::open(&roots, &Settings::default()).unwrap();
        assert_eq!(take(&mut reader).oom_kill, Some(3));
        assert!(reader.read_needed().unwrap().is_some());
        write(18);
        assert_eq!(reader.read_needed().unwrap(), None);
        assert_eq!(take(&mut reader).oom_kill, Some(3));
        assert!(reader.read_needed().unwrap().is_some());
    }
}
