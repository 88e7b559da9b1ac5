//! What a destination has had: a file that is replaced after each batch that was acknowledged. Format
//! 1, which an older build wrote, knew nothing but each interval's next frame.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use super::bound::{Bound, Unbound};
use crate::quantity::{Interval, WallNs};
use crate::query::{Followed, Place};
use crate::ring::FrameNumber;

const HEADS: [&str; 2] = ["goodall cursor 2", "goodall cursor 1"];

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Where to go on.
    pub places: Vec<Place>,
    /// Samples that were lost in an outage that is not over.
    pub lost: u64,
}

/// Where a cursor is kept.
pub struct Cursor {
    file: Bound,
    /// What was written last.
    saved: Kept,
}

impl Cursor {
    /// That of the destination of that name.
    pub fn new(folder: &Path, name: &str) -> Cursor {
        Cursor {
            file: Bound::new(&HEADS, folder.join(format!("{name}.cursor"))),
            saved: Kept::default(),
        }
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// What was kept of the ring that was made then.
    pub fn load(&mut self, created: WallNs) -> Result<Kept, Unbound> {
        self.saved = Kept::default();
        let kept = parse(&self.file.load(created)?).ok_or(Unbound::Damaged)?;
        self.saved.clone_from(&kept);
        Ok(kept)
    }

    /// Keeps that; what is kept already is not written again.
    pub fn save(&mut self, created: WallNs, places: &[Place], lost: u64) -> io::Result<()> {
        if self.saved.lost == lost && self.saved.places == places {
            return Ok(());
        }
        self.file.save(created, |text| {
            if lost > 0 {
                let _ = writeln!(text, "lost {lost}");
            }
            for place in places {
                push(place, text);
            }
        })?;
        self.saved.lost = lost;
        self.saved.places.clear();
        self.saved.places.extend_from_slice(places);
        Ok(())
    }
}

/// `INTERVAL NEXT open FRAMES runs SALT,SALT tracks IDENTITY:BEHIND,IDENTITY:BEHIND`; what there is none of
/// is left out.
fn push(place: &Place, text: &mut String) {
    let _ = write!(text, "{} {}", place.interval.ns(), place.next.0);
    if place.open > 0 {
        let _ = write!(text, " open {}", place.open);
    }
    let separator = |at| if at == 0 { "" } else { "," };
    for (at, salt) in place.runs.iter().enumerate() {
        let start = if at == 0 { " runs " } else { "" };
        let _ = write!(text, "{start}{}{salt:x}", separator(at));
    }
    for (at, track) in place.tracks.iter().enumerate() {
        let start = if at == 0 { " tracks " } else { "" };
        let Followed { identity, behind } = track;
        let _ = write!(text, "{start}{}{identity:x}:{behind}", separator(at));
    }
    text.push('\n');
}

fn parse(text: &str) -> Option<Kept> {
    let mut lines = text.lines().peekable();
    let lost = lines.next_if(|line| line.starts_with("lost "));
    let lost = lost.map_or(Some(0), |line| line["lost ".len()..].parse().ok())?;
    let places = lines.map(place).collect::<Option<_>>()?;
    Some(Kept { places, lost })
}

fn place(line: &str) -> Option<Place> {
    let mut words = line.split(' ');
    let interval = std::time::Duration::from_nanos(words.next()?.parse().ok()?);
    let next = FrameNumber(words.next()?.parse().ok()?);
    let mut place = Place::at(Interval::of(interval)?, next);
    while let Some(key) = words.next() {
        let value = words.next()?;
        match key {
            "open" => place.open = value.parse().ok()?,
            "runs" => {
                let salts = value
                    .split(',')
                    .map(|salt| u32::from_str_radix(salt, 16).ok());
                place.runs = salts.collect::<Option<_>>()?;
            }
            "tracks" => place.tracks = value.split(',').map(followed).collect::<Option<_>>()?,
            _ => return None,
        }
    }
    Some(place)
}

fn followed(text: &str) -> Option<Followed> {
    let (identity, behind) = text.split_once(':')?;
    Some(Followed {
        identity: u64::from_str_radix(identity, 16).ok()?,
        behind: behind.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::format::delivery::check;

    fn kept() -> Kept {
        let place = |seconds, next| {
            let interval = std::time::Duration::from_secs(seconds);
            Place::at(Interval::of(interval).unwrap(), FrameNumber(next))
        };
        let tracks = [(0xfedc_ba98_7654_3210, 0), (1, 59)];
        Kept {
            places: vec![
                Place {
                    open: 60,
                    runs: vec![0x89ab_cdef, 0],
                    tracks: tracks
                        .map(|(identity, behind)| Followed { identity, behind })
                        .to_vec(),
                    ..place(1, 17)
                },
                place(30, 3),
            ],
            lost: 12,
        }
    }

    fn save(cursor: &mut Cursor, created: WallNs, kept: &Kept) {
        cursor.save(created, &kept.places, kept.lost).unwrap();
    }

    #[test]
    fn a_cursor_is_read_back_and_belongs_to_one_ring() {
        let folder = tempfile::tempdir().unwrap();
        let mut cursor = Cursor::new(folder.path(), "a");
        let ring = WallNs(1_795_323_856_000_000_000);
        assert_eq!(cursor.load(ring), Err(Unbound::New));
        let mut again = Cursor::new(folder.path(), "a");
        for kept in [kept(), Kept { lost: 0, ..kept() }, Kept::default()] {
            save(&mut cursor, ring, &kept);
            assert_eq!(again.load(ring), Ok(kept));
        }
        assert_eq!(again.load(WallNs(ring.0 + 1)), Err(Unbound::OfAnotherRing));
    }

    #[test]
    fn a_cursor_of_an_older_build_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut cursor = Cursor::new(folder.path(), "a");
        let body = "goodall cursor 1\nring 5\n1000000000 17\n30000000000 3\n";
        let sealed = check(body.as_bytes());
        fs::write(cursor.path(), format!("{body}check {sealed:016x}\n")).unwrap();
        let places = kept().places.into_iter();
        let places = places.map(|place| Place::at(place.interval, place.next));
        let expected = Kept {
            places: places.collect(),
            lost: 0,
        };
        assert_eq!(cursor.load(WallNs(5)), Ok(expected));
    }

    #[test]
    fn a_damaged_cursor_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let mut cursor = Cursor::new(folder.path(), "a");
        let ring = WallNs(1);
        save(&mut cursor, ring, &kept());
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
