//! What hardly changes of each interface: numbers, flags and queue length of `/sys/class/net`.

use super::NetworkLinkSample;
use super::attributes::Attributes;
use super::interfaces::{Interfaces, device_label};
use crate::error::ReadError;
use crate::reader::{Labels, Reader, Settings};
use crate::roots::Roots;

/// Reads each interface that is not left out; the instance is its name. Eleven files an
/// interface, read anew when the kernel tells of a change, and once a minute.
pub struct NetworkLinkReader {
    interfaces: Interfaces<(Attributes, Option<NetworkLinkSample>)>,
}

impl NetworkLinkReader {
    /// Opens `net/dev`, which says what interfaces there are.
    pub fn open(roots: &Roots, settings: &Settings) -> Result<NetworkLinkReader, ReadError> {
        let interfaces = Interfaces::open(roots, settings)?;
        Ok(NetworkLinkReader { interfaces })
    }
}

impl Reader for NetworkLinkReader {
    type Sample = NetworkLinkSample;
    const SELECTS: bool = true;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &NetworkLinkSample)) -> Result<(), ReadError> {
        self.interfaces.each(&mut |class_net, met| {
            let (attributes, known) = met.known;
            if met.is_due || known.is_none() {
                *known = Some(attributes.link(class_net, met.line.name));
            }
            row(met.line.name, &known.unwrap_or_default());
            Ok(())
        })
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
