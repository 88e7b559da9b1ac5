//! The files of `/proc/pressure`, kept open: those that this kernel has and has switched on.

use super::PressureSample;
use super::psi::{self, PSI_SIZE_MAX};
use crate::error::ReadError;
use crate::proc_file::ProcFile;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;

const RESOURCES: [&str; 4] = ["cpu", "memory", "io", "irq"];

/// Reads each resource; the instance is its name.
pub struct PressureReader {
    files: Vec<(&'static str, ProcFile)>,
    buffer: [u8; PSI_SIZE_MAX],
}

impl PressureReader {
    /// Opens the files. Where the kernel has PSI but switched it off, they are there and a read gives
    /// `ENOTSUP`: so each is read once.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<PressureReader, ReadError> {
        let folder = roots.proc.join("pressure");
        let mut buffer = [0; PSI_SIZE_MAX];
        let mut files = Vec::new();
        for resource in RESOURCES {
            let opened = ProcFile::open(&folder.join(resource)).and_then(|file| {
                file.read(&mut buffer)?;
                Ok(file)
            });
            match opened {
                Ok(file) => files.push((resource, file)),
                Err(error) if error.is_absent() => {}
                Err(error) => return Err(error),
            }
        }
        if files.is_empty() {
            return Err(ReadError::Absent {
                path: folder.into(),
                why: "the kernel has no PSI, or it is off; psi=1 on its command line turns it on",
            });
        }
        Ok(PressureReader { files, buffer })
    }
}

impl Reader for PressureReader {
    type Sample = PressureSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &PressureSample)) -> Result<(), ReadError> {
        for (resource, file) in &self.files {
            let text = file.read(&mut self.buffer)?;
            let sample = psi::parse(text).map_err(|error| error.at(file.path()))?;
            row(resource.as_bytes(), &sample);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use procfs::prelude::*;
    use procfs::{CpuPressure, IoPressure, MemoryPressure, PressureRecord};

    use super::super::Stall;
    use super::*;
    use crate::testdata;

    fn of_procfs(record: &PressureRecord) -> Stall {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a per cent with two decimals, from 0 to 100"
        )]
        let hundredths = |percent: f32| (percent * 100.0).round() as u64;
        Stall {
            avg10: hundredths(record.avg10),
            avg60: hundredths(record.avg60),
            avg300: hundredths(record.avg300),
            total_us: record.total,
        }
    }

    #[test]
    fn every_tree_is_read_as_procfs_reads_it() {
        for (tree, text) in testdata::each("proc/pressure/cpu") {
            let ours = psi::parse(&text).unwrap();
            let theirs = CpuPressure::from_read(&text[..]).unwrap();
            assert_eq!(ours.some, Some(of_procfs(&theirs.some)), "{tree}");
        }
        for (tree, text) in testdata::each("proc/pressure/memory") {
            let ours = psi::parse(&text).unwrap();
            let theirs = MemoryPressure::from_read(&text[..]).unwrap();
            assert_eq!(ours.some, Some(of_procfs(&theirs.some)), "{tree}");
            assert_eq!(ours.full, Some(of_procfs(&theirs.full)), "{tree}");
        }
        for (tree, text) in testdata::each("proc/pressure/io") {
            let ours = psi::parse(&text).unwrap();
            let theirs = IoPressure::from_read(&text[..]).unwrap();
            assert_eq!(ours.some, Some(of_procfs(&theirs.some)), "{tree}");
            assert_eq!(ours.full, Some(of_procfs(&theirs.full)), "{tree}");
        }
    }

    #[test]
    fn the_live_files_are_read_as_procfs_reads_them() {
        let mut reader = match PressureReader::open(&Roots::default(), &Settings::default()) {
            Ok(reader) => reader,
            Err(error) if error.is_absent() => {
                eprintln!("{error}: nothing was compared");
                return;
            }
            Err(error) => panic!("{error}"),
        };
        let mut some_total = |resource: &str| {
            let mut total = None;
            reader
                .read(&mut |instance, sample| {
                    if instance == resource.as_bytes() {
                        total = sample.some.map(|some| some.total_us);
                    }
                })
                .unwrap();
            total.unwrap()
        };
        let low = (some_total("cpu"), some_total("memory"), some_total("io"));
        let cpu = CpuPressure::current().unwrap().some.total;
        let memory = MemoryPressure::current().unwrap().some.total;
        let io = IoPressure::current().unwrap().some.total;
        let high = (some_total("cpu"), some_total("memory"), some_total("io"));
        assert!((low.0..=high.0).contains(&cpu));
        assert!((low.1..=high.1).contains(&memory));
        assert!((low.2..=high.2).contains(&io));
    }

    fn instances(tree: &str) -> Vec<String> {
        let mut reader = PressureReader::open(&testdata::tree(tree), &Settings::default()).unwrap();
        let mut instances = Vec::new();
        reader
            .read(&mut |name, _| instances.push(String::from_utf8(name.to_vec()).unwrap()))
            .unwrap();
        instances
    }

    #[test]
    fn each_kernel_has_the_resources_it_knows() {
        assert_eq!(instances("constructed/linux-5.15"), ["cpu", "memory", "io"]);
        assert_eq!(
            instances("constructed/linux-6.6"),
            ["cpu", "memory", "io", "irq"]
        );
    }

    #[test]
    fn a_kernel_without_pressure_is_absent_not_broken() {
        let error = PressureReader::open(
            &testdata::tree("constructed/linux-3.10"),
            &Settings::default(),
        )
        .err()
        .unwrap();
        assert!(error.is_absent());
        assert!(error.to_string().contains("psi=1"));
    }
}
