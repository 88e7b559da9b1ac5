//! What hardly changes of each interface: numbers, flags and queue length of `/sys/class/net`.

use std::path::PathBuf;
use std::time::Instant;

use super::NetworkLinkSample;
use super::attributes::Attributes;
use super::linux::{device_label, none};
use super::net_dev::{self, NET_DEV_SIZE_MAX};
use super::watch::Looks;
use crate::buffer::Buffer;
use crate::error::ReadError;
use crate::proc_file::ProcFile;
use crate::reader::{Labels, Reader, Settings};
use crate::roots::Roots;
use crate::roster::Roster;

/// Reads each interface that is not left out; the instance is its name. Eleven files an
/// interface, read anew when the kernel tells of a change, and once a minute.
pub struct NetworkLinkReader {
    file: ProcFile,
    buffer: Buffer,
    settings: Settings,
    class_net: PathBuf,
    looks: Looks,
    interfaces: Roster<(Attributes, Option<NetworkLinkSample>)>,
}

impl NetworkLinkReader {
    /// Opens `net/dev`, which says what interfaces there are.
    pub fn open(roots: &Roots, settings: &Settings) -> Result<NetworkLinkReader, ReadError> {
        Ok(NetworkLinkReader {
            file: ProcFile::open(&roots.proc_net().join("dev"))?,
            buffer: Buffer::new(NET_DEV_SIZE_MAX),
            settings: settings.clone(),
            class_net: roots.sys.join("class/net"),
            looks: Looks::at(roots),
            interfaces: Roster::default(),
        })
    }
}

impl Reader for NetworkLinkReader {
    type Sample = NetworkLinkSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &NetworkLinkSample)) -> Result<(), ReadError> {
        let due = self.looks.is_due(Instant::now());
        let text = self.file.read(&mut self.buffer)?;
        self.interfaces.begin();
        for line in net_dev::lines(text) {
            let line = line.map_err(|error| error.at(self.file.path()))?;
            if self.settings.keeps(line.name, none) {
                let (attributes, known) = self.interfaces.meet(line.name, Default::default);
                if due || known.is_none() {
                    *known = Some(attributes.link(&self.class_net, line.name));
                }
                row(line.name, &known.unwrap_or_default());
            }
        }
        self.interfaces.end();
        Ok(())
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        vec![device_label(instance)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata;

    #[test]
    fn each_interface_has_its_row_even_without_a_folder() {
        let roots = testdata::tree("captured/vm-6.18");
        let mut reader = NetworkLinkReader::open(&roots, &Settings::default()).unwrap();
        let mut rows = Vec::new();
        reader
            .read(&mut |name, sample| rows.push((name.to_vec(), *sample)))
            .unwrap();
        let flags = |name: &[u8]| {
            let (_, sample) = rows.iter().find(|row| row.0 == name).unwrap();
            sample.flags
        };
        assert_eq!((flags(b"lo"), flags(b"eth0")), (Some(9), Some(0x1003)));
        assert_eq!(flags(b"ifb1"), None);
    }
}
