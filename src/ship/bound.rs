//! A small text file of one ring's: bound to it by the moment at which that was made, replaced whole, with a
//! check at its end. One of another ring, or a damaged one, is as good as none.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::format::delivery::check;
use crate::quantity::WallNs;

/// Such a file.
pub struct Bound {
    heads: &'static [&'static str],
    path: PathBuf,
    temporary: PathBuf,
    text: String,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unbound {
    /// There never was one.
    New,
    /// It cannot be read, or is not whole.
    Damaged,
    /// It is of another ring.
    OfAnotherRing,
}

impl Bound {
    /// The file there, which begins with the first of these lines; with another of them it is read too.
    pub fn new(heads: &'static [&'static str], path: PathBuf) -> Bound {
        let mut temporary = path.clone().into_os_string();
        temporary.push(".new");
        Bound {
            heads,
            path,
            temporary: temporary.into(),
            text: String::new(),
        }
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its lines for the ring that was made then.
    pub fn load(&self, created: WallNs) -> Result<String, Unbound> {
        let mut text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Unbound::New),
            Err(_) => return Err(Unbound::Damaged),
        };
        let (of, body) = self.parse(&text).ok_or(Unbound::Damaged)?;
        if of != created {
            return Err(Unbound::OfAnotherRing);
        }
        text.truncate(body.end);
        Ok(text.split_off(body.start))
    }

    /// The ring's moment, and where the lines stand.
    fn parse(&self, text: &str) -> Option<(WallNs, std::ops::Range<usize>)> {
        let (body, sealed) = text.split_at(text.find("check ")?);
        let sealed = sealed.strip_prefix("check ")?.strip_suffix('\n')?;
        if u64::from_str_radix(sealed, 16).ok()? != check(body.as_bytes()) {
            return None;
        }
        let head = self.heads.iter().find(|head| body.starts_with(**head))?;
        let (ring, lines) = body
            .strip_prefix(*head)?
            .strip_prefix("\nring ")?
            .split_once('\n')?;
        let created = WallNs(ring.parse().ok()?);
        Some((created, body.len() - lines.len()..body.len()))
    }

    /// Replaces it.
    pub fn save(&mut self, created: WallNs, lines: impl FnOnce(&mut String)) -> io::Result<()> {
        self.text.clear();
        let _ = writeln!(self.text, "{}\nring {}", self.heads[0], created.0);
        lines(&mut self.text);
        let sealed = check(self.text.as_bytes());
        let _ = writeln!(self.text, "check {sealed:016x}");
        fs::write(&self.temporary, &self.text)?;
        fs::rename(&self.temporary, &self.path)
    }
}
