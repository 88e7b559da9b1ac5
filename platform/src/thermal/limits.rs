//! What macOS says of heat: the pressure of OSThermalNotification.h, told through notify(3), and the limits of
//! IOPMCopyCPUPowerStatus, in hundredths of full speed, which Intel machines have.

use super::ThermalSample;

/// What the pressure is told under (`kOSThermalNotificationPressureLevelName`).
pub const PRESSURE_NAME: &std::ffi::CStr = c"com.apple.system.thermalpressurelevel";
/// The highest pressure, `kOSThermalPressureLevelSleeping`.
const PRESSURE_MAX: u64 = 4;
/// The names of the limits (IOPM.h), in the order of the numbers that [`sample`] takes.
pub const KEYS: [&str; 3] = [
    "CPU_Scheduler_Limit",
    "CPU_Available_CPUs",
    "CPU_Speed_Limit",
];

/// The row.
pub fn sample(pressure: Option<u64>, limits: [Option<u64>; KEYS.len()]) -> ThermalSample {
    let [scheduler, processors, speed] = limits;
    ThermalSample {
        // a state that nobody has set yet may be anything
        pressure: pressure.filter(|&pressure| pressure <= PRESSURE_MAX),
        cpu_scheduler_limit_percent: scheduler,
        cpu_available: processors,
        cpu_speed_limit_percent: speed,
        ..ThermalSample::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_is_shown() {
        let sample = sample(Some(2), [Some(100), Some(8), Some(76)]);
        assert_eq!((sample.pressure, sample.cpu_available), (Some(2), Some(8)));
        assert_eq!(sample.cpu_scheduler_limit_percent, Some(100));
        assert_eq!(sample.cpu_speed_limit_percent, Some(76));
        assert_eq!(sample.temperature, None);
    }

    #[test]
    fn a_pressure_that_there_is_not_is_missing() {
        assert_eq!(sample(Some(5), [None; 3]), ThermalSample::default());
    }
}
