//! `/proc/sys/fs/file-nr`, kept open.

use super::{FilefdSample, file_nr};
use crate::error::ReadError;
use crate::proc_file::ProcFile;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;

/// Three numbers of twenty digits, each with a tab or a newline, and a byte to see that there is no more.
const FILE_NR_SIZE_MAX: usize = 3 * 21 + 1;

/// Reads how many files are open.
pub struct FilefdReader {
    file: ProcFile,
}

impl FilefdReader {
    /// Opens `/proc/sys/fs/file-nr`.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<FilefdReader, ReadError> {
        let file = ProcFile::open(&roots.proc.join("sys/fs/file-nr"))?;
        Ok(FilefdReader { file })
    }
}

impl Reader for FilefdReader {
    type Sample = FilefdSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &FilefdSample)) -> Result<(), ReadError> {
        let mut buffer = [0; FILE_NR_SIZE_MAX];
        let text = self.file.read(&mut buffer)?;
        let sample = file_nr::parse(text).map_err(|error| error.at(self.file.path()))?;
        row(b"", &sample);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::one_row;

    #[test]
    fn the_limit_is_what_procfs_reads_and_an_open_file_is_counted() {
        let mut reader = FilefdReader::open(&Roots::default(), &Settings::default()).unwrap();
        let theirs = procfs::sys::fs::file_nr().unwrap();
        let ours = one_row(&mut reader);
        assert_eq!(ours.maximum, theirs.max);
        assert!(ours.allocated > 0 && ours.allocated < ours.maximum);
    }
}
