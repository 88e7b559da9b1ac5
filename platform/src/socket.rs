//! Listening sockets and what their connections inherit: socket(7), tcp(7), unix(7).

use std::fmt;
use std::io;
use std::mem;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// Connections that may wait to be accepted while the reporter restarts.
const BACKLOG: libc::c_int = 4096;
/// How long a write may wait for the reader before it returns, so that its pace can be judged.
pub const WRITE_WAIT: Duration = Duration::from_secs(1);
/// An address in use is tried again for so long: the process before this one may be about to end.
const IN_USE_PATIENCE: Duration = Duration::from_secs(2);
const IN_USE_PAUSE: Duration = Duration::from_millis(50);
/// A Unix socket is for its owner and group.
const UNIX_MODE: u32 = 0o660;

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// An address and a port.
    Tcp(SocketAddr),
    /// A path.
    Unix(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => write!(out, "{address}"),
            Address::Unix(path) => write!(out, "unix:{}", path.display()),
        }
    }
}

/// A listening socket.
#[derive(Debug)]
pub enum Listener {
    /// Of TCP.
    Tcp(TcpListener),
    /// Of a Unix path.
    Unix(UnixListener),
}

impl From<Listener> for OwnedFd {
    fn from(listener: Listener) -> OwnedFd {
        match listener {
            Listener::Tcp(listener) => listener.into(),
            Listener::Unix(listener) => listener.into(),
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Listener::Tcp(listener) => listener.as_fd(),
            Listener::Unix(listener) => listener.as_fd(),
        }
    }
}

impl Listener {
    /// Binds and listens. `EADDRINUSE` is tried again for 2 s; a Unix socket that nobody listens on is
    /// replaced.
    pub fn bind(address: &Address) -> io::Result<Listener> {
        let first_try = Instant::now();
        loop {
            let bound = match address {
                // std sets SO_REUSEADDR.
                Address::Tcp(address) => TcpListener::bind(address).map(Listener::Tcp),
                Address::Unix(path) => bind_unix(path).map(Listener::Unix),
            };
            match bound {
                Err(error)
                    if error.kind() == io::ErrorKind::AddrInUse
                        && first_try.elapsed() < IN_USE_PATIENCE =>
                {
                    thread::sleep(IN_USE_PAUSE);
                }
                Err(error) => return Err(error),
                Ok(listener) => {
                    listener.prepare()?;
                    return Ok(listener);
                }
            }
        }
    }

    /// An inherited descriptor, which must be a listening socket.
    pub fn inherited(fd: OwnedFd) -> io::Result<Listener> {
        if option(fd.as_raw_fd(), libc::SOL_SOCKET, libc::SO_ACCEPTCONN)? != 1 {
            let kind = io::ErrorKind::InvalidInput;
            return Err(io::Error::new(kind, "this is not a listening socket"));
        }
        let tcp = TcpListener::from(fd);
        let listener = if tcp.local_addr().is_ok() {
            tcp.set_nonblocking(false)?;
            Listener::Tcp(tcp)
        } else {
            let unix = UnixListener::from(OwnedFd::from(tcp));
            unix.set_nonblocking(false)?;
            Listener::Unix(unix)
        };
        listener.prepare()?;
        Ok(listener)
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<Address> {
        match self {
            Listener::Tcp(listener) => Ok(Address::Tcp(listener.local_addr()?)),
            Listener::Unix(listener) => {
                let address = listener.local_addr()?;
                let path = address.as_pathname().unwrap_or(Path::new("")).to_owned();
                Ok(Address::Unix(path))
            }
        }
    }

    /// The same socket again.
    pub fn try_clone(&self) -> io::Result<Listener> {
        Ok(match self {
            Listener::Tcp(listener) => Listener::Tcp(listener.try_clone()?),
            Listener::Unix(listener) => Listener::Unix(listener.try_clone()?),
        })
    }

    /// Sets the backlog and what connections inherit. A receive time-out is not among it: accept(2)
    /// would heed it too.
    fn prepare(&self) -> io::Result<()> {
        let fd = self.as_fd().as_raw_fd();
        // SAFETY: listen(2) takes numbers; on a listening socket it changes the backlog.
        if unsafe { libc::listen(fd, BACKLOG) } != 0 {
            return Err(io::Error::last_os_error());
        }
        set_timeout(fd, libc::SO_SNDTIMEO, WRITE_WAIT)?;
        if matches!(self, Listener::Tcp(_)) {
            // An answer is one write: its tail must not wait for an acknowledgement.
            set(fd, libc::IPPROTO_TCP, libc::TCP_NODELAY, 1)?;
            // Of a peer that lost its power we would never hear.
            set(fd, libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1)?;
            prepare_tcp(fd)?;
        }
        Ok(())
    }
}

#[cfg(target_os = "linux")]
fn prepare_tcp(fd: RawFd) -> io::Result<()> {
    /// Seconds in which a connection that says nothing costs no thread.
    const DEFER_S: libc::c_int = 5;
    /// Milliseconds after which a reader that acknowledges nothing, or keeps its window shut, is gone. Of a
    /// long answer we judge ourselves: see `connection::lift_limit`.
    const UNACKNOWLEDGED_MS: libc::c_int = 25_000;
    /// Bytes that wait unsent before a write waits: a write returns as soon as the reader took so much,
    /// not only when a send buffer of megabytes has drained, so that its pace is seen.
    const UNSENT_BYTES: libc::c_int = 128 << 10;
    const KEEPALIVE_IDLE_S: libc::c_int = 60;
    for (name, value) in [
        (libc::TCP_DEFER_ACCEPT, DEFER_S),
        (libc::TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS),
        (libc::TCP_NOTSENT_LOWAT, UNSENT_BYTES),
        (libc::TCP_KEEPIDLE, KEEPALIVE_IDLE_S),
    ] {
        set(fd, libc::IPPROTO_TCP, name, value)?;
    }
    Ok(())
}

/// macOS has none of these by listener.
#[cfg(target_os = "macos")]
#[allow(
    clippy::unnecessary_wraps,
    reason = "the same signature as where it can fail"
)]
fn prepare_tcp(_: RawFd) -> io::Result<()> {
    Ok(())
}

/// Whether a socket's address has room for the path: sockaddr_un of unix(7).
pub fn check_unix_path(path: &Path) -> io::Result<()> {
    // SAFETY: a sockaddr_un is numbers, for which zeros are a value.
    let address: libc::sockaddr_un = unsafe { mem::zeroed() };
    let most = address.sun_path.len() - 1;
    let size = path.as_os_str().len();
    if size > most {
        let text = format!("the path has {size} bytes, of {most} that a socket's may have");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    Ok(())
}

/// Listens on a path. A socket left behind by a process that is gone refuses connections, and is removed; so
/// does a file of any other kind, which stays.
fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    check_unix_path(path)?;
    let listener = match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            match UnixStream::connect(path) {
                Err(refused) if refused.kind() == io::ErrorKind::ConnectionRefused => {}
                _ => return Err(error),
            }
            if !std::fs::symlink_metadata(path)?.file_type().is_socket() {
                let kind = io::ErrorKind::AlreadyExists;
                return Err(io::Error::new(
                    kind,
                    "a file stands there that is no socket",
                ));
            }
            std::fs::remove_file(path)?;
            UnixListener::bind(path)?
        }
        other => other?,
    };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(UNIX_MODE))?;
    Ok(listener)
}

pub(crate) fn set(
    fd: RawFd,
    level: libc::c_int,
    name: libc::c_int,
    value: libc::c_int,
) -> io::Result<()> {
    set_any(fd, level, name, &value)
}

pub(crate) fn set_timeout(fd: RawFd, name: libc::c_int, span: Duration) -> io::Result<()> {
    // SAFETY: a timeval is two numbers, for which zeros are a value.
    let mut time: libc::timeval = unsafe { mem::zeroed() };
    time.tv_sec = libc::time_t::try_from(span.as_secs()).unwrap_or(libc::time_t::MAX);
    set_any(fd, libc::SOL_SOCKET, name, &time)
}

fn set_any<T>(fd: RawFd, level: libc::c_int, name: libc::c_int, value: &T) -> io::Result<()> {
    let size = size_of_option::<T>();
    // SAFETY: setsockopt(2) reads `size` bytes at `value`, which is so large.
    let result = unsafe { libc::setsockopt(fd, level, name, (&raw const *value).cast(), size) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn option(fd: RawFd, level: libc::c_int, name: libc::c_int) -> io::Result<u32> {
    let mut value = [0];
    read_option(fd, level, name, &mut value)?;
    Ok(value[0])
}

/// Reads an option of one number or many into `words`; says how many of these it filled.
pub(crate) fn read_option(
    fd: RawFd,
    level: libc::c_int,
    name: libc::c_int,
    words: &mut [u32],
) -> io::Result<usize> {
    let mut size = libc::socklen_t::try_from(size_of_val(words)).expect("an option is small");
    // SAFETY: getsockopt(2) writes at most `size` bytes at `words`, which has so many.
    let result =
        unsafe { libc::getsockopt(fd, level, name, words.as_mut_ptr().cast(), &raw mut size) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(usize::try_from(size).unwrap_or(0) / size_of::<u32>())
}

pub(crate) fn size_of_option<T>() -> libc::socklen_t {
    libc::socklen_t::try_from(size_of::<T>()).expect("an option is small")
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpStream;

    use super::*;

    fn any_port() -> Address {
        Address::Tcp(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    #[test]
    fn a_connection_inherits_the_time_out_of_writes() {
        let Ok(Listener::Tcp(listener)) = Listener::bind(&any_port()) else {
            panic!("loopback can be bound");
        };
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        client.write_all(b"x").unwrap();
        let (connection, _) = listener.accept().unwrap();
        assert_eq!(connection.write_timeout().unwrap(), Some(WRITE_WAIT));
        assert_eq!(connection.read_timeout().unwrap(), None);
        assert!(connection.nodelay().unwrap());
    }

    #[test]
    fn a_port_in_use_is_refused_after_its_patience() {
        let first = Listener::bind(&any_port()).unwrap();
        let error = Listener::bind(&first.address().unwrap()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn a_unix_socket_left_behind_is_replaced_and_a_live_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let address = Address::Unix(folder.path().join("socket"));
        drop(Listener::bind(&address).unwrap());
        let live = Listener::bind(&address).unwrap();
        assert_eq!(live.address().unwrap(), address);
        let error = Listener::bind(&address).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn a_file_in_the_place_of_a_unix_socket_is_not_removed() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&file, "dear").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        for path in [file.clone(), link] {
            let error = Listener::bind(&Address::Unix(path)).unwrap_err();
            assert_eq!(error.to_string(), "a file stands there that is no socket");
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "dear");
    }

    #[test]
    fn a_file_is_not_a_listening_socket() {
        let file = std::fs::File::open("/dev/null").unwrap();
        assert!(Listener::inherited(file.into()).is_err());
        let (socket, _peer) = UnixStream::pair().unwrap();
        let error = Listener::inherited(socket.into()).unwrap_err();
        assert_eq!(error.to_string(), "this is not a listening socket");
    }

    #[test]
    fn a_bound_socket_is_taken_up_again_by_its_descriptor() {
        for address in [
            any_port(),
            Address::Unix(tempfile::tempdir().unwrap().keep().join("s")),
        ] {
            let bound = Listener::bind(&address).unwrap();
            let at = bound.address().unwrap();
            let fd = match bound {
                Listener::Tcp(listener) => OwnedFd::from(listener),
                Listener::Unix(listener) => OwnedFd::from(listener),
            };
            assert_eq!(Listener::inherited(fd).unwrap().address().unwrap(), at);
            if let Address::Unix(path) = at {
                std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
            }
        }
    }
}
