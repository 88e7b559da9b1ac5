//! `/sys/devices/system/cpu/cpu<n>/cpufreq`; looked for again when a core is switched on or off.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::{CpufreqSample, GOVERNORS};
use crate::attribute::if_there;
use crate::error::ReadError;
use crate::folder::Folder;
use crate::proc_file::ProcFile;
use crate::reader::{Label, Labels, Reader, Settings};
use crate::roots::Roots;
use crate::sys_value::{Keep, Reading, SysValue};

/// The list of cores that are online, as ranges: of 1,024 cores every other one.
const ONLINE_SIZE_MAX: usize = 4096;
const _: () = assert!(ONLINE_SIZE_MAX > 512 * "1022,".len());
/// Six names of eleven letters.
const GOVERNORS_SIZE_MAX: usize = 128;

/// Reads frequencies and governors.
pub struct CpufreqReader {
    cpus: Folder,
    online: Option<ProcFile>,
    /// What `online` said when the cores were looked for.
    online_then: Vec<u8>,
    buffer: Box<[u8]>,
    cores: Vec<Core>,
}

struct Core {
    number: u64,
    instance: String,
    files: [Option<SysValue>; 7],
    governor: Box<Path>,
    available: [bool; GOVERNORS.len()],
}

/// The files, in the order of the sample's fields.
const FILES: [&str; 7] = [
    "cpuinfo_cur_freq",
    "cpuinfo_avg_freq",
    "cpuinfo_min_freq",
    "cpuinfo_max_freq",
    "scaling_cur_freq",
    "scaling_min_freq",
    "scaling_max_freq",
];

impl CpufreqReader {
    /// Looks for the cores; absent where none has cpufreq, as in most virtual machines.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<CpufreqReader, ReadError> {
        let path = roots.sys.join("devices/system/cpu");
        let mut reader = CpufreqReader {
            cpus: Folder::open(&path)?,
            online: if_there(ProcFile::open(&path.join("online")))?,
            online_then: Vec::new(),
            buffer: vec![0; ONLINE_SIZE_MAX].into(),
            cores: Vec::new(),
        };
        reader.has_changed()?;
        reader.look()?;
        if reader.cores.is_empty() {
            return Err(ReadError::Absent {
                path: reader.cpus.path().clone(),
                why: "no core has cpufreq",
            });
        }
        Ok(reader)
    }

    /// Whether other cores are online than at the last call.
    fn has_changed(&mut self) -> Result<bool, ReadError> {
        let Some(online) = &self.online else {
            return Ok(false);
        };
        let text = online.read(&mut self.buffer)?;
        let has_changed = text != self.online_then;
        if has_changed {
            self.online_then.clear();
            self.online_then.extend_from_slice(text);
        }
        Ok(has_changed)
    }

    fn look(&mut self) -> Result<(), ReadError> {
        let (folder, cores) = (self.cpus.path().clone(), &mut self.cores);
        cores.clear();
        let mut keep = Keep::default();
        self.cpus.each(&mut |name| {
            let Some(number) = number_of(name) else {
                return;
            };
            let folder = folder.join(format!("cpu{number}/cpufreq"));
            cores.extend(Core::open(&folder, number, &mut keep));
        })?;
        cores.sort_by_key(|core| core.number);
        Ok(())
    }
}

/// `cpu12` is core 12; `cpufreq` and `cpuidle` are none.
fn number_of(name: &[u8]) -> Option<u64> {
    std::str::from_utf8(name.strip_prefix(b"cpu")?)
        .ok()?
        .parse()
        .ok()
}

impl Core {
    fn open(folder: &Path, number: u64, keep: &mut Keep) -> Option<Core> {
        let files = FILES.map(|name| SysValue::open(&folder.join(name), keep));
        let governor: Box<Path> = folder.join("scaling_governor").into();
        let available = std::fs::read(folder.join("scaling_available_governors"));
        let available = available.unwrap_or_default();
        let available = GOVERNORS.map(|governor| {
            available
                .split(u8::is_ascii_whitespace)
                .any(|name| name == governor.as_bytes())
        });
        files.iter().any(Option::is_some).then(|| Core {
            number,
            instance: number.to_string(),
            files,
            governor,
            available,
        })
    }

    /// The sample; `None` where the core is gone.
    fn read(&self) -> Option<CpufreqSample> {
        let mut is_gone = false;
        let [
            current,
            average,
            minimum,
            maximum,
            scaling_current,
            scaling_minimum,
            scaling_maximum,
        ] = self.files.each_ref().map(|file| {
            let reading = file.as_ref()?.read();
            is_gone |= reading == Reading::Gone;
            reading.value()
        });
        (!is_gone).then(|| CpufreqSample {
            current,
            average,
            minimum,
            maximum,
            scaling_current,
            scaling_minimum,
            scaling_maximum,
            governors: self.read_governor(),
        })
    }

    fn read_governor(&self) -> [Option<bool>; GOVERNORS.len()] {
        let mut buffer = [0; GOVERNORS_SIZE_MAX];
        let read = File::open(&self.governor).and_then(|mut file| file.read(&mut buffer));
        let governor = buffer[..read.unwrap_or(0)].trim_ascii();
        let mut governors = [None; GOVERNORS.len()];
        for (at, name) in GOVERNORS.iter().enumerate() {
            if self.available[at] && !governor.is_empty() {
                governors[at] = Some(name.as_bytes() == governor);
            }
        }
        governors
    }
}

impl Reader for CpufreqReader {
    type Sample = CpufreqSample;
    const SPARSE: bool = true;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &CpufreqSample)) -> Result<(), ReadError> {
        if self.has_changed()? {
            self.look()?;
        }
        for core in &self.cores {
            if let Some(sample) = core.read() {
                row(core.instance.as_bytes(), &sample);
            }
        }
        Ok(())
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        vec![Label::of("cpu", instance)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{rows, tree};

    #[test]
    fn each_core_has_what_its_driver_has() {
        let roots = tree("constructed/desktop-sensors");
        let rows = rows(&mut CpufreqReader::open(&roots, &Settings::default()).unwrap());
        let names: Vec<_> = rows.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["0", "1", "2", "10"]);
        let sample = rows[0].1;
        assert_eq!(sample.scaling_current, Some(1_699_981));
        assert_eq!(
            (sample.minimum, sample.maximum),
            (Some(800_000), Some(3_700_000))
        );
        assert_eq!(sample.average, None);
        let [_, _, performance, powersave, schedutil, _] = sample.governors;
        assert_eq!(
            (performance, powersave, schedutil),
            (Some(false), Some(true), None)
        );
        assert_eq!(rows[3].1.scaling_minimum, None);
    }

    #[test]
    fn a_core_that_is_switched_on_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let cpus = folder.path().join("devices/system/cpu");
        let add = |core: u32| {
            let folder = cpus.join(format!("cpu{core}/cpufreq"));
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("scaling_cur_freq"), "2000000\n").unwrap();
        };
        add(0);
        std::fs::write(cpus.join("online"), "0\n").unwrap();
        let roots = Roots {
            sys: folder.path().into(),
            ..Roots::default()
        };
        let mut reader = CpufreqReader::open(&roots, &Settings::default()).unwrap();
        assert_eq!(rows(&mut reader).len(), 1);
        add(1);
        assert_eq!(rows(&mut reader).len(), 1);
        std::fs::write(cpus.join("online"), "0-1\n").unwrap();
        assert_eq!(rows(&mut reader).len(), 2);
    }

    #[test]
    fn a_machine_without_it_is_absent() {
        let roots = tree("captured/vm-6.18");
        let opened = CpufreqReader::open(&roots, &Settings::default());
        assert!(opened.is_err_and(|error| error.is_absent()));
    }
}
