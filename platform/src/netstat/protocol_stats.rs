//! What macOS counts of its protocols, sysctl `net.inet.*.stats`: `struct tcpstat` of netinet/tcp_var.h, `udpstat` of
//! udp_var.h and `icmpstat` of icmp_var.h, counters of 32 bits each, and `icmp6stat` of icmp6.h, of 64. Of each just what
//! stands in front of all that a later system has added.

use crate::bytes::Bytes;

use super::{NetstatSample, Snmp6Sample, SnmpSample};
use crate::widened::Widened;

/// As much of `struct tcpstat` as is read.
pub const TCP_SIZE: usize = 256;
/// As much of `struct udpstat` as is read.
pub const UDP_SIZE: usize = 40;
/// The types of ICMP that are counted (`ICMP_MAXTYPE` + 1).
const ICMP_TYPES: usize = 41;
/// Where `icps_badcode` stands: behind three counters and those by type of what was sent.
const ICMP_BAD: usize = 4 * (3 + ICMP_TYPES);
/// Where the counters by type of what was received stand.
const ICMP_RECEIVED: usize = ICMP_BAD + 4 * 5;
/// As much of `struct icmpstat` as is read.
pub const ICMP_SIZE: usize = ICMP_RECEIVED + 4 * ICMP_TYPES;
/// Where `icp6s_badcode` stands: behind three counters and those by type of what was sent.
const ICMP6_BAD: usize = 8 * (3 + 256);
/// Where the counters by type of what was received stand.
const ICMP6_RECEIVED: usize = ICMP6_BAD + 8 * 5;
/// As much of `struct icmp6stat` as is read.
pub const ICMP6_SIZE: usize = ICMP6_RECEIVED + 8 * 256;

/// Offsets in `struct tcpstat`: the place of each counter, and four bytes each.
const TCP: [usize; 12] = [
    0,      // tcps_connattempt
    4,      // tcps_accepts
    4 * 10, // tcps_rexmttimeo
    4 * 15, // tcps_sndtotal
    4 * 18, // tcps_sndrexmitpack
    4 * 25, // tcps_rcvtotal
    4 * 28, // tcps_rcvbadsum
    4 * 29, // tcps_rcvbadoff
    4 * 30, // tcps_rcvmemdrop
    4 * 31, // tcps_rcvshort
    4 * 36, // tcps_rcvoopack
    4 * 61, // tcps_listendrop
];

/// Counters of 32 bits at these offsets, widened.
#[derive(Clone, Copy, Debug)]
struct Counters<const N: usize> {
    offsets: [usize; N],
    counters: [Widened; N],
}

impl<const N: usize> Counters<N> {
    fn new(offsets: [usize; N]) -> Counters<N> {
        let counters = [Widened::default(); N];
        Counters { offsets, counters }
    }

    fn take(&mut self, bytes: Bytes) -> Option<[u64; N]> {
        let mut taken = [0; N];
        for ((taken, counter), &offset) in
            taken.iter_mut().zip(&mut self.counters).zip(&self.offsets)
        {
            *taken = counter.take(bytes.u32(offset)?);
        }
        Some(taken)
    }
}

/// TCP, of both versions of IP.
#[derive(Clone, Copy, Debug)]
pub struct Tcp(Counters<12>);

impl Default for Tcp {
    fn default() -> Tcp {
        Tcp(Counters::new(TCP))
    }
}

impl Tcp {
    /// Into both samples; `None` where the structure is too short.
    pub fn take(
        &mut self,
        bytes: &[u8],
        snmp: &mut SnmpSample,
        netstat: &mut NetstatSample,
    ) -> Option<()> {
        let [
            attempts,
            accepts,
            timeouts,
            sent,
            sent_again,
            received,
            bad_sum,
            bad_offset,
            no_memory,
            short,
            out_of_order,
            listen_drops,
        ] = self.0.take(Bytes(bytes))?;
        snmp.tcp_active_opens = Some(attempts);
        snmp.tcp_passive_opens = Some(accepts);
        snmp.tcp_in_segs = Some(received);
        snmp.tcp_out_segs = Some(sent.saturating_sub(sent_again));
        snmp.tcp_retrans_segs = Some(sent_again);
        snmp.tcp_in_errs = Some(bad_sum + bad_offset + no_memory + short);
        netstat.tcp_ext_listen_overflows = Some(listen_drops);
        netstat.tcp_ext_tcp_timeouts = Some(timeouts);
        netstat.tcp_ext_tcp_ofo_queue = Some(out_of_order);
        Some(())
    }
}

/// UDP, of both versions of IP.
#[derive(Clone, Copy, Debug)]
pub struct Udp(Counters<7>);

impl Default for Udp {
    fn default() -> Udp {
        // udps_ipackets, hdrops, badsum, badlen, noport, fullsock, opackets
        Udp(Counters::new([0, 4, 8, 12, 16, 24, 36]))
    }
}

impl Udp {
    /// Into the sample; `None` where the structure is too short.
    pub fn take(&mut self, bytes: &[u8], snmp: &mut SnmpSample) -> Option<()> {
        let [received, short, bad_sum, bad_length, no_port, full, sent] =
            self.0.take(Bytes(bytes))?;
        let errors = short + bad_sum + bad_length + full;
        snmp.udp_in_datagrams = Some(received.saturating_sub(errors + no_port));
        snmp.udp_no_ports = Some(no_port);
        snmp.udp_in_errors = Some(errors);
        snmp.udp_rcvbuf_errors = Some(full);
        snmp.udp_out_datagrams = Some(sent);
        Some(())
    }
}

/// ICMP.
#[derive(Clone, Copy, Debug)]
pub struct Icmp {
    sent: Counters<ICMP_TYPES>,
    bad: Counters<4>,
    received: Counters<ICMP_TYPES>,
}

impl Default for Icmp {
    fn default() -> Icmp {
        let each = |first: usize| std::array::from_fn(|kind| first + 4 * kind);
        Icmp {
            sent: Counters::new(each(4 * 3)),
            // icps_badcode, tooshort, checksum, badlen
            bad: Counters::new([0, 4, 8, 12].map(|offset| ICMP_BAD + offset)),
            received: Counters::new(each(ICMP_RECEIVED)),
        }
    }
}

impl Icmp {
    /// Into the sample; `None` where the structure is too short.
    pub fn take(&mut self, bytes: &[u8], snmp: &mut SnmpSample) -> Option<()> {
        let bytes = Bytes(bytes);
        let [bad_code, short, bad_sum, bad_length] = self.bad.take(bytes)?;
        let received: u64 = self.received.take(bytes)?.iter().sum();
        // these two are found before a message is counted by its type
        snmp.icmp_in_msgs = Some(received + short + bad_sum);
        snmp.icmp_in_errors = Some(bad_code + short + bad_sum + bad_length);
        snmp.icmp_out_msgs = Some(self.sent.take(bytes)?.iter().sum());
        Some(())
    }
}

/// ICMPv6.
pub fn icmp6(bytes: &[u8]) -> Option<Snmp6Sample> {
    let bytes = Bytes(bytes);
    let sum = |first: usize, count: usize| {
        (0..count).try_fold(0_u64, |sum, at| {
            Some(sum.saturating_add(bytes.u64(first + 8 * at)?))
        })
    };
    // icp6s_tooshort and icp6s_checksum: found before a message is counted by its type
    let uncounted = sum(ICMP6_BAD + 8, 2)?;
    Some(Snmp6Sample {
        icmp6_in_msgs: Some(sum(ICMP6_RECEIVED, 256)?.saturating_add(uncounted)),
        icmp6_in_errors: Some(sum(ICMP6_BAD, 4)?),
        icmp6_out_msgs: Some(sum(8 * 3, 256)?),
        ..Snmp6Sample::default()
    })
}

/// `net.inet.ip.forwarding`, 0 or 1, as RFC 1213 has it: 1 yes, 2 no.
pub fn forwarding(number: u64) -> u64 {
    if number == 0 { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::each_damaged;

    /// A structure whose every number is its place.
    fn places32(size: usize) -> Vec<u8> {
        let places = 0..u32::try_from(size / 4).unwrap();
        places.flat_map(u32::to_le_bytes).collect()
    }

    #[test]
    fn tcp_is_taken_from_the_front_of_its_structure() {
        let (mut snmp, mut netstat) = Default::default();
        let bytes = places32(TCP_SIZE);
        Tcp::default()
            .take(&bytes, &mut snmp, &mut netstat)
            .unwrap();
        assert_eq!(snmp.tcp_passive_opens, Some(1));
        assert_eq!(snmp.tcp_out_segs, Some(0), "15 in all, 18 again");
        assert_eq!(snmp.tcp_retrans_segs, Some(18));
        assert_eq!(snmp.tcp_in_segs, Some(25));
        assert_eq!(snmp.tcp_in_errs, Some(28 + 29 + 30 + 31));
        assert_eq!(netstat.tcp_ext_tcp_timeouts, Some(10));
        assert_eq!(netstat.tcp_ext_tcp_ofo_queue, Some(36));
        assert_eq!(netstat.tcp_ext_listen_overflows, Some(61));
        assert_eq!(netstat.tcp_ext_listen_drops, None);
    }

    #[test]
    fn counters_go_on_when_they_have_run_over() {
        let (mut snmp, mut tcp) = (SnmpSample::default(), Tcp::default());
        let mut take = |received: u32| {
            let mut bytes = vec![0; TCP_SIZE];
            bytes[100..104].copy_from_slice(&received.to_le_bytes());
            tcp.take(&bytes, &mut snmp, &mut NetstatSample::default());
            snmp.tcp_in_segs.unwrap()
        };
        assert_eq!(take(u32::MAX), u64::from(u32::MAX));
        assert_eq!(take(4), u64::from(u32::MAX) + 5);
    }

    #[test]
    fn udp_that_was_delivered_is_what_is_left() {
        let mut snmp = SnmpSample::default();
        let mut bytes = places32(UDP_SIZE);
        bytes[..4].copy_from_slice(&100_u32.to_le_bytes());
        Udp::default().take(&bytes, &mut snmp).unwrap();
        assert_eq!(snmp.udp_in_errors, Some(1 + 2 + 3 + 6));
        assert_eq!(snmp.udp_in_datagrams, Some(100 - 12 - 4));
        assert_eq!(
            (snmp.udp_no_ports, snmp.udp_out_datagrams),
            (Some(4), Some(9))
        );
        assert_eq!(Udp::default().take(&bytes[..39], &mut snmp), None);
    }

    #[test]
    fn icmp_is_summed_over_its_types() {
        let mut snmp = SnmpSample::default();
        Icmp::default()
            .take(&places32(ICMP_SIZE), &mut snmp)
            .unwrap();
        assert_eq!(snmp.icmp_out_msgs, Some((3..44).sum()));
        assert_eq!(snmp.icmp_in_errors, Some(44 + 45 + 46 + 47));
        assert_eq!(snmp.icmp_in_msgs, Some((49..90).sum::<u64>() + 45 + 46));
        let places = 0..u64::try_from(ICMP6_SIZE / 8).unwrap();
        let bytes: Vec<u8> = places.flat_map(u64::to_le_bytes).collect();
        let snmp6 = icmp6(&bytes).unwrap();
        assert_eq!(snmp6.icmp6_out_msgs, Some((3..259).sum()));
        assert_eq!(snmp6.icmp6_in_errors, Some(259 + 260 + 261 + 262));
        assert_eq!(
            snmp6.icmp6_in_msgs,
            Some((264..520).sum::<u64>() + 260 + 261)
        );
        assert_eq!(snmp6.ip6_in_octets, None);
    }

    #[test]
    fn no_bytes_are_taken_badly() {
        let mut snmp = SnmpSample::default();
        each_damaged(&places32(TCP_SIZE), |bytes| {
            let _ = Tcp::default().take(bytes, &mut snmp, &mut NetstatSample::default());
            let _ = Icmp::default().take(bytes, &mut snmp);
        });
        assert_eq!(
            icmp6(&[0xff; ICMP6_SIZE]).unwrap().icmp6_in_msgs,
            Some(u64::MAX)
        );
        assert_eq!(icmp6(&[0; ICMP6_SIZE - 1]), None);
        assert_eq!((forwarding(0), forwarding(1)), (2, 1));
    }
}
