//! What of a connection's bytes the other host has not acknowledged: tcp(7), SIOCOUTQ; SO_NWRITE on macOS.

use std::io;
use std::net::TcpStream;
use std::os::fd::AsRawFd;

/// Bytes that were written to the stream and that the other host's kernel has not acknowledged.
#[cfg(target_os = "linux")]
pub fn unsent(stream: &TcpStream) -> io::Result<usize> {
    let mut bytes: libc::c_int = 0;
    // SAFETY: the descriptor is the stream's own, open; TIOCOUTQ (SIOCOUTQ) writes one int, to a local.
    if unsafe { libc::ioctl(stream.as_raw_fd(), libc::TIOCOUTQ, &raw mut bytes) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(usize::try_from(bytes).unwrap_or(0))
}

/// Bytes that were written to the stream and that the other host's kernel has not acknowledged.
#[cfg(target_os = "macos")]
pub fn unsent(stream: &TcpStream) -> io::Result<usize> {
    let mut bytes: libc::c_int = 0;
    let mut size = libc::socklen_t::try_from(size_of::<libc::c_int>()).unwrap_or(4);
    // SAFETY: the descriptor is the stream's own, open; SO_NWRITE writes one int, to a local of that size.
    let result = unsafe {
        libc::getsockopt(
            stream.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_NWRITE,
            (&raw mut bytes).cast(),
            &raw mut size,
        )
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(usize::try_from(bytes).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, TcpListener};

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
