//! Who may ask: the `Host` that a request names (against DNS rebinding, by which a page of another site
//! makes a browser ask us), and the bearer token (RFC 6750).

use std::fs;
use std::hint::black_box;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

/// What a token may be, in bytes.
const TOKEN_SIZE_MIN: usize = 16;
const TOKEN_SIZE_MAX: usize = 4096;

/// A secret that a client must show. It has no `Debug`, so that no log shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Vec<u8>);

/// Why a token file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It cannot be read.
    #[error("the token cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// It holds nothing that a header could carry, or what is soon guessed.
    #[error(
        "expected a token of {TOKEN_SIZE_MIN} to {TOKEN_SIZE_MAX} visible ASCII characters on one line; \
         make one with `openssl rand -hex 32`"
    )]
    Unfit,
}

impl Token {
    /// Reads the token of a file: all of it, without the space around.
    pub fn read(path: &Path) -> Result<Token, TokenError> {
        let bytes = fs::read(path)?;
        let token = bytes.trim_ascii();
        let fits = (TOKEN_SIZE_MIN..=TOKEN_SIZE_MAX).contains(&token.len());
        if !fits || !token.iter().all(u8::is_ascii_graphic) {
            return Err(TokenError::Unfit);
        }
        Ok(Token(token.to_owned()))
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
    fn a_token_is_one_line_of_visible_characters() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "  0123456789abcdef\n").unwrap();
        let token = Token::read(file.path()).ok().unwrap();
        assert!(token.admits(Some("Bearer 0123456789abcdef")));
        let long = "a".repeat(4097);
        for bad in [
            "",
            "\n",
            "short",
            "0123456789 abcdef",
            "0123456789abcdef\nmore",
            "schlüsselschlüssel",
            &long,
        ] {
            fs::write(file.path(), bad).unwrap();
            let error = Token::read(file.path()).err().unwrap();
            assert!(matches!(error, TokenError::Unfit), "{bad:?}");
        }
        let error = Token::read(Path::new("/nowhere/token")).err().unwrap();
        assert!(matches!(error, TokenError::Unreadable(_)));
    }
}
