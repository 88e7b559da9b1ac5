//! How the destinations stand, shared with their threads: written once a second to the status file, which the
//! reporter reads, and as numbers alone to the page that the gatherer records.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::destination::Destination;
use super::folder::Folder;
use crate::format::delivery::{self, Delivery};
use crate::metric::tally::{Sheet, Ship};
use crate::quantity::WallNs;
use crate::warning;

/// How the destinations stand.
pub struct Board {
    path: PathBuf,
    file: Option<File>,
    shown: Vec<Arc<Mutex<Delivery>>>,
    text: String,
    sheet: Sheet,
    /// What was counted of each by the shippers before this one.
    before: Vec<Counts>,
}

/// What only rises.
type Counts = [u64; 4];
const COUNTED: [Ship; 4] = [Ship::Shipped, Ship::Retried, Ship::Rejected, Ship::Lost];

impl Board {
    /// Nothing was sent yet.
    pub fn open(folder: &Folder, destinations: &[Destination], sheet: Sheet) -> Board {
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
            before: (0..destinations.len())
                .map(|at| COUNTED.map(|count| sheet.of_destination(at, count)))
                .collect(),
            sheet,
        }
    }

    /// Each destination's, in their order.
    pub fn shown(&self) -> &[Arc<Mutex<Delivery>>] {
        &self.shown
    }

    /// In place: a page that is written over and over reaches the disk now and then, a file that is replaced
    /// every time.
    pub fn write(&mut self) {
        let all: Vec<Delivery> = self
            .shown
            .iter()
            .map(|shown| shown.lock().unwrap_or_else(PoisonError::into_inner).clone())
            .collect();
        let now = WallNs(goodall_platform::clock::now().wall_ns);
        self.count(&all, now);
        let Some(file) = &self.file else { return };
        delivery::write(&all, now, &mut self.text);
        // what is missing here is missing in /health alone
        let _ = file.write_all_at(self.text.as_bytes(), 0);
        let _ = file.set_len(self.text.len() as u64);
    }

    fn count(&self, all: &[Delivery], now: WallNs) {
        for (at, (delivery, before)) in all.iter().zip(&self.before).enumerate() {
            let Delivery {
                shipped,
                retried,
                rejected,
                lost,
                ..
            } = *delivery;
            let counts = [shipped, retried, rejected, lost];
            for ((number, count), before) in COUNTED.into_iter().zip(counts).zip(before) {
                let count = before.wrapping_add(count);
                self.sheet.set_of_destination(at, number, count);
            }
            let lag_ns = delivery.lag_ns(now);
            self.sheet.set_of_destination(at, Ship::LagNs, lag_ns);
        }
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
