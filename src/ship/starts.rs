//! Since when a destination's counters count: a small file beside its cursor, replaced whole where that has
//! changed, which is seldom. Without it counters begin anew where they stand, and add nothing there.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::bound::{Bound, Unbound};
use crate::format::points::Runs;
use crate::quantity::WallNs;

const HEADS: [&str; 1] = ["goodall starts 1"];

/// What is known, shared with the encoder, and where it is kept.
pub struct Starts {
    file: Bound,
    runs: Arc<Mutex<Runs>>,
}

impl Starts {
    /// Those of the destination that has this cursor.
    pub fn beside(cursor: &Path) -> Starts {
        Starts {
            file: Bound::new(&HEADS, cursor.with_extension("starts")),
            runs: Arc::default(),
        }
    }

    /// What is known.
    pub fn runs(&self) -> &Arc<Mutex<Runs>> {
        &self.runs
    }

    /// Begins with what was kept of the ring that was made then; where it is no good, with nothing.
    pub fn load(&mut self, created: WallNs) {
        let kept = self.file.load(created);
        let kept = kept.and_then(|text| Runs::read(&text).ok_or(Unbound::Damaged));
        self.set(kept.unwrap_or_default());
    }

    /// Begins with nothing.
    pub fn forget(&mut self) {
        self.set(Runs::default());
    }

    fn set(&mut self, runs: Runs) {
        *self.runs.lock().unwrap_or_else(PoisonError::into_inner) = runs;
    }

    /// Keeps what has changed.
    pub fn save(&mut self, created: WallNs) -> io::Result<()> {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if runs.is_changed() {
            self.file.save(created, |text| runs.write(text))?;
            runs.saved();
        }
        Ok(())
    }
}
