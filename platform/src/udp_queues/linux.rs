//! `/proc/net/udp` and `/proc/net/udp6`, kept open; a line a socket, so they are read in pieces. The kernel looks for its
//! place anew with each piece: 1,000 sockets take it 2.3 ms, 5,000 take 26. So the more it takes the rarer it is asked.

use std::time::{Duration, Instant};

use super::{UdpQueues, UdpQueuesSample, net_udp};
use crate::attribute::if_there;
use crate::error::{Malformed, ReadError};
use crate::lines::{LineBuffer, each_line};
use crate::proc_file::ProcFile;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;

/// Sockets whose lines, of 128 bytes each, are one piece still.
const FEW: u64 = 31;
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Reads the queues of UDP sockets.
pub struct UdpQueuesReader {
    v4: ProcFile,
    v6: Option<ProcFile>,
    buffer: LineBuffer,
    /// What was read last, and when it is read again, if not with the next sample.
    known: UdpQueuesSample,
    due: Option<Instant>,
}

impl UdpQueuesReader {
    /// Opens `/proc/net/udp`, and `/proc/net/udp6` where IPv6 is not switched off.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<UdpQueuesReader, ReadError> {
        let net = roots.proc_net();
        Ok(UdpQueuesReader {
            v4: ProcFile::open(&net.join("udp"))?,
            v6: if_there(ProcFile::open(&net.join("udp6")))?,
            buffer: LineBuffer::default(),
            known: UdpQueuesSample::default(),
            due: None,
        })
    }
}

impl Reader for UdpQueuesReader {
    type Sample = UdpQueuesSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &UdpQueuesSample)) -> Result<(), ReadError> {
        let now = Instant::now();
        if self.due.is_none_or(|due| now >= due) {
            self.known = self.read_all()?;
            let is_long = |queues: Option<UdpQueues>| queues.is_some_and(|one| one.sockets > FEW);
            self.due = (is_long(self.known.v4) || is_long(self.known.v6))
                .then(|| now + pause(now.elapsed()));
        }
        row(b"", &self.known);
        Ok(())
    }
}

impl UdpQueuesReader {
    fn read_all(&mut self) -> Result<UdpQueuesSample, ReadError> {
        let v4 = read(&self.v4, &mut self.buffer)?;
        let v6 = match &self.v6 {
            Some(file) => Some(read(file, &mut self.buffer)?),
            None => None,
        };
        Ok(UdpQueuesSample { v4: Some(v4), v6 })
    }
}

/// How long what took so long is left alone: it is to cost a thousandth of a core.
fn pause(took: Duration) -> Duration {
    (took * 1000).min(PAUSE_MAX)
}

fn read(file: &ProcFile, buffer: &mut LineBuffer) -> Result<UdpQueues, ReadError> {
    let mut queues = UdpQueues::default();
    each_line(file, buffer, &mut |line, text| {
        if line == 1 {
            return Ok(());
        }
        net_udp::add_line(text, &mut queues).map_err(|expected| Malformed { line, expected })
    })?;
    if queues.sockets == 0 {
        queues.drops = Some(0);
    }
    Ok(queues)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{one_row, tree};

    #[test]
    fn the_queues_are_what_procfs_reads() {
        use procfs::FromReadSI;
        for name in [
            "captured/vm-6.18",
            "constructed/many-cores",
            "constructed/linux-3.10",
        ] {
            let roots = tree(name);
            let ours = one_row(&mut UdpQueuesReader::open(&roots, &Settings::default()).unwrap());
            for (file, ours) in [("udp", ours.v4), ("udp6", ours.v6)] {
                let Ok(text) = std::fs::read(roots.proc_net().join(file)) else {
                    assert_eq!(ours, None);
                    continue;
                };
                let ours = ours.unwrap();
                let theirs =
                    procfs::net::UdpNetEntries::from_read(&text[..], procfs::current_system_info())
                        .unwrap()
                        .0;
                assert_eq!(ours.sockets, theirs.len() as u64, "{name} {file}");
                let sum = |of: fn(&procfs::net::UdpNetEntry) -> u32| {
                    theirs.iter().map(|entry| u64::from(of(entry))).sum::<u64>()
                };
                assert_eq!(ours.transmit, sum(|entry| entry.tx_queue), "{name} {file}");
                assert_eq!(ours.receive, sum(|entry| entry.rx_queue), "{name} {file}");
            }
        }
    }

    #[test]
    fn a_long_text_is_left_alone_for_a_thousand_times_as_long_as_it_took() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("1/net")).unwrap();
        let path = folder.path().join("1/net/udp");
        let write = |sockets: usize| {
            let line = " 1: 0100007F:0035 00000000:0000 07 00000300:00000A00 0 0 0 0 1 2 0 12\n";
            std::fs::write(&path, format!("sl\n{}", line.repeat(sockets))).unwrap();
        };
        let roots = Roots {
            proc: folder.path().into(),
            ..Roots::default()
        };
        write(31);
        let mut reader = UdpQueuesReader::open(&roots, &Settings::default()).unwrap();
        let sockets =
            |reader: &mut UdpQueuesReader| one_row(reader).v4.map(|queues| queues.sockets);
        assert_eq!(sockets(&mut reader), Some(31));
        write(32);
        assert_eq!(sockets(&mut reader), Some(32), "few are read every time");
        assert!(reader.due.is_some());
        reader.due = Some(Instant::now() + PAUSE_MAX);
        write(33);
        assert_eq!(sockets(&mut reader), Some(32));
        reader.due = Some(Instant::now());
        assert_eq!(sockets(&mut reader), Some(33));
        assert_eq!(pause(Duration::from_millis(2)), Duration::from_secs(2));
        assert_eq!(pause(Duration::from_secs(1)), PAUSE_MAX);
    }

    #[test]
    fn a_datagram_that_waits_is_counted() {
        let receiver = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let sender = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        sender
            .send_to(&[0; 1000], receiver.local_addr().unwrap())
            .unwrap();
        let mut reader = UdpQueuesReader::open(&Roots::default(), &Settings::default()).unwrap();
        let v4 = one_row(&mut reader).v4.unwrap();
        assert!(v4.sockets >= 2);
        assert!(v4.receive >= 1000);
    }
}
