//! The ring as all threads see it: one index, made anew by whoever notices that the ring has changed.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::index::Index;
use crate::warning;

/// After a failure the ring is left alone for so long.
const RETRY: Duration = Duration::from_secs(1);

/// The shared index.
pub struct Snapshot {
    current: RwLock<Arc<Index>>,
    /// Held by who makes a new one; when that last failed.
    failed: Mutex<Option<Instant>>,
}

impl Snapshot {
    /// Shares an index.
    pub fn new(index: Index) -> Snapshot {
        Snapshot {
            current: RwLock::new(Arc::new(index)),
            failed: Mutex::new(None),
        }
    }

    /// The index of the ring as it is now; while another thread makes a new one, that of just before.
    pub fn current(&self) -> Arc<Index> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let index = Arc::clone(&current);
        drop(current);
        if !index.is_stale() {
            return index;
        }
        self.renewed(&index).unwrap_or(index)
    }

    fn renewed(&self, stale: &Arc<Index>) -> Option<Arc<Index>> {
        let mut failed = self.failed.try_lock().ok()?;
        if failed.is_some_and(|at| at.elapsed() < RETRY) {
            return None;
        }
        match stale.reader().reopened() {
            Ok(reader) => {
                let index = Arc::new(Index::new(Arc::new(reader)));
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                *current = Arc::clone(&index);
                *failed = None;
                Some(index)
            }
            Err(error) => {
                if failed.is_none() {
                    warning!("{error}; what was open before is read on");
                }
                *failed = Some(Instant::now());
                None
            }
        }
    }
}
