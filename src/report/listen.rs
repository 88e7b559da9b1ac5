//! Where the reporter listens.

use std::fmt;
use std::os::fd::RawFd;

use goodall_platform::socket::Address;

/// A place to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// An address to bind.
    At(Address),
    /// A listening socket that was handed over open: who bound it has judged who may reach it.
    Inherited(RawFd),
}

impl fmt::Display for Listen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listen::At(address) => write!(out, "{address}"),
            Listen::Inherited(fd) => write!(out, "fd:{fd}"),
        }
    }
}

/// Whether others than this machine's own users can reach it.
pub fn is_exposed(address: &Address) -> bool {
    match address {
        Address::Tcp(address) => !address.ip().to_canonical().is_loopback(),
        Address::Unix(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_and_paths_are_not_exposed() {
        for (text, exposed) in [
            ("127.0.0.1:1", false),
            ("127.9.9.9:1", false),
            ("[::1]:1", false),
            ("[::ffff:127.0.0.1]:1", false),
            ("0.0.0.0:1", true),
            ("[::]:1", true),
            ("192.168.1.1:1", true),
        ] {
            let address = Address::Tcp(text.parse().unwrap());
            assert_eq!(is_exposed(&address), exposed, "{text}");
        }
        assert!(!is_exposed(&Address::Unix("/a".into())));
    }
}
