//! `/sys/class/hwmon/hwmon*`; looked for again when the folder's names change, or a sensor is gone.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::chip::{self, Chip};
use super::sensor_file::SensorFile;
use super::{HwmonSample, HwmonValues};
use crate::error::ReadError;
use crate::folder::Folder;
use crate::reader::{Label, Labels, Reader, Settings};
use crate::roots::Roots;
use crate::sys_value::{Keep, Reading, SysValue};

/// Reads sensors.
pub struct HwmonReader {
    class: Folder,
    fingerprint: u64,
    rows: Vec<Row>,
}

/// A chip, a sensor's label, or a sensor.
struct Row {
    instance: String,
    labels: Labels,
    what: What,
}

enum What {
    Chip,
    Label,
    /// Files, each with the number of its key.
    Sensor(Vec<(usize, SysValue)>),
}

/// A sensor as its files are found.
#[derive(Default)]
struct Found {
    label: Option<String>,
    files: BTreeMap<usize, SysValue>,
}

impl HwmonReader {
    /// Looks for sensors; absent where there are none.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<HwmonReader, ReadError> {
        let mut reader = HwmonReader {
            class: Folder::open(&roots.sys.join("class/hwmon"))?,
            fingerprint: 0,
            rows: Vec::new(),
        };
        reader.look()?;
        if reader.rows.is_empty() {
            return Err(ReadError::Absent {
                path: reader.class.path().clone(),
                why: "no chip has sensors",
            });
        }
        Ok(reader)
    }

    fn look(&mut self) -> Result<(), ReadError> {
        self.fingerprint = self.class.fingerprint()?;
        self.rows.clear();
        let class = self.class.path().clone();
        let mut folders = Vec::new();
        self.class.each(&mut |name| {
            folders.push(class.join(String::from_utf8_lossy(name).as_ref()));
        })?;
        let mut keep = Keep::default();
        for chip in chip::name_all(folders) {
            add_chip(&chip, &mut self.rows, &mut keep);
        }
        Ok(())
    }
}

fn add_chip(chip: &Chip, rows: &mut Vec<Row>, keep: &mut Keep) {
    let own = Label::of("chip", chip.name.as_bytes());
    if let Some(name) = &chip.driver {
        rows.push(Row {
            instance: chip.name.clone(),
            labels: vec![own.clone(), Label::of("chip_name", name.as_bytes())],
            what: What::Chip,
        });
    }
    let mut sensors = BTreeMap::new();
    // Drivers of old put a chip's files into its device's folder.
    for folder in [chip.folder.clone(), chip.folder.join("device")] {
        find_sensors(&folder, &mut sensors, keep);
    }
    for ((kind, number), found) in sensors {
        let sensor = format!("{kind}{number}");
        let instance = format!("{}/{sensor}", chip.name);
        let mut labels = vec![own.clone(), Label::of("sensor", sensor.as_bytes())];
        if let Some(label) = &found.label {
            let mut labels = labels.clone();
            labels.insert(1, Label::of("label", label.as_bytes()));
            rows.push(Row {
                instance: format!("{instance}/label"),
                labels,
                what: What::Label,
            });
        }
        // node_exporter's own way with frequencies: the sensor is the label, and without one there is none.
        if kind == "freq" {
            match &found.label {
                Some(label) => labels[1].value = chip::clean(label),
                None => continue,
            }
        }
        if !found.files.is_empty() {
            rows.push(Row {
                instance,
                labels,
                what: What::Sensor(found.files.into_iter().collect()),
            });
        }
    }
}

/// The sensors of a folder, by kind and number.
fn find_sensors(folder: &Path, sensors: &mut BTreeMap<(String, u32), Found>, keep: &mut Keep) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(file) = name.to_str().and_then(SensorFile::of) else {
            continue;
        };
        let is_label = file.property == "label";
        let key = file.key();
        let key = HwmonValues::KEYS.iter().position(|known| *known == key);
        if !is_label && key.is_none() {
            continue;
        }
        let path = folder.join(&name);
        let sensor = (file.kind.to_owned(), file.number);
        if is_label {
            if let Ok(text) = fs::read(&path) {
                let text = String::from_utf8_lossy(&text);
                sensors.entry(sensor).or_default().label = Some(text.trim_matches('\n').to_owned());
            }
        } else if let (Some(key), Some(value)) = (key, SysValue::open(&path, keep)) {
            sensors.entry(sensor).or_default().files.insert(key, value);
        }
    }
}

impl What {
    /// The sample; `None` where the sensor is gone.
    fn read(&self) -> Option<HwmonSample> {
        let mut sample = HwmonSample::default();
        match self {
            What::Chip => sample.is_chip = true,
            What::Label => sample.is_label = true,
            What::Sensor(files) => {
                let slots = sample.values.slots();
                for (key, file) in files {
                    match file.read() {
                        Reading::Value(value) => *slots[*key] = Some(value),
                        Reading::Unreadable => {}
                        Reading::Gone => return None,
                    }
                }
            }
        }
        Some(sample)
    }
}

impl Reader for HwmonReader {
    type Sample = HwmonSample;
    const SPARSE: bool = true;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &HwmonSample)) -> Result<(), ReadError> {
        if self.class.fingerprint()? != self.fingerprint {
            self.look()?;
        }
        let mut is_all = true;
        for known in &self.rows {
            match known.what.read() {
                Some(sample) => row(known.instance.as_bytes(), &sample),
                None => is_all = false,
            }
        }
        if !is_all {
            self.fingerprint = 0;
        }
        Ok(())
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        let row = self
            .rows
            .iter()
            .find(|row| row.instance.as_bytes() == instance);
        row.map_or_else(Labels::new, |row| row.labels.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{rows, tree};

    fn text(labels: Labels) -> Vec<String> {
        let label = |label: Label| format!("{}={}", label.name, label.value);
        labels.into_iter().map(label).collect()
    }

    #[test]
    fn every_kind_of_sensor_is_read() {
        let roots = tree("constructed/desktop-sensors");
        let mut reader = HwmonReader::open(&roots, &Settings::default()).unwrap();
        let rows = rows(&mut reader);
        let get = |instance: &str| {
            let row = rows.iter().find(|(name, _)| name == instance);
            row.unwrap_or_else(|| panic!("no row {instance}")).1
        };
        let core = get("platform_coretemp_0/temp2").values;
        assert_eq!(core.temp_input, Some(45_000));
        assert_eq!(
            (core.temp_max, core.temp_crit),
            (Some(100_000), Some(100_000))
        );
        assert_eq!(core.temp_crit_alarm, Some(0));
        assert_eq!(core.temp_min, None);
        assert!(get("platform_coretemp_0/temp2/label").is_label);
        assert!(get("platform_coretemp_0").is_chip);
        let board = |sensor: &str| get(&format!("platform_nct6775_656/{sensor}")).values;
        assert_eq!(board("fan2").fan_input, Some(1098));
        assert_eq!(board("pwm2").pwm, Some(127));
        assert_eq!(board("in0").in_input, Some(888));
        assert_eq!(board("intrusion0").intrusion_alarm, Some(1));
        let gpu = |sensor: &str| get(&format!("0000:00:03_1_0000:0a:00_0/{sensor}")).values;
        assert_eq!(gpu("power1").power_average, Some(33_000_000));
        assert_eq!(gpu("freq1").freq_input, Some(1_250_000_000));
        assert_eq!(
            get("rapl/energy1").values.energy_input,
            Some(123_456_789_012)
        );
        assert_eq!(get("sht3x/humidity1").values.humidity_input, Some(45_210));
        assert_eq!(get("ina/curr1").values.curr_input, Some(-1250));
        assert_eq!(
            text(reader.labels(b"platform_coretemp_0/temp2/label")),
            ["chip=platform_coretemp_0", "label=Core 0", "sensor=temp2"]
        );
        assert_eq!(
            text(reader.labels(b"platform_coretemp_0")),
            ["chip=platform_coretemp_0", "chip_name=coretemp"]
        );
        assert_eq!(
            text(reader.labels(b"0000:00:03_1_0000:0a:00_0/freq1")),
            ["chip=0000:00:03_1_0000:0a:00_0", "sensor=sclk"]
        );
    }

    #[test]
    fn a_chip_that_comes_and_goes_is_followed_and_a_broken_sensor_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let roots = Roots {
            sys: folder.path().into(),
            ..Roots::default()
        };
        let class = folder.path().join("class/hwmon");
        let add = |chip: &str, temperature: &str| {
            let chip = class.join(chip);
            fs::create_dir_all(&chip).unwrap();
            fs::write(chip.join("temp1_input"), temperature).unwrap();
        };
        fs::create_dir_all(&class).unwrap();
        let none = HwmonReader::open(&roots, &Settings::default());
        assert!(none.is_err_and(|error| error.is_absent()));
        add("hwmon0", "40000\n");
        let mut reader = HwmonReader::open(&roots, &Settings::default()).unwrap();
        assert_eq!(rows(&mut reader)[0].1.values.temp_input, Some(40_000));
        add("hwmon1", "50000\n");
        assert_eq!(rows(&mut reader).len(), 2);
        fs::write(class.join("hwmon0/temp1_input"), "").unwrap();
        assert_eq!(rows(&mut reader)[0].1.values.temp_input, None);
        fs::remove_dir_all(class.join("hwmon0")).unwrap();
        let left = rows(&mut reader);
        assert_eq!((left.len(), left[0].0.as_str()), (1, "hwmon1/temp1"));
    }
}
