//! Lines in datagrams, as many as one may hold; a line is never divided. Nothing says that one arrived, but
//! a host on which nobody listens says so, a moment later.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use super::destination::Destination;
use super::sink::{Failure, Sink, Taken};

/// What an Ethernet frame has room for, behind the heads of IP and UDP and some tunnel's.
const DATAGRAM_SIZE_MAX: usize = 1428;
/// How soon a host says that nobody listens, and some.
const HOLD: Duration = Duration::from_secs(1);

/// A socket, made when it is needed.
pub struct UdpSink {
    address: String,
    socket: Option<UdpSocket>,
}

impl UdpSink {
    pub fn new(destination: &Destination) -> UdpSink {
        UdpSink {
            address: destination.address.clone(),
            socket: None,
        }
    }

    fn connect(&self) -> io::Result<UdpSocket> {
        let mut last = ErrorKind::NotFound.into();
        for address in self.address.to_socket_addrs()? {
            let any: SocketAddr = match address {
                SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
                SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
            };
            match UdpSocket::bind(any).and_then(|socket| socket.connect(address).map(|()| socket)) {
                Ok(socket) => return Ok(socket),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn failed(&mut self, error: &io::Error) -> Failure {
        self.socket = None;
        Failure::Again(format!("{}: {error}", self.address), None)
    }

    fn send_all(&mut self, batch: &[u8]) -> io::Result<()> {
        if self.socket.is_none() {
            self.socket = Some(self.connect()?);
        }
        let Some(socket) = &self.socket else {
            return Ok(());
        };
        for datagram in datagrams(batch) {
            socket.send(datagram)?;
        }
        Ok(())
    }
}

/// The batch in pieces of whole lines.
fn datagrams(batch: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = batch;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let reach = &rest[..rest.len().min(DATAGRAM_SIZE_MAX)];
        let is_end = |&byte: &u8| byte == b'\n';
        let end = match reach.iter().rposition(is_end) {
            Some(last) => last + 1,
            // a line of its own, too long for a frame: IP divides it
            None => rest.iter().position(is_end).map_or(rest.len(), |at| at + 1),
        };
        let (datagram, behind) = rest.split_at(end);
        rest = behind;
        Some(datagram)
    })
}

impl Sink for UdpSink {
    fn send(&mut self, batch: &[u8]) -> Result<Taken, Failure> {
        match self.send_all(batch) {
            Ok(()) => Ok(Taken::default()),
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn hold(&self) -> Option<Duration> {
        Some(HOLD)
    }

    fn check(&mut self) -> Result<bool, Failure> {
        let error = self.socket.as_ref().map(UdpSocket::take_error);
        match error {
            Some(Ok(Some(error)) | Err(error)) => Err(self.failed(&error)),
            Some(Ok(None)) | None => Ok(true),
        }
    }

    fn finish(&mut self) -> Result<(), Failure> {
        if self.socket.is_some() {
            // a refusal on this machine, or in this house, has come by then
            std::thread::sleep(Duration::from_millis(50));
        }
        self.check().map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_are_whole_lines_and_nothing_is_left_out() {
        let mut batch = Vec::new();
        for length in [10, 700, 700, 700, 1427, 1428, 3000, 5] {
            batch.extend(vec![b'x'; length]);
            batch.push(b'\n');
        }
        let pieces: Vec<&[u8]> = datagrams(&batch).collect();
        assert_eq!(pieces.concat(), batch);
        let sizes: Vec<usize> = pieces.iter().map(|piece| piece.len()).collect();
        assert_eq!(sizes, [11 + 701 + 701, 701, 1428, 1429, 3001, 6]);
        assert!(pieces.iter().all(|piece| piece.ends_with(b"\n")));
    }
}
