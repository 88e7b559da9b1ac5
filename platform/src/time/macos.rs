//! The wall clock; how it is kept, macOS keeps to itself.

use super::TimeSample;
use crate::clock;
use crate::error::ReadError;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;

/// Reads the wall clock.
pub struct TimeReader;

impl TimeReader {
    /// Always succeeds.
    #[allow(
        clippy::unnecessary_wraps,
        reason = "the same signature as where it can fail"
    )]
    pub fn open(_roots: &Roots, _settings: &Settings) -> Result<TimeReader, ReadError> {
        Ok(TimeReader)
    }
}

impl Reader for TimeReader {
    type Sample = TimeSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &TimeSample)) -> Result<(), ReadError> {
        row(
            b"",
            &TimeSample {
                wall_ns: clock::now().wall_ns,
                discipline: None,
            },
        );
        Ok(())
    }
}
