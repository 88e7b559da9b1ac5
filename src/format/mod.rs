//! Answers as text, pulled piece by piece into the caller's buffer: nothing is made whole, and after
//! construction nothing allocates.

pub mod delivery;
mod dump;
pub mod escape;
mod health;
mod latest;
mod line;
mod metrics;
pub mod number;
mod pieces;
pub mod points;
mod series;
pub mod time;

pub use dump::Dump;
pub use health::{Health, LATE_INTERVALS};
pub use latest::{Latest, Values};
pub use metrics::{Exposition, Metrics};
pub use series::SeriesList;

/// What every answer is made of.
pub trait Body: Send {
    /// Appends to `out` within its spare capacity, of which there must be some; never makes it grow. False
    /// when the end was reached: what was appended is the last. A buffer of a byte works; with 16 KiB and
    /// more nothing is copied twice.
    fn fill(&mut self, out: &mut Vec<u8>) -> bool;
}

impl<B: Body + ?Sized> Body for Box<B> {
    fn fill(&mut self, out: &mut Vec<u8>) -> bool {
        (**self).fill(out)
    }
}
