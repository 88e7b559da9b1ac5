//! Labels of uname(2), os-release(5) and DMI, in node_exporter's order.

use std::ffi::CStr;
use std::fs;
use std::mem::MaybeUninit;
use std::path::Path;

use super::os_release;
use crate::reader::{Label, Labels};
use crate::roots::Roots;

/// The label, the variable of os-release(5).
const RELEASE: [(&str, &str); 12] = [
    ("build_id", "BUILD_ID"),
    ("id", "ID"),
    ("id_like", "ID_LIKE"),
    ("image_id", "IMAGE_ID"),
    ("image_version", "IMAGE_VERSION"),
    ("name", "NAME"),
    ("pretty_name", "PRETTY_NAME"),
    ("variant", "VARIANT"),
    ("variant_id", "VARIANT_ID"),
    ("version", "VERSION"),
    ("version_codename", "VERSION_CODENAME"),
    ("version_id", "VERSION_ID"),
];

/// The label; the file has the same name, but for `system_vendor`.
const MACHINE: [&str; 20] = [
    "bios_date",
    "bios_release",
    "bios_vendor",
    "bios_version",
    "board_asset_tag",
    "board_name",
    "board_serial",
    "board_vendor",
    "board_version",
    "chassis_asset_tag",
    "chassis_serial",
    "chassis_vendor",
    "chassis_version",
    "product_family",
    "product_name",
    "product_serial",
    "product_sku",
    "product_uuid",
    "product_version",
    "system_vendor",
];

/// What uname(2) says.
pub fn kernel() -> Option<Labels> {
    let mut name = MaybeUninit::<libc::utsname>::zeroed();
    // SAFETY: uname(2) writes the struct that it is given, and nothing else.
    if unsafe { libc::uname(name.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: utsname is arrays of characters, for which zeros are valid, and it began as zeros.
    let name = unsafe { name.assume_init() };
    let label = |key: &str, text: &[libc::c_char]| {
        // SAFETY: each of the arrays holds a text that ends in NUL (uname(2)).
        let text = unsafe { CStr::from_ptr(text.as_ptr()) };
        Label::of(key, text.to_bytes())
    };
    Some(vec![
        label("domainname", &name.domainname),
        label("machine", &name.machine),
        label("nodename", &name.nodename),
        label("release", &name.release),
        label("sysname", &name.sysname),
        label("version", &name.version),
    ])
}

/// What os-release(5) says: the labels, and of these the few that stand beside the version, and that.
pub fn release(roots: &Roots) -> Option<(Labels, Labels, f64)> {
    let text = fs::read(roots.etc.join("os-release"))
        .or_else(|_| fs::read(roots.root.join("usr/lib/os-release")))
        .ok()?;
    let text = String::from_utf8_lossy(&text);
    let value = |variable| os_release::value(&text, variable).unwrap_or_default();
    let labels: Labels = RELEASE
        .iter()
        .map(|(key, variable)| Label::of(key, value(variable).as_bytes()))
        .collect();
    let few = labels
        .iter()
        .filter(|label| matches!(label.name.as_str(), "id" | "id_like" | "name"))
        .cloned()
        .collect();
    let version = os_release::version(&value("VERSION_ID"));
    Some((labels, few, version))
}

/// What the firmware says of the hardware, as far as it may be read (serial numbers are root's).
pub fn machine(sys: &Path) -> Option<Labels> {
    let folder = sys.join("class/dmi/id");
    let labels: Labels = MACHINE
        .iter()
        .filter_map(|key| {
            let file = if *key == "system_vendor" {
                "sys_vendor"
            } else {
                key
            };
            let text = fs::read(folder.join(file)).ok()?;
            Some(Label::of(key, text.trim_ascii()))
        })
        .collect();
    (!labels.is_empty()).then_some(labels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::tree;

    fn get<'a>(labels: &'a Labels, name: &str) -> &'a str {
        let label = labels.iter().find(|label| label.name == name);
        &label.unwrap_or_else(|| panic!("no label {name}")).value
    }

    #[test]
    fn the_kernel_is_what_procfs_reads() {
        let labels = kernel().unwrap();
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
        assert_eq!(get(&labels, "release"), release.trim());
        assert_eq!(get(&labels, "sysname"), "Linux");
        assert!(labels.is_sorted());
    }

    #[test]
    fn the_release_is_read_from_etc_or_usr() {
        let (labels, few, version) = release(&tree("captured/vm-6.18")).unwrap();
        assert_eq!(
            get(&labels, "pretty_name"),
            "Debian GNU/Linux 12 (bookworm)"
        );
        assert_eq!(get(&labels, "variant"), "");
        assert_eq!(labels.len(), 12);
        assert_eq!(few.len(), 3);
        assert!((version - 12.0).abs() < 1e-9);
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("usr/lib")).unwrap();
        fs::write(folder.path().join("usr/lib/os-release"), "ID=alpine\n").unwrap();
        let roots = Roots {
            etc: folder.path().join("etc"),
            root: folder.path().into(),
            ..Roots::default()
        };
        assert_eq!(get(&release(&roots).unwrap().0, "id"), "alpine");
    }

    #[test]
    fn the_hardware_is_what_may_be_read_of_it() {
        let labels = machine(&tree("constructed/desktop-sensors").sys).unwrap();
        assert_eq!(get(&labels, "system_vendor"), "ASUSTeK COMPUTER INC.");
        assert_eq!(get(&labels, "bios_date"), "11/28/2019");
        assert!(labels.iter().all(|label| label.name != "product_serial"));
        assert!(labels.is_sorted());
        assert_eq!(machine(&tree("captured/vm-6.18").sys), None);
    }
}
