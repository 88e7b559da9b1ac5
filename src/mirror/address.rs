//! Where the ring that is copied is served, as people write it.

use std::fmt;
use std::str::FromStr;

use crate::client::HAS_TLS;

/// Where a goodall serves when nothing else is said.
const PORT: u16 = 8080;
/// What is asked for there.
const PATH: &str = "/ring";

/// A gatherer's HTTP interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    /// Before `/ring`; empty, or it starts with a slash and ends without.
    folder: String,
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Address, String> {
        let wrong = |why: &str| Err(format!("{text}: {why}"));
        let rest = match text.split_once("://") {
            Some(("http", rest)) => rest,
            Some(("https", _)) if !HAS_TLS => {
                return wrong(
                    "this build has no TLS: give an http:// address, through a tunnel (ssh -L, stunnel, \
                     WireGuard) where the way is not trusted",
                );
            }
            Some(_) => return wrong("expected http://HOST:PORT"),
            None => text,
        };
        if rest.contains(['@', '?', '#']) || rest.bytes().any(|byte| !byte.is_ascii_graphic()) {
            return wrong(
                "expected http://HOST:PORT, without user, query or space; a token stands in --token-file",
            );
        }
        let (authority, folder) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let folder = folder.trim_end_matches('/');
        let folder = folder.strip_suffix(PATH).unwrap_or(folder);
        // an IPv6 address has colons of its own, in brackets
        let behind = authority.find(']').map_or(0, |at| at + 1);
        let (host, port) = match authority[behind..].split_once(':') {
            Some((_, port)) if !port.contains(':') => {
                let host = &authority[..authority.len() - port.len() - 1];
                (host, port.parse().ok().filter(|&port| port > 0))
            }
            _ => (authority, Some(PORT)),
        };
        let is_bracketed = host.starts_with('[') && host.ends_with(']');
        let is_name = !host.is_empty() && !host.contains(['[', ']', ':', ',']);
        match port {
            _ if !is_bracketed && !is_name => wrong("expected http://HOST:PORT"),
            None => wrong("the port is not a number from 1 to 65535"),
            Some(port) => Ok(Address {
                host: host.to_owned(),
                port,
                folder: folder.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "http://{}:{}{}{PATH}",
            self.host, self.port, self.folder
        )
    }
}

impl Address {
    /// The name of the copy where none is given: the host's, and the port where it is not goodall's own.
    pub fn file_name(&self) -> String {
        let host = self.host.trim_matches(['[', ']']);
        let keep = |letter: char| match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => letter,
            _ => '_',
        };
        let host: String = host.trim_start_matches('.').chars().map(keep).collect();
        match self.port {
            PORT => format!("{host}.ring"),
            port => format!("{host}-{port}.ring"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_completed_to_the_ring_s_own() {
        for (text, url, file) in [
            ("http://web1:8080", "http://web1:8080/ring", "web1.ring"),
            ("web1", "http://web1:8080/ring", "web1.ring"),
            ("http://web1/", "http://web1:8080/ring", "web1.ring"),
            (
                "web1:80/host/a/",
                "http://web1:80/host/a/ring",
                "web1-80.ring",
            ),
            (
                "http://10.0.0.7:9/ring",
                "http://10.0.0.7:9/ring",
                "10.0.0.7-9.ring",
            ),
            ("http://[::1]:8080", "http://[::1]:8080/ring", "__1.ring"),
            ("[fe80::1]", "http://[fe80::1]:8080/ring", "fe80__1.ring"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(
                (address.to_string(), address.file_name()),
                (url.into(), file.into()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_address_says_why() {
        for (text, why) in [
            ("https://web1:8080", "no TLS"),
            ("ftp://web1", "expected http://"),
            ("", "expected http://"),
            ("http://:8080", "expected http://"),
            ("http://web1:x", "port"),
            ("http://web1:0", "port"),
            ("http://web1:70000", "port"),
            ("http://me:secret@web1", "--token-file"),
            ("http://web1/?a=1", "without user"),
            ("fe80::1", "expected http://"),
            ("[fe80::1", "expected http://"),
        ] {
            let error = text.parse::<Address>().unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
