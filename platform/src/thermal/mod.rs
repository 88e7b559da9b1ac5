//! Thermal zones and what cools them. Linux: `/sys/class/thermal`, Documentation/driver-api/thermal/sysfs-api.rst.
//! macOS: notify(3), `IOPMCopyCPUPowerStatus`.
//! A machine that has neither at the start is taken to have none.

pub mod limits;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;

#[cfg(target_os = "linux")]
pub use linux::ThermalReader;
#[cfg(target_os = "macos")]
pub use macos::ThermalReader;

/// A zone, which has a temperature, or a cooling device, which has states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThermalSample {
    /// Thousandths of a degree Celsius.
    pub temperature: Option<i64>,
    /// How hard it cools, from 0.
    pub cooling_state: Option<i64>,
    /// How hard it may cool.
    pub cooling_state_max: Option<i64>,
    /// How hard heat presses the system: 0 nominal, 1 moderate, 2 heavy, 3 trapping, 4 sleeping; macOS only.
    pub pressure: Option<u64>,
    /// Hundredths of the time that processors may run; macOS only, as what follows.
    pub cpu_scheduler_limit_percent: Option<u64>,
    /// Processors that may be used.
    pub cpu_available: Option<u64>,
    /// Hundredths of their speed that processors may run at.
    pub cpu_speed_limit_percent: Option<u64>,
}
