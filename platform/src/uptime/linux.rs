//! `/proc/uptime`, kept open.

use super::{UptimeSample, proc_uptime};
use crate::error::ReadError;
use crate::proc_file::ProcFile;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;

/// Two numbers of twenty digits with a point and two more, a space, a newline, and a byte to see the end.
const UPTIME_SIZE_MAX: usize = 2 * (20 + 3 + 1) + 1;

/// Reads the time since boot.
pub struct UptimeReader {
    file: ProcFile,
}

impl UptimeReader {
    /// Opens `/proc/uptime`.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<UptimeReader, ReadError> {
        let file = ProcFile::open(&roots.proc.join("uptime"))?;
        Ok(UptimeReader { file })
    }
}

impl Reader for UptimeReader {
    type Sample = UptimeSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &UptimeSample)) -> Result<(), ReadError> {
        let mut buffer = [0; UPTIME_SIZE_MAX];
        let text = self.file.read(&mut buffer)?;
        let sample = proc_uptime::parse(text).map_err(|error| error.at(self.file.path()))?;
        row(b"", &sample);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::one_row;

    #[test]
    fn the_time_since_boot_is_what_procfs_reads() {
        use procfs::Current;
        let mut reader = UptimeReader::open(&Roots::default(), &Settings::default()).unwrap();
        let before = one_row(&mut reader).seconds;
        let theirs = procfs::Uptime::current().unwrap().uptime;
        let after = one_row(&mut reader).seconds;
        assert!(before <= theirs && theirs <= after);
    }
}
