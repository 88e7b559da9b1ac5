//! `/proc/net/softnet_stat`, kept open; a line a core, so it is read in pieces.

use super::{SoftnetSample, softnet_stat};
use crate::digits::Digits;
use crate::error::{Malformed, ReadError};
use crate::lines::{LineBuffer, each_line};
use crate::proc_file::ProcFile;
use crate::reader::{Label, Labels, Reader, Settings};
use crate::roots::Roots;

/// Reads the counters of each core.
pub struct SoftnetReader {
    file: ProcFile,
    buffer: LineBuffer,
}

impl SoftnetReader {
    /// Opens `/proc/net/softnet_stat`.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<SoftnetReader, ReadError> {
        Ok(SoftnetReader {
            file: ProcFile::open(&roots.proc_net().join("softnet_stat"))?,
            buffer: LineBuffer::default(),
        })
    }
}

impl Reader for SoftnetReader {
    type Sample = SoftnetSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &SoftnetSample)) -> Result<(), ReadError> {
        each_line(&self.file, &mut self.buffer, &mut |line, text| {
            let (core, sample) = softnet_stat::parse_line(text, u64::from(line) - 1)
                .map_err(|expected| Malformed { line, expected })?;
            row(Digits::of(core).bytes(), &sample);
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
    fn a_core_that_is_offline_has_no_row_and_the_others_keep_their_numbers() {
        let roots = tree("constructed/many-cores");
        let rows = rows(&mut SoftnetReader::open(&roots, &Settings::default()).unwrap());
        assert_eq!(rows.len(), 224);
        for (core, sample) in rows {
            let number: u64 = core.parse().unwrap();
            assert_ne!(number % 8, 7);
            assert_eq!(sample.processed, 1_000_000 + number * 4097);
        }
    }

    #[test]
    fn an_old_kernel_s_cores_are_numbered_by_their_lines() {
        let roots = tree("constructed/linux-3.10");
        let rows = rows(&mut SoftnetReader::open(&roots, &Settings::default()).unwrap());
        let cores: Vec<_> = rows.iter().map(|(core, _)| core.as_str()).collect();
        assert_eq!(cores, ["0", "1", "2", "3"]);
        assert_eq!(rows[0].1.received_rps, Some(4));
        assert_eq!(rows[0].1.backlog_len, None);
    }
}
