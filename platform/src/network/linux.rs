//! `/proc/net/dev`, kept open, read at every tick. How the lines are (`/sys/class/net`) is read anew when
//! the kernel tells of a change, and once a minute.

use super::attributes::Attributes;
use super::interfaces::{Interfaces, device_label};
use super::{Line, NetworkSample};
use crate::error::ReadError;
use crate::reader::{Labels, Reader, Settings};
use crate::roots::Roots;

/// Reads each interface that is not left out; the instance is its name.
pub struct NetworkReader {
    interfaces: Interfaces<Interface>,
}

#[derive(Default)]
struct Interface {
    attributes: Attributes,
    line: Option<Line>,
}

impl NetworkReader {
    /// Opens `net/dev` of the network namespace that the roots mean.
    pub fn open(roots: &Roots, settings: &Settings) -> Result<NetworkReader, ReadError> {
        let interfaces = Interfaces::open(roots, settings)?;
        Ok(NetworkReader { interfaces })
    }
}

impl Reader for NetworkReader {
    type Sample = NetworkSample;
    const SELECTS: bool = true;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &NetworkSample)) -> Result<(), ReadError> {
        self.interfaces.each(&mut |class_net, met| {
            let (interface, name) = (met.known, met.line.name);
            let state = match interface.line {
                Some(state) if !met.is_due => state,
                _ => interface.attributes.line(class_net, name),
            };
            interface.line = Some(state);
            row(name, &met.line.sample(state)?);
            Ok(())
        })
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        vec![device_label(instance)]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use procfs::net::{DeviceStatus, InterfaceDeviceStatus};
    use procfs::prelude::*;

    use super::super::net_dev;
    use super::*;
    use crate::testdata;

    fn of_procfs(device: &DeviceStatus, line: Line) -> NetworkSample {
        NetworkSample {
            receive_bytes: device.recv_bytes,
            receive_packets: device.recv_packets,
            receive_errs: device.recv_errs,
            receive_drop: device.recv_drop,
            receive_fifo: device.recv_fifo,
            receive_frame: device.recv_frame,
            receive_compressed: device.recv_compressed,
            receive_multicast: device.recv_multicast,
            transmit_bytes: device.sent_bytes,
            transmit_packets: device.sent_packets,
            transmit_errs: device.sent_errs,
            transmit_drop: device.sent_drop,
            transmit_fifo: device.sent_fifo,
            transmit_colls: device.sent_colls,
            transmit_carrier: device.sent_carrier,
            transmit_compressed: device.sent_compressed,
            receive_no_protocol: None,
            transmit_multicast: None,
            line,
        }
    }

    fn rows(reader: &mut NetworkReader) -> HashMap<String, NetworkSample> {
        let mut rows = HashMap::new();
        reader
            .read(&mut |name, sample| {
                rows.insert(String::from_utf8(name.to_vec()).unwrap(), *sample);
            })
            .unwrap();
        rows
    }

    #[test]
    fn every_tree_is_read_as_procfs_reads_it() {
        for (tree, text) in testdata::each("proc/1/net/dev") {
            let theirs = InterfaceDeviceStatus::from_read(&text[..]).unwrap().0;
            let mut count = 0;
            for line in net_dev::lines(&text) {
                let line = line.unwrap();
                let name = std::str::from_utf8(line.name).unwrap();
                let expected = of_procfs(&theirs[name], Line::default());
                assert_eq!(line.sample(Line::default()), Ok(expected), "{tree}");
                count += 1;
            }
            assert_eq!(count, theirs.len(), "{tree}");
        }
    }

    #[test]
    fn the_live_file_is_read_as_procfs_reads_it() {
        const GETS: [fn(&NetworkSample) -> u64; 8] = [
            |device| device.receive_bytes,
            |device| device.receive_packets,
            |device| device.receive_drop,
            |device| device.receive_multicast,
            |device| device.transmit_bytes,
            |device| device.transmit_packets,
            |device| device.transmit_errs,
            |device| device.transmit_carrier,
        ];
        let mut reader = NetworkReader::open(&Roots::default(), &Settings::default()).unwrap();
        let before = rows(&mut reader);
        let middle = procfs::net::dev_status().unwrap();
        let after = rows(&mut reader);
        // Other tests and processes may make and drop interfaces meanwhile; the loopback stays.
        assert!(before.contains_key("lo"));
        for (name, low) in &before {
            let (Some(theirs), Some(high)) = (middle.get(name), after.get(name)) else {
                continue;
            };
            let between = of_procfs(theirs, Line::default());
            for get in GETS {
                assert!((get(low)..=get(high)).contains(&get(&between)), "{name}");
            }
        }
        let lo = &before["lo"].line;
        assert!(lo.mtu > Some(0) && lo.operstate.is_some());
    }

    #[test]
    fn in_a_container_the_hosts_interfaces_are_read() {
        let roots = testdata::tree("constructed/container");
        let mut reader = NetworkReader::open(&roots, &Settings::default()).unwrap();
        let mut names: Vec<_> = rows(&mut reader).into_keys().collect();
        names.sort_unstable();
        assert_eq!(names, ["docker0", "enp0s31f6", "lo"]);
    }

    #[test]
    fn interfaces_come_and_go_and_some_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let net = folder.path().join("1/net");
        std::fs::create_dir_all(&net).unwrap();
        let write = |names: &[&str]| {
            let mut text = "a\nb\n".to_owned();
            for name in names {
                text += name;
                text += ": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n";
            }
            std::fs::write(net.join("dev"), text).unwrap();
        };
        let roots = Roots {
            proc: folder.path().into(),
            sys: folder.path().into(),
            ..Roots::default()
        };
        let settings = Settings {
            exclude: Some(vec!["veth*".into()]),
            ..Settings::default()
        };
        write(&["lo", "eth0", "veth1"]);
        let mut reader = NetworkReader::open(&roots, &settings).unwrap();
        assert_eq!(rows(&mut reader).len(), 2);
        write(&["lo", "veth1", "wg0", "eth0"]);
        assert_eq!(rows(&mut reader).len(), 3);
        write(&["wg0"]);
        let left = rows(&mut reader);
        assert_eq!(left.len(), 1);
        assert_eq!(left["wg0"].transmit_compressed, 16);
        assert_eq!(left["wg0"].line, Line::default());
    }
}
