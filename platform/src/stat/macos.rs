//! sysctl `kern.boottime`; macOS shows no other of the system's counts.

use super::StatSample;
use crate::error::ReadError;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;
use crate::uptime::BootTime;

/// Reads when the system booted.
pub struct StatReader {
    boot: BootTime,
}

impl StatReader {
    /// Looks the name up.
    pub fn open(_roots: &Roots, _settings: &Settings) -> Result<StatReader, ReadError> {
        BootTime::open().map(|boot| StatReader { boot })
    }
}

impl Reader for StatReader {
    type Sample = StatSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &StatSample)) -> Result<(), ReadError> {
        let boot_time_s = u64::try_from(self.boot.read()? / 1_000_000).unwrap_or(0);
        row(
            b"",
            &StatSample {
                boot_time_s,
                ..StatSample::default()
            },
        );
        Ok(())
    }
}
