//! Who may ask: the `Host` that a request names (against DNS rebinding, by which a page of another site
//! makes a browser ask us), and the bearer token (RFC 6750).

use std::fs;
use std::hint::black_box;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

/// What a token may at most be, in bytes.
const TOKEN_SIZE_MAX: usize = 4096;

/// A secret that a client must show. It has no `Debug`, so that no log shows it.
pub struct Token(Vec<u8>);

/// Why a token file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It cannot be read.
    #[error("{}: cannot be read: {source}; give --token-file a file that holds the token", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It holds nothing that a header could carry.
    #[error("{}: {why}; expected one line of visible ASCII without spaces", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl Token {
    /// Reads the token of a file: all of it, without the space around.
    pub fn read(path: &Path) -> Result<Token, TokenError> {
        let unfit = |why| TokenError::Unfit {
            path: path.to_owned(),
            why,
        };
        let bytes = fs::read(path).map_err(|source| TokenError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let token = bytes.trim_ascii();
        match token {
            [] => Err(unfit("it is empty")),
            _ if token.len() > TOKEN_SIZE_MAX => Err(unfit("it is longer than 4096 bytes")),
            _ if !token.iter().all(u8::is_ascii_graphic) => {
                Err(unfit("it is not one word of ASCII"))
            }
            _ => Ok(Token(token.to_owned())),
        }
    }

    /// Whether an `Authorization` header shows this token. How long that takes tells nothing of the token
    /// but its length.
    pub fn admits(&self, authorization: Option<&str>) -> bool {
        let Some((scheme, shown)) = authorization.and_then(|header| header.split_once(' ')) else {
            return false;
        };
        let shown = shown.trim().as_bytes();
        if !scheme.eq_ignore_ascii_case("bearer") || shown.len() != self.0.len() {
            return false;
        }
        let pairs = self.0.iter().zip(shown);
        let difference = pairs.fold(0, |sum, (own, other)| black_box(sum | (own ^ other)));
        difference == 0
    }
}

/// Whether a `Host` header names this machine beyond doubt: an address, `localhost`, one of `allowed`, or
/// nothing at all. A page of another site can only name its own domain.
pub fn admits_host(host: Option<&str>, allowed: &[String]) -> bool {
    let host = host.unwrap_or("").trim();
    if host.is_empty() {
        return true;
    }
    if let Some(bracketed) = host.strip_prefix('[') {
        let Some((address, port)) = bracketed.split_once(']') else {
            return false;
        };
        return address.parse::<Ipv6Addr>().is_ok() && is_port_or_nothing(port);
    }
    let colon = host.find(':').unwrap_or(host.len());
    let (name, port) = host.split_at(colon);
    if !is_port_or_nothing(port) {
        return false;
    }
    name.parse::<Ipv4Addr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || allowed.iter().any(|one| one.eq_ignore_ascii_case(name))
}

fn is_port_or_nothing(text: &str) -> bool {
    match text.strip_prefix(':') {
        None => text.is_empty(),
        Some(port) => port.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_a_foreign_page_could_name_is_refused() {
        let allowed = ["recorder.example".to_owned()];
        for host in [
            None,
            Some(""),
            Some("127.0.0.1:8080"),
            Some("192.168.1.7"),
            Some("[::1]:8080"),
            Some("[fe80::1]"),
            Some("localhost"),
            Some("LocalHost:80"),
            Some("Recorder.Example:8080"),
        ] {
            assert!(admits_host(host, &allowed), "{host:?}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.0.0.1@evil.example",
            "localhost:80:80",
            "localhost:x",
            "[::1",
            "[::1]x",
            "[evil.example]",
            "::1",
            "recorder.example.evil",
            "0x7f000001",
        ] {
            assert!(!admits_host(Some(host), &allowed), "{host}");
        }
    }

    #[test]
    fn only_the_whole_token_is_admitted() {
        let token = Token(b"s3cret".to_vec());
        for header in ["Bearer s3cret", "bearer s3cret", "BEARER  s3cret "] {
            assert!(token.admits(Some(header)), "{header}");
        }
        for header in [
            "Bearer s3cre",
            "Bearer s3cret2",
            "Bearer S3cret",
            "Bearer",
            "Basic s3cret",
            "s3cret",
            "",
        ] {
            assert!(!token.admits(Some(header)), "{header}");
        }
        assert!(!token.admits(None));
    }

    #[test]
    fn a_token_file_is_read_without_the_space_around() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "  s3cret\n").unwrap();
        assert!(
            Token::read(file.path())
                .ok()
                .unwrap()
                .admits(Some("Bearer s3cret"))
        );
    }

    #[test]
    fn a_token_file_without_a_token_is_refused_by_name() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (content, why) in [
            ("\n", "it is empty"),
            ("two words", "it is not one word of ASCII"),
            ("schlüssel", "it is not one word of ASCII"),
        ] {
            fs::write(file.path(), content).unwrap();
            let error = Token::read(file.path()).err().unwrap().to_string();
            let name = file.path().display().to_string();
            assert!(error.starts_with(&name) && error.contains(why), "{error}");
        }
        assert!(Token::read(Path::new("/nowhere/token")).is_err());
    }
}
