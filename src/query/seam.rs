//! Rows of series that stand in several tracks, in the order of their own times. Where a series goes on in
//! another track, the first row there may stand in a frame of before the last row here: each row is held until
//! no frame is left that could have an earlier one.

use super::column::{Taken, Track};
use crate::quantity::WallNs;
use crate::ring::Header;

/// The rows that are held, one a track at most.
#[derive(Default)]
pub(super) struct Seam {
    held: Vec<Held>,
}

/// A track's place for a row.
pub(super) struct Held {
    /// The track, by its place among the columns'.
    pub track: usize,
    pub words: Box<[u64]>,
    /// The row's own time; `None` where none is held.
    pub time: Option<WallNs>,
    pub taken: Taken,
}

impl Seam {
    /// A place for each track that shares its series.
    pub fn new(tracks: &[Track]) -> Seam {
        let joint = tracks
            .iter()
            .enumerate()
            .filter(|(_, track)| track.is_joint);
        let held = joint.map(|(at, track)| Held {
            track: at,
            words: vec![0; track.fields].into(),
            time: None,
            taken: Taken::default(),
        });
        Seam {
            held: held.collect(),
        }
    }

    /// The place of a track.
    pub fn place(&mut self, track: usize) -> Option<&mut Held> {
        self.held.iter_mut().find(|held| held.track == track)
    }

    /// The earliest row, if no frame from `next` on can have an earlier one.
    pub fn earliest(&mut self, next: Option<&Header>) -> Option<&mut Held> {
        let held = self.held.iter_mut().filter(|held| held.time.is_some());
        let earliest = held.min_by_key(|held| held.taken.boot_ns)?;
        let is_due = next.is_none_or(|next| {
            next.salt != earliest.taken.salt || earliest.taken.boot_ns <= next.boot.0.cast_signed()
        });
        is_due.then_some(earliest)
    }
}
