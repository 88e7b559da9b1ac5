//! `/proc/schedstat`, kept open; some lines a core, so it is read in pieces.

use super::{SchedstatSample, proc_schedstat};
use crate::digits::Digits;
use crate::error::{Malformed, ReadError};
use crate::lines::{LineBuffer, each_line};
use crate::proc_file::ProcFile;
use crate::reader::{Label, Labels, Reader, Settings};
use crate::roots::Roots;

/// Reads the scheduler's times of each core.
pub struct SchedstatReader {
    file: ProcFile,
    buffer: LineBuffer,
}

impl SchedstatReader {
    /// Opens `/proc/schedstat`.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<SchedstatReader, ReadError> {
        Ok(SchedstatReader {
            file: ProcFile::open(&roots.proc.join("schedstat"))?,
            buffer: LineBuffer::default(),
        })
    }
}

impl Reader for SchedstatReader {
    type Sample = SchedstatSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &SchedstatSample)) -> Result<(), ReadError> {
        each_line(&self.file, &mut self.buffer, &mut |line, text| {
            let found = proc_schedstat::parse_line(text)
                .map_err(|expected| Malformed { line, expected })?;
            if let Some((core, sample)) = found {
                row(Digits::of(core).bytes(), &sample);
            }
            Ok(())
        })
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        vec![Label::of("cpu", instance)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{rows, tree};

    #[test]
    fn every_core_has_a_row_whatever_domains_lie_between() {
        let roots = tree("constructed/many-cores");
        let rows = rows(&mut SchedstatReader::open(&roots, &Settings::default()).unwrap());
        assert_eq!(rows.len(), 256);
        for (index, (core, sample)) in rows.iter().enumerate() {
            let number = index as u64;
            assert_eq!(*core, index.to_string());
            assert_eq!(sample.running_ns, 9_000_000_000_000_000_000 + number);
            assert_eq!(sample.timeslices, 17 * number);
        }
    }
}
