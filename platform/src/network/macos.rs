//! sysctl `NET_RT_IFLIST2` for all interfaces at once, and the interface's own `IFMIB_IFDATA` for its bytes.

use std::mem::offset_of;

use super::NetworkSample;
use super::route_message::{
    DATA, DATA_SIZE, FLAGS, HEAD_SIZE, INDEX, MIB_DATA, MIB_SIZE, SEND_DROPS, exact_bytes,
    interfaces,
};
use crate::error::ReadError;
use crate::reader::{Label, Labels, Reader, Settings};
use crate::roots::Roots;
use crate::sysctl::Sysctl;

/// Room for the list to grow between two samples.
const SPARE: usize = 4096;
/// The place of the interface's number in the name of `IFMIB_IFDATA`.
const MIB_INDEX: usize = 4;

// net/if.h, net/if_var.h, net/if_mib.h
const _: () = assert!(size_of::<libc::if_msghdr2>() == HEAD_SIZE);
const _: () = assert!(offset_of!(libc::if_msghdr2, ifm_flags) == FLAGS);
const _: () = assert!(offset_of!(libc::if_msghdr2, ifm_index) == INDEX);
const _: () = assert!(offset_of!(libc::if_msghdr2, ifm_snd_drops) == SEND_DROPS);
const _: () = assert!(offset_of!(libc::if_msghdr2, ifm_data) == DATA);
const _: () = assert!(size_of::<libc::if_data64>() == DATA_SIZE);
const _: () = assert!(offset_of!(libc::if_data64, ifi_mtu) == 8);
const _: () = assert!(offset_of!(libc::if_data64, ifi_baudrate) == 16);
const _: () = assert!(offset_of!(libc::if_data64, ifi_ipackets) == 24);
const _: () = assert!(offset_of!(libc::if_data64, ifi_collisions) == 56);
const _: () = assert!(offset_of!(libc::if_data64, ifi_ibytes) == 64);
const _: () = assert!(offset_of!(libc::if_data64, ifi_imcasts) == 80);
const _: () = assert!(offset_of!(libc::if_data64, ifi_iqdrops) == 96);
const _: () = assert!(offset_of!(libc::if_data64, ifi_noproto) == 104);
const _: () = assert!(size_of::<libc::ifmibdata>() == MIB_SIZE);
const _: () = assert!(offset_of!(libc::ifmibdata, ifmd_data) == MIB_DATA);
// net/if_dl.h
const _: () = assert!(offset_of!(libc::sockaddr_dl, sdl_nlen) == 5);
const _: () = assert!(offset_of!(libc::sockaddr_dl, sdl_data) == 8);

/// Reads each interface that is not left out; the instance is its name.
pub struct NetworkReader {
    list: Sysctl,
    buffer: Vec<u8>,
    /// Its number of the interface is set before each use.
    mib: Sysctl,
    settings: Settings,
}

impl NetworkReader {
    /// Asks how long the list is.
    pub fn open(_roots: &Roots, settings: &Settings) -> Result<NetworkReader, ReadError> {
        let (net, route, all) = (libc::CTL_NET, libc::PF_ROUTE, 0);
        let list = Sysctl::numbered(
            &[net, route, 0, all, libc::NET_RT_IFLIST2, all],
            "NET_RT_IFLIST2",
        );
        let mib = Sysctl::numbered(
            &[
                net,
                libc::PF_LINK,
                libc::NETLINK_GENERIC,
                libc::IFMIB_IFDATA,
                0,
                libc::IFDATA_GENERAL,
            ],
            "IFMIB_IFDATA",
        );
        let buffer = vec![0; list.size()? + SPARE];
        Ok(NetworkReader {
            list,
            buffer,
            mib,
            settings: settings.clone(),
        })
    }

    /// Makes room for a list that outgrew it; does nothing while no interface comes.
    fn make_room(&mut self) -> Result<(), ReadError> {
        let size = self.list.size()?;
        if size > self.buffer.len() {
            self.buffer.resize(size + SPARE, 0);
        }
        Ok(())
    }
}

/// node_exporter leaves none out.
fn none(_interface: &[u8]) -> bool {
    false
}

impl Reader for NetworkReader {
    type Sample = NetworkSample;
    const SELECTS: bool = true;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &NetworkSample)) -> Result<(), ReadError> {
        self.make_room()?;
        let answer = self.list.read(&mut self.buffer)?;
        let mut buffer = [0; MIB_SIZE];
        for interface in interfaces(answer) {
            if !self.settings.keeps(interface.name, none) {
                continue;
            }
            self.mib.set(MIB_INDEX, interface.index.into());
            // where the kernel does not say, what the list has is better than nothing
            let exact = self.mib.read(&mut buffer).ok();
            let exact = exact.and_then(|answer| exact_bytes(answer, interface.name));
            let sample = interface.sample(exact);
            let sample = sample.ok_or_else(|| self.list.unexpected("struct if_msghdr2"))?;
            row(interface.name, &sample);
        }
        Ok(())
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        vec![Label::of("device", instance)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::rows;

    #[test]
    fn the_loopback_is_there_and_up() {
        let mut reader = NetworkReader::open(&Roots::default(), &Settings::default()).unwrap();
        let rows = rows(&mut reader);
        let (_, loopback) = rows.iter().find(|(name, _)| name == "lo0").unwrap();
        assert_eq!(loopback.line.up, Some(1));
        assert_eq!(loopback.receive_packets, loopback.transmit_packets);
    }
}
