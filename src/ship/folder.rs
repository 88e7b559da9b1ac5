//! The shipper's own folder: cursors, the status, and a lock, since two shippers over one ring would each
//! move the other's cursors.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use goodall_platform::map::try_lock;

use super::ShipError;
use crate::format::delivery;

/// The folder, held against other shippers for as long as this lives.
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Beside the ring; where that cannot be written to, in `state`.
    pub fn open(ring_file: &Path, state: Option<&Path>) -> Result<Folder, ShipError> {
        let beside = delivery::folder_beside(ring_file);
        let (path, lock) = match lock_in(&beside) {
            Ok(lock) => (beside, lock),
            Err(error) => {
                let other = state.map(|state| delivery::folder_in(state, ring_file));
                let Some(other) = other else {
                    return Err(cannot(beside, error));
                };
                match lock_in(&other) {
                    Ok(lock) => (other, lock),
                    Err(error) => return Err(cannot(other, error)),
                }
            }
        };
        match try_lock(&lock) {
            Ok(true) => Ok(Folder { path, _lock: lock }),
            Ok(false) => Err(ShipError::Busy(path)),
            Err(error) => Err(cannot(path, error)),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn lock_in(folder: &Path) -> io::Result<File> {
    fs::create_dir_all(folder)?;
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(folder.join("lock"))
}

fn cannot(path: PathBuf, source: io::Error) -> ShipError {
    ShipError::Folder { path, source }
}
