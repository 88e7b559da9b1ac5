//! Where HTTP is served, as `--listen` names it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::RawFd;

use goodall_platform::socket::Address;

const EXPECTED: &str =
    "expected ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:8080, a port, or unix:/path";

/// A place to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// An address to bind; port 0 lets the system choose.
    At(Address),
    /// A listening socket that was handed over open: who bound it has judged who may reach it.
    Inherited(RawFd),
}

impl Listen {
    /// Where nothing is said.
    pub const DEFAULT: Listen = Listen::At(Address::Tcp(SocketAddr::new(
        IpAddr::V4(Ipv4Addr::LOCALHOST),
        8080,
    )));

    /// Reads `ADDRESS:PORT`, `PORT` (of 127.0.0.1), `localhost:PORT`, `unix:PATH` or `fd:NUMBER`. Names
    /// are not looked up: what they mean can change under a running daemon.
    pub fn parse(text: &str) -> Result<Listen, String> {
        let error = |why: &str| format!("{text:?}: {why}; {EXPECTED}");
        if let Some(path) = text.strip_prefix("unix:") {
            if path.is_empty() {
                return Err(error("the path is missing"));
            }
            return Ok(Listen::At(Address::Unix(path.into())));
        }
        if let Some(number) = text.strip_prefix("fd:") {
            return match number.parse() {
                Ok(number) if number >= 3 => Ok(Listen::Inherited(number)),
                _ => Err(format!("{text:?}: expected fd: and a number from 3 on")),
            };
        }
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return match text.parse() {
                Ok(port) => Ok(loopback(port)),
                Err(_) => Err(error("there is no such port")),
            };
        }
        let Some((host, port)) = text.rsplit_once(':') else {
            return Err(error("the port is missing"));
        };
        let Ok(port) = port.parse() else {
            return Err(error("there is no such port"));
        };
        match host {
            "" | "*" => Err(error("say which address, 0.0.0.0 for all")),
            "localhost" => Ok(loopback(port)),
            _ => {
                let bare = host
                    .strip_prefix('[')
                    .and_then(|host| host.strip_suffix(']'))
                    .unwrap_or(host);
                match bare.parse::<IpAddr>() {
                    // fe80::1:8080 may end in a port or in four digits of the address
                    Ok(IpAddr::V6(_)) if bare == host => {
                        Err(error("put the address in brackets, as in [::1]:8080"))
                    }
                    Ok(address) => Ok(tcp(address, port)),
                    Err(_) => Err(error("names are not looked up, give an IP address")),
                }
            }
        }
    }

    /// Whether it was handed over open.
    pub fn is_inherited(&self) -> bool {
        matches!(self, Listen::Inherited(_))
    }

    /// Whether only this machine's users can connect; what is inherited was judged by whoever bound it.
    pub fn is_local(&self) -> bool {
        match self {
            Listen::At(address) => is_local(address),
            Listen::Inherited(_) => true,
        }
    }
}

/// Whether only this machine's users can connect.
pub fn is_local(address: &Address) -> bool {
    match address {
        Address::Tcp(address) => address.ip().to_canonical().is_loopback(),
        Address::Unix(_) => true,
    }
}

fn tcp(address: IpAddr, port: u16) -> Listen {
    Listen::At(Address::Tcp(SocketAddr::new(address, port)))
}

fn loopback(port: u16) -> Listen {
    tcp(Ipv4Addr::LOCALHOST.into(), port)
}

impl fmt::Display for Listen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listen::At(address) => write!(out, "{address}"),
            Listen::Inherited(fd) => write!(out, "fd:{fd}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_address_is_read_and_written_back() {
        for (text, written, local) in [
            ("127.0.0.1:8080", "127.0.0.1:8080", true),
            ("8080", "127.0.0.1:8080", true),
            ("0", "127.0.0.1:0", true),
            ("localhost:9", "127.0.0.1:9", true),
            ("[::1]:8080", "[::1]:8080", true),
            ("[::ffff:127.0.0.1]:80", "[::ffff:127.0.0.1]:80", true),
            ("127.3.2.1:80", "127.3.2.1:80", true),
            ("0.0.0.0:8080", "0.0.0.0:8080", false),
            ("[::]:8080", "[::]:8080", false),
            ("192.0.2.7:80", "192.0.2.7:80", false),
            ("unix:/run/goodall.http", "unix:/run/goodall.http", true),
            ("fd:3", "fd:3", true),
        ] {
            let address = Listen::parse(text).unwrap();
            assert_eq!(address.to_string(), written, "{text}");
            assert_eq!(address.is_local(), local, "{text}");
            assert_eq!(Listen::parse(written), Ok(address), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_reason() {
        for (text, why) in [
            ("", "the port is missing"),
            ("127.0.0.1", "the port is missing"),
            (":8080", "say which address, 0.0.0.0 for all"),
            ("*:8080", "say which address, 0.0.0.0 for all"),
            ("127.0.0.1:http", "there is no such port"),
            ("70000", "there is no such port"),
            ("127.0.0.1:70000", "there is no such port"),
            ("::1:8080", "put the address in brackets, as in [::1]:8080"),
            (
                "example.org:80",
                "names are not looked up, give an IP address",
            ),
            ("unix:", "the path is missing"),
        ] {
            assert_eq!(
                Listen::parse(text),
                Err(format!("{text:?}: {why}; {EXPECTED}")),
                "{text}"
            );
        }
        assert_eq!(
            Listen::parse("fd:1"),
            Err("\"fd:1\": expected fd: and a number from 3 on".to_owned())
        );
    }
}
