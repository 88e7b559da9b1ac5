//! What a destination has had: a file that is replaced after each batch that was acknowledged.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use super::bound::{Bound, Unbound};
use crate::quantity::{Interval, WallNs};
use crate::query::Place;
use crate::ring::FrameNumber;

const HEAD: &str = "goodall cursor 1";

/// Where a cursor is kept.
pub struct Cursor {
    file: Bound,
    /// What was written last.
    saved: Vec<Place>,
}

impl Cursor {
    /// That of the destination of that name.
    pub fn new(folder: &Path, name: &str) -> Cursor {
        Cursor {
            file: Bound::new(HEAD, folder.join(format!("{name}.cursor"))),
            saved: Vec::new(),
        }
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// The places in the ring that was made then.
    pub fn load(&mut self, created: WallNs) -> Result<Vec<Place>, Unbound> {
        self.saved.clear();
        let places = parse(&self.file.load(created)?).ok_or(Unbound::Damaged)?;
        self.saved.clone_from(&places);
        Ok(places)
    }

    /// Keeps the places; what is kept already is not written again.
    pub fn save(&mut self, created: WallNs, places: &[Place]) -> io::Result<()> {
        if self.saved == places {
            return Ok(());
        }
        self.file.save(created, |text| {
            for place in places {
                let _ = writeln!(text, "{} {}", place.interval.ns(), place.next.0);
            }
        })?;
        self.saved.clear();
        self.saved.extend_from_slice(places);
        Ok(())
    }
}

fn parse(text: &str) -> Option<Vec<Place>> {
    let place = |line: &str| {
        let (interval, next) = line.split_once(' ')?;
        let interval = std::time::Duration::from_nanos(interval.parse().ok()?);
        Some(Place {
            interval: Interval::of(interval)?,
            next: FrameNumber(next.parse().ok()?),
        })
    };
    text.lines().map(place).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

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
        assert_eq!(cursor.load(ring), Err(Unbound::New));
        cursor.save(ring, &places()).unwrap();
        let mut again = Cursor::new(folder.path(), "a");
        assert_eq!(again.load(ring), Ok(places()));
        assert_eq!(again.load(WallNs(ring.0 + 1)), Err(Unbound::OfAnotherRing));
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
            assert_eq!(cursor.load(ring), Err(Unbound::Damaged), "{end} bytes");
        }
        fs::write(cursor.path(), text.replace("17", "18")).unwrap();
        assert_eq!(cursor.load(ring), Err(Unbound::Damaged));
        fs::write(cursor.path(), [0xff; 40]).unwrap();
        assert_eq!(cursor.load(ring), Err(Unbound::Damaged));
    }
}
