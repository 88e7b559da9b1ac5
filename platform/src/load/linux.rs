//! `/proc/loadavg`, kept open.

use super::{LoadSample, loadavg};
use crate::error::ReadError;
use crate::proc_file::ProcFile;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;

/// Three averages of five digits, three numbers of ten, and spaces.
const LOADAVG_SIZE_MAX: usize = 128;

/// Reads the load.
pub struct LoadReader {
    file: ProcFile,
    buffer: [u8; LOADAVG_SIZE_MAX],
}

impl LoadReader {
    /// Opens `/proc/loadavg`.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<LoadReader, ReadError> {
        Ok(LoadReader {
            file: ProcFile::open(&roots.proc.join("loadavg"))?,
            buffer: [0; LOADAVG_SIZE_MAX],
        })
    }
}

impl Reader for LoadReader {
    type Sample = LoadSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &LoadSample)) -> Result<(), ReadError> {
        let text = self.file.read(&mut self.buffer)?;
        let sample = loadavg::parse(text).map_err(|error| error.at(self.file.path()))?;
        row(b"", &sample);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use procfs::LoadAverage;
    use procfs::prelude::*;

    use super::*;
    use crate::testdata;

    fn assert_same(ours: &LoadSample, theirs: &LoadAverage, name: &str) {
        // procfs keeps 32 bits of an average.
        for (ours, theirs) in [
            (ours.one, theirs.one),
            (ours.five, theirs.five),
            (ours.fifteen, theirs.fifteen),
        ] {
            assert!((ours - f64::from(theirs)).abs() < 1e-5, "{name}");
        }
    }

    #[test]
    fn every_tree_is_read_as_procfs_reads_it() {
        for (tree, text) in testdata::each("proc/loadavg") {
            let ours = loadavg::parse(&text).unwrap();
            let theirs = LoadAverage::from_read(&text[..]).unwrap();
            assert_same(&ours, &theirs, &tree);
            assert_eq!(ours.runnable, Some(theirs.cur.into()), "{tree}");
            assert_eq!(ours.entities, Some(theirs.max.into()), "{tree}");
        }
    }

    #[test]
    fn the_live_file_is_read_as_procfs_reads_it() {
        let mut reader = LoadReader::open(&Roots::default(), &Settings::default()).unwrap();
        let mut take = || {
            let mut taken = None;
            reader.read(&mut |_, sample| taken = Some(*sample)).unwrap();
            taken.unwrap()
        };
        // The averages change every 5 s: a moment is awaited in which they did not.
        let quiet = (0..100).find_map(|_| {
            let (before, theirs, after) = (take(), LoadAverage::current().unwrap(), take());
            let is_quiet =
                (before.one, before.five, before.fifteen) == (after.one, after.five, after.fifteen);
            is_quiet.then_some((before, theirs))
        });
        let (ours, theirs) = quiet.expect("of 100 moments one is quiet");
        assert_same(&ours, &theirs, "live");
        assert!(ours.entities >= Some(1));
    }

    #[test]
    fn no_bytes_are_taken_badly() {
        for (_, text) in testdata::each("proc/loadavg") {
            testdata::each_damaged(&text, |text| _ = loadavg::parse(text));
        }
    }
}
