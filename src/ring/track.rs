//! One track's writer: a row into the frame that is open, wait-free.

use std::sync::Arc;

use super::clock::{Shared, Tick};
use super::frame::RowKey;
use super::layout::{Circle, WORD_SIZE};
use super::ledger::Claim;
use super::{FrameNumber, Writer};
use crate::quantity::BootNs;

/// Where a track may write.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) shared: Arc<Shared>,
    pub(super) identity: u64,
    pub(super) circle: Circle,
    pub(super) place: usize,
    pub(super) fields: usize,
    pub(super) record: u64,
}

/// One track's writer: one thread owns it for its life.
pub struct Track {
    writer: Arc<Writer>,
    granted: Granted,
    newest: Option<FrameNumber>,
}

impl Track {
    pub(super) fn new(writer: Arc<Writer>, granted: Granted) -> Track {
        Track {
            writer,
            granted,
            newest: None,
        }
    }

    /// Records a row taken at `taken` in the frame of `tick`, which is of this track's clock: wait-free,
    /// allocates nothing. `words` has a word a field. A row more than 35 minutes from its tick is not
    /// recorded: its offset has no room for it.
    #[inline]
    pub fn write(&mut self, tick: &Tick, taken: BootNs, words: &[u64]) {
        assert_eq!(words.len(), self.granted.fields, "a word a field");
        let elapsed_ns = taken
            .0
            .cast_signed()
            .saturating_sub(tick.boot.0.cast_signed());
        let Ok(offset_us) = i32::try_from(elapsed_ns / 1000) else {
            return;
        };
        let key = RowKey {
            number: tick.number,
            salt: tick.salt,
            identity: self.granted.identity,
        };
        let at = self.granted.circle.frame(tick.number) + self.granted.place;
        let cells = &self.writer.map().words()[at..][..=words.len()];
        key.publish_row(cells, offset_us, words);
        // a late row may stand in an earlier frame than the one before
        self.newest = self.newest.max(Some(tick.number));
    }

    /// Bytes that a row of this track takes.
    pub fn row_size(&self) -> u64 {
        (self.granted.fields as u64 + 1) * WORD_SIZE
    }
}

impl Drop for Track {
    fn drop(&mut self) {
        let claim = match self.newest {
            Some(newest) => Claim::Seen(newest),
            // it may have rows of the run before
            None => Claim::Idle(self.granted.shared.newest()),
        };
        self.writer
            .ledger()
            .release_track(self.granted.record, claim);
    }
}
