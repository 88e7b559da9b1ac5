//! Where a feed goes on: what its reader keeps, and what it says of the ring when that is opened again.

use crate::quantity::Interval;
use crate::ring::{ClockId, FrameNumber, Reader};

/// Runs of the writer whose salts are kept.
pub const RUNS_MAX: usize = 4;

/// Where to go on in the frames of one interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The interval: its clock's number may change with the file's layout.
    pub interval: Interval,
    /// The first frame that was not handed out.
    pub next: FrameNumber,
    /// How many frames before `next` may have rows that were not there when they were handed out.
    pub open: u64,
    /// The salts of the runs that were handed out last, the last of them behind. After a power cut a new run
    /// may write the same numbers anew.
    pub runs: Vec<u32>,
    /// The tracks that had rows of late.
    pub tracks: Vec<Followed>,
}

/// A track that had rows of late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Followed {
    /// Which.
    pub identity: u64,
    /// How many frames before [`Place::next`] have come since its last row.
    pub behind: u64,
}

impl Place {
    /// At a frame, with nothing behind it.
    pub fn at(interval: Interval, next: FrameNumber) -> Place {
        Place {
            interval,
            next,
            open: 0,
            runs: Vec::new(),
            tracks: Vec::new(),
        }
    }

    /// Forward to `next`, if it is not there yet: what stood between is gone.
    pub(super) fn skip_to(&mut self, next: FrameNumber) {
        let skipped = next.0.saturating_sub(self.next.0);
        if skipped > 0 {
            self.next = next;
            self.open = 0;
            for track in &mut self.tracks {
                track.behind = track.behind.saturating_add(skipped);
            }
        }
    }

    /// Where that is in the ring as it stands now, and how many frames before may have rows that came since.
    /// Where a power cut took frames, it is back behind the last one of a run that was handed out: all that
    /// stands there was written since. Ticks that were missed just before it are none of that.
    pub(super) fn found_in(&self, reader: &Reader, clock: ClockId) -> (FrameNumber, u64) {
        let newest = reader.newest(clock).map_or(0, |header| header.number.0);
        let oldest = reader.oldest(clock).map_or(1, |oldest| oldest.0);
        let end = self.next.0.min(newest + 1);
        let (mut next, mut number) = (end, end);
        while !self.runs.is_empty() && number > oldest {
            number -= 1;
            match reader.header(clock, FrameNumber(number)) {
                Some(header) if self.runs.contains(&header.salt) => break,
                Some(_) => next = number,
                None => {}
            }
        }
        let open = if next == self.next.0 { self.open } else { 0 };
        (FrameNumber(next), open)
    }
}
