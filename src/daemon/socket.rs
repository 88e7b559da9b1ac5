//! A socket that the daemon listens on, for as long as any reporter is to have it. A Unix socket's path goes with
//! it: who finds one there may think that somebody answers.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use goodall_platform::socket::{Address, Listener};

/// A bound socket.
pub struct Socket {
    address: Address,
    bound: Address,
    fd: OwnedFd,
}

impl Socket {
    /// Binds it and listens.
    pub fn bind(address: &Address) -> io::Result<Arc<Socket>> {
        let listener = Listener::bind(address)?;
        Ok(Arc::new(Socket {
            address: address.clone(),
            bound: listener.address()?,
            fd: listener.into(),
        }))
    }

    /// Where it listens: with the port that the system chose, where that was left to it.
    pub fn bound(&self) -> &Address {
        &self.bound
    }

    /// Where it was told to listen.
    pub fn address(&self) -> &Address {
        &self.address
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Address::Unix(path) = &self.address {
            // it is ours as long as it is listened on, which it still is; where the folder is gone it is too
            let _ = std::fs::remove_file(path);
        }
    }
}
