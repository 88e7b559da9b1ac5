//! The facts, found at the start; what may change after all is asked again: the clock source that is used,
//! the time zone, whether SELinux enforces.

use std::fs;
use std::path::Path;

use super::{InfoSample, names, zone};
use crate::attribute::{Attribute, if_there};
use crate::error::ReadError;
use crate::proc_file::ProcFile;
use crate::reader::{Label, Labels, Reader, Settings};
use crate::roots::Roots;

/// A clock source's name, `CS_NAME_LEN` of the kernel, and a newline.
const CLOCKSOURCE_SIZE_MAX: usize = 64;

const AVAILABLE: InfoSample = InfoSample {
    clocksource_available: Some(1),
    ..InfoSample::NONE
};
const CURRENT: InfoSample = InfoSample {
    clocksource_current: Some(1),
    ..InfoSample::NONE
};

/// Reads the facts.
pub struct InfoReader {
    facts: Vec<Fact>,
    clocksources: Vec<Clocksource>,
    /// Whether SELinux enforces; `None` where there is none.
    enforce: Option<Attribute>,
}

/// A row that never changes.
struct Fact {
    instance: &'static str,
    labels: Labels,
    sample: InfoSample,
}

/// A device of `/sys/devices/system/clocksource`.
struct Clocksource {
    current: ProcFile,
    available: Vec<Available>,
}

/// A clock source that may be used: two rows, the second while it is.
struct Available {
    instance: String,
    current_instance: String,
    labels: Labels,
}

impl InfoReader {
    /// Finds the facts.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<InfoReader, ReadError> {
        let mut facts = Vec::new();
        let mut fact = |instance, labels, sample| {
            facts.push(Fact {
                instance,
                labels,
                sample,
            });
        };
        let none = InfoSample::NONE;
        if let Some(labels) = names::kernel() {
            let kernel = Some(1);
            fact("uname", labels, InfoSample { kernel, ..none });
        }
        if let Some((labels, few, version)) = names::release(roots) {
            let (release, version) = (Some(1), Some(version));
            fact("os", labels, InfoSample { release, ..none });
            fact("os_version", few, InfoSample { version, ..none });
        }
        if let Some(labels) = names::machine(&roots.sys) {
            let machine = Some(1);
            fact("dmi", labels, InfoSample { machine, ..none });
        }
        Ok(InfoReader {
            facts,
            clocksources: clocksources(&roots.sys.join("devices/system/clocksource"))?,
            enforce: Attribute::open_if_there(&roots.sys.join("fs/selinux/enforce"))?,
        })
    }
}

fn clocksources(folder: &Path) -> Result<Vec<Clocksource>, ReadError> {
    let mut found = Vec::new();
    for device in 0.. {
        let folder = folder.join(format!("clocksource{device}"));
        let current = if_there(ProcFile::open(&folder.join("current_clocksource")))?;
        let Some(current) = current else {
            break;
        };
        let text = fs::read(folder.join("available_clocksource")).unwrap_or_default();
        let available = String::from_utf8_lossy(&text)
            .split_ascii_whitespace()
            .map(|name| {
                let labels = vec![
                    Label::of("clocksource", name.as_bytes()),
                    Label::of("device", device.to_string().as_bytes()),
                ];
                Available {
                    instance: format!("clocksource/{device}/{name}"),
                    current_instance: format!("clocksource/{device}/{name}/current"),
                    labels,
                }
            })
            .collect();
        found.push(Clocksource { current, available });
    }
    Ok(found)
}

impl Reader for InfoReader {
    type Sample = InfoSample;
    const SPARSE: bool = true;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &InfoSample)) -> Result<(), ReadError> {
        for fact in &self.facts {
            row(fact.instance.as_bytes(), &fact.sample);
        }
        for source in &self.clocksources {
            let mut buffer = [0; CLOCKSOURCE_SIZE_MAX];
            let current = source.current.read(&mut buffer)?.trim_ascii();
            for source in &source.available {
                row(source.instance.as_bytes(), &AVAILABLE);
                if source.labels[0].value.as_bytes() == current {
                    row(source.current_instance.as_bytes(), &CURRENT);
                }
            }
        }
        zone::show(row);
        let mode = match &self.enforce {
            Some(enforce) => Some(enforce.read_unsigned()?),
            None => None,
        };
        row(
            b"selinux",
            &InfoSample {
                selinux_enabled: Some(u64::from(self.enforce.is_some())),
                selinux_mode: mode,
                ..InfoSample::NONE
            },
        );
        Ok(())
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        if let Some(labels) = zone::labels(instance) {
            return labels;
        }
        let facts = self.facts.iter();
        let facts = facts.map(|fact| (fact.instance.as_bytes(), &fact.labels));
        let sources = self
            .clocksources
            .iter()
            .flat_map(|source| &source.available);
        let sources = sources.flat_map(|source| {
            [&source.instance, &source.current_instance]
                .map(|instance| (instance.as_bytes(), &source.labels))
        });
        facts
            .chain(sources)
            .find(|(known, _)| *known == instance)
            .map_or_else(Labels::new, |(_, labels)| labels.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{rows, tree};

    #[test]
    fn each_fact_is_a_row_with_its_own_field() {
        let roots = tree("captured/vm-6.18");
        let mut reader = InfoReader::open(&roots, &Settings::default()).unwrap();
        let rows = rows(&mut reader);
        let get = |instance: &str| {
            let row = rows.iter().find(|(name, _)| name == instance);
            row.unwrap_or_else(|| panic!("no row {instance}")).1
        };
        assert_eq!(get("uname").kernel, Some(1));
        assert_eq!(get("os").release, Some(1));
        assert_eq!(get("os_version").version, Some(12.0));
        assert_eq!(get("clocksource/0/tsc"), AVAILABLE);
        assert_eq!(get("clocksource/0/tsc/current"), CURRENT);
        assert_eq!(get("clocksource/0/kvm-clock"), AVAILABLE);
        assert_eq!(get("selinux").selinux_enabled, Some(0));
        assert_eq!(get("selinux").selinux_mode, None);
        assert!(rows.iter().any(|(name, _)| name.starts_with("timezone/")));
        let labels = reader.labels(b"clocksource/0/kvm-clock");
        assert!(
            rows.iter()
                .all(|(name, _)| name != "clocksource/0/kvm-clock/current")
        );
        assert_eq!(labels[0], Label::of("clocksource", b"kvm-clock"));
        assert_eq!(
            reader.labels(b"timezone/UTC"),
            [Label::of("time_zone", b"UTC")]
        );
    }
}
