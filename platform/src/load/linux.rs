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
