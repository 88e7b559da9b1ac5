//! The attributes of one interface, `/sys/class/net/<interface>`.

use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::{Line, NetworkLinkSample};
use crate::sys_dir::{ATTRIBUTE_SIZE_MAX, SysDir};
use crate::text::Cursor;

/// `operstate` in the order of RFC 2863, and so of the kernel's `IF_OPER_*`.
const OPERSTATES: [&[u8]; 7] = [
    b"unknown",
    b"notpresent",
    b"down",
    b"lowerlayerdown",
    b"testing",
    b"dormant",
    b"up",
];
const UP: usize = 6;

/// One interface's folder, opened again when the interface was taken away and made anew by the same name.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    folder: Option<SysDir>,
}

/// A folder while its attributes are read.
struct Open<'a> {
    folder: &'a SysDir,
    buffer: [u8; ATTRIBUTE_SIZE_MAX],
}

impl Attributes {
    /// How the line is now; all `None` where there is no such folder.
    pub(super) fn line(&mut self, class_net: &Path, interface: &[u8]) -> Line {
        let Some(mut open) = self.open(class_net, interface) else {
            return Line::default();
        };
        let operstate = open
            .text(c"operstate")
            .and_then(|text| OPERSTATES.iter().position(|state| *state == text));
        Line {
            up: operstate.map(|state| u64::from(state == UP)),
            operstate: operstate.map(|state| state as u64),
            carrier: open.number(c"carrier"),
            carrier_changes: open.number(c"carrier_changes"),
            carrier_up_changes: open.number(c"carrier_up_count"),
            carrier_down_changes: open.number(c"carrier_down_count"),
            speed_mbit: open.signed(c"speed"),
            mtu: open.number(c"mtu"),
            receive_nohandler: open.number(c"statistics/rx_nohandler"),
        }
    }

    /// What hardly changes.
    pub(super) fn link(&mut self, class_net: &Path, interface: &[u8]) -> NetworkLinkSample {
        let Some(mut open) = self.open(class_net, interface) else {
            return NetworkLinkSample::default();
        };
        NetworkLinkSample {
            address_assign_type: open.number(c"addr_assign_type"),
            device_id: open.hexadecimal(c"dev_id"),
            dormant: open.number(c"dormant"),
            flags: open.hexadecimal(c"flags"),
            iface_id: open.number(c"ifindex"),
            iface_link: open.number(c"iflink"),
            iface_link_mode: open.number(c"link_mode"),
            name_assign_type: open.number(c"name_assign_type"),
            net_dev_group: open.number(c"netdev_group"),
            protocol_type: open.number(c"type"),
            transmit_queue_length: open.number(c"tx_queue_len"),
        }
    }

    /// One attribute's text, appended to `out`; nothing where it cannot be read.
    pub(super) fn append(
        &mut self,
        class_net: &Path,
        interface: &[u8],
        name: &CStr,
        out: &mut Vec<u8>,
    ) {
        if let Some(mut open) = self.open(class_net, interface)
            && let Some(text) = open.text(name)
        {
            out.extend_from_slice(text);
        }
    }

    /// The folder, if it is that of an interface that is there: every interface has a number.
    fn open(&mut self, class_net: &Path, interface: &[u8]) -> Option<Open<'_>> {
        let is_live = |folder: &SysDir| {
            let mut buffer = [0; ATTRIBUTE_SIZE_MAX];
            folder.read(c"ifindex", &mut buffer).is_some()
        };
        if !self.folder.as_ref().is_some_and(is_live) {
            self.folder = SysDir::open(&class_net.join(OsStr::from_bytes(interface))).ok();
        }
        self.folder.as_ref().map(|folder| Open {
            folder,
            buffer: [0; ATTRIBUTE_SIZE_MAX],
        })
    }
}

impl Open<'_> {
    fn text(&mut self, name: &CStr) -> Option<&[u8]> {
        self.folder.read(name, &mut self.buffer)
    }

    fn number(&mut self, name: &CStr) -> Option<u64> {
        Cursor::new(self.text(name)?).number()
    }

    fn signed(&mut self, name: &CStr) -> Option<i64> {
        Cursor::new(self.text(name)?).signed()
    }

    fn hexadecimal(&mut self, name: &CStr) -> Option<u64> {
        let mut text = Cursor::new(self.text(name)?);
        text.skip(b"0x");
        text.hexadecimal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata;

    #[test]
    fn an_interface_that_is_up_and_one_that_is_down() {
        let class_net = testdata::tree("captured/vm-6.18").sys.join("class/net");
        let line = Attributes::default().line(&class_net, b"eth0");
        let expected = Line {
            up: Some(1),
            operstate: Some(6),
            carrier: Some(1),
            carrier_changes: Some(2),
            carrier_up_changes: Some(1),
            carrier_down_changes: Some(1),
            speed_mbit: Some(-1),
            mtu: Some(1400),
            receive_nohandler: Some(0),
        };
        assert_eq!(line, expected);
        let line = Attributes::default().line(&class_net, b"ifb0");
        assert_eq!(
            (line.up, line.operstate, line.carrier, line.speed_mbit),
            (Some(0), Some(2), None, None)
        );
        assert_eq!(
            Attributes::default().line(&class_net, b"none"),
            Line::default()
        );
    }

    #[test]
    fn what_hardly_changes_is_read_in_its_own_bases() {
        let class_net = testdata::tree("captured/vm-6.18").sys.join("class/net");
        let link = Attributes::default().link(&class_net, b"eth0");
        let expected = NetworkLinkSample {
            address_assign_type: Some(0),
            device_id: Some(0),
            dormant: Some(0),
            flags: Some(0x1003),
            iface_id: Some(4),
            iface_link: Some(4),
            iface_link_mode: Some(0),
            name_assign_type: Some(1),
            net_dev_group: Some(0),
            protocol_type: Some(1),
            transmit_queue_length: Some(1000),
        };
        assert_eq!(link, expected);
    }

    #[test]
    fn an_interface_made_anew_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut attributes = Attributes::default();
        let make = |mtu: &str| {
            let eth0 = folder.path().join("eth0");
            std::fs::create_dir(&eth0).unwrap();
            std::fs::write(eth0.join("ifindex"), "2\n").unwrap();
            std::fs::write(eth0.join("mtu"), mtu).unwrap();
        };
        make("1500\n");
        assert_eq!(attributes.line(folder.path(), b"eth0").mtu, Some(1500));
        std::fs::remove_dir_all(folder.path().join("eth0")).unwrap();
        assert_eq!(attributes.line(folder.path(), b"eth0"), Line::default());
        make("9000\n");
        assert_eq!(attributes.line(folder.path(), b"eth0").mtu, Some(9000));
    }
}
