//! What each interface is, as labels: address, duplex, state. An interface in another state is another
//! instance (`eth0 up`, `eth0 down`), because labels belong to an instance for good; the other labels are
//! taken when an instance is first seen.

use super::NetworkInfoSample;
use super::attributes::Attributes;
use super::interfaces::{Interfaces, device_label};
use crate::error::ReadError;
use crate::reader::{Label, Labels, Reader, Settings};
use crate::roots::Roots;

/// Shows a row for each interface that is not left out and has a folder; all that it says stands in the labels.
pub struct NetworkInfoReader {
    /// Of each its instance: empty until it is known.
    interfaces: Interfaces<(Attributes, Vec<u8>)>,
}

impl NetworkInfoReader {
    /// Opens `net/dev`, which says what interfaces there are.
    pub fn open(roots: &Roots, settings: &Settings) -> Result<NetworkInfoReader, ReadError> {
        let interfaces = Interfaces::open(roots, settings)?;
        Ok(NetworkInfoReader { interfaces })
    }
}

impl Reader for NetworkInfoReader {
    type Sample = NetworkInfoSample;
    const SELECTS: bool = true;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &NetworkInfoSample)) -> Result<(), ReadError> {
        self.interfaces.each(&mut |class_net, met| {
            let (name, (attributes, instance)) = (met.line.name, met.known);
            if met.is_due || instance.is_empty() {
                instance.clear();
                instance.extend_from_slice(name);
                instance.push(b' ');
                let named = instance.len();
                attributes.append(class_net, name, c"operstate", instance);
                if instance.len() == named {
                    instance.clear();
                }
            }
            // Without a folder there is nothing to say.
            if !instance.is_empty() {
                row(instance, &NetworkInfoSample);
            }
            Ok(())
        })
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        let mut words = instance.splitn(2, |byte| *byte == b' ');
        let interface = words.next().unwrap_or_default();
        let operstate = words.next().unwrap_or_default();
        let mut attributes = Attributes::default();
        let mut label = |name: &str, attribute| {
            let mut value = Vec::new();
            attributes.append(&self.interfaces.class_net, interface, attribute, &mut value);
            Label {
                name: name.into(),
                value: String::from_utf8_lossy(&value).into(),
            }
        };
        vec![
            label("address", c"address"),
            label("broadcast", c"broadcast"),
            device_label(interface),
            label("duplex", c"duplex"),
            label("ifalias", c"ifalias"),
            Label {
                name: "operstate".into(),
                value: String::from_utf8_lossy(operstate).into(),
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata;

    #[test]
    fn an_interfaces_labels_are_its_state_and_addresses() {
        let roots = testdata::tree("captured/vm-6.18");
        let mut reader = NetworkInfoReader::open(&roots, &Settings::default()).unwrap();
        let mut instances = Vec::new();
        reader
            .read(&mut |name, _| instances.push(String::from_utf8(name.to_vec()).unwrap()))
            .unwrap();
        assert_eq!(instances, ["lo unknown", "ifb0 down", "eth0 up"]);
        let labels: Vec<_> = reader
            .labels(b"eth0 up")
            .into_iter()
            .map(|label| format!("{}={}", label.name, label.value))
            .collect();
        assert_eq!(
            labels,
            [
                "address=02:fc:00:00:00:01",
                "broadcast=ff:ff:ff:ff:ff:ff",
                "device=eth0",
                "duplex=unknown",
                "ifalias=",
                "operstate=up"
            ]
        );
    }
}
