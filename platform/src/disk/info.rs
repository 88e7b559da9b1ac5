//! What each device is, as udev's database has it (`/run/udev/data/b<major>:<minor>`, lines `E:KEY=value`).
//! The device's numbers come from `/proc/diskstats`.

use std::fs;
use std::path::PathBuf;

use super::diskstats::{self, DISKSTATS_SIZE_MAX};
use super::{DiskInfoSample, excluded};
use crate::buffer::Buffer;
use crate::error::ReadError;
use crate::proc_file::ProcFile;
use crate::reader::{Label, Labels, Reader, Settings};
use crate::roots::Roots;
use crate::roster::Roster;

/// A label, and the keys of udev's that it is made of: the first that there is.
const LABELS: [(&str, &[&str]); 5] = [
    ("model", &["ID_MODEL"]),
    ("path", &["ID_PATH"]),
    ("revision", &["ID_REVISION"]),
    (
        "serial",
        &["SCSI_IDENT_SERIAL", "ID_SERIAL_SHORT", "ID_SERIAL"],
    ),
    ("wwn", &["ID_WWN"]),
];

/// Shows a row for each device that is not left out; all that it says stands in the labels.
pub struct DiskInfoReader {
    file: ProcFile,
    buffer: Buffer,
    settings: Settings,
    udev: PathBuf,
    devices: Roster<Numbers>,
}

/// A device's numbers.
#[derive(Clone, Copy, Default)]
struct Numbers {
    major: u64,
    minor: u64,
}

impl DiskInfoReader {
    /// Opens `/proc/diskstats`.
    pub fn open(roots: &Roots, settings: &Settings) -> Result<DiskInfoReader, ReadError> {
        Ok(DiskInfoReader {
            file: ProcFile::open(&roots.proc.join("diskstats"))?,
            buffer: Buffer::new(DISKSTATS_SIZE_MAX),
            settings: settings.clone(),
            udev: roots.root.join("run/udev/data"),
            devices: Roster::default(),
        })
    }
}

impl Reader for DiskInfoReader {
    type Sample = DiskInfoSample;
    const SELECTS: bool = true;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &DiskInfoSample)) -> Result<(), ReadError> {
        let text = self.file.read(&mut self.buffer)?;
        self.devices.begin();
        for line in diskstats::lines(text) {
            let line = line.map_err(|error| error.at(self.file.path()))?;
            if self.settings.keeps(line.name, excluded::by_default) {
                *self.devices.meet(line.name, Numbers::default) = Numbers {
                    major: line.major,
                    minor: line.minor,
                };
                row(line.name, &DiskInfoSample);
            }
        }
        self.devices.end();
        Ok(())
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        let Some(device) = self.devices.get(instance) else {
            return Labels::new();
        };
        let path = self
            .udev
            .join(format!("b{}:{}", device.major, device.minor));
        let database = fs::read(path).unwrap_or_default();
        let database = String::from_utf8_lossy(&database);
        let property = |key: &str| {
            database
                .lines()
                .filter_map(|line| line.strip_prefix("E:")?.split_once('='))
                .find(|(name, value)| *name == key && !value.is_empty())
                .map(|(_, value)| value)
        };
        let label = |name: &str, value: &str| Label {
            name: name.into(),
            value: value.into(),
        };
        let mut labels = vec![
            label("device", &String::from_utf8_lossy(instance)),
            label("major", &device.major.to_string()),
            label("minor", &device.minor.to_string()),
        ];
        for (name, keys) in LABELS {
            let value = keys.iter().find_map(|key| property(key));
            labels.push(label(name, value.unwrap_or_default()));
        }
        labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata;

    #[test]
    fn the_labels_are_udevs() {
        let roots = testdata::tree("constructed/container");
        let mut reader = DiskInfoReader::open(&roots, &Settings::default()).unwrap();
        let mut names = Vec::new();
        reader
            .read(&mut |name, _| names.push(name.to_vec()))
            .unwrap();
        assert_eq!(names, [b"vda"]);
        let labels: Vec<_> = reader
            .labels(b"vda")
            .into_iter()
            .map(|label| format!("{}={}", label.name, label.value))
            .collect();
        assert_eq!(
            labels.join(" "),
            "device=vda major=252 minor=0 model=Virtual_Disk path=pci-0000:00:05.0 \
             revision=2.5+ serial=QM00001 wwn=0x5000c500a0b1c2d3"
        );
        assert!(reader.labels(b"sdz").is_empty());
    }

    #[test]
    fn a_device_that_udev_does_not_know_has_empty_labels() {
        let roots = testdata::tree("constructed/linux-3.10");
        let mut reader = DiskInfoReader::open(&roots, &Settings::default()).unwrap();
        reader.read(&mut |_, _| {}).unwrap();
        let labels = reader.labels(b"sda");
        assert_eq!(labels.len(), 8);
        assert!(labels[3..].iter().all(|label| label.value.is_empty()));
    }
}
