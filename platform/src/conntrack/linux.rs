//! `/proc/sys/net/netfilter/nf_conntrack_count`, `..._max` and `/proc/net/stat/nf_conntrack`, kept open.

use super::{ConntrackEvents, ConntrackSample, nf_conntrack};
use crate::attribute::{Attribute, if_there};
use crate::error::{Malformed, ReadError};
use crate::lines::{LineBuffer, each_line};
use crate::proc_file::ProcFile;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;

/// Reads the table of tracked connections.
pub struct ConntrackReader {
    count: Attribute,
    limit: Attribute,
    events: Option<ProcFile>,
    buffer: LineBuffer,
}

impl ConntrackReader {
    /// Opens the files; absent where the module is not loaded.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<ConntrackReader, ReadError> {
        let netfilter = roots.proc.join("sys/net/netfilter");
        Ok(ConntrackReader {
            count: Attribute::open(&netfilter.join("nf_conntrack_count"))?,
            limit: Attribute::open(&netfilter.join("nf_conntrack_max"))?,
            events: if_there(ProcFile::open(&roots.proc_net().join("stat/nf_conntrack")))?,
            buffer: LineBuffer::default(),
        })
    }
}

impl Reader for ConntrackReader {
    type Sample = ConntrackSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &ConntrackSample)) -> Result<(), ReadError> {
        let mut sample = ConntrackSample {
            entries: self.count.read_unsigned()?,
            entries_limit: self.limit.read_unsigned()?,
            events: None,
        };
        if let Some(file) = &self.events {
            let mut events = ConntrackEvents::default();
            each_line(file, &mut self.buffer, &mut |line, text| {
                if line == 1 {
                    return Ok(());
                }
                nf_conntrack::add_line(text, &mut events)
                    .map_err(|expected| Malformed { line, expected })
            })?;
            sample.events = Some(events);
        }
        row(b"", &sample);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{one_row, tree};

    #[test]
    fn all_cores_are_added_up() {
        let roots = tree("constructed/many-cores");
        let sample = one_row(&mut ConntrackReader::open(&roots, &Settings::default()).unwrap());
        assert_eq!((sample.entries, sample.entries_limit), (291, 262_144));
        let sum: u64 = (0..256).sum();
        let expected = ConntrackEvents {
            found: sum,
            invalid: 2 * sum,
            ignore: 3 * sum,
            insert: 4 * sum,
            insert_failed: 256,
            drop: 256 * 0xffff_ffff,
            early_drop: 512,
            search_restart: 5 * sum,
        };
        assert_eq!(sample.events, Some(expected));
    }

    #[test]
    fn a_kernel_without_it_is_absent() {
        let roots = tree("constructed/linux-3.10");
        let opened = ConntrackReader::open(&roots, &Settings::default());
        assert!(opened.is_err_and(|error| error.is_absent()));
    }
}
