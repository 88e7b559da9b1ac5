//! Reading a ring, live or left behind, without ever blocking its writer.

use std::path::Path;
use std::sync::Arc;

use goodall_platform::Label;

use super::{ClockId, FieldSpec, FrameNumber, Header, RingError};
use crate::quantity::{Interval, WallNs, Window};

/// One track of the directory.
#[derive(Clone, Debug)]
pub struct Track {
    /// The first part of its series' names.
    pub collector: String,
    /// The exact instance, any bytes.
    pub instance: Vec<u8>,
    /// The instance as it stands in names, `~2` included; empty where the collector has one row.
    pub instance_name: String,
    /// Its labels.
    pub labels: Vec<Label>,
    /// Its columns, shared between the tracks of a collector.
    pub fields: Arc<[FieldSpec]>,
    /// Its circle.
    pub clock: ClockId,
    // (private place in the file)
}

/// What the status area says of a collector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The collector's name.
    pub name: String,
    /// Its interval.
    pub interval: Interval,
    /// Its newest sample by the wall clock; `None` before the first.
    pub last: Option<WallNs>,
    /// Ticks taken late by more than half an interval, since the start.
    pub late: u64,
    /// Ticks not taken, since the start.
    pub missed: u64,
    /// Samples that failed, since the start.
    pub errors: u64,
    /// The newest error, 120 bytes at most; empty where there was none or it is over.
    pub message: String,
}

/// An open ring.
pub struct Reader {}

impl Reader {
    /// Opens the ring by a read-only map (the reporter), or by `pread` (commands without a daemon: a file
    /// that is truncated under them is an error, not a signal).
    pub fn open(path: &Path, mapped: bool) -> Result<Reader, RingError> {
        let _ = (path, mapped);
        todo!()
    }

    /// Takes in what changed since it was opened or last refreshed: new tracks, a file that was renamed
    /// over this one. True if tracks or the file changed. One atomic load where nothing did.
    pub fn refresh(&mut self) -> Result<bool, RingError> {
        todo!()
    }

    /// Every track, in directory order. Indices are stable until `refresh` is true.
    pub fn tracks(&self) -> &[Track] {
        todo!()
    }

    /// The window that the ring was made for.
    pub fn window(&self) -> Window {
        todo!()
    }

    /// The host's name in the superblock.
    pub fn host(&self) -> &str {
        todo!()
    }

    /// Whether a writer holds the lock.
    pub fn is_live(&self) -> bool {
        todo!()
    }

    /// The intervals, by [`ClockId`].
    pub fn clocks(&self) -> &[Interval] {
        todo!()
    }

    /// The newest frame whose header is whole; `None` in an empty circle.
    pub fn newest(&self, clock: ClockId) -> Option<Header> {
        let _ = clock;
        todo!()
    }

    /// The oldest frame number that may be handed out: newest minus window, plus 1.
    pub fn oldest(&self, clock: ClockId) -> Option<FrameNumber> {
        let _ = clock;
        todo!()
    }

    /// The header of a frame; `None` where that tick was missed, or it is overwritten.
    pub fn header(&self, clock: ClockId, number: FrameNumber) -> Option<Header> {
        let _ = (clock, number);
        todo!()
    }

    /// The row of `track` (an index of `tracks`) in the frame of `header`, into `words` (as many as the
    /// track has fields). Gives the row's own time: the tick's plus its offset. `None` is a gap: never
    /// written, torn, being overwritten, another track's.
    pub fn row(&self, track: usize, header: &Header, words: &mut [u64]) -> Option<WallNs> {
        let _ = (track, header, words);
        todo!()
    }

    /// Runs of frames `first..=last` (by number, in recorded order) whose ticks lie in `since..until`
    /// by the wall clock: usually one; more where the clock was set back. Pushed to `runs`.
    pub fn find(&self, clock: ClockId, since: WallNs, until: WallNs, runs: &mut Vec<Run>) {
        let _ = (clock, since, until, runs);
        todo!()
    }

    /// The status area.
    pub fn status(&self) -> Vec<Status> {
        todo!()
    }

    /// Tells the kernel that frames of `clock` before `number` are passed: they need not stay resident.
    pub fn passed(&self, clock: ClockId, number: FrameNumber) {
        let _ = (clock, number);
        todo!()
    }
}

/// Frames in recorded order, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The first.
    pub first: FrameNumber,
    /// The last.
    pub last: FrameNumber,
}
