//! What this machine and its system are: facts that are labels, with a value of 1 beside them; and what
//! else never changes, or hardly. Linux: uname(2), os-release(5), `/sys/class/dmi/id`,
//! `/sys/devices/system/clocksource`, localtime(3), `/sys/fs/selinux`.
//! macOS: uname(3), sysctl `kern.osproductversion`, `hw.model`.

pub mod darwin;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "linux")]
mod names;
pub mod os_release;
mod zone;

#[cfg(target_os = "linux")]
pub use linux::InfoReader;
#[cfg(target_os = "macos")]
pub use macos::InfoReader;

/// One fact; what stands in its row is the one field that it has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InfoSample {
    /// 1 in the row of uname(2).
    pub kernel: Option<u64>,
    /// 1 in the row of os-release(5).
    pub release: Option<u64>,
    /// The system's version, major and minor.
    pub version: Option<f64>,
    /// 1 in the row of the hardware (DMI).
    pub machine: Option<u64>,
    /// 1 in the row of a clock source.
    pub clocksource_available: Option<u64>,
    /// 1 in the row of the clock source that is used, which is there while it is.
    pub clocksource_current: Option<u64>,
    /// Seconds that the time zone is east of UTC.
    pub zone_offset_s: Option<i64>,
    /// Whether SELinux is there, 0 or 1.
    pub selinux_enabled: Option<u64>,
    /// Whether SELinux enforces its rules, 0 or 1.
    pub selinux_mode: Option<u64>,
}

impl InfoSample {
    /// No fact at all: rows are made of it.
    pub const NONE: InfoSample = InfoSample {
        kernel: None,
        release: None,
        version: None,
        machine: None,
        clocksource_available: None,
        clocksource_current: None,
        zone_offset_s: None,
        selinux_enabled: None,
        selinux_mode: None,
    };
}
