//! The status file: how each destination stands, for `/health`.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::destination::Destination;
use super::folder::Folder;
use crate::format::delivery::{self, Delivery};
use crate::quantity::WallNs;
use crate::warning;

/// How the destinations stand, shared with their threads.
pub struct Board {
    path: PathBuf,
    file: Option<File>,
    pub shown: Vec<Arc<Mutex<Delivery>>>,
    text: String,
}

impl Board {
    /// Beside the cursors.
    pub fn open(folder: &Folder, destinations: &[Destination]) -> Board {
        let shown = destinations.iter().map(|destination| {
            Arc::new(Mutex::new(Delivery {
                name: destination.name.clone(),
                kind: destination.kind.name().to_owned(),
                ..Delivery::default()
            }))
        });
        let path = delivery::status_file(folder.path());
        Board {
            file: status_file(&path),
            path,
            shown: shown.collect(),
            text: String::new(),
        }
    }

    /// In place: a page that is written over and over reaches the disk now and then, a file that is replaced
    /// every time.
    pub fn write(&mut self) {
        let Some(file) = &self.file else { return };
        let all: Vec<Delivery> = self
            .shown
            .iter()
            .map(|shown| shown.lock().unwrap_or_else(PoisonError::into_inner).clone())
            .collect();
        let now = WallNs(goodall_platform::clock::now().wall_ns);
        delivery::write(&all, now, &mut self.text);
        // what is missing here is missing in /health alone
        let _ = file.write_all_at(self.text.as_bytes(), 0);
        let _ = file.set_len(self.text.len() as u64);
    }

    /// What ended in good order is not shown as stopped.
    pub fn close(self) {
        let _ = std::fs::remove_file(self.path);
    }
}

fn status_file(path: &Path) -> Option<File> {
    let opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path);
    match opened {
        Ok(file) => Some(file),
        Err(error) => {
            warning!(
                "{}: {error}; /health cannot show how shipping stands",
                path.display()
            );
            None
        }
    }
}
