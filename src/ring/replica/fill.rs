//! The first copy: all bytes from the file's start to its end, while its source goes on.

use super::shape::{store, word_at};
use super::{CopyError, Origin, PART_WORDS, Replica};
use crate::ring::FrameNumber;
use crate::ring::layout::{
    CLOCKS_MAX, DIRECTORY_OFFSET, LIVE_GENERATION, LIVE_NEWEST, LIVE_OFFSET, LIVE_SIZE,
    STATE_OFFSETS, WORD_SIZE, index,
};
use crate::ring::seqlock::Word;
use crate::ring::writer::live_at;

/// Bytes after which it is noted how far it came, once they are on the disk.
const NOTED_SIZE: u64 = 16 << 20;

impl Replica {
    /// Copies everything, or what was not copied before a try was cut short. What changed meanwhile is for the
    /// next look to find: it goes on from the newest frames as they were at the start.
    pub fn fill<O: Origin>(&mut self, origin: &mut O) -> Result<(), CopyError<O::Error>> {
        if self.length < DIRECTORY_OFFSET {
            return Err(CopyError::Unsound("it ends before its frames do"));
        }
        if self.note.copied == 0 {
            let live = origin.part(LIVE_OFFSET, word_at(LIVE_SIZE));
            let live = live.map_err(CopyError::Origin)?;
            let cells = &self.map.words()[live_at(0)..];
            for at in [LIVE_GENERATION]
                .into_iter()
                .chain(LIVE_NEWEST..=CLOCKS_MAX)
            {
                cells[at].put(live[at]);
            }
            self.run(origin, STATE_OFFSETS[0], LIVE_OFFSET)?;
            self.note.copied = DIRECTORY_OFFSET;
        }
        let end = self.length;
        while self.note.copied < end {
            let from = self.note.copied;
            let until = end.min(from + NOTED_SIZE);
            self.run(origin, from, until)?;
            self.sync_part(from, until - from)?;
            self.note.copied = until;
            self.note.put(&self.map);
        }
        let loaded = self.load();
        loaded.map_err(|_| CopyError::Unsound("its directory cannot be read"))?;
        // as it was at the start: of what is newer here, some was passed before it came
        for (id, newest) in self.newest.iter_mut().enumerate() {
            *newest = FrameNumber(self.map.words()[live_at(LIVE_NEWEST + id)].get());
        }
        Ok(())
    }

    fn run<O: Origin>(
        &self,
        origin: &mut O,
        mut from: u64,
        until: u64,
    ) -> Result<(), CopyError<O::Error>> {
        while from < until {
            let words = word_at(until - from).clamp(1, PART_WORDS);
            let part = origin.part(from, words).map_err(CopyError::Origin)?;
            store(&self.map.words()[word_at(from)..][..words], part);
            let size = words as u64 * WORD_SIZE;
            self.map.dont_need(index(from), index(size));
            from += size;
        }
        Ok(())
    }
}
