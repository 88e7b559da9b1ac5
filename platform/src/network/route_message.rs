//! What macOS answers to `NET_RT_IFLIST2`: messages of net/route.h one after the other, each with its length and kind
//! in front; those of the kind `RTM_IFINFO2` are a `struct if_msghdr2` of net/if.h, a `struct if_data64` of net/if_var.h
//! within, and the interface's name in a `struct sockaddr_dl` behind. And `struct ifmibdata` of net/if_mib.h.

use super::{Line, NetworkSample};
use crate::bytes::Bytes;

/// `RTM_IFINFO2`.
const IFINFO2: u8 = 0x12;
/// The size of `struct if_msghdr2`; the interface's address stands behind it.
pub const HEAD_SIZE: usize = 160;
/// Where `ifm_index` stands in it.
pub const INDEX: usize = 12;
/// Where `ifm_flags` stands in it.
pub const FLAGS: usize = 8;
/// Where `ifm_snd_drops` stands in it.
pub const SEND_DROPS: usize = 24;
/// Where `ifm_data` stands in it.
pub const DATA: usize = 32;
/// The size of `struct if_data64`.
pub const DATA_SIZE: usize = 128;
/// The size of `struct ifmibdata`.
pub const MIB_SIZE: usize = 180;
/// Where `ifmd_data` stands in it.
pub const MIB_DATA: usize = 52;
/// `IFF_UP` and `IFF_RUNNING`: switched on, and able to carry packets.
const UP: u32 = 0x1;
const RUNNING: u32 = 0x40;

/// One interface.
#[derive(Clone, Copy, Debug)]
pub struct Interface<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// Its number.
    pub index: u16,
    flags: u32,
    send_drops: u32,
    data: Bytes<'a>,
}

/// The interfaces in an answer; a message that is not whole ends it.
pub fn interfaces(answer: &[u8]) -> impl Iterator<Item = Interface<'_>> {
    let mut rest = Bytes(answer);
    std::iter::from_fn(move || {
        loop {
            let length = usize::from(rest.u16(0).filter(|&length| length >= 4)?);
            let message = rest.part(0, length)?;
            rest = Bytes(&rest.0[length..]);
            if message.u8(3) == Some(IFINFO2)
                && let Some(interface) = interface(message)
            {
                return Some(interface);
            }
        }
    })
}

fn interface(message: Bytes<'_>) -> Option<Interface<'_>> {
    // struct sockaddr_dl of net/if_dl.h: the name's length at 5, the name at 8
    let address = Bytes(message.0.get(HEAD_SIZE..)?);
    let name = address.text(8, usize::from(address.u8(5)?))?;
    Some(Interface {
        name,
        index: message.u16(INDEX)?,
        flags: message.u32(FLAGS)?,
        send_drops: message.u32(SEND_DROPS)?,
        data: message.part(DATA, DATA_SIZE)?,
    })
}

/// Bytes received and sent, as `struct ifmibdata` has them: since macOS 13.2.1 those in a route message are cut at
/// 4 GiB, and rounded for programs that are not Apple's. `None` where it is another interface's.
pub fn exact_bytes(answer: &[u8], name: &[u8]) -> Option<(u64, u64)> {
    let answer = Bytes(answer);
    let data = answer.part(MIB_DATA, DATA_SIZE)?;
    if answer.text(0, 16)? != name {
        return None;
    }
    Some((data.u64(64)?, data.u64(72)?))
}

impl Interface<'_> {
    /// The sample; `exact` bytes received and sent take the place of the message's own.
    pub fn sample(&self, exact: Option<(u64, u64)>) -> Option<NetworkSample> {
        const BITS_PER_MBIT: u64 = 1_000_000;
        let count = |offset: usize| self.data.u64(offset);
        let (received, sent) = match exact {
            Some(exact) => exact,
            None => (count(64)?, count(72)?),
        };
        let speed = count(16)? / BITS_PER_MBIT;
        let is_up = self.flags & UP != 0 && self.flags & RUNNING != 0;
        Some(NetworkSample {
            receive_bytes: received,
            receive_packets: count(24)?,
            receive_errs: count(32)?,
            receive_drop: count(96)?,
            receive_multicast: count(80)?,
            transmit_bytes: sent,
            transmit_packets: count(40)?,
            transmit_errs: count(48)?,
            transmit_drop: u64::from(self.send_drops),
            transmit_colls: count(56)?,
            receive_no_protocol: Some(count(104)?),
            transmit_multicast: Some(count(88)?),
            line: Line {
                up: Some(u64::from(is_up)),
                // 0 is what a loopback or a tunnel says: none is known
                speed_mbit: i64::try_from(speed).ok().filter(|&speed| speed > 0),
                mtu: self.data.u32(8).map(u64::from),
                ..Line::default()
            },
            ..NetworkSample::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::each_damaged;

    /// `struct if_data64` whose counters are `first`, `first` + 1, ... in their order.
    fn data(first: u64) -> Vec<u8> {
        let mut data = vec![6, 4, 0, 6, 14, 0, 0, 0];
        data.extend(1500_u32.to_le_bytes());
        data.extend([0; 4]);
        data.extend(1_000_000_000_u64.to_le_bytes());
        for number in first..first + 11 {
            data.extend(number.to_le_bytes());
        }
        data.resize(DATA_SIZE, 0);
        data
    }

    fn message(kind: u8, name: &[u8], index: u16, flags: u32, first: u64) -> Vec<u8> {
        let mut message = vec![0, 0, 5, kind];
        message.extend(16_u32.to_le_bytes());
        message.extend(flags.to_le_bytes());
        message.extend(index.to_le_bytes());
        message.extend([0; 2 + 8]);
        message.extend(77_u32.to_le_bytes());
        message.extend([0; 4]);
        message.extend(data(first));
        let name_length = u8::try_from(name.len()).unwrap();
        message.extend([20, 18, 0, 0, 6, name_length, 6, 0]);
        message.extend(name);
        message.resize(message.len().next_multiple_of(4), 0);
        let length = u16::try_from(message.len()).unwrap();
        message[..2].copy_from_slice(&length.to_le_bytes());
        message
    }

    fn answer() -> Vec<u8> {
        let address = [8, 0, 5, 0x0c, 1, 2, 3, 4];
        let mut answer = message(IFINFO2, b"lo0", 1, 0x8049, 100);
        answer.extend(address);
        answer.extend(message(IFINFO2, b"en0", 4, 0x8863, 200));
        answer.extend(message(0x13, b"en0", 4, 0, 0));
        answer.extend(message(IFINFO2, b"utun0", 9, 0x8051, 300));
        answer.extend(message(IFINFO2, b"en5", 10, 0x8802, 400));
        answer
    }

    #[test]
    fn interfaces_are_found_among_the_messages() {
        let answer = answer();
        let found: Vec<_> = interfaces(&answer).collect();
        let names: Vec<_> = found
            .iter()
            .map(|found| (found.name, found.index))
            .collect();
        let expected = [(&b"lo0"[..], 1), (b"en0", 4), (b"utun0", 9), (b"en5", 10)];
        assert_eq!(names, expected);
        let sample = found[1].sample(None).unwrap();
        assert_eq!((sample.receive_packets, sample.receive_errs), (200, 201));
        assert_eq!((sample.transmit_packets, sample.transmit_errs), (202, 203));
        assert_eq!(sample.transmit_colls, 204);
        assert_eq!((sample.receive_bytes, sample.transmit_bytes), (205, 206));
        assert_eq!(sample.receive_multicast, 207);
        assert_eq!(sample.transmit_multicast, Some(208));
        assert_eq!((sample.receive_drop, sample.transmit_drop), (209, 77));
        assert_eq!(sample.receive_no_protocol, Some(210));
        assert_eq!(
            (sample.line.mtu, sample.line.speed_mbit),
            (Some(1500), Some(1000))
        );
        let up = |at: usize| found[at].sample(None).unwrap().line.up;
        assert_eq!((up(1), up(3)), (Some(1), Some(0)));
    }

    #[test]
    fn exact_bytes_take_the_place_of_those_that_were_cut() {
        let mut mib = b"en0\0".to_vec();
        mib.resize(MIB_DATA, 0);
        mib.extend(data(1 << 40));
        assert_eq!(mib.len(), MIB_SIZE);
        let exact = exact_bytes(&mib, b"en0").unwrap();
        assert_eq!(exact, ((1 << 40) + 5, (1 << 40) + 6));
        let answer = answer();
        let en0 = interfaces(&answer).nth(1).unwrap();
        let sample = en0.sample(Some(exact)).unwrap();
        assert_eq!(sample.receive_bytes, (1 << 40) + 5);
        assert_eq!(sample.receive_packets, 200);
        // the number of an interface that went may be another's by now
        assert_eq!(exact_bytes(&mib, b"en1"), None);
        assert_eq!(exact_bytes(&mib[..MIB_SIZE - 1], b"en0"), None);
    }

    #[test]
    fn no_bytes_are_taken_badly() {
        assert_eq!(interfaces(&[0; 64]).count(), 0);
        assert_eq!(interfaces(&[3, 0, 5, 0x12]).count(), 0);
        each_damaged(&answer(), |answer| {
            for interface in interfaces(answer) {
                let _ = interface.sample(None);
            }
        });
    }
}
