//! IOKit: each `IOMedia` that stands right above an `IOBlockStorageDriver` is a whole device, by its BSD name (`disk0`);
//! the driver's property `Statistics` has its counters.

use std::time::{Duration, Instant};

use super::DiskSample;
use super::driver_statistics::{self, KEYS};
use crate::error::ReadError;
use crate::iokit::{self, Key, Object};
use crate::reader::{Label, Labels, Reader, Settings};
use crate::roots::Roots;
use crate::roster::Roster;

/// Devices that come and go are seen this often.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// A BSD name is short (`disk12s3`).
const NAME_SIZE_MAX: usize = 128;

/// Reads each whole device that is not left out; the instance is its BSD name.
pub struct DiskReader {
    settings: Settings,
    statistics: Key,
    keys: [Key; KEYS.len()],
    bsd_name: Key,
    drivers: Roster<Object>,
    look_due: Option<Instant>,
}

impl DiskReader {
    /// Looks for devices.
    pub fn open(_roots: &Roots, settings: &Settings) -> Result<DiskReader, ReadError> {
        let mut reader = DiskReader {
            settings: settings.clone(),
            statistics: Key::new("Statistics"),
            keys: KEYS.map(Key::new),
            bsd_name: Key::new("BSD Name"),
            drivers: Roster::default(),
            look_due: None,
        };
        reader.look()?;
        Ok(reader)
    }

    fn look(&mut self) -> Result<(), ReadError> {
        let now = Instant::now();
        if self.look_due.is_some_and(|due| now < due) {
            return Ok(());
        }
        self.drivers.begin();
        iokit::each(c"IOMedia", &mut |media| {
            let mut buffer = [0; NAME_SIZE_MAX];
            let Some(driver) = media
                .parent()
                .filter(|parent| parent.is_a(c"IOBlockStorageDriver"))
            else {
                return;
            };
            if let Some(name) = media.text(&self.bsd_name, &mut buffer)
                && self.settings.keeps(name, none)
            {
                // the device of that name may be another than the last time
                *self.drivers.meet(name, Object::default) = driver;
            }
        })?;
        self.drivers.end();
        self.look_due = Some(now + LOOK_EVERY);
        Ok(())
    }
}

/// node_exporter leaves none out there.
fn none(_device: &[u8]) -> bool {
    false
}

impl Reader for DiskReader {
    type Sample = DiskSample;
    const SELECTS: bool = true;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &DiskSample)) -> Result<(), ReadError> {
        self.look()?;
        for (name, driver) in self.drivers.iter() {
            let Some(numbers) = driver.numbers(&self.statistics) else {
                // gone, or going: the next look tells
                self.look_due = None;
                continue;
            };
            let number = |place: usize| self.keys[place].number(&numbers);
            row(
                name,
                &driver_statistics::sample(std::array::from_fn(number)),
            );
        }
        Ok(())
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        vec![Label::of("device", instance)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::rows;

    #[test]
    fn a_whole_device_was_read() {
        let mut reader = DiskReader::open(&Roots::default(), &Settings::default()).unwrap();
        let rows = rows(&mut reader);
        assert!(rows.iter().any(|(_, disk)| disk.read_sectors > 0));
        assert!(rows.iter().all(|(name, _)| name.starts_with("disk")));
    }
}
