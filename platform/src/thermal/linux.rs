//! `/sys/class/thermal/thermal_zone*` and `cooling_device*`; looked for again when the folder's names
//! change, or one of them is gone.

use std::fs;
use std::path::Path;

use super::ThermalSample;
use crate::error::ReadError;
use crate::folder::Folder;
use crate::reader::{Label, Labels, Reader, Settings};
use crate::roots::Roots;
use crate::sys_value::{Keep, Reading, SysValue};

/// Reads zones and cooling devices.
pub struct ThermalReader {
    class: Folder,
    fingerprint: u64,
    things: Vec<Thing>,
}

/// A zone or a cooling device.
struct Thing {
    instance: String,
    labels: Labels,
    number: u64,
    kind: Kind,
}

enum Kind {
    Zone {
        temperature: SysValue,
    },
    Cooling {
        state: SysValue,
        state_max: SysValue,
    },
}

impl ThermalReader {
    /// Looks for zones and cooling devices; absent where there are none.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<ThermalReader, ReadError> {
        let mut reader = ThermalReader {
            class: Folder::open(&roots.sys.join("class/thermal"))?,
            fingerprint: 0,
            things: Vec::new(),
        };
        reader.look()?;
        if reader.things.is_empty() {
            return Err(ReadError::Absent {
                path: reader.class.path().clone(),
                why: "no thermal zone and no cooling device",
            });
        }
        Ok(reader)
    }

    fn look(&mut self) -> Result<(), ReadError> {
        self.fingerprint = self.class.fingerprint()?;
        self.things.clear();
        let mut keep = Keep::default();
        let (folder, things) = (self.class.path().clone(), &mut self.things);
        self.class.each(&mut |name| {
            if let Ok(name) = std::str::from_utf8(name) {
                things.extend(Thing::open(&folder.join(name), name, &mut keep));
            }
        })?;
        // zones first, each kind by its number
        things.sort_by_key(|thing| (matches!(thing.kind, Kind::Cooling { .. }), thing.number));
        Ok(())
    }
}

impl Thing {
    fn open(folder: &Path, name: &str, keep: &mut Keep) -> Option<Thing> {
        let kind = fs::read(folder.join("type")).unwrap_or_default();
        let kind = Label::of("type", kind.trim_ascii());
        if let Some(zone) = name.strip_prefix("thermal_zone") {
            let number = zone.parse().ok()?;
            return Some(Thing {
                instance: format!("zone{number}"),
                labels: vec![kind, Label::of("zone", zone.as_bytes())],
                number,
                kind: Kind::Zone {
                    temperature: SysValue::open(&folder.join("temp"), keep)?,
                },
            });
        }
        let device = name.strip_prefix("cooling_device")?;
        let number = device.parse().ok()?;
        Some(Thing {
            instance: format!("cooling{number}"),
            labels: vec![Label::of("name", device.as_bytes()), kind],
            number,
            kind: Kind::Cooling {
                state: SysValue::open(&folder.join("cur_state"), keep)?,
                state_max: SysValue::open(&folder.join("max_state"), keep)?,
            },
        })
    }

    /// The sample; `None` where the thing is gone.
    fn read(&self) -> Option<ThermalSample> {
        let mut sample = ThermalSample::default();
        let first = match &self.kind {
            Kind::Zone { temperature } => {
                let reading = temperature.read();
                sample.temperature = reading.value();
                reading
            }
            Kind::Cooling { state, state_max } => {
                let reading = state.read();
                sample.cooling_state = reading.value();
                sample.cooling_state_max = state_max.read().value();
                reading
            }
        };
        (first != Reading::Gone).then_some(sample)
    }
}

impl Reader for ThermalReader {
    type Sample = ThermalSample;
    const SPARSE: bool = true;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &ThermalSample)) -> Result<(), ReadError> {
        if self.class.fingerprint()? != self.fingerprint {
            self.look()?;
        }
        let mut is_all = true;
        for thing in &self.things {
            match thing.read() {
                Some(sample) => row(thing.instance.as_bytes(), &sample),
                None => is_all = false,
            }
        }
        if !is_all {
            self.fingerprint = 0;
        }
        Ok(())
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        let thing = self
            .things
            .iter()
            .find(|thing| thing.instance.as_bytes() == instance);
        thing.map_or_else(Labels::new, |thing| thing.labels.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{rows, tree};

    #[test]
    fn zones_and_cooling_devices_are_read_with_their_kinds() {
        let roots = tree("constructed/desktop-sensors");
        let mut reader = ThermalReader::open(&roots, &Settings::default()).unwrap();
        let rows = rows(&mut reader);
        let names: Vec<_> = rows.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["zone0", "zone1", "zone10", "cooling0", "cooling1"]);
        assert_eq!(rows[0].1.temperature, Some(27_800));
        assert_eq!(rows[1].1.temperature, Some(-5_000));
        assert_eq!(rows[4].1.cooling_state, Some(3));
        assert_eq!(rows[4].1.cooling_state_max, Some(10));
        let text = |instance: &[u8]| -> Vec<String> {
            let label = |label: Label| format!("{}={}", label.name, label.value);
            reader.labels(instance).into_iter().map(label).collect()
        };
        assert_eq!(text(b"zone0"), ["type=acpitz", "zone=0"]);
        assert_eq!(text(b"cooling1"), ["name=1", "type=intel_powerclamp"]);
    }

    #[test]
    fn a_zone_that_comes_and_goes_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let roots = Roots {
            sys: folder.path().into(),
            ..Roots::default()
        };
        let class = folder.path().join("class/thermal");
        let add = |zone: &str| {
            fs::create_dir_all(class.join(zone)).unwrap();
            fs::write(class.join(zone).join("type"), "cpu\n").unwrap();
            fs::write(class.join(zone).join("temp"), "40000\n").unwrap();
        };
        fs::create_dir_all(&class).unwrap();
        let none = ThermalReader::open(&roots, &Settings::default());
        assert!(none.is_err_and(|error| error.is_absent()));
        add("thermal_zone0");
        let mut reader = ThermalReader::open(&roots, &Settings::default()).unwrap();
        assert_eq!(rows(&mut reader).len(), 1);
        add("thermal_zone1");
        assert_eq!(rows(&mut reader).len(), 2);
        fs::remove_dir_all(class.join("thermal_zone0")).unwrap();
        let left = rows(&mut reader);
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].0, "zone1");
    }
}
