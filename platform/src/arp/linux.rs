//! `/proc/net/arp`, kept open; a line a neighbour, so it is read in pieces.

use super::{ArpSample, net_arp};
use crate::error::{Malformed, ReadError};
use crate::lines::{LineBuffer, each_line};
use crate::proc_file::ProcFile;
use crate::reader::{Label, Labels, Reader, Settings};
use crate::roots::Roots;

/// Counts neighbours.
pub struct ArpReader {
    file: ProcFile,
    buffer: LineBuffer,
    /// The devices of this tick; its room is kept from one to the next.
    devices: Vec<net_arp::Device>,
}

impl ArpReader {
    /// Opens `/proc/net/arp`.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<ArpReader, ReadError> {
        Ok(ArpReader {
            file: ProcFile::open(&roots.proc_net().join("arp"))?,
            buffer: LineBuffer::default(),
            devices: Vec::new(),
        })
    }
}

impl Reader for ArpReader {
    type Sample = ArpSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &ArpSample)) -> Result<(), ReadError> {
        let devices = &mut self.devices;
        devices.clear();
        each_line(&self.file, &mut self.buffer, &mut |line, text| {
            if line == 1 {
                return Ok(());
            }
            net_arp::add_line(text, devices).map_err(|expected| Malformed { line, expected })
        })?;
        // The kernel's order is that of a hash table: neighbours that come and go would move devices.
        devices.sort_unstable();
        for device in devices {
            row(
                device.name(),
                &ArpSample {
                    entries: device.entries,
                },
            );
        }
        Ok(())
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        vec![Label::of("device", instance)]
    }
}

#[cfg(test)]
mod tests {
    use procfs::FromRead;

    use super::*;
    use crate::testdata::{rows, tree};

    #[test]
    fn the_neighbours_are_what_procfs_reads() {
        for name in [
            "captured/vm-6.18",
            "constructed/many-cores",
            "constructed/linux-3.10",
        ] {
            let roots = tree(name);
            let mut reader = ArpReader::open(&roots, &Settings::default()).unwrap();
            let ours = rows(&mut reader);
            let text = std::fs::read(roots.proc_net().join("arp")).unwrap();
            let theirs = procfs::net::ArpEntries::from_read(&text[..]).unwrap().0;
            let sum: u64 = ours.iter().map(|(_, sample)| sample.entries).sum();
            assert_eq!(sum, theirs.len() as u64, "{name}");
            for (device, sample) in &ours {
                let count = theirs
                    .iter()
                    .filter(|entry| entry.device == *device)
                    .count();
                assert_eq!(sample.entries, count as u64, "{name} {device}");
            }
            assert!(ours.is_sorted_by_key(|(device, _)| device.clone()));
            assert_eq!(rows(&mut reader), ours);
        }
    }
}
