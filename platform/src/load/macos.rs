//! `vm.loadavg`.

use super::{LoadSample, averages};
use crate::error::ReadError;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;
use crate::sysctl::Sysctl;

/// Reads the load.
pub struct LoadReader {
    loadavg: Sysctl,
}

impl LoadReader {
    /// Looks the name up.
    pub fn open(_roots: &Roots, _settings: &Settings) -> Result<LoadReader, ReadError> {
        let loadavg = Sysctl::named(c"vm.loadavg")?;
        Ok(LoadReader { loadavg })
    }
}

impl Reader for LoadReader {
    type Sample = LoadSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &LoadSample)) -> Result<(), ReadError> {
        let mut buffer = [0; averages::SIZE];
        let sample = averages::parse(self.loadavg.read(&mut buffer)?);
        let sample = sample.ok_or_else(|| self.loadavg.unexpected("struct loadavg"))?;
        row(b"", &sample);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::one_row;

    #[test]
    fn the_live_load_is_what_getloadavg_says() {
        let mut reader = LoadReader::open(&Roots::default(), &Settings::default()).unwrap();
        let mut theirs = [0.0; 3];
        // SAFETY: getloadavg(3) writes at most the three numbers that it is told of.
        assert_eq!(unsafe { libc::getloadavg(theirs.as_mut_ptr(), 3) }, 3);
        let ours = one_row(&mut reader);
        assert!((ours.fifteen - theirs[2]).abs() < 0.5);
    }
}
