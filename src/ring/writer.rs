//! Writing a ring: what all threads of the gatherer share. One process a file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use goodall_platform::map::{Map, is_the_file_at};

use super::layout::{
    DIRECTORY_OFFSET, EXTENT_SIZE, LIVE_GENERATION, LIVE_NEWEST, LIVE_OFFSET, STATUS_SLOTS,
    WORD_SIZE, index,
};
use super::ledger::Ledger;
use super::making::merged;
use super::seqlock::Word;
use super::source::Source;
use super::state::State;
use super::{FrameNumber, Need, Plan, RingError, TrackSpec, opening, status};
use crate::quantity::{Interval, WallNs, Window};

pub use super::clock::{Clock, Tick, Ticker};
pub use super::status::StatusSlot;
pub use super::toucher::Toucher;
pub use super::track::Track;

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
        /// Rows for which an interval that is longer had no room.
        left_out: u64,
    },
    /// The layout should have changed, but there was no room for both files: the old one is kept.
    KeptOldLayout,
}

/// A ring open for writing; shared by all threads of the gatherer.
pub struct Writer {
    path: PathBuf,
    // the lock ends when it is closed
    file: File,
    map: Arc<Map>,
    salt: u32,
    wall: AtomicI64,
    state: Mutex<State>,
    ledger: Mutex<Ledger>,
}

impl Writer {
    /// Opens or makes the ring. Locks it (2 s of retries), lays it out by `plan`, carries rows over where
    /// the window or the intervals changed.
    pub fn open(path: &Path, plan: &Plan) -> Result<(Arc<Writer>, Opened), RingError> {
        let (writer, opened) = opening::open(path, plan)?;
        Ok((Arc::new(writer), opened))
    }

    pub(super) fn new(
        path: &Path,
        file: File,
        map: Arc<Map>,
        state: State,
        ledger: Ledger,
    ) -> Writer {
        #[allow(clippy::cast_possible_truncation)] // 32 bits are what the format has
        let salt = random() as u32;
        Writer {
            path: path.to_owned(),
            file,
            map,
            salt,
            wall: AtomicI64::new(0),
            state: Mutex::new(state),
            ledger: Mutex::new(ledger),
        }
    }

    /// The clock of `interval`; made (with a band) where there is none yet. Once an interval.
    pub fn clock(self: &Arc<Self>, interval: Interval) -> Result<Clock, RingError> {
        let (shared, newest) = self.ledger().clock(self, interval)?;
        Ok(Clock::new(Arc::clone(self), shared, newest))
    }

    /// Says what is about to come, so that the band of an interval that has none yet is made wide enough.
    pub fn expect(&self, needs: &[Need]) {
        self.ledger().needs = merged(needs);
    }

    /// A track's writer: the track that is there by that identity (its labels renewed), else a new one.
    /// Cold: may allocate, write and sync the directory. The interval's clock must have been made. Who asks
    /// for several new instances at once asks in their byte order (see `naming`).
    pub fn track(self: &Arc<Self>, spec: &TrackSpec) -> Result<Track, RingError> {
        let granted = self.ledger().track(self, spec, None)?;
        Ok(Track::new(Arc::clone(self), granted))
    }

    /// The same for many at once: the disk is waited for once. Each has its own answer, unless the disk failed.
    pub fn tracks(
        self: &Arc<Self>,
        specs: &[TrackSpec],
    ) -> Result<Vec<Result<Track, RingError>>, RingError> {
        let mut ledger = self.ledger();
        let (granted, synced) = ledger.batch(self, |ledger| {
            let grant = |spec| ledger.track(self, spec, None);
            specs.iter().map(grant).collect::<Vec<_>>()
        });
        // a track that is dropped takes the lock
        drop(ledger);
        let track = |granted| Track::new(Arc::clone(self), granted);
        let tracks = granted.into_iter().map(|granted| granted.map(track));
        let tracks = tracks.collect();
        synced.map(|()| tracks)
    }

    /// A collector's status slot, by its name.
    pub fn status(
        self: &Arc<Self>,
        name: &str,
        interval: Interval,
    ) -> Result<StatusSlot, RingError> {
        if name.len() > status::NAME_SIZE_MAX {
            return Err(RingError::TooLong {
                what: "a collector's name",
                size: name.len(),
                limit: status::NAME_SIZE_MAX,
            });
        }
        let mut ledger = self.ledger();
        let source = self.source(u64::MAX);
        let mut used = [false; STATUS_SLOTS];
        let mut found = None;
        for (slot, status) in status::read(&source) {
            used[slot] = true;
            if status.name == name {
                found = Some(slot);
            }
        }
        let held = &mut ledger.status_held;
        if found.is_some_and(|slot| held[slot]) {
            return Err(RingError::Taken {
                what: format!("the status of {name}"),
            });
        }
        let free = (0..STATUS_SLOTS).find(|&slot| !used[slot] && !held[slot]);
        let idle = (0..STATUS_SLOTS).find(|&slot| !held[slot]);
        let slot = found.or(free).or(idle).ok_or(RingError::TooLong {
            what: "collectors with a status",
            size: STATUS_SLOTS + 1,
            limit: STATUS_SLOTS,
        })?;
        held[slot] = true;
        drop(ledger);
        Ok(StatusSlot::new(Arc::clone(self), slot, name, interval))
    }

    /// Once a minute and at a clean stop: the state page with the newest frames. `durable` waits for the
    /// disk (`msync`) and says that the writer came to its end: the next start need not look for more.
    pub fn checkpoint(&self, durable: bool) -> Result<(), RingError> {
        let wall = WallNs(self.wall.load(Ordering::Relaxed));
        {
            let mut state = self.state();
            for clock in 0..state.clocks() {
                state.set_newest(clock, self.live_newest(clock));
            }
            state.stamp(wall, durable, self.salt);
            state.publish(&self.map);
        }
        if durable {
            let length = self.ledger().length;
            self.sync(0, length)?;
        }
        Ok(())
    }

    /// Lets go of all resident pages of the file: what a start looked at is not looked at again, and what is
    /// still used comes back by itself. Whoever owns a [`Clock`] lets it touch its pages again.
    pub fn give_back(&self) {
        self.map.dont_need(0, usize::MAX);
    }

    /// Tells the kernel that what only a start, growth and the notes of the newest frames look at need not
    /// stay resident: the superblock, the state areas, the directory.
    pub fn rest(&self) {
        self.map.dont_need(0, index(LIVE_OFFSET));
        self.map
            .dont_need(index(DIRECTORY_OFFSET), index(EXTENT_SIZE));
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the path still names the file: it may have been removed, or another put in its place. True
    /// where the system does not say.
    pub fn is_in_place(&self) -> bool {
        is_the_file_at(&self.file, &self.path).unwrap_or(true)
    }

    /// Its length now, and the most that it may have, in bytes.
    pub fn size(&self) -> (u64, u64) {
        let ledger = self.ledger();
        (ledger.length, ledger.size_max)
    }

    /// The window that the file is laid out for: the plan's, unless the old layout had to be kept.
    pub fn window(&self) -> Window {
        self.ledger().window
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn map(&self) -> &Arc<Map> {
        &self.map
    }

    pub(super) fn salt(&self) -> u32 {
        self.salt
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // a panic while it was held left the file sound (records are published whole), and the ledger is
        // changed after the file
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The map as a reader has it, up to that many bytes of the file.
    pub(super) fn source(&self, length: u64) -> Source {
        Source::Mapped {
            map: Arc::clone(&self.map),
            words: index(length / WORD_SIZE),
        }
    }

    pub(super) fn release_status(&self, slot: usize) {
        self.ledger().status_held[slot] = false;
    }

    /// A clock's newest frame, as the file has it.
    pub(super) fn live_newest(&self, clock: usize) -> FrameNumber {
        FrameNumber(self.map.words()[live_at(LIVE_NEWEST + clock)].get())
    }

    pub(super) fn set_live_newest(&self, clock: usize, number: FrameNumber, wall: WallNs) {
        self.map.words()[live_at(LIVE_NEWEST + clock)].put_last(number.0);
        self.wall.store(wall.0, Ordering::Relaxed);
    }

    /// Says that the directory changed.
    pub(super) fn changed(&self) {
        let word = &self.map.words()[live_at(LIVE_GENERATION)];
        word.put_last(word.get().wrapping_add(1));
    }

    /// Waits until these bytes are on the device.
    pub(super) fn sync(&self, offset: u64, size: u64) -> Result<(), RingError> {
        self.map
            .sync(index(offset), index(size))
            .map_err(|error| RingError::io(&self.path, "cannot be synced", error))
    }
}

/// The word in the file of a live word.
pub(super) fn live_at(word: usize) -> usize {
    index(LIVE_OFFSET / WORD_SIZE) + word
}

/// Random bits, from the keys that the standard library draws for its hash maps.
pub(super) fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id())
}
