//! The name of a chip. `hwmon3` depends on the order in which drivers are loaded, so node_exporter names a
//! chip by its device (`platform_coretemp_0`), else by its driver's `name`, else by its number; and chips
//! that share a device by both.

use std::fs;
use std::path::{Path, PathBuf};

/// A chip's folder and names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// Its folder under `/sys/class/hwmon`.
    pub folder: PathBuf,
    /// Unique, and the same after a restart wherever possible.
    pub name: String,
    /// The driver's name for it, for people; may stand for several chips.
    pub driver: Option<String>,
}

/// The chips in those folders, in the order of their names.
pub fn name_all(folders: Vec<PathBuf>) -> Vec<Chip> {
    let mut chips: Vec<Chip> = folders
        .into_iter()
        .filter(|folder| folder.is_dir())
        .map(|folder| Chip {
            name: base_name(&folder),
            driver: clean_file(&folder.join("name")),
            folder,
        })
        .collect();
    let bases: Vec<(String, Option<String>)> = chips
        .iter()
        .map(|chip| (chip.name.clone(), chip.driver.clone()))
        .collect();
    for (chip, base) in chips.iter_mut().zip(&bases) {
        let shared = bases.iter().filter(|(name, _)| *name == base.0).count();
        let same = bases.iter().filter(|other| *other == base).count();
        if shared > 1 {
            let suffix = match &base.1 {
                Some(driver) if same == 1 => driver.clone(),
                _ => clean(&last(&chip.folder)),
            };
            chip.name = format!("{}_{suffix}", base.0);
        }
    }
    chips.sort_by(|one, other| one.name.cmp(&other.name));
    chips
}

fn base_name(folder: &Path) -> String {
    if let Ok(device) = folder.join("device").canonicalize() {
        let bus = device.parent().map(last).unwrap_or_default();
        let parts = [clean(&bus), clean(&last(&device))];
        match parts.map(|part| (!part.is_empty()).then_some(part)) {
            [Some(bus), Some(device)] => return format!("{bus}_{device}"),
            [None, Some(device)] => return device,
            _ => {}
        }
    }
    clean_file(&folder.join("name")).unwrap_or_else(|| clean(&last(folder)))
}

fn last(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn clean_file(path: &Path) -> Option<String> {
    let text = clean(&String::from_utf8_lossy(&fs::read(path).ok()?));
    (!text.is_empty()).then_some(text)
}

/// Lower case, what is neither letter, digit, `:` nor `_` made `_`, none of these at the ends.
pub fn clean(text: &str) -> String {
    let text: String = text
        .to_lowercase()
        .chars()
        .map(|letter| match letter {
            'a'..='z' | '0'..='9' | ':' => letter,
            _ => '_',
        })
        .collect();
    text.trim_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned_as_node_exporter_does() {
        assert_eq!(clean("coretemp.0"), "coretemp_0");
        assert_eq!(clean("0000:00:1f.3"), "0000:00:1f_3");
        assert_eq!(clean("_Tctl (CPU)\n"), "tctl__cpu");
    }

    #[test]
    fn chips_are_named_by_device_and_told_apart_by_driver_and_number() {
        let folder = tempfile::tempdir().unwrap();
        let make = |number: u32, device: Option<&str>, name: &str| {
            let chip = folder.path().join(format!("class/hwmon/hwmon{number}"));
            fs::create_dir_all(&chip).unwrap();
            fs::write(chip.join("name"), format!("{name}\n")).unwrap();
            if let Some(device) = device {
                let device = folder.path().join("devices").join(device);
                fs::create_dir_all(&device).unwrap();
                std::os::unix::fs::symlink(device, chip.join("device")).unwrap();
            }
            chip
        };
        let chips = name_all(vec![
            make(0, Some("platform/coretemp.0"), "coretemp"),
            make(1, Some("platform/asus-nb-wmi"), "asus"),
            make(2, Some("platform/asus-nb-wmi"), "asus_custom"),
            make(3, Some("pci0/nvme0"), "nvme"),
            make(4, Some("pci0/nvme0"), "nvme"),
            make(5, None, "acpitz"),
            make(6, None, ""),
        ]);
        let names: Vec<_> = chips.iter().map(|chip| chip.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "acpitz",
                "hwmon6",
                "pci0_nvme0_hwmon3",
                "pci0_nvme0_hwmon4",
                "platform_asus_nb_wmi_asus",
                "platform_asus_nb_wmi_asus_custom",
                "platform_coretemp_0",
            ]
        );
        assert_eq!(chips[6].driver.as_deref(), Some("coretemp"));
        assert_eq!(chips[1].driver, None);
    }
}
