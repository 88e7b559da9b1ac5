//! What a destination has had: a small file, replaced whole after each batch that was acknowledged. It is
//! bound to the ring by the moment at which that was made. A file of another ring, or a damaged one, is as
//! good as none.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::format::delivery::check;
use crate::quantity::{Interval, WallNs};
use crate::query::Place;
use crate::ring::FrameNumber;

const HEAD: &str = "goodall cursor 1";

/// Where a cursor is kept.
pub struct Cursor {
    path: PathBuf,
    temporary: PathBuf,
    text: String,
    /// What was written last.
    saved: Vec<Place>,
}

/// Why there is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCursor {
    /// There never was one.
    New,
    /// It cannot be read, or is not whole.
    Damaged,
    /// It is of another ring.
    OfAnotherRing,
}

impl Cursor {
    /// That of the destination of that name.
    pub fn new(folder: &Path, name: &str) -> Cursor {
        Cursor {
            path: folder.join(format!("{name}.cursor")),
            temporary: folder.join(format!("{name}.cursor.new")),
            text: String::new(),
            saved: Vec::new(),
        }
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The places in the ring that was made then.
    pub fn load(&mut self, created: WallNs) -> Result<Vec<Place>, NoCursor> {
        self.saved.clear();
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(NoCursor::New),
            Err(_) => return Err(NoCursor::Damaged),
        };
        let (of, places) = parse(&text).ok_or(NoCursor::Damaged)?;
        if of != created {
            return Err(NoCursor::OfAnotherRing);
        }
        self.saved.clone_from(&places);
        Ok(places)
    }

    /// Keeps the places; what is kept already is not written again.
    pub fn save(&mut self, created: WallNs, places: &[Place]) -> io::Result<()> {
        if self.saved == places {
            return Ok(());
        }
        self.text.clear();
        let _ = writeln!(self.text, "{HEAD}\nring {}", created.0);
        for place in places {
            let _ = writeln!(self.text, "{} {}", place.interval.ns(), place.next.0);
        }
        let sealed = check(self.text.as_bytes());
        let _ = writeln!(self.text, "check {sealed:016x}");
        fs::write(&self.temporary, &self.text)?;
        fs::rename(&self.temporary, &self.path)?;
        self.saved.clear();
        self.saved.extend_from_slice(places);
        Ok(())
    }
}

fn parse(text: &str) -> Option<(WallNs, Vec<Place>)> {
    let (body, sealed) = text.split_at(text.find("check ")?);
    let sealed = sealed.strip_prefix("check ")?.strip_suffix('\n')?;
    if u64::from_str_radix(sealed, 16).ok()? != check(body.as_bytes()) {
        return None;
    }
    let mut lines = body.lines();
    if lines.next()? != HEAD {
        return None;
    }
    let created = lines.next()?.strip_prefix("ring ")?.parse().ok()?;
    let place = |line: &str| {
        let (interval, next) = line.split_once(' ')?;
        let interval = std::time::Duration::from_nanos(interval.parse().ok()?);
        Some(Place {
            interval: Interval::of(interval)?,
            next: FrameNumber(next.parse().ok()?),
        })
    };
    Some((WallNs(created), lines.map(place).collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Vec<Place> {
        [(1, 17), (30, 3)]
            .map(|(seconds, next)| Place {
                interval: Interval::of(std::time::Duration::from_secs(seconds)).unwrap(),
                next: FrameNumber(next),
            })
            .to_vec()
    }

    #[test]
    fn a_cursor_is_read_back_and_belongs_to_one_ring() {
        let folder = tempfile::tempdir().unwrap();
        let mut cursor = Cursor::new(folder.path(), "a");
        let ring = WallNs(1_795_323_856_000_000_000);
        assert_eq!(cursor.load(ring), Err(NoCursor::New));
        cursor.save(ring, &places()).unwrap();
        let mut again = Cursor::new(folder.path(), "a");
        assert_eq!(again.load(ring), Ok(places()));
        assert_eq!(again.load(WallNs(ring.0 + 1)), Err(NoCursor::OfAnotherRing));
    }

    #[test]
    fn a_damaged_cursor_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let mut cursor = Cursor::new(folder.path(), "a");
        let ring = WallNs(1);
        cursor.save(ring, &places()).unwrap();
        let text = fs::read_to_string(cursor.path()).unwrap();
        for end in 0..text.len() {
            fs::write(cursor.path(), &text[..end]).unwrap();
            assert_eq!(cursor.load(ring), Err(NoCursor::Damaged), "{end} bytes");
        }
        fs::write(cursor.path(), text.replace("17", "18")).unwrap();
        assert_eq!(cursor.load(ring), Err(NoCursor::Damaged));
        fs::write(cursor.path(), [0xff; 40]).unwrap();
        assert_eq!(cursor.load(ring), Err(NoCursor::Damaged));
    }
}
