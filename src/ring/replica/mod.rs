//! A copy of another host's ring: the same bytes, written by one process that holds the writer's lock as a
//! gatherer would. Any reader reads it as it reads a ring. What is copied when is in `fill.rs`,
//! `look.rs` and `frames.rs`.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use goodall_platform::map::{Map, allocate, is_the_file_at};

use super::directory::{Directory, Fault};
use super::layout::{
    CLOCKS_MAX, DIRECTORY_OFFSET, LIVE_GENERATION, LIVE_NEWEST, STATUS_SLOTS, index,
};
use super::making::{map, open_beside};
use super::opening::{is_ours, patiently, read_superblock};
use super::seqlock::Word;
use super::source::Source;
use super::state::State;
use super::status::{self, Entry};
use super::superblock::Superblock;
use super::writer::live_at;
use super::{FrameNumber, RingError};
use crate::quantity::{Interval, WallNs};

mod fill;
mod frames;
mod look;
pub(super) mod note;
mod origin;
mod shape;

pub use look::Depth;
use note::Note;
pub use origin::{CopyError, Head, Origin};
use shape::Shape;

/// Words that are asked for at once, at most.
pub const PART_WORDS: usize = 8192;
/// `--ring-max` where it is not given.
pub const SIZE_MAX_DEFAULT: u64 = 1 << 30;
/// The collector that a copy's status area has besides the source's.
pub const STATUS_NAME: &str = "mirror";

/// A copy, open for writing.
pub struct Replica {
    /// Where it stands, or will.
    path: PathBuf,
    /// Its name until it is whole.
    temporary: Option<PathBuf>,
    // the lock ends when it is closed
    file: File,
    map: Arc<Map>,
    superblock: Superblock,
    note: Note,
    size_max: u64,
    length: u64,
    shape: Shape,
    /// The directory's generation that `shape` is of; none until it was read from the source.
    generation: Option<u64>,
    newest: [FrameNumber; CLOCKS_MAX],
    /// Clocks whose newest frame was copied again after the next look.
    settled: [bool; CLOCKS_MAX],
    /// Looks, one after another, at which a newest frame was not where it should.
    lost: u32,
    /// The state area that is here.
    state: u64,
    /// Status slots that the source uses.
    slots: usize,
    /// This process's own.
    slot: Option<usize>,
    entry: Entry,
    last: WallNs,
}

impl Replica {
    /// Opens the copy that is there; `None` where nothing is. Waits 2 s for another writer's lock.
    pub fn open(
        path: &Path,
        size_max: u64,
        interval: Interval,
    ) -> Result<Option<Replica>, RingError> {
        patiently(path, || {
            let file = match OpenOptions::new().read(true).write(true).open(path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(None)),
                Err(error) => return Err(RingError::io_of_copy(path, "cannot be opened", error)),
            };
            let superblock = read_superblock(&file, path)?;
            if !is_ours(&file, path)? {
                return Ok(None);
            }
            let there = Replica::over(path, file, superblock, size_max, interval)?;
            Ok(Some(Some(there)))
        })
    }

    fn over(
        path: &Path,
        file: File,
        superblock: Superblock,
        size_max: u64,
        interval: Interval,
    ) -> Result<Replica, RingError> {
        let cannot = |error| RingError::io_of_copy(path, "cannot be looked at", error);
        let note = Note::read(&file).map_err(cannot)?;
        let note = note.filter(|note| note.copied == Note::WHOLE);
        let note = note.ok_or_else(|| RingError::NotACopy {
            path: path.to_owned(),
        })?;
        let length = file.metadata().map_err(cannot)?.len();
        let mut replica = Replica::of(path, file, superblock, note, length, size_max.max(length))?;
        replica.entry = Entry::new(STATUS_NAME, interval);
        replica.load()?;
        for (slot, status) in status::read(&replica.source()) {
            replica.slots = slot + 1;
            if status.name == STATUS_NAME {
                replica.slot = Some(slot);
                replica.last = status.last.unwrap_or_default();
            }
        }
        Ok(replica)
    }

    fn of(
        path: &Path,
        file: File,
        superblock: Superblock,
        note: Note,
        length: u64,
        size_max: u64,
    ) -> Result<Replica, RingError> {
        Ok(Replica {
            map: map(&file, path, size_max)?,
            path: path.to_owned(),
            temporary: None,
            file,
            superblock,
            note,
            size_max,
            length,
            shape: Shape::default(),
            generation: None,
            newest: [FrameNumber(0); CLOCKS_MAX],
            settled: [false; CLOCKS_MAX],
            lost: 0,
            state: 0,
            slots: STATUS_SLOTS,
            slot: None,
            entry: Entry::new(STATUS_NAME, Interval::MIN),
            last: WallNs(0),
        })
    }

    /// Begins the copy of a file of that length under a temporary name, or goes on with one that was begun.
    pub fn begin(
        path: &Path,
        head: &Head,
        length: u64,
        size_max: u64,
        interval: Interval,
    ) -> Result<Replica, RingError> {
        if length > size_max {
            return Err(RingError::CopyTooLong { size_max, length });
        }
        let cannot = |error| RingError::io_of_copy(path, "cannot be made", error);
        let (temporary, file) = open_beside(path).map_err(cannot)?;
        if !is_ours(&file, &temporary)? {
            return Err(RingError::InUse { path: temporary });
        }
        let begun = Note::read(&file).map_err(cannot)?;
        let note = Note::of(&head.tag, 0);
        let begun = begun.filter(|begun| {
            let there = read_superblock(&file, &temporary);
            begun.tag == note.tag && there.is_ok_and(|there| there == head.superblock)
        });
        let there = file.metadata().map_err(cannot)?.len();
        let has = |begun: &Note| (DIRECTORY_OFFSET..=there).contains(&begun.copied);
        let goes_on = begun.filter(|begun| has(begun) && there <= size_max);
        if goes_on.is_none() {
            file.set_len(0).map_err(cannot)?;
        }
        if let Err(error) = allocate(&file, length) {
            if goes_on.is_none() {
                // it holds nothing, and may take the room that is left
                let _ = std::fs::remove_file(&temporary);
            }
            return Err(RingError::io_of_copy(path, "cannot be allocated", error));
        }
        let length = length.max(if goes_on.is_some() { there } else { 0 });
        let superblock = head.superblock.clone();
        let note = goes_on.unwrap_or(note);
        let mut replica = Replica::of(path, file, superblock, note, length, size_max)?;
        replica.temporary = Some(temporary);
        replica.entry = Entry::new(STATUS_NAME, interval);
        shape::store(replica.map.words(), &head.words);
        Ok(replica)
    }

    /// Whether it is a copy of that very file.
    pub fn is_of(&self, head: &Head) -> bool {
        self.superblock == head.superblock && self.note.tag == Note::of(&head.tag, 0).tag
    }

    /// The host whose ring it is.
    pub fn host(&self) -> &str {
        &self.superblock.host
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// When it was last told to be whole.
    pub fn last(&self) -> WallNs {
        self.last
    }

    /// Writes its own status: when the last look was, looks missed and failed since the start, what is wrong.
    pub fn tell(&mut self, last: WallNs, missed: u64, errors: u64, message: &str) {
        self.last = last;
        let slot = self.slot.unwrap_or(STATUS_SLOTS - 1);
        self.slot = Some(slot);
        let counts = [0, missed, errors];
        self.entry.publish(&self.map, slot, last, counts, message);
    }

    /// Gives it its name, once it was filled and looked after. The file that had it is kept as `FILE.old`,
    /// and its readers are told; any other file at that name stays as it is.
    pub fn put_in_place(&mut self, old: Option<&Replica>) -> Result<(), RingError> {
        let Some(temporary) = &self.temporary else {
            return Ok(());
        };
        let cannot = |error| RingError::io_of_copy(&self.path, "cannot be put in its place", error);
        let is_old = match old {
            Some(old) => is_the_file_at(&old.file, &self.path).map_err(cannot)?,
            None => false,
        };
        // what came to stand there since it was begun is not ours
        if !is_old && self.path.symlink_metadata().is_ok() {
            return Err(RingError::NotACopy {
                path: self.path.clone(),
            });
        }
        self.sync()?;
        self.note.copied = Note::WHOLE;
        self.note.put(&self.map);
        self.sync()?;
        self.file.sync_all().map_err(cannot)?;
        if let Some(old) = old {
            let mut kept = self.path.as_os_str().to_owned();
            kept.push(".old");
            match std::fs::remove_file(&kept) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(cannot(error)),
                _ => {}
            }
            // so that the name is never without a file, where the file system can do that
            std::fs::hard_link(&self.path, &kept)
                .or_else(|_| std::fs::rename(&self.path, &kept))
                .map_err(cannot)?;
            old.map.words()[live_at(LIVE_GENERATION)].put_last(u64::MAX);
        }
        std::fs::rename(temporary, &self.path).map_err(cannot)?;
        self.temporary = None;
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(cannot)
    }

    /// Waits until all of it is on the device.
    pub fn sync(&self) -> Result<(), RingError> {
        self.sync_part(0, self.length)
    }

    fn sync_part(&self, offset: u64, size: u64) -> Result<(), RingError> {
        let synced = self.map.sync(index(offset), index(size));
        synced.map_err(|error| RingError::io_of_copy(&self.path, "cannot be synced", error))
    }

    /// What is here, as a reader has it.
    fn source(&self) -> Source {
        Source::Mapped {
            map: Arc::clone(&self.map),
            words: shape::word_at(self.length),
        }
    }

    /// Learns from the file itself how far it has come, which may have been left at any instant.
    fn load(&mut self) -> Result<(), RingError> {
        let source = self.source();
        let damaged = || RingError::Superblock {
            path: self.path.clone(),
        };
        let (length, mut left) = (self.length, look::DIRECTORY_WORDS_MAX);
        let load = &mut |at, words: &mut [u64]| {
            left = left.checked_sub(words.len())?;
            source.copy_fresh(at, words)
        };
        let directory = Directory::read(self.superblock.directory, length, load);
        let directory = directory.map_err(|fault| match fault {
            Fault::Truncated { needed } => RingError::Truncated {
                path: self.path.clone(),
                length,
                needed,
            },
            Fault::Unreadable => damaged(),
        })?;
        self.shape = Shape::of(&directory).ok_or_else(damaged)?;
        let state = State::read(&source);
        self.state = state.as_ref().map_or(0, State::generation);
        for clock in &self.shape.clocks {
            let live = FrameNumber(self.map.words()[live_at(LIVE_NEWEST + clock.id)].get());
            let noted = state
                .as_ref()
                .map_or(FrameNumber(0), |state| state.newest(clock.id));
            let frames = &clock.frames;
            let known = frames.header(&source, live);
            let newest = known.or_else(|| frames.newest(&source, live, noted));
            self.newest[clock.id] = newest.map_or(FrameNumber(0), |header| header.number);
        }
        source.rest();
        Ok(())
    }

    /// Makes the file at least so long.
    fn grow(&mut self, length: u64) -> Result<(), RingError> {
        if length > self.size_max {
            let size_max = self.size_max;
            return Err(RingError::CopyTooLong { size_max, length });
        }
        if length > self.length {
            let cannot = |error| RingError::io_of_copy(&self.path, "cannot be allocated", error);
            allocate(&self.file, length).map_err(cannot)?;
            // before anything says that there is more
            self.file.sync_all().map_err(cannot)?;
            self.length = length;
        }
        Ok(())
    }
}
