//! Lines over a TCP connection that is kept. Nobody acknowledges a line, so that what was sent is held for
//! unsure until the other host's kernel has it and the connection has stood for a while longer; where the
//! connection ends before, it is sent again.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use goodall_platform::outgoing;

use super::destination::Destination;
use super::sink::{Failure, Sink, Taken};

/// A store that was killed with lines in its memory shows in an ended connection before that.
const HOLD: Duration = Duration::from_secs(5);

/// A connection, made when it is needed.
pub struct TcpSink {
    address: String,
    timeout: Duration,
    stream: Option<TcpStream>,
}

impl TcpSink {
    pub fn new(destination: &Destination) -> TcpSink {
        TcpSink {
            address: destination.address.clone(),
            timeout: destination.timeout,
            stream: None,
        }
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let mut last = ErrorKind::NotFound.into();
        for address in self.address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, self.timeout) {
                Ok(stream) => {
                    stream.set_write_timeout(Some(self.timeout))?;
                    stream.set_read_timeout(Some(self.timeout))?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn failed(&mut self, doing: &str, error: &io::Error) -> Failure {
        self.stream = None;
        let why = match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => "it does not read".to_owned(),
            _ => error.to_string(),
        };
        Failure::Again(format!("{}: {doing}: {why}", self.address), None)
    }
}

/// Whether the other end is still there; what it says is nobody's.
fn look(stream: &mut TcpStream) -> io::Result<()> {
    stream.set_nonblocking(true)?;
    let mut said = [0; 256];
    let read = loop {
        match stream.read(&mut said) {
            Ok(0) => break Err(ErrorKind::ConnectionAborted.into()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    stream.set_nonblocking(false)?;
    read
}

impl Sink for TcpSink {
    fn send(&mut self, batch: &[u8]) -> Result<Taken, Failure> {
        if self.stream.is_none() {
            match self.connect() {
                Ok(stream) => self.stream = Some(stream),
                Err(error) => return Err(self.failed("cannot be connected to", &error)),
            }
        }
        let Some(stream) = &mut self.stream else {
            return Ok(Taken::default());
        };
        match look(stream).and_then(|()| stream.write_all(batch)) {
            Ok(()) => Ok(Taken::default()),
            Err(error) => Err(self.failed("the connection ended", &error)),
        }
    }

    fn hold(&self) -> Option<Duration> {
        Some(HOLD)
    }

    fn check(&mut self) -> Result<bool, Failure> {
        let Some(stream) = &mut self.stream else {
            return Ok(true);
        };
        match look(stream).and_then(|()| outgoing::unsent(stream)) {
            Ok(unsent) => Ok(unsent == 0),
            Err(error) => Err(self.failed("the connection ended", &error)),
        }
    }

    /// Ends our direction and waits for the other end to end its own: a store does that once it has read
    /// everything.
    fn finish(&mut self) -> Result<(), Failure> {
        let Some(mut stream) = self.stream.take() else {
            return Ok(());
        };
        let give_up = Instant::now() + self.timeout;
        let mut said = [0; 256];
        let mut end = stream.shutdown(Shutdown::Write);
        while end.is_ok() && Instant::now() < give_up {
            match stream.read(&mut said) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) => end = Err(error),
            }
        }
        let error = end.err().unwrap_or(ErrorKind::TimedOut.into());
        Err(self.failed("the connection was not ended in good order", &error))
    }
}
