//! `/proc/net/netstat`, `/proc/net/snmp` and `/proc/net/snmp6`, kept open.

use super::columns::Columns;
use super::{NetstatSample, Snmp6Sample, SnmpSample, snmp6};
use crate::buffer::Buffer;
use crate::error::ReadError;
use crate::proc_file::ProcFile;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;

/// 6.18 has 170 names of 13 bytes and as many values, which may have twenty digits each: 6.3 KB. Twice
/// as many fit.
const NETSTAT_SIZE_MAX: usize = 12 * 1024;
/// 6.18 has 85 names of 11 bytes; `IcmpMsg` has one a type that was seen, of 255, in and out.
const SNMP_SIZE_MAX: usize = 24 * 1024;
const _: () = assert!(SNMP_SIZE_MAX > 85 * (11 + 1 + 20) + 2 * 256 * ("OutType255 ".len() + 21));
/// 6.18 has 86 lines of 32 bytes and a value; the ICMPv6 types that were seen have one each, in and out.
const SNMP6_SIZE_MAX: usize = 36 * 1024;
const _: () = assert!(SNMP6_SIZE_MAX > (86 + 2 * 256) * (32 + 1 + 20 + 1));

/// Reads Linux' own counters.
pub struct NetstatReader {
    file: ProcFile,
    buffer: Buffer,
    columns: Columns,
}

impl NetstatReader {
    /// Opens `/proc/net/netstat`.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<NetstatReader, ReadError> {
        Ok(NetstatReader {
            file: ProcFile::open(&roots.proc_net().join("netstat"))?,
            buffer: Buffer::new(NETSTAT_SIZE_MAX),
            columns: Columns::new(NetstatSample::KEYS),
        })
    }
}

impl Reader for NetstatReader {
    type Sample = NetstatSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &NetstatSample)) -> Result<(), ReadError> {
        let text = self.file.read(&mut self.buffer)?;
        let mut sample = NetstatSample::default();
        self.columns
            .parse(text, &mut sample.slots())
            .map_err(|error| error.at(self.file.path()))?;
        row(b"", &sample);
        Ok(())
    }
}

/// Reads the counters of IPv4, ICMP, TCP and UDP.
pub struct SnmpReader {
    file: ProcFile,
    buffer: Buffer,
    columns: Columns,
}

impl SnmpReader {
    /// Opens `/proc/net/snmp`.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<SnmpReader, ReadError> {
        Ok(SnmpReader {
            file: ProcFile::open(&roots.proc_net().join("snmp"))?,
            buffer: Buffer::new(SNMP_SIZE_MAX),
            columns: Columns::new(SnmpSample::KEYS),
        })
    }
}

impl Reader for SnmpReader {
    type Sample = SnmpSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &SnmpSample)) -> Result<(), ReadError> {
        let text = self.file.read(&mut self.buffer)?;
        let mut sample = SnmpSample::default();
        self.columns
            .parse(text, &mut sample.slots())
            .map_err(|error| error.at(self.file.path()))?;
        row(b"", &sample);
        Ok(())
    }
}

/// Reads the counters of IPv6.
pub struct Snmp6Reader {
    file: ProcFile,
    buffer: Buffer,
}

impl Snmp6Reader {
    /// Opens `/proc/net/snmp6`; absent where IPv6 is switched off.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<Snmp6Reader, ReadError> {
        Ok(Snmp6Reader {
            file: ProcFile::open(&roots.proc_net().join("snmp6"))?,
            buffer: Buffer::new(SNMP6_SIZE_MAX),
        })
    }
}

impl Reader for Snmp6Reader {
    type Sample = Snmp6Sample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &Snmp6Sample)) -> Result<(), ReadError> {
        let text = self.file.read(&mut self.buffer)?;
        let sample = snmp6::parse(text).map_err(|error| error.at(self.file.path()))?;
        row(b"", &sample);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use procfs::FromRead;

    use super::*;
    use crate::testdata::{each, one_row, tree};

    /// Ours, in the order of the keys, and what procfs makes of the same text.
    fn both(
        ours: &SnmpSample,
        theirs: &procfs::net::Snmp,
    ) -> ([Option<u64>; 19], [Option<u64>; 19]) {
        let mut ours = *ours;
        let ours = ours.slots().map(|slot| *slot);
        let theirs = [
            match theirs.ip_forwarding {
                procfs::net::IpForwarding::Forwarding => 1,
                procfs::net::IpForwarding::NotForwarding => 2,
            },
            theirs.icmp_in_msgs,
            theirs.icmp_in_errors,
            theirs.icmp_out_msgs,
            theirs.tcp_active_opens,
            theirs.tcp_passive_opens,
            theirs.tcp_curr_estab,
            theirs.tcp_in_segs,
            theirs.tcp_out_segs,
            theirs.tcp_retrans_segs,
            theirs.tcp_in_errs,
            theirs.tcp_out_rsts,
            theirs.udp_in_datagrams,
            theirs.udp_no_ports,
            theirs.udp_in_errors,
            theirs.udp_out_datagrams,
            theirs.udp_rcvbuf_errors,
            theirs.udp_sndbuf_errors,
            theirs.udp_lite_in_errors,
        ];
        (ours, theirs.map(Some))
    }

    #[test]
    fn snmp_is_what_procfs_reads() {
        for (name, text) in each("proc/1/net/snmp") {
            let mut sample = SnmpSample::default();
            Columns::new(SnmpSample::KEYS)
                .parse(&text, &mut sample.slots())
                .unwrap();
            // procfs wants columns that came with 3.12
            let Ok(theirs) = procfs::net::Snmp::from_read(&text[..]) else {
                assert!(name.ends_with("linux-3.10"));
                continue;
            };
            let (ours, theirs) = both(&sample, &theirs);
            assert_eq!(ours, theirs, "{name}");
        }
        let mut reader = SnmpReader::open(&Roots::default(), &Settings::default()).unwrap();
        let before = one_row(&mut reader);
        let theirs = procfs::net::snmp().unwrap();
        let after = one_row(&mut reader);
        let ((before, theirs), (after, _)) = (both(&before, &theirs), both(&after, &theirs));
        // the connections that are established now go up and down
        for key in (0..19).filter(|&key| key != 6) {
            assert!(
                before[key] <= theirs[key] && theirs[key] <= after[key],
                "{}",
                SnmpSample::KEYS[key]
            );
        }
    }

    #[test]
    fn snmp6_is_what_procfs_reads() {
        for (name, text) in each("proc/1/net/snmp6") {
            let ours = snmp6::parse(&text).unwrap();
            let theirs = procfs::net::Snmp6::from_read(&text[..]).unwrap();
            for (ours, theirs) in [
                (ours.ip6_in_octets, theirs.ip_in_octets),
                (ours.ip6_out_octets, theirs.ip_out_octets),
                (ours.icmp6_in_msgs, theirs.icmp_in_msgs),
                (ours.icmp6_in_errors, theirs.icmp_in_errors),
                (ours.icmp6_out_msgs, theirs.icmp_out_msgs),
                (ours.udp6_in_datagrams, theirs.udp_in_datagrams),
                (ours.udp6_no_ports, theirs.udp_no_ports),
                (ours.udp6_in_errors, theirs.udp_in_errors),
                (ours.udp6_out_datagrams, theirs.udp_out_datagrams),
                (ours.udp6_rcvbuf_errors, theirs.udp_rcvbuf_errors),
                (ours.udp6_sndbuf_errors, theirs.udp_sndbuf_errors),
                (ours.udp_lite6_in_errors, theirs.udp_lite_in_errors),
            ] {
                assert_eq!(ours, Some(theirs), "{name}");
            }
        }
    }

    #[test]
    fn what_an_old_kernel_does_not_count_is_missing() {
        let old = tree("constructed/linux-3.10");
        let mut reader = NetstatReader::open(&old, &Settings::default()).unwrap();
        let sample = one_row(&mut reader);
        assert_eq!(sample.tcp_ext_listen_drops, Some(6));
        assert_eq!(sample.tcp_ext_tcp_timeouts, Some(77));
        assert_eq!(sample.ip_ext_in_octets, Some(u64::MAX));
        assert_eq!(sample.tcp_ext_tcp_rcv_q_drop, None);
        let sample = one_row(&mut SnmpReader::open(&old, &Settings::default()).unwrap());
        assert_eq!(sample.icmp_out_msgs, Some(11));
        assert_eq!(sample.tcp_retrans_segs, Some(80));
        assert_eq!(sample.udp_lite_in_errors, Some(1));
        assert!(matches!(
            Snmp6Reader::open(&old, &Settings::default()),
            Err(error) if error.is_absent()
        ));
    }

    #[test]
    fn this_kernel_counts_everything_that_is_kept() {
        let roots = Roots::default();
        let mut sample = one_row(&mut NetstatReader::open(&roots, &Settings::default()).unwrap());
        assert!(sample.slots().iter().all(|slot| slot.is_some()));
    }
}
