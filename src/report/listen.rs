//! Where the reporter listens, as `--listen` says it: `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`,
//! `unix:/run/goodall.sock`, or `fd:3` for a socket that was handed over.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::RawFd;
use std::path::PathBuf;
use std::str::FromStr;

use goodall_platform::socket::Address;

/// A place to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// An address to bind.
    At(Address),
    /// A listening socket that is open already.
    Inherited(RawFd),
}

/// What is no place to listen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?}: {why}; expected an address and a port such as 127.0.0.1:8080, [::1]:8080 or \
     localhost:8080, or unix:/PATH"
)]
pub struct ListenError {
    /// What was given.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl FromStr for Listen {
    type Err = ListenError;

    fn from_str(text: &str) -> Result<Listen, ListenError> {
        let error = |why| ListenError {
            text: text.to_owned(),
            why,
        };
        if let Some(path) = text.strip_prefix("unix:") {
            return match path {
                "" => Err(error("the path is missing")),
                path => Ok(Listen::At(Address::Unix(PathBuf::from(path)))),
            };
        }
        if let Some(number) = text.strip_prefix("fd:") {
            let number = number.parse().ok().filter(|&number: &RawFd| number > 2);
            return number
                .map(Listen::Inherited)
                .ok_or_else(|| error("a descriptor is a number above 2"));
        }
        let Some((host, port)) = text.rsplit_once(':') else {
            return Err(error("the port is missing"));
        };
        let Ok(port) = port.parse() else {
            return Err(error("the port is no number up to 65535"));
        };
        let bracketed = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let address = match (bracketed, host) {
            (Some(address), _) => address.parse().map(IpAddr::V6).ok(),
            (None, "localhost") => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            (None, host) => host.parse().map(IpAddr::V4).ok(),
        };
        match address {
            Some(address) => Ok(Listen::At(Address::Tcp(SocketAddr::new(address, port)))),
            None => Err(error("the host is no address")),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listen::At(address) => write!(out, "{}", Shown(address)),
            Listen::Inherited(fd) => write!(out, "fd:{fd}"),
        }
    }
}

/// An address as `--listen` takes it.
pub struct Shown<'a>(pub &'a Address);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Address::Tcp(address) => write!(out, "{address}"),
            Address::Unix(path) => write!(out, "unix:{}", path.display()),
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

    fn tcp(text: &str) -> Listen {
        Listen::At(Address::Tcp(text.parse().unwrap()))
    }

    #[test]
    fn every_form_is_read_and_written_alike() {
        for (text, listen) in [
            ("127.0.0.1:8080", tcp("127.0.0.1:8080")),
            ("[::1]:80", tcp("[::1]:80")),
            ("0.0.0.0:0", tcp("0.0.0.0:0")),
            (
                "unix:/run/a.sock",
                Listen::At(Address::Unix("/run/a.sock".into())),
            ),
            ("fd:3", Listen::Inherited(3)),
        ] {
            assert_eq!(text.parse(), Ok(listen.clone()));
            assert_eq!(listen.to_string(), text);
        }
        assert_eq!("localhost:8080".parse(), Ok(tcp("127.0.0.1:8080")));
    }

    #[test]
    fn what_is_no_place_is_refused_with_the_reason() {
        for (text, why) in [
            ("", "the port is missing"),
            ("8080", "the port is missing"),
            (":8080", "the host is no address"),
            ("127.0.0.1:", "the port is no number up to 65535"),
            ("127.0.0.1:65536", "the port is no number up to 65535"),
            ("::1:80", "the host is no address"),
            ("host.example:80", "the host is no address"),
            ("unix:", "the path is missing"),
            ("fd:2", "a descriptor is a number above 2"),
            ("fd:x", "a descriptor is a number above 2"),
        ] {
            assert_eq!(
                text.parse::<Listen>().map_err(|error| error.why),
                Err(why),
                "{text}"
            );
        }
    }

    #[test]
    fn only_loopback_and_paths_are_not_exposed() {
        for (text, exposed) in [
            ("127.0.0.1:1", false),
            ("127.9.9.9:1", false),
            ("[::1]:1", false),
            ("[::ffff:127.0.0.1]:1", false),
            ("unix:/a", false),
            ("0.0.0.0:1", true),
            ("[::]:1", true),
            ("192.168.1.1:1", true),
        ] {
            let Ok(Listen::At(address)) = text.parse() else {
                panic!("{text} is an address");
            };
            assert_eq!(is_exposed(&address), exposed, "{text}");
        }
    }
}
