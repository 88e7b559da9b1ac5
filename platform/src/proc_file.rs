//! A kept descriptor of a `/proc` or `/sys` file, read whole by one `pread` at 0 (proc(5): such a file
//! reports size 0 and is made anew by a read at 0).

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use crate::error::ReadError;

/// A `seq_file` hands out whole records, a page at most a call. A call that left this much of the page
/// unused had no further record: none of the files read here has a longer one (the lines of diskstats,
/// net/dev, vmstat; files made in one piece come whole).
pub(crate) const RECORD_SIZE_MAX: usize = 512;
pub(crate) const PAGE_SIZE: usize = 4096;
/// A read with room for a page that gave no more than this was the file's last.
pub(crate) const SHORT_READ_MAX: usize = PAGE_SIZE - RECORD_SIZE_MAX;

/// An open file and its path, for messages.
#[derive(Debug)]
pub struct ProcFile {
    file: File,
    path: Arc<Path>,
}

impl ProcFile {
    /// Opens the file for reading.
    pub fn open(path: &Path) -> Result<ProcFile, ReadError> {
        let path: Arc<Path> = path.into();
        match File::open(&path) {
            Ok(file) => Ok(ProcFile { file, path }),
            Err(error) => Err(ReadError::os(&path, &error)),
        }
    }

    /// The file's path.
    pub fn path(&self) -> &Arc<Path> {
        &self.path
    }

    /// Reads the whole file into `buffer` and gives its bytes. A file that fills the buffer is
    /// [`ReadError::TooLong`], never cut: what is sized `SIZE_MAX` takes `SIZE_MAX - 1` bytes.
    pub fn read<'a>(&self, buffer: &'a mut [u8]) -> Result<&'a [u8], ReadError> {
        let mut filled = 0;
        loop {
            let count = self.read_at(&mut buffer[filled..], filled as u64)?;
            filled += count;
            if count == 0 {
                return Ok(&buffer[..filled]);
            }
            if filled == buffer.len() {
                return Err(ReadError::TooLong {
                    path: Arc::clone(&self.path),
                    limit: filled - 1,
                });
            }
            if filled <= SHORT_READ_MAX {
                return Ok(&buffer[..filled]);
            }
        }
    }

    /// One `pread` at `offset`, as many bytes as it gives; 0 is the file's end.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, ReadError> {
        loop {
            match self.file.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result.map_err(|error| ReadError::os(&self.path, &error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_of(size: usize) -> (tempfile::TempDir, ProcFile) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, vec![b'x'; size]).unwrap();
        (folder, ProcFile::open(&path).unwrap())
    }

    #[test]
    fn a_file_is_read_whole_or_not_at_all() {
        let mut buffer = [0; 10_000];
        for size in [0, 1, 3584, 3585, 4096, 9_999] {
            let (_folder, file) = file_of(size);
            assert_eq!(file.read(&mut buffer).unwrap().len(), size);
        }
        for size in [10_000, 20_000] {
            let (_folder, file) = file_of(size);
            let error = file.read(&mut buffer).unwrap_err();
            assert!(matches!(error, ReadError::TooLong { limit: 9_999, .. }));
        }
    }

    #[test]
    fn a_missing_file_is_absent_and_named() {
        let error = ProcFile::open(Path::new("/nowhere/file")).unwrap_err();
        assert!(error.is_absent());
        assert!(error.to_string().starts_with("/nowhere/file: "));
    }
}
