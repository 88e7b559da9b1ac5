//! What the gatherer counts about itself, for the `self` collector: shared by its threads.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts since the start.
#[derive(Debug, Default)]
pub struct Totals {
    /// Samples taken.
    pub samples: AtomicU64,
    /// Rows recorded.
    pub rows: AtomicU64,
    /// Ticks taken late by more than half an interval.
    pub late: AtomicU64,
    /// Ticks passed over.
    pub missed: AtomicU64,
    /// Samples that failed.
    pub errors: AtomicU64,
    /// Panics caught.
    pub panics: AtomicU64,
    /// Tracks refused because the ring is at its largest size.
    pub refused: AtomicU64,
    /// Frames opened.
    pub frames: AtomicU64,
    /// How late the latest tick of any collector was since this was last taken, in nanoseconds.
    pub lateness_max_ns: AtomicU64,
}

impl Totals {
    /// Adds to a count.
    pub fn add(count: &AtomicU64, more: u64) {
        count.fetch_add(more, Relaxed);
    }

    /// The latest lateness since the last call, in nanoseconds.
    pub fn take_lateness_ns(&self) -> u64 {
        self.lateness_max_ns.swap(0, Relaxed)
    }
}
