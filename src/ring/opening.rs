//! Opening a ring for writing: the lock, the file that is there, or a new one under a temporary name.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::time::{Duration, Instant};

use goodall_platform::map::{is_the_file_at, try_lock};
use goodall_platform::words;

use super::carry::carry_over;
use super::directory::{Directory, Fault};
use super::former::Old;
use super::layout::{LIVE_GENERATION, STATUS_SLOTS, SUPERBLOCK_WORDS, WORD_SIZE, index};
use super::ledger::Ledger;
use super::making::{SIZE_MAX_DEFAULT, make, map, merged, size_max};
use super::record::ClockRecord;
use super::recovery::recover;
use super::replica::note::Note;
use super::seqlock::Word;
use super::source::Source;
use super::superblock::Superblock;
use super::writer::{Opened, Writer, live_at};
use super::{Plan, RingError, status};

/// How long another writer is waited for: it may be about to end.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
/// From try to try.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Opens or makes the ring.
pub(super) fn open(path: &Path, plan: &Plan) -> Result<(Writer, Opened), RingError> {
    patiently(path, || attempt(path, plan))
}

/// Tries again for a while what gives `None` where another process has the file.
pub(super) fn patiently<T>(
    path: &Path,
    mut attempt: impl FnMut() -> Result<Option<T>, RingError>,
) -> Result<T, RingError> {
    let deadline = Instant::now() + LOCK_PATIENCE;
    loop {
        if let Some(done) = attempt()? {
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
            let note = Note::read(&file);
            let note = note.map_err(|error| RingError::io(path, "cannot be read", error))?;
            if note.is_some() {
                return Err(RingError::ACopy {
                    path: path.to_owned(),
                });
            }
            go_on(path, file, &superblock, plan)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let Some(made) = make(path, plan, None)? else {
                return Ok(None);
            };
            let writer = made.put_in_place()?;
            Ok(Some((writer, Opened::Created)))
        }
        Err(error) => Err(RingError::io(path, "cannot be opened", error)),
    }
}

/// Takes the lock, and sees that the path still names the file.
pub(super) fn is_ours(file: &File, path: &Path) -> Result<bool, RingError> {
    let locked = try_lock(file).map_err(|error| RingError::io(path, "cannot be locked", error))?;
    let there = is_the_file_at(file, path)
        .map_err(|error| RingError::io(path, "cannot be looked at", error))?;
    Ok(locked && there)
}

/// Opens what is to be read. A pipe is none: to open it would be to wait for its other end.
pub(super) fn open_to_read(path: &Path) -> Result<File, RingError> {
    let cannot = |error| RingError::io(path, "cannot be opened", error);
    if path.metadata().map_err(cannot)?.file_type().is_fifo() {
        return Err(RingError::NotARing {
            path: path.to_owned(),
        });
    }
    File::open(path).map_err(cannot)
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
    words::read_at(file, 0, &mut words).map_err(unreadable)?;
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

/// Goes on with the file that is there, or with a new one that its rows were carried over to.
fn go_on(
    path: &Path,
    file: File,
    superblock: &Superblock,
    plan: &Plan,
) -> Result<Option<(Writer, Opened)>, RingError> {
    let metadata = file
        .metadata()
        .map_err(|error| RingError::io(path, "cannot be looked at", error))?;
    let length = metadata.len();
    let mut size_max = size_max(plan)?;
    let source = Source::Mapped {
        map: map(&file, path, length)?,
        words: index(length / WORD_SIZE),
    };
    let directory = read_directory(path, superblock, length, &source)?;
    let recovered = recover(&directory, &source);
    let mut opened = Opened::Continued;
    if must_change(superblock, &directory, plan) || length > size_max {
        let old = Old {
            directory: &directory,
            source: &source,
            recovered: &recovered,
            created: superblock.created,
        };
        match carry_over(path, &old, plan) {
            Ok(None) => return Ok(None),
            Ok(Some((writer, count))) => {
                // readers of the old file look at the path again
                supersede(&source);
                let opened = Opened::CarriedOver {
                    rows: count.carried,
                    left_out: count.left_out,
                };
                return Ok(Some((writer, opened)));
            }
            Err(error) if error.is_out_of_room() => {
                opened = Opened::KeptOldLayout;
                size_max = plan.size_max.unwrap_or(SIZE_MAX_DEFAULT);
            }
            Err(error) => return Err(error),
        }
    }
    drop(source);
    let size_max = size_max.max(length);
    let map = map(&file, path, size_max)?;
    // of the run before: what is not taken up again was switched off
    for slot in 0..STATUS_SLOTS {
        map.words()[status::slot_at(slot)].put(0);
    }
    let ledger = Ledger::new(
        directory,
        length,
        size_max,
        superblock.window,
        merged(&plan.needs),
        recovered.newest,
    );
    let writer = Writer::new(path, file, map, recovered.state, ledger);
    writer.state().publish(writer.map());
    Ok(Some((writer, opened)))
}

/// Says in the old file that another took its place.
fn supersede(old: &Source) {
    if let Source::Mapped { map, .. } = old {
        map.words()[live_at(LIVE_GENERATION)].put_last(u64::MAX);
    }
}

/// Whether the file is laid out for something else than the plan: another window, or an interval that
/// nobody samples at any more. An interval that came is no reason, it gets a band.
fn must_change(superblock: &Superblock, directory: &Directory, plan: &Plan) -> bool {
    let is_planned = |interval| plan.needs.iter().any(|need| need.interval == interval);
    let has_tracks = |clock: &ClockRecord| {
        directory.tracks.iter().any(|(track, _)| {
            let band = directory.band(track.band);
            band.is_some_and(|band| band.clock == clock.id)
        })
    };
    let mut clocks = directory.clocks.iter();
    // a plan without collectors has nowhere to carry rows to
    !plan.needs.is_empty()
        && (superblock.window != plan.window
            || clocks.any(|clock| !is_planned(clock.interval) && has_tracks(clock)))
}
