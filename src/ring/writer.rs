//! Writing a ring: its lock, its layout, its tracks and its clocks. One process a file.

use std::path::Path;
use std::sync::Arc;

use super::{Plan, RingError, TrackSpec};
use crate::quantity::{BootNs, Interval, Now, WallNs};

/// What opening found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// A new file.
    Created,
    /// The file that was there goes on.
    Continued,
    /// Rows were carried over into a new layout.
    CarriedOver {
        /// How many rows.
        rows: u64,
    },
    /// The layout should have changed, but there was no room for both files: the old one is kept.
    KeptOldLayout,
}

/// A ring open for writing; shared by all threads of the gatherer.
pub struct Writer {}

/// One interval's clock: opens frames. One thread owns it.
pub struct Clock {}

/// One track's writer: one thread owns it for its life.
pub struct Track {}

/// A collector's place in the status area: one thread owns it.
pub struct StatusSlot {}

impl Writer {
    /// Opens or makes the ring. Locks it (2 s of retries), lays it out by `plan`, carries rows over where
    /// the window or the intervals changed.
    pub fn open(path: &Path, plan: &Plan) -> Result<(Arc<Writer>, Opened), RingError> {
        let _ = (path, plan);
        todo!()
    }

    /// The clock of `interval`; made (with a band) where there is none yet. Once an interval.
    pub fn clock(self: &Arc<Self>, interval: Interval) -> Result<Clock, RingError> {
        let _ = interval;
        todo!()
    }

    /// A track's writer: the track that is there by that identity (its labels renewed), else a new one.
    /// Cold: may allocate, write and sync the directory. The interval's clock must have been made.
    pub fn track(self: &Arc<Self>, spec: &TrackSpec) -> Result<Track, RingError> {
        let _ = spec;
        todo!()
    }

    /// A collector's status slot, by its name.
    pub fn status(
        self: &Arc<Self>,
        name: &str,
        interval: Interval,
    ) -> Result<StatusSlot, RingError> {
        let _ = (name, interval);
        todo!()
    }

    /// Once a minute and at a clean stop: the state page with the newest frames. `durable` waits for the
    /// disk (`msync`).
    pub fn window(&self) -> crate::quantity::Window {
        todo!()
    }
    pub fn checkpoint(&self, durable: bool) -> Result<(), RingError> {
        let _ = durable;
        todo!()
    }
}

impl Clock {
    /// Opens the frame of the tick at `tick`, and touches the pages of the next, so that a stalled disk
    /// stalls this thread and no collector. Records a step of the wall clock. Allocates nothing.
    pub fn ticker(&self) -> Ticker {
        todo!()
    }
    pub fn open_frame(&mut self, tick: Now) {
        let _ = tick;
        todo!()
    }
}

impl Track {
    /// Records a row taken at `taken` in the frame that is open: wait-free, allocates nothing. `words` has
    /// a word a field. False before the first frame.
    pub fn write(&mut self, tick: &Tick, taken: BootNs, words: &[u64]) {
        let _ = (tick, taken, words);
        todo!()
    }
}

impl StatusSlot {
    /// Sets all of the slot under its check.
    pub fn set(&mut self, last: WallNs, late: u64, missed: u64, errors: u64, message: &str) {
        let _ = (last, late, missed, errors, message);
        todo!()
    }
}

/// The frame that a clock opened last.
pub type Tick = crate::ring::Header;
/// Follows a clock.
#[derive(Clone)]
pub struct Ticker {}
impl Ticker {
    /// Current.
    pub fn current(&self) -> Option<Tick> {
        todo!()
    }
}
