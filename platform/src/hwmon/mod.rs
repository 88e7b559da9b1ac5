//! Sensors: temperatures, fans, voltages, currents, power, energy, humidity. Linux: `/sys/class/hwmon`,
//! Documentation/hwmon/sysfs-interface.rst; chips are named as node_exporter names them. A machine that
//! has no chip at the start is taken to have none.

pub mod chip;
#[cfg(target_os = "linux")]
mod linux;
pub mod sensor_file;

#[cfg(target_os = "linux")]
pub use linux::HwmonReader;

use crate::keyed::keyed_sample;

/// The reader where there is no `/sys/class/hwmon`.
#[cfg(not(target_os = "linux"))]
pub type HwmonReader = crate::absent::AbsentReader<HwmonSample>;

/// A sensor's numbers; or that a chip, or a sensor's label, is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HwmonSample {
    /// The row of a chip: its labels are the chip's two names.
    pub is_chip: bool,
    /// The row of a sensor's label.
    pub is_label: bool,
    /// The row of a sensor.
    pub values: HwmonValues,
}

keyed_sample! {
    /// What a sensor's files say: thousandths of a degree, a volt or an ampere, millionths of a watt or a
    /// joule, as the kernel has them.
    HwmonValues: i64 {
        temp_input = "temp_input",
        temp_min = "temp_min",
        temp_min_hyst = "temp_min_hyst",
        temp_max = "temp_max",
        temp_max_hyst = "temp_max_hyst",
        temp_lcrit = "temp_lcrit",
        temp_lcrit_hyst = "temp_lcrit_hyst",
        temp_crit = "temp_crit",
        temp_crit_hyst = "temp_crit_hyst",
        temp_emergency = "temp_emergency",
        temp_emergency_hyst = "temp_emergency_hyst",
        temp_lowest = "temp_lowest",
        temp_highest = "temp_highest",
        temp_rated_min = "temp_rated_min",
        temp_rated_max = "temp_rated_max",
        temp_offset = "temp_offset",
        temp_type = "temp_type",
        temp_alarm = "temp_alarm",
        temp_min_alarm = "temp_min_alarm",
        temp_max_alarm = "temp_max_alarm",
        temp_lcrit_alarm = "temp_lcrit_alarm",
        temp_crit_alarm = "temp_crit_alarm",
        temp_emergency_alarm = "temp_emergency_alarm",
        temp_fault = "temp_fault",
        temp_beep = "temp_beep",
        fan_input = "fan_input",
        fan_min = "fan_min",
        fan_max = "fan_max",
        fan_target = "fan_target",
        fan_div = "fan_div",
        fan_pulses = "fan_pulses",
        fan_alarm = "fan_alarm",
        fan_min_alarm = "fan_min_alarm",
        fan_max_alarm = "fan_max_alarm",
        fan_fault = "fan_fault",
        fan_beep = "fan_beep",
        pwm = "pwm_",
        pwm_enable = "pwm_enable",
        pwm_mode = "pwm_mode",
        pwm_freq = "pwm_freq",
        in_input = "in_input",
        in_average = "in_average",
        in_min = "in_min",
        in_max = "in_max",
        in_lcrit = "in_lcrit",
        in_crit = "in_crit",
        in_lowest = "in_lowest",
        in_highest = "in_highest",
        in_rated_min = "in_rated_min",
        in_rated_max = "in_rated_max",
        in_alarm = "in_alarm",
        in_min_alarm = "in_min_alarm",
        in_max_alarm = "in_max_alarm",
        in_lcrit_alarm = "in_lcrit_alarm",
        in_crit_alarm = "in_crit_alarm",
        in_fault = "in_fault",
        in_beep = "in_beep",
        cpu_vid = "cpu_vid",
        curr_input = "curr_input",
        curr_average = "curr_average",
        curr_min = "curr_min",
        curr_max = "curr_max",
        curr_lcrit = "curr_lcrit",
        curr_crit = "curr_crit",
        curr_lowest = "curr_lowest",
        curr_highest = "curr_highest",
        curr_rated_min = "curr_rated_min",
        curr_rated_max = "curr_rated_max",
        curr_alarm = "curr_alarm",
        curr_min_alarm = "curr_min_alarm",
        curr_max_alarm = "curr_max_alarm",
        curr_lcrit_alarm = "curr_lcrit_alarm",
        curr_crit_alarm = "curr_crit_alarm",
        curr_fault = "curr_fault",
        curr_beep = "curr_beep",
        power_input = "power_input",
        power_input_lowest = "power_input_lowest",
        power_input_highest = "power_input_highest",
        power_average = "power_average",
        power_average_min = "power_average_min",
        power_average_max = "power_average_max",
        power_average_lowest = "power_average_lowest",
        power_average_highest = "power_average_highest",
        power_average_interval = "power_average_interval",
        power_average_interval_min = "power_average_interval_min",
        power_average_interval_max = "power_average_interval_max",
        power_min = "power_min",
        power_max = "power_max",
        power_lcrit = "power_lcrit",
        power_crit = "power_crit",
        power_cap = "power_cap",
        power_cap_hyst = "power_cap_hyst",
        power_cap_min = "power_cap_min",
        power_cap_max = "power_cap_max",
        power_rated_min = "power_rated_min",
        power_rated_max = "power_rated_max",
        power_alarm = "power_alarm",
        power_cap_alarm = "power_cap_alarm",
        power_min_alarm = "power_min_alarm",
        power_max_alarm = "power_max_alarm",
        power_lcrit_alarm = "power_lcrit_alarm",
        power_crit_alarm = "power_crit_alarm",
        power_fault = "power_fault",
        power_beep = "power_beep",
        energy_input = "energy_input",
        humidity_input = "humidity_input",
        humidity_min = "humidity_min",
        humidity_max = "humidity_max",
        humidity_alarm = "humidity_alarm",
        humidity_fault = "humidity_fault",
        intrusion_alarm = "intrusion_alarm",
        intrusion_beep = "intrusion_beep",
        freq_input = "freq_input",
        beep_enable = "beep_enable_",
        update_interval = "update_interval_",
        vrm = "vrm_",
    }
}
