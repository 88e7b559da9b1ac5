//! What of a connection's bytes the other host has not acknowledged: tcp(7), SIOCOUTQ; SO_NWRITE on macOS.

use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};

#[cfg(target_os = "macos")]
use crate::socket::read_option;

/// Bytes that were written to the stream and that the other host's kernel has not acknowledged.
pub fn unsent(stream: &impl AsFd) -> io::Result<usize> {
    unsent_of(stream.as_fd().as_raw_fd())
}

/// The same by its descriptor.
#[cfg(target_os = "linux")]
pub(crate) fn unsent_of(fd: RawFd) -> io::Result<usize> {
    let mut bytes: libc::c_int = 0;
    // SAFETY: TIOCOUTQ (SIOCOUTQ) writes one int, to a local; a closed descriptor is an error.
    if unsafe { libc::ioctl(fd, libc::TIOCOUTQ, &raw mut bytes) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(usize::try_from(bytes).unwrap_or(0))
}

/// The same by its descriptor.
#[cfg(target_os = "macos")]
pub(crate) fn unsent_of(fd: RawFd) -> io::Result<usize> {
    let mut bytes = [0];
    read_option(fd, libc::SOL_SOCKET, libc::SO_NWRITE, &mut bytes)?;
    Ok(usize::try_from(bytes[0].cast_signed()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    use super::*;

    #[test]
    fn what_the_other_end_has_no_room_for_is_unsent() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut other, _) = listener.accept().unwrap();
        assert_eq!(unsent(&stream).unwrap(), 0);
        stream.set_nonblocking(true).unwrap();
        let chunk = vec![7; 65536];
        let mut written = 0;
        while let Ok(size) = stream.write(&chunk) {
            written += size;
        }
        assert!(
            unsent(&stream).unwrap() > 0,
            "{written} bytes stand somewhere"
        );
        let mut sink = vec![0; written];
        other.read_exact(&mut sink).unwrap();
        while unsent(&stream).unwrap() > 0 {
            std::thread::yield_now();
        }
    }
}
