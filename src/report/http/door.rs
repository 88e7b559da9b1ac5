//! The door: the only file that knows tiny_http 0.12, read at its source. What that does not do for us is
//! done here, or ends the process, which its parent restarts: its accept thread ends at the first error and
//! panics where no thread or descriptor is left; it reads a request's head without bound (the process'
//! limit is the bound); and it drops no request before it has read its body: see [`Incoming::reply`].

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::panic::PanicHookInfo;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use goodall_platform::alloc::Ending;
use goodall_platform::connection;
use goodall_platform::socket::Listener;
use tiny_http::{HTTPVersion, Request, Server};

use super::watch::Doorbell;
use crate::error;

/// A body up to this size was read with the head.
const BODY_READ_MAX: usize = 1024;
/// Memory for a body up to this size is there when the request is dropped.
const BODY_DROPPED_MAX: usize = 1 << 20;
/// How long a Unix client may take over the rest of its body, which cannot be cut off.
const UNIX_READ_WAIT: Duration = Duration::from_secs(30);
/// The exit code after a fault that a restart mends.
const EXIT_RESTART: i32 = 70;

/// Whether another program is being put in this one's place. No thread can be started meanwhile (clone(2) says
/// EAGAIN during execve(2)), which is no reason to end.
pub static IS_STARTING_ANEW: AtomicBool = AtomicBool::new(false);

/// A listening socket and the threads of its connections.
pub struct Door {
    server: Server,
    doorbell: Arc<Doorbell>,
    turn: Mutex<()>,
}

/// A request whose head is read.
pub struct Incoming(Request);

/// What a request's body is to us, who want none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// None, or read already.
    Done,
    /// Still to come, of bounded size, or of a size that is not clear: nothing after it on this connection can be
    /// trusted to be a request.
    Coming,
    /// Claimed so large that not even dropping the request is safe.
    Monstrous,
}

/// Where an answer goes.
pub struct Reply {
    writer: Box<dyn Write + Send>,
    peer: Option<SocketAddr>,
    /// Bytes that its host had not acknowledged when that was last asked.
    unacknowledged: usize,
    is_whole: bool,
}

/// Where bytes go.
pub trait Sink {
    /// As write(2): `WouldBlock` where a second passed without a byte.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Writes out what is kept back: less than 1 KiB, of writes that were smaller.
    fn flush(&mut self) -> io::Result<()>;
    /// Whether the other side has acknowledged more since this was last asked; of use where nothing was
    /// written meanwhile.
    fn is_heard(&mut self) -> bool;
}

impl Door {
    /// Opens the door; requests wait until [`Door::next`] is called, and ring.
    pub fn open(listener: Listener, doorbell: Arc<Doorbell>) -> io::Result<Door> {
        let server = match listener {
            Listener::Tcp(listener) => Server::from_listener(listener, None),
            Listener::Unix(listener) => Server::from_listener(listener, None),
        };
        Ok(Door {
            server: server.map_err(io::Error::other)?,
            doorbell,
            turn: Mutex::new(()),
        })
    }

    /// The next request, and what `look` says of it. Requests are looked at one at a time and, on each
    /// connection, in order: what `look` notes of one is known when the next is looked at. An error means
    /// that this door will never have another request.
    pub fn next<T>(&self, look: impl FnOnce(&Incoming) -> T) -> io::Result<(Incoming, T)> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let incoming = Incoming(self.server.recv()?);
        self.doorbell.ring();
        let seen = look(&incoming);
        Ok((incoming, seen))
    }
}

impl Incoming {
    /// `GET`, `HEAD`, ...
    pub fn method(&self) -> &str {
        self.0.method().as_str()
    }

    /// The request's target as it came.
    pub fn target(&self) -> &str {
        self.0.url()
    }

    /// The first header of that name.
    pub fn header(&self, name: &'static str) -> Option<&str> {
        let mut headers = self.0.headers().iter();
        let header = headers.find(|header| header.field.equiv(name))?;
        Some(header.value.as_str())
    }

    /// Whether there is more than one header of that name.
    pub fn has_twice(&self, name: &'static str) -> bool {
        let headers = self.0.headers().iter();
        headers
            .filter(|header| header.field.equiv(name))
            .nth(1)
            .is_some()
    }

    /// All headers of that name as the one list that they are (RFC 9110, section 5.3).
    pub fn list(&self, name: &'static str) -> Option<Cow<'_, str>> {
        let headers = self.0.headers().iter();
        let mut values = headers
            .filter(|header| header.field.equiv(name))
            .map(|header| header.value.as_str());
        let first = Cow::Borrowed(values.next()?);
        Some(values.fold(first, |list, value| format!("{list},{value}").into()))
    }

    /// Whether the client knows the chunked coding.
    pub fn is_http_1_1(&self) -> bool {
        *self.0.http_version() >= HTTPVersion(1, 1)
    }

    /// Whether another request may come on this connection, by the very rule of tiny_http.
    pub fn keeps_alive(&self) -> bool {
        let Some(connection) = self.header("Connection") else {
            return self.is_http_1_1();
        };
        let connection = connection.to_ascii_lowercase();
        if connection.contains("close") || connection.contains("upgrade") {
            return false;
        }
        self.is_http_1_1() || connection.contains("keep-alive")
    }

    /// The client's address; `None` over a Unix socket.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.0.remote_addr().copied()
    }

    /// Why this is no request (RFC 9112, sections 2.3, 3.2 and 6.3); then nothing that follows is one either.
    pub fn fault(&self) -> Option<&'static str> {
        if *self.0.http_version() < HTTPVersion(1, 0) {
            // tiny_http would keep the connection of one that says HTTP/0.9
            return Some("this version is not served; expected HTTP/1.0 or HTTP/1.1");
        }
        if self.has_twice("Host") {
            return Some("`Host` is given twice; expected one");
        }
        let is_ambiguous = self.has_twice("Content-Length");
        is_ambiguous.then_some("`Content-Length` is given twice; expected one")
    }

    /// What is known of the body.
    pub fn body(&self) -> Body {
        match self.0.body_length() {
            Some(size) if size > BODY_DROPPED_MAX => Body::Monstrous,
            _ if self.fault().is_some() => Body::Coming,
            Some(size) if size <= BODY_READ_MAX && self.header("Expect").is_none() => Body::Done,
            Some(_) => Body::Coming,
            // With neither, a Content-Length is one that is no number.
            None if self.header("Transfer-Encoding").is_some()
                || self.header("Content-Length").is_some() =>
            {
                Body::Coming
            }
            None => Body::Done,
        }
    }

    /// Lets the request go, and answers it. `None` where it had to be cut off without an answer. Where a
    /// body is still to come, the client is not heard any more: say `Connection: close`. (To drop a request
    /// the library reads the rest of its body, without a time limit, into memory of the size that the client
    /// claims.)
    pub fn reply(self) -> Option<Reply> {
        let peer = self.peer();
        let writer = self.release()?;
        Some(Reply {
            writer,
            peer,
            unacknowledged: 0,
            is_whole: false,
        })
    }

    /// Lets the request go without an answer: it came behind the last one of its connection.
    pub fn ignore(self) {
        drop(self.release());
    }

    fn release(self) -> Option<Box<dyn Write + Send>> {
        match (self.body(), self.peer()) {
            (Body::Done, Some(_)) => {}
            (Body::Done | Body::Coming, None) => connection::time_unix_connections(UNIX_READ_WAIT),
            (Body::Coming, Some(peer)) => {
                connection::cut_reading(peer);
            }
            (Body::Monstrous, peer) => {
                peer.map(connection::cut);
                // To drop it is to ask for the memory that it claims, which ends the process. Two
                // descriptors are lost instead; when they run out, it is time for the restart.
                std::mem::forget(self.0);
                return None;
            }
        }
        Some(self.0.into_writer())
    }
}

impl Reply {
    /// It is a long answer, whose reader is judged by its pace alone.
    pub fn take_time(&self) {
        if let Some(peer) = self.peer {
            connection::lift_limit(peer);
        }
    }

    /// The answer is whole, and the connection may go on.
    pub fn finish(mut self) {
        self.is_whole = true;
    }
}

impl Sink for Reply {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }

    fn is_heard(&mut self) -> bool {
        let before = self.unacknowledged;
        let now = self.peer.and_then(connection::unacknowledged);
        self.unacknowledged = now.unwrap_or(0);
        now.is_some_and(|now| now < before)
    }
}

impl Drop for Reply {
    /// An answer that is not whole, or whose end is the connection's, ends it. (Over a Unix socket it lasts
    /// until its client ends it.)
    fn drop(&mut self) {
        if !self.is_whole {
            self.peer.map(connection::cut);
        }
    }
}

/// Makes a thread of tiny_http that cannot go on end the process, so that the parent restarts it. The
/// panic of a connection that was reset before its peer's name was asked for is harmless, and silent. Our
/// own threads' are logged, without the megabytes that a backtrace takes.
pub fn end_the_process_on_panics_of_the_door() {
    std::panic::set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
        // Our threads have names, its have none.
        if thread::current().name().is_some() {
            return error!("a fault of goodall: {panic}");
        }
        let is_of_one_connection = panic
            .location()
            .is_some_and(|location| location.file().ends_with("src/client.rs"));
        if !is_of_one_connection {
            end_to_start_anew("no thread or descriptor is left for another connection");
        }
    }));
}

/// Makes want of memory end the process with a line of ours, in place of std's two.
pub fn end_the_process_without_memory() {
    Ending::end_by(|| end_to_start_anew("no memory is left"));
}

/// Ends the process, whose parent restarts it, with one line that says why: of several threads that cannot go
/// on, the first says it.
pub fn end_to_start_anew(why: impl Display) -> ! {
    /// How often to see whether that other program could not be started after all.
    const PAUSE: Duration = Duration::from_millis(100);
    static IS_SAID: AtomicBool = AtomicBool::new(false);
    while IS_STARTING_ANEW.load(Relaxed) {
        thread::sleep(PAUSE);
    }
    if IS_SAID.swap(true, Relaxed) {
        loop {
            thread::sleep(PAUSE);
        }
    }
    error!("{why}; the reporter starts anew");
    process::exit(EXIT_RESTART)
}
