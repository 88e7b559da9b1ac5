//! Thermal zones and what cools them. Linux: `/sys/class/thermal`, Documentation/driver-api/thermal/sysfs-api.rst.
//! A machine that has neither at the start is taken to have none.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
pub use linux::ThermalReader;

/// The reader where there is no `/sys/class/thermal`.
#[cfg(not(target_os = "linux"))]
pub type ThermalReader = crate::absent::AbsentReader<ThermalSample>;

/// A zone, which has a temperature, or a cooling device, which has states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThermalSample {
    /// Thousandths of a degree Celsius.
    pub temperature: Option<i64>,
    /// How hard it cools, from 0.
    pub cooling_state: Option<i64>,
    /// How hard it may cool.
    pub cooling_state_max: Option<i64>,
}
