//! sysctl `net.inet.tcp.stats` and its like.

use std::ffi::CStr;

use super::protocol_stats::{self, Icmp, Tcp, Udp};
use super::{NetstatSample, Snmp6Sample, SnmpSample};
use crate::error::ReadError;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;
use crate::sysctl::Sysctl;
use crate::tty::is_root;

/// A structure of counters, and room for all of it: the kernel refuses to give just the front of some.
struct Stats {
    value: Sysctl,
    buffer: Box<[u8]>,
}

impl Stats {
    fn open(name: &CStr) -> Result<Stats, ReadError> {
        let value = Sysctl::named(name)?;
        let buffer = vec![0; value.size()?].into();
        Ok(Stats { value, buffer })
    }

    /// What `take` makes of it; an error where that is nothing.
    fn read<T>(&mut self, take: impl FnOnce(&[u8]) -> Option<T>) -> Result<T, ReadError> {
        let taken = take(self.value.read(&mut self.buffer)?);
        taken.ok_or_else(|| self.value.unexpected("a longer structure of counters"))
    }
}

/// `struct tcpstat`, where the kernel shows it: to others than root it shows zeros, unless it is told not to.
struct TcpStats {
    stats: Stats,
    tcp: Tcp,
}

impl TcpStats {
    fn open() -> Result<TcpStats, ReadError> {
        let stats = Stats::open(c"net.inet.tcp.stats")?;
        let is_hidden = Sysctl::named(c"net.inet.tcp.disable_access_to_stats")
            .and_then(|hidden| hidden.number())
            .is_ok_and(|hidden| hidden != 0);
        if is_hidden && !is_root() {
            return Err(ReadError::Absent {
                path: stats.value.path().clone(),
                why: "macOS shows it to root alone",
            });
        }
        let tcp = Tcp::default();
        Ok(TcpStats { stats, tcp })
    }

    fn read(
        &mut self,
        snmp: &mut SnmpSample,
        netstat: &mut NetstatSample,
    ) -> Result<(), ReadError> {
        self.stats.read(|bytes| self.tcp.take(bytes, snmp, netstat))
    }
}

/// Reads what TCP counts beyond the standards.
pub struct NetstatReader {
    tcp: TcpStats,
}

impl NetstatReader {
    /// Looks the name up; absent where it is root's.
    pub fn open(_roots: &Roots, _settings: &Settings) -> Result<NetstatReader, ReadError> {
        TcpStats::open().map(|tcp| NetstatReader { tcp })
    }
}

impl Reader for NetstatReader {
    type Sample = NetstatSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &NetstatSample)) -> Result<(), ReadError> {
        let mut sample = NetstatSample::default();
        self.tcp.read(&mut SnmpSample::default(), &mut sample)?;
        row(b"", &sample);
        Ok(())
    }
}

/// Reads ICMP, UDP and, where it may, TCP.
pub struct SnmpReader {
    forwarding: Sysctl,
    icmp_stats: Stats,
    icmp: Icmp,
    udp_stats: Stats,
    udp: Udp,
    tcp: Option<TcpStats>,
}

impl SnmpReader {
    /// Looks the names up.
    pub fn open(_roots: &Roots, _settings: &Settings) -> Result<SnmpReader, ReadError> {
        Ok(SnmpReader {
            forwarding: Sysctl::named(c"net.inet.ip.forwarding")?,
            icmp_stats: Stats::open(c"net.inet.icmp.stats")?,
            icmp: Icmp::default(),
            udp_stats: Stats::open(c"net.inet.udp.stats")?,
            udp: Udp::default(),
            tcp: TcpStats::open().ok(),
        })
    }
}

impl Reader for SnmpReader {
    type Sample = SnmpSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &SnmpSample)) -> Result<(), ReadError> {
        let forwarding = protocol_stats::forwarding(self.forwarding.number()?);
        let mut sample = SnmpSample {
            ip_forwarding: Some(forwarding),
            ..SnmpSample::default()
        };
        self.icmp_stats
            .read(|bytes| self.icmp.take(bytes, &mut sample))?;
        self.udp_stats
            .read(|bytes| self.udp.take(bytes, &mut sample))?;
        if let Some(tcp) = &mut self.tcp {
            tcp.read(&mut sample, &mut NetstatSample::default())?;
        }
        row(b"", &sample);
        Ok(())
    }
}

/// Reads ICMPv6.
pub struct Snmp6Reader {
    stats: Stats,
}

impl Snmp6Reader {
    /// Looks the name up.
    pub fn open(_roots: &Roots, _settings: &Settings) -> Result<Snmp6Reader, ReadError> {
        let stats = Stats::open(c"net.inet6.icmp6.stats")?;
        Ok(Snmp6Reader { stats })
    }
}

impl Reader for Snmp6Reader {
    type Sample = Snmp6Sample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &Snmp6Sample)) -> Result<(), ReadError> {
        row(b"", &self.stats.read(protocol_stats::icmp6)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::one_row;

    #[test]
    fn what_is_sent_is_counted() {
        let mut reader = SnmpReader::open(&Roots::default(), &Settings::default()).unwrap();
        let before = one_row(&mut reader);
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        socket.send_to(b"x", address).unwrap();
        let after = one_row(&mut reader);
        assert!(before.udp_out_datagrams < after.udp_out_datagrams);
        assert_eq!(before.tcp_in_segs.is_some(), reader.tcp.is_some());
    }
}
