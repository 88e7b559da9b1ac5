//! sysctl `kern.num_files`, `kern.maxfiles`, `kern.num_vnodes`, `kern.maxvnodes`.

use super::FilefdSample;
use crate::error::ReadError;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;
use crate::sysctl::Sysctl;

/// Reads how many files are open.
pub struct FilefdReader {
    allocated: Sysctl,
    maximum: Sysctl,
    vnodes: Option<Sysctl>,
    vnodes_max: Option<Sysctl>,
}

impl FilefdReader {
    /// Looks the names up.
    pub fn open(_roots: &Roots, _settings: &Settings) -> Result<FilefdReader, ReadError> {
        Ok(FilefdReader {
            allocated: Sysctl::named(c"kern.num_files")?,
            maximum: Sysctl::named(c"kern.maxfiles")?,
            vnodes: Sysctl::named(c"kern.num_vnodes").ok(),
            vnodes_max: Sysctl::named(c"kern.maxvnodes").ok(),
        })
    }
}

impl Reader for FilefdReader {
    type Sample = FilefdSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &FilefdSample)) -> Result<(), ReadError> {
        let number = |value: &Option<Sysctl>| value.as_ref().map(Sysctl::number).transpose();
        let sample = FilefdSample {
            allocated: self.allocated.number()?,
            maximum: self.maximum.number()?,
            vnodes: number(&self.vnodes)?,
            vnodes_max: number(&self.vnodes_max)?,
        };
        row(b"", &sample);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::one_row;

    #[test]
    fn fewer_are_open_than_may_be() {
        let mut reader = FilefdReader::open(&Roots::default(), &Settings::default()).unwrap();
        let files = one_row(&mut reader);
        assert!(files.allocated > 0 && files.allocated < files.maximum);
        assert!(files.vnodes > Some(0));
    }
}
