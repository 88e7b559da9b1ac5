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
        self.read(class_net, interface, |open| {
            let text = open.text(c"operstate")?;
            let operstate = OPERSTATES.iter().position(|state| *state == text);
            Some(Line {
                up: operstate.map(|state| u64::from(state == UP)),
                operstate: operstate.map(|state| state as u64),
                carrier: open.number(c"carrier"),
                carrier_changes: open.number(c"carrier_changes"),
                carrier_up_changes: open.number(c"carrier_up_count"),
                carrier_down_changes: open.number(c"carrier_down_count"),
                speed_mbit: open.signed(c"speed"),
                mtu: open.number(c"mtu"),
                receive_nohandler: open.number(c"statistics/rx_nohandler"),
            })
        })
        .unwrap_or_default()
    }

    /// What hardly changes; all `None` where there is no such folder.
    pub(super) fn link(&mut self, class_net: &Path, interface: &[u8]) -> NetworkLinkSample {
        self.read(class_net, interface, |open| {
            let iface_id = Some(open.number(c"ifindex")?);
            Some(NetworkLinkSample {
                address_assign_type: open.number(c"addr_assign_type"),
                device_id: open.hexadecimal(c"dev_id"),
                dormant: open.number(c"dormant"),
                flags: open.hexadecimal(c"flags"),
                iface_id,
                iface_link: open.number(c"iflink"),
                iface_link_mode: open.number(c"link_mode"),
                name_assign_type: open.number(c"name_assign_type"),
                net_dev_group: open.number(c"netdev_group"),
                protocol_type: open.number(c"type"),
                transmit_queue_length: open.number(c"tx_queue_len"),
            })
        })
        .unwrap_or_default()
    }

    /// Appends one attribute's text; nothing where it cannot be read.
    pub(super) fn append(
        &mut self,
        class_net: &Path,
        interface: &[u8],
        name: &CStr,
        out: &mut Vec<u8>,
    ) {
        self.read(class_net, interface, |open| {
            out.extend_from_slice(open.text(name)?);
            Some(())
        });
    }

    /// What `take` makes of the folder. It gives `None` where the folder is not a living interface's: then
    /// the folder is opened anew, once.
    fn read<T>(
        &mut self,
        class_net: &Path,
        interface: &[u8],
        mut take: impl FnMut(&mut Open<'_>) -> Option<T>,
    ) -> Option<T> {
        let mut taken = |folder: &SysDir| {
            take(&mut Open {
                folder,
                buffer: [0; ATTRIBUTE_SIZE_MAX],
            })
        };
        if let Some(found) = self.folder.as_ref().and_then(&mut taken) {
            return Some(found);
        }
        self.folder = SysDir::open(&class_net.join(OsStr::from_bytes(interface))).ok();
        self.folder.as_ref().and_then(taken)
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
            std::fs::write(eth0.join("operstate"), "up\n").unwrap();
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
