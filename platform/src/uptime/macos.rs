//! sysctl `kern.boottime`.

use super::{UptimeSample, boottime};
use crate::clock;
use crate::error::ReadError;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;
use crate::sysctl::Sysctl;

// sys/time.h
const _: () = assert!(size_of::<libc::timeval>() == boottime::SIZE);
const _: () = assert!(std::mem::offset_of!(libc::timeval, tv_usec) == 8);

/// When the system booted.
#[derive(Debug)]
pub(crate) struct BootTime(Sysctl);

impl BootTime {
    /// Looks the name up.
    pub(crate) fn open() -> Result<BootTime, ReadError> {
        Sysctl::named(c"kern.boottime").map(BootTime)
    }

    /// Microseconds since 1970-01-01 UTC.
    pub(crate) fn read(&self) -> Result<i64, ReadError> {
        let mut buffer = [0; boottime::SIZE];
        let time = boottime::parse(self.0.read(&mut buffer)?);
        time.ok_or_else(|| self.0.unexpected("struct timeval"))
    }
}

/// Reads how long the machine has been up.
pub struct UptimeReader {
    boot: BootTime,
}

impl UptimeReader {
    /// Looks the name up.
    pub fn open(_roots: &Roots, _settings: &Settings) -> Result<UptimeReader, ReadError> {
        BootTime::open().map(|boot| UptimeReader { boot })
    }
}

impl Reader for UptimeReader {
    type Sample = UptimeSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &UptimeSample)) -> Result<(), ReadError> {
        let boot_us = self.boot.read()?;
        let seconds = boottime::seconds_since(boot_us, clock::now().wall_ns);
        row(b"", &UptimeSample { seconds });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::one_row;

    #[test]
    fn the_clock_since_boot_agrees() {
        let mut reader = UptimeReader::open(&Roots::default(), &Settings::default()).unwrap();
        let up = one_row(&mut reader).seconds;
        // mach_continuous_time starts before the kernel sets its clock
        assert!((up - clock::boot_ns() as f64 / 1e9).abs() < 60.0);
    }
}
