//! What the gatherer counts about itself, for the `self` collector: one set for the process, since there
//! is one gatherer in it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use super::tally::Slot;

/// The process's own.
pub static TOTALS: Totals = Totals::new();

/// Counts since the start.
#[derive(Debug)]
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
    /// The reporter's process; 0 where there is none.
    pub report_pid: AtomicU32,
    /// The shipper's process; 0 where there is none.
    pub ship_pid: AtomicU32,
    /// What the reporter counts.
    pub report_tally: Slot,
    /// What the shipper counts.
    pub ship_tally: Slot,
    /// How late the latest tick of any collector was since this was last taken, in nanoseconds.
    pub lateness_max_ns: AtomicU64,
}

impl Totals {
    const fn new() -> Totals {
        Totals {
            samples: AtomicU64::new(0),
            rows: AtomicU64::new(0),
            late: AtomicU64::new(0),
            missed: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            frames: AtomicU64::new(0),
            report_pid: AtomicU32::new(0),
            ship_pid: AtomicU32::new(0),
            report_tally: Mutex::new(None),
            ship_tally: Mutex::new(None),
            lateness_max_ns: AtomicU64::new(0),
        }
    }

    /// The latest lateness since the last call, in nanoseconds.
    pub fn take_lateness_ns(&self) -> u64 {
        self.lateness_max_ns.swap(0, Relaxed)
    }
}
