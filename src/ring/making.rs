//! Making a ring: under a temporary name, locked, whole and synced before it gets its own.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use goodall_platform::map::{Map, allocate};

use super::directory::Directory;
use super::layout::{
    CLOCKS_MAX, DIRECTORY_OFFSET, EXTENT_SIZE, PAGE_SIZE, band_size, frame_words, index, slots,
    window_frames,
};
use super::ledger::Ledger;
use super::opening::is_ours;
use super::record::Extent;
use super::seqlock::Word;
use super::state::State;
use super::superblock::Superblock;
use super::writer::random;
use super::{Need, Plan, RingError, Writer};
use crate::quantity::WallNs;

/// `--ring-max` where it is not given, unless the plan takes more than half of it.
pub(super) const SIZE_MAX_DEFAULT: u64 = 256 * 1024 * 1024;

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

/// The file that is to get that name once it is whole, with what an earlier start may have left in it.
pub(super) fn open_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = options.open(&name)?;
    Ok((PathBuf::from(name), file))
}

/// Makes a ring beside `path`; `None` where another process does. One that goes on where another ends keeps
/// the moment at which that was `created`, by which cursors know it.
pub(super) fn make(
    path: &Path,
    plan: &Plan,
    created: Option<WallNs>,
) -> Result<Option<Made>, RingError> {
    let cannot = |error| RingError::io(path, "cannot be made", error);
    let (temporary, file) = open_beside(path).map_err(cannot)?;
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
        created: created.unwrap_or(WallNs(now)),
        directory: extent,
        host: plan.host.clone(),
        serial: random(),
    };
    for (cell, word) in map.words().iter().zip(superblock.words()) {
        cell.put(word);
    }
    let directory = Directory {
        extents: vec![extent],
        ..Directory::default()
    };
    let needs = merged(&plan.needs);
    let newest = vec![None; CLOCKS_MAX];
    let ledger = Ledger::new(
        directory,
        length,
        size_max,
        plan.window,
        needs.clone(),
        newest,
    );
    let writer = Writer::new(path, file, map, State::new(), ledger);
    for need in &needs {
        writer.ledger().lay_out(&writer, need.interval)?;
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

/// Maps the file as far as it may grow.
pub(super) fn map(file: &File, path: &Path, size: u64) -> Result<Arc<Map>, RingError> {
    let size = index(size.next_multiple_of(PAGE_SIZE));
    let map = Map::writable(file, path, size);
    map.map(Arc::new)
        .map_err(|error| RingError::io(path, "cannot be mapped", error))
}

/// One need an interval.
pub(super) fn merged(needs: &[Need]) -> Vec<Need> {
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
pub(super) fn needed(plan: &Plan) -> u64 {
    let bands = merged(&plan.needs).into_iter().map(|need| {
        let slots = slots(window_frames(plan.window, need.interval));
        band_size(slots, frame_words(need.words)).unwrap_or(u64::MAX)
    });
    bands.fold(DIRECTORY_OFFSET + EXTENT_SIZE, u64::saturating_add)
}

/// The most that the file may take.
pub(super) fn size_max(plan: &Plan) -> Result<u64, RingError> {
    let needed = needed(plan);
    match plan.size_max {
        None => Ok(SIZE_MAX_DEFAULT.max(needed.saturating_mul(2))),
        Some(size_max) if size_max < needed => Err(RingError::MaxTooSmall { size_max, needed }),
        Some(size_max) => Ok(size_max / PAGE_SIZE * PAGE_SIZE),
    }
}
