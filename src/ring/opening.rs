//! Opening a ring for writing: the lock, the file that is there, or a new one under a temporary name.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use goodall_platform::map::{Map, allocate, is_the_file_at, try_lock};

use super::directory::{Directory, Fault};
use super::layout::{
    CLOCKS_MAX, DIRECTORY_OFFSET, EXTENT_SIZE, LIVE_NEWEST, PAGE_SIZE, STATUS_SLOTS,
    SUPERBLOCK_WORDS, WORD_SIZE, band_size, frame_words, index, slots, window_frames,
};
use super::ledger::{Claim, Ledger};
use super::record::Extent;
use super::seqlock::Word;
use super::source::{Source, read_words};
use super::state::{State, Step};
use super::superblock::Superblock;
use super::writer::{Opened, Writer, live_at};
use super::{FrameNumber, Need, Plan, RingError, status};
use crate::quantity::WallNs;

/// How long another writer is waited for: it may be about to end.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
/// From try to try.
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// `--ring-max` where it is not given, unless the plan takes more than half of it.
const SIZE_MAX_DEFAULT: u64 = 256 * 1024 * 1024;

/// Opens or makes the ring.
pub(super) fn open(path: &Path, plan: &Plan) -> Result<(Writer, Opened), RingError> {
    let deadline = Instant::now() + LOCK_PATIENCE;
    loop {
        if let Some(done) = attempt(path, plan)? {
            return Ok(done);
        }
        if Instant::now() >= deadline {
            return Err(RingError::InUse {
                path: path.to_owned(),
            });
        }
        std::thread::sleep(LOCK_PAUSE);
    }
}

/// One try; `None` where another process has the file, or the file changed under the path.
fn attempt(path: &Path, plan: &Plan) -> Result<Option<(Writer, Opened)>, RingError> {
    match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => {
            let superblock = read_superblock(&file, path)?;
            if !is_ours(&file, path)? {
                return Ok(None);
            }
            go_on(path, file, &superblock, plan).map(Some)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let Some(made) = make(path, plan)? else {
                return Ok(None);
            };
            let writer = made.put_in_place()?;
            Ok(Some((writer, Opened::Created)))
        }
        Err(error) => Err(RingError::io(path, "cannot be opened", error)),
    }
}

/// Takes the lock, and sees that the path still names the file.
fn is_ours(file: &File, path: &Path) -> Result<bool, RingError> {
    let locked = try_lock(file).map_err(|error| RingError::io(path, "cannot be locked", error))?;
    let there = is_the_file_at(file, path)
        .map_err(|error| RingError::io(path, "cannot be looked at", error))?;
    Ok(locked && there)
}

/// The first sector of an open file.
pub(super) fn read_superblock(file: &File, path: &Path) -> Result<Superblock, RingError> {
    let unreadable = |error| RingError::io(path, "cannot be read", error);
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err(RingError::NotARing {
            path: path.to_owned(),
        });
    }
    let mut words = [0; SUPERBLOCK_WORDS];
    read_words(file, 0, &mut words).map_err(unreadable)?;
    Superblock::parse(&words, path)
}

/// The directory of an open file of that length.
pub(super) fn read_directory(
    path: &Path,
    superblock: &Superblock,
    length: u64,
    source: &Source,
) -> Result<Directory, RingError> {
    let read = Directory::read(superblock.directory, length, &mut |at, out| {
        source.copy_fresh(at, out)
    });
    read.map_err(|fault| match fault {
        Fault::Truncated { needed } => RingError::Truncated {
            path: path.to_owned(),
            length,
            needed,
        },
        Fault::Unreadable => {
            let error = source.error();
            let error = error.unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into());
            RingError::io(path, "cannot be read", error)
        }
    })
}

/// Goes on with the file that is there.
fn go_on(
    path: &Path,
    file: File,
    superblock: &Superblock,
    plan: &Plan,
) -> Result<(Writer, Opened), RingError> {
    let metadata = file
        .metadata()
        .map_err(|error| RingError::io(path, "cannot be looked at", error))?;
    let length = metadata.len();
    let size_max = size_max(plan)?.max(length);
    let map = map(&file, path, size_max)?;
    let source = Source::Mapped {
        map: Arc::clone(&map),
        words: index(length / WORD_SIZE),
    };
    let directory = read_directory(path, superblock, length, &source)?;
    let mut ledger = Ledger::new(
        directory,
        length,
        size_max,
        superblock.window,
        merged(&plan.needs),
    );
    let state = recover(&mut ledger, &source);
    // of the run before: what is not taken up again was switched off
    for slot in 0..STATUS_SLOTS {
        map.words()[status::slot_at(slot)].put(0);
    }
    map.dont_need(0, index(length));
    let writer = Writer::new(path, file, map, state, ledger);
    writer.state().publish(writer.map());
    Ok((writer, Opened::Continued))
}

/// Finds the newest frames and the steps of the wall clock that the run before did not get to note.
fn recover(ledger: &mut Ledger, source: &Source) -> State {
    let found = State::read(source);
    let mut state = found.clone().unwrap_or_else(State::new);
    state.grow(
        ledger
            .directory
            .clocks
            .last()
            .map_or(0, |clock| usize::from(clock.id) + 1),
    );
    for clock in &ledger.directory.clocks {
        let id = usize::from(clock.id);
        let frames = ledger.directory.frames(clock);
        let live = FrameNumber(source.fresh(live_at(LIVE_NEWEST + id)).unwrap_or(0));
        let noted = found
            .as_ref()
            .map_or(FrameNumber(0), |state| state.newest(id));
        let clean = found.as_ref().is_some_and(State::is_clean) && live == noted;
        let newest = if clean && (live.0 == 0 || frames.header(source, live).is_some()) {
            frames.header(source, live)
        } else {
            frames.newest(source, live, noted)
        };
        ledger.newest[id] = newest;
        let Some(newest) = newest else {
            continue;
        };
        let oldest = newest.number.0.saturating_sub(frames.slots - 1).max(1);
        let known = if noted.0 >= oldest { noted.0 } else { oldest };
        frames.steps_back(
            source,
            FrameNumber(known),
            newest.number,
            &mut |frame, by_ns| {
                if state.steps(id).all(|step| step.frame != frame) {
                    state.step(id, Step { frame, by_ns });
                }
            },
        );
        state.set_newest(id, newest.number);
    }
    for (track, place) in &ledger.directory.tracks {
        let band = ledger.directory.band(track.band);
        let clock = band.map_or(CLOCKS_MAX - 1, |band| usize::from(band.clock));
        let newest = ledger.newest[clock].map_or(FrameNumber(0), |header| header.number);
        ledger.claims.insert(place.offset, Claim::Idle(newest));
    }
    state
}

/// A ring under its temporary name, locked.
pub(super) struct Made {
    path: PathBuf,
    temporary: Temporary,
    /// It.
    pub(super) writer: Writer,
}

/// Removes the file unless it got its name.
struct Temporary {
    path: PathBuf,
    stands: bool,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if self.stands {
            // there is nobody left to tell, and the next start cleans up
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Makes a ring beside `path`; `None` where another process does.
pub(super) fn make(path: &Path, plan: &Plan) -> Result<Option<Made>, RingError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let temporary = PathBuf::from(name);
    let cannot = |error| RingError::io(path, "cannot be made", error);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&temporary)
        .map_err(cannot)?;
    if !is_ours(&file, &temporary)? {
        return Ok(None);
    }
    let temporary = Temporary {
        path: temporary,
        stands: true,
    };
    let size_max = size_max(plan)?;
    // left over from a start that was cut short
    file.set_len(0).map_err(cannot)?;
    let length = DIRECTORY_OFFSET + EXTENT_SIZE;
    allocate(&file, length).map_err(|error| RingError::io(path, "cannot be allocated", error))?;
    let map = map(&file, path, size_max)?;
    let extent = Extent {
        offset: DIRECTORY_OFFSET,
        size: EXTENT_SIZE,
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.map_or(0, |now| i64::try_from(now.as_nanos()).unwrap_or(i64::MAX));
    let superblock = Superblock {
        window: plan.window,
        created: WallNs(now),
        directory: extent,
        host: plan.host.clone(),
    };
    for (cell, word) in map.words().iter().zip(superblock.words()) {
        cell.put(word);
    }
    let directory = Directory {
        extents: vec![extent],
        ..Directory::default()
    };
    let needs = merged(&plan.needs);
    let ledger = Ledger::new(directory, length, size_max, plan.window, needs.clone());
    let writer = Writer::new(path, file, map, State::new(), ledger);
    for need in &needs {
        writer.ledger().make_clock(&writer, need.interval)?;
    }
    Ok(Some(Made {
        path: path.to_owned(),
        temporary,
        writer,
    }))
}

impl Made {
    /// Syncs the file and gives it its name.
    pub(super) fn put_in_place(mut self) -> Result<Writer, RingError> {
        let cannot = |error| RingError::io(&self.path, "cannot be put in its place", error);
        let length = self.writer.size().0;
        self.writer.sync(0, length)?;
        self.writer.file().sync_all().map_err(cannot)?;
        std::fs::rename(&self.temporary.path, &self.path).map_err(cannot)?;
        self.temporary.stands = false;
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(cannot)?;
        Ok(self.writer)
    }
}

fn map(file: &File, path: &Path, size: u64) -> Result<Arc<Map>, RingError> {
    let size = index(size.next_multiple_of(PAGE_SIZE));
    let map = Map::writable(file, path, size);
    map.map(Arc::new)
        .map_err(|error| RingError::io(path, "cannot be mapped", error))
}

/// One need an interval.
fn merged(needs: &[Need]) -> Vec<Need> {
    let mut merged: Vec<Need> = Vec::new();
    for need in needs {
        match merged.iter_mut().find(|one| one.interval == need.interval) {
            Some(one) => one.words += need.words,
            None => merged.push(*need),
        }
    }
    merged
}

/// Bytes that the plan takes from the start.
fn needed(plan: &Plan) -> u64 {
    let bands = merged(&plan.needs).into_iter().map(|need| {
        let slots = slots(window_frames(plan.window, need.interval));
        band_size(slots, frame_words(need.words)).unwrap_or(u64::MAX)
    });
    bands.fold(DIRECTORY_OFFSET + EXTENT_SIZE, u64::saturating_add)
}

/// The most that the file may take.
fn size_max(plan: &Plan) -> Result<u64, RingError> {
    let needed = needed(plan);
    match plan.size_max {
        None => Ok(SIZE_MAX_DEFAULT.max(needed.saturating_mul(2))),
        Some(size_max) if size_max < needed => Err(RingError::MaxTooSmall { size_max, needed }),
        Some(size_max) => Ok(size_max / PAGE_SIZE * PAGE_SIZE),
    }
}
