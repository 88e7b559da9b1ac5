//! `hwmon`: sensors. A row has the fields of one sensor; names are node_exporter's, oddities too
//! (`node_hwmon_temp_crit_alarm_celsius` is no temperature). In two things it is wrong and not followed: it
//! divides such an alarm by a thousand, and humidity by ten times too much.

use goodall_platform::hwmon::{HwmonReader, HwmonSample};

use super::field::PromType;
use super::{Collector, Every, Field, Unit, tabled};

type F = Field<HwmonSample>;

/// A number of the sensor, by its field.
macro_rules! number {
    ($field:ident) => {
        F::maybe_signed(
            stringify!($field),
            |sensor| sensor.values.$field,
            concat!(
                "The sensor's `",
                stringify!($field),
                "`, as the kernel's Documentation/hwmon/sysfs-interface.rst has it."
            ),
        )
    };
}

/// The same, with node_exporter's name for it.
macro_rules! raw {
    ($field:ident, $prom:literal, $prom_help:literal) => {
        number!($field).prom($prom, &[]).prom_help($prom_help)
    };
}

/// The same, recorded in a fraction of its unit.
macro_rules! scaled {
    ($field:ident, $unit:expr, $divide:literal, $prom:literal, $prom_help:literal) => {
        raw!($field, $prom, $prom_help)
            .unit($unit)
            .scale(1, $divide)
    };
}

/// Relative humidity, recorded in thousandths of a per cent.
macro_rules! humidity {
    ($field:ident) => {
        number!($field).unit(Unit::Ratio).scale(1, 100_000)
    };
}

#[rustfmt::skip]
static FIELDS: &[F] = &[
    F::maybe("chip_name", |row| row.is_chip.then_some(1), "1; the labels are the chip's name and its driver's name for it.")
        .prom("node_hwmon_chip_names", &[])
        .prom_help("Annotation metric for human-readable chip names"),
    F::maybe("sensor_label", |row| row.is_label.then_some(1), "1; the labels are the sensor's name and what it measures.")
        .prom("node_hwmon_sensor_label", &[])
        .prom_help("Label for given chip and sensor"),
    scaled!(temp_input, Unit::Celsius, 1000, "node_hwmon_temp_celsius", "Hardware monitor for temperature (input)"),
    scaled!(temp_min, Unit::Celsius, 1000, "node_hwmon_temp_min_celsius", "Hardware monitor for temperature (min)"),
    scaled!(temp_min_hyst, Unit::Celsius, 1000, "node_hwmon_temp_min_hyst_celsius", "Hardware monitor for temperature (min_hyst)"),
    scaled!(temp_max, Unit::Celsius, 1000, "node_hwmon_temp_max_celsius", "Hardware monitor for temperature (max)"),
    scaled!(temp_max_hyst, Unit::Celsius, 1000, "node_hwmon_temp_max_hyst_celsius", "Hardware monitor for temperature (max_hyst)"),
    scaled!(temp_lcrit, Unit::Celsius, 1000, "node_hwmon_temp_lcrit_celsius", "Hardware monitor for temperature (lcrit)"),
    scaled!(temp_lcrit_hyst, Unit::Celsius, 1000, "node_hwmon_temp_lcrit_hyst_celsius", "Hardware monitor for temperature (lcrit_hyst)"),
    scaled!(temp_crit, Unit::Celsius, 1000, "node_hwmon_temp_crit_celsius", "Hardware monitor for temperature (crit)"),
    scaled!(temp_crit_hyst, Unit::Celsius, 1000, "node_hwmon_temp_crit_hyst_celsius", "Hardware monitor for temperature (crit_hyst)"),
    scaled!(temp_emergency, Unit::Celsius, 1000, "node_hwmon_temp_emergency_celsius", "Hardware monitor for temperature (emergency)"),
    scaled!(temp_emergency_hyst, Unit::Celsius, 1000, "node_hwmon_temp_emergency_hyst_celsius", "Hardware monitor for temperature (emergency_hyst)"),
    scaled!(temp_lowest, Unit::Celsius, 1000, "node_hwmon_temp_lowest_celsius", "Hardware monitor for temperature (lowest)"),
    scaled!(temp_highest, Unit::Celsius, 1000, "node_hwmon_temp_highest_celsius", "Hardware monitor for temperature (highest)"),
    scaled!(temp_rated_min, Unit::Celsius, 1000, "node_hwmon_temp_rated_min_celsius", "Hardware monitor for temperature (rated_min)"),
    scaled!(temp_rated_max, Unit::Celsius, 1000, "node_hwmon_temp_rated_max_celsius", "Hardware monitor for temperature (rated_max)"),
    scaled!(temp_offset, Unit::Celsius, 1000, "node_hwmon_temp_offset_celsius", "Hardware monitor for temperature (offset)"),
    raw!(temp_type, "node_hwmon_temp_type", "Hardware monitor temp element type"),
    raw!(temp_alarm, "node_hwmon_temp_alarm", "Hardware sensor alarm status (temp)"),
    raw!(temp_min_alarm, "node_hwmon_temp_min_alarm_celsius", "Hardware monitor for temperature (min_alarm)"),
    raw!(temp_max_alarm, "node_hwmon_temp_max_alarm_celsius", "Hardware monitor for temperature (max_alarm)"),
    raw!(temp_lcrit_alarm, "node_hwmon_temp_lcrit_alarm_celsius", "Hardware monitor for temperature (lcrit_alarm)"),
    raw!(temp_crit_alarm, "node_hwmon_temp_crit_alarm_celsius", "Hardware monitor for temperature (crit_alarm)"),
    raw!(temp_emergency_alarm, "node_hwmon_temp_emergency_alarm_celsius", "Hardware monitor for temperature (emergency_alarm)"),
    raw!(temp_fault, "node_hwmon_temp_fault", "Hardware sensor fault status (temp)"),
    raw!(temp_beep, "node_hwmon_temp_beep_enabled", "Hardware monitor sensor has beeping enabled"),
    scaled!(fan_input, Unit::Rpm, 1, "node_hwmon_fan_rpm", "Hardware monitor for fan revolutions per minute (input)"),
    scaled!(fan_min, Unit::Rpm, 1, "node_hwmon_fan_min_rpm", "Hardware monitor for fan revolutions per minute (min)"),
    scaled!(fan_max, Unit::Rpm, 1, "node_hwmon_fan_max_rpm", "Hardware monitor for fan revolutions per minute (max)"),
    scaled!(fan_target, Unit::Rpm, 1, "node_hwmon_fan_target_rpm", "Hardware monitor for fan revolutions per minute (target)"),
    raw!(fan_div, "node_hwmon_fan_div", "Hardware monitor fan element div"),
    raw!(fan_pulses, "node_hwmon_fan_pulses", "Hardware monitor fan element pulses"),
    raw!(fan_alarm, "node_hwmon_fan_alarm", "Hardware sensor alarm status (fan)"),
    raw!(fan_min_alarm, "node_hwmon_fan_min_alarm", "Hardware monitor fan element min_alarm"),
    raw!(fan_max_alarm, "node_hwmon_fan_max_alarm", "Hardware monitor fan element max_alarm"),
    raw!(fan_fault, "node_hwmon_fan_fault", "Hardware sensor fault status (fan)"),
    raw!(fan_beep, "node_hwmon_fan_beep_enabled", "Hardware monitor sensor has beeping enabled"),
    raw!(pwm, "node_hwmon_pwm", "Hardware monitor pwm element "),
    raw!(pwm_enable, "node_hwmon_pwm_enable", "Hardware monitor pwm element enable"),
    raw!(pwm_mode, "node_hwmon_pwm_mode", "Hardware monitor pwm element mode"),
    raw!(pwm_freq, "node_hwmon_pwm_freq", "Hardware monitor pwm element freq"),
    scaled!(in_input, Unit::Volts, 1000, "node_hwmon_in_volts", "Hardware monitor for voltage (input)"),
    scaled!(in_average, Unit::Volts, 1000, "node_hwmon_in_average_volts", "Hardware monitor for voltage (average)"),
    scaled!(in_min, Unit::Volts, 1000, "node_hwmon_in_min_volts", "Hardware monitor for voltage (min)"),
    scaled!(in_max, Unit::Volts, 1000, "node_hwmon_in_max_volts", "Hardware monitor for voltage (max)"),
    scaled!(in_lcrit, Unit::Volts, 1000, "node_hwmon_in_lcrit_volts", "Hardware monitor for voltage (lcrit)"),
    scaled!(in_crit, Unit::Volts, 1000, "node_hwmon_in_crit_volts", "Hardware monitor for voltage (crit)"),
    scaled!(in_lowest, Unit::Volts, 1000, "node_hwmon_in_lowest_volts", "Hardware monitor for voltage (lowest)"),
    scaled!(in_highest, Unit::Volts, 1000, "node_hwmon_in_highest_volts", "Hardware monitor for voltage (highest)"),
    scaled!(in_rated_min, Unit::Volts, 1000, "node_hwmon_in_rated_min_volts", "Hardware monitor for voltage (rated_min)"),
    scaled!(in_rated_max, Unit::Volts, 1000, "node_hwmon_in_rated_max_volts", "Hardware monitor for voltage (rated_max)"),
    raw!(in_alarm, "node_hwmon_in_alarm", "Hardware sensor alarm status (in)"),
    raw!(in_min_alarm, "node_hwmon_in_min_alarm_volts", "Hardware monitor for voltage (min_alarm)"),
    raw!(in_max_alarm, "node_hwmon_in_max_alarm_volts", "Hardware monitor for voltage (max_alarm)"),
    raw!(in_lcrit_alarm, "node_hwmon_in_lcrit_alarm_volts", "Hardware monitor for voltage (lcrit_alarm)"),
    raw!(in_crit_alarm, "node_hwmon_in_crit_alarm_volts", "Hardware monitor for voltage (crit_alarm)"),
    raw!(in_fault, "node_hwmon_in_fault", "Hardware sensor fault status (in)"),
    raw!(in_beep, "node_hwmon_in_beep_enabled", "Hardware monitor sensor has beeping enabled"),
    scaled!(cpu_vid, Unit::Volts, 1000, "node_hwmon_cpu_vid_volts", "Hardware monitor for voltage (vid)"),
    scaled!(curr_input, Unit::Amperes, 1000, "node_hwmon_curr_amps", "Hardware monitor for current (input)"),
    scaled!(curr_average, Unit::Amperes, 1000, "node_hwmon_curr_average_amps", "Hardware monitor for current (average)"),
    scaled!(curr_min, Unit::Amperes, 1000, "node_hwmon_curr_min_amps", "Hardware monitor for current (min)"),
    scaled!(curr_max, Unit::Amperes, 1000, "node_hwmon_curr_max_amps", "Hardware monitor for current (max)"),
    scaled!(curr_lcrit, Unit::Amperes, 1000, "node_hwmon_curr_lcrit_amps", "Hardware monitor for current (lcrit)"),
    scaled!(curr_crit, Unit::Amperes, 1000, "node_hwmon_curr_crit_amps", "Hardware monitor for current (crit)"),
    scaled!(curr_lowest, Unit::Amperes, 1000, "node_hwmon_curr_lowest_amps", "Hardware monitor for current (lowest)"),
    scaled!(curr_highest, Unit::Amperes, 1000, "node_hwmon_curr_highest_amps", "Hardware monitor for current (highest)"),
    scaled!(curr_rated_min, Unit::Amperes, 1000, "node_hwmon_curr_rated_min_amps", "Hardware monitor for current (rated_min)"),
    scaled!(curr_rated_max, Unit::Amperes, 1000, "node_hwmon_curr_rated_max_amps", "Hardware monitor for current (rated_max)"),
    raw!(curr_alarm, "node_hwmon_curr_alarm", "Hardware sensor alarm status (curr)"),
    raw!(curr_min_alarm, "node_hwmon_curr_min_alarm_amps", "Hardware monitor for current (min_alarm)"),
    raw!(curr_max_alarm, "node_hwmon_curr_max_alarm_amps", "Hardware monitor for current (max_alarm)"),
    raw!(curr_lcrit_alarm, "node_hwmon_curr_lcrit_alarm_amps", "Hardware monitor for current (lcrit_alarm)"),
    raw!(curr_crit_alarm, "node_hwmon_curr_crit_alarm_amps", "Hardware monitor for current (crit_alarm)"),
    raw!(curr_fault, "node_hwmon_curr_fault", "Hardware sensor fault status (curr)"),
    raw!(curr_beep, "node_hwmon_curr_beep_enabled", "Hardware monitor sensor has beeping enabled"),
    scaled!(power_input, Unit::Watts, 1_000_000, "node_hwmon_power_watt", "Hardware monitor for power usage in watts (input)"),
    scaled!(power_input_lowest, Unit::Watts, 1_000_000, "node_hwmon_power_input_lowest_watt", "Hardware monitor for power usage in watts (input_lowest)"),
    scaled!(power_input_highest, Unit::Watts, 1_000_000, "node_hwmon_power_input_highest_watt", "Hardware monitor for power usage in watts (input_highest)"),
    scaled!(power_average, Unit::Watts, 1_000_000, "node_hwmon_power_average_watt", "Hardware monitor for power usage in watts (average)"),
    scaled!(power_average_min, Unit::Watts, 1_000_000, "node_hwmon_power_average_min_watt", "Hardware monitor for power usage in watts (average_min)"),
    scaled!(power_average_max, Unit::Watts, 1_000_000, "node_hwmon_power_average_max_watt", "Hardware monitor for power usage in watts (average_max)"),
    scaled!(power_average_lowest, Unit::Watts, 1_000_000, "node_hwmon_power_average_lowest_watt", "Hardware monitor for power usage in watts (average_lowest)"),
    scaled!(power_average_highest, Unit::Watts, 1_000_000, "node_hwmon_power_average_highest_watt", "Hardware monitor for power usage in watts (average_highest)"),
    scaled!(power_average_interval, Unit::Seconds, 1000, "node_hwmon_power_average_interval_seconds", "Hardware monitor power usage update interval (average_interval)"),
    scaled!(power_average_interval_min, Unit::Seconds, 1000, "node_hwmon_power_average_interval_min_seconds", "Hardware monitor power usage update interval (average_interval_min)"),
    scaled!(power_average_interval_max, Unit::Seconds, 1000, "node_hwmon_power_average_interval_max_seconds", "Hardware monitor power usage update interval (average_interval_max)"),
    scaled!(power_min, Unit::Watts, 1_000_000, "node_hwmon_power_min_watt", "Hardware monitor for power usage in watts (min)"),
    scaled!(power_max, Unit::Watts, 1_000_000, "node_hwmon_power_max_watt", "Hardware monitor for power usage in watts (max)"),
    scaled!(power_lcrit, Unit::Watts, 1_000_000, "node_hwmon_power_lcrit_watt", "Hardware monitor for power usage in watts (lcrit)"),
    scaled!(power_crit, Unit::Watts, 1_000_000, "node_hwmon_power_crit_watt", "Hardware monitor for power usage in watts (crit)"),
    scaled!(power_cap, Unit::Watts, 1_000_000, "node_hwmon_power_cap_watt", "Hardware monitor for power usage in watts (cap)"),
    scaled!(power_cap_hyst, Unit::Watts, 1_000_000, "node_hwmon_power_cap_hyst_watt", "Hardware monitor for power usage in watts (cap_hyst)"),
    scaled!(power_cap_min, Unit::Watts, 1_000_000, "node_hwmon_power_cap_min_watt", "Hardware monitor for power usage in watts (cap_min)"),
    scaled!(power_cap_max, Unit::Watts, 1_000_000, "node_hwmon_power_cap_max_watt", "Hardware monitor for power usage in watts (cap_max)"),
    scaled!(power_rated_min, Unit::Watts, 1_000_000, "node_hwmon_power_rated_min_watt", "Hardware monitor for power usage in watts (rated_min)"),
    scaled!(power_rated_max, Unit::Watts, 1_000_000, "node_hwmon_power_rated_max_watt", "Hardware monitor for power usage in watts (rated_max)"),
    raw!(power_alarm, "node_hwmon_power_alarm", "Hardware sensor alarm status (power)"),
    raw!(power_cap_alarm, "node_hwmon_power_cap_alarm_watt", "Hardware monitor for power usage in watts (cap_alarm)"),
    raw!(power_min_alarm, "node_hwmon_power_min_alarm_watt", "Hardware monitor for power usage in watts (min_alarm)"),
    raw!(power_max_alarm, "node_hwmon_power_max_alarm_watt", "Hardware monitor for power usage in watts (max_alarm)"),
    raw!(power_lcrit_alarm, "node_hwmon_power_lcrit_alarm_watt", "Hardware monitor for power usage in watts (lcrit_alarm)"),
    raw!(power_crit_alarm, "node_hwmon_power_crit_alarm_watt", "Hardware monitor for power usage in watts (crit_alarm)"),
    raw!(power_fault, "node_hwmon_power_fault", "Hardware sensor fault status (power)"),
    raw!(power_beep, "node_hwmon_power_beep_enabled", "Hardware monitor sensor has beeping enabled"),
    scaled!(energy_input, Unit::Joules, 1_000_000, "node_hwmon_energy_joule_total", "Hardware monitor for joules used so far (input)").counter().prom_type(PromType::Counter),
    humidity!(humidity_input),
    humidity!(humidity_min),
    humidity!(humidity_max),
    raw!(humidity_alarm, "node_hwmon_humidity_alarm", "Hardware sensor alarm status (humidity)"),
    raw!(humidity_fault, "node_hwmon_humidity_fault", "Hardware sensor fault status (humidity)"),
    raw!(intrusion_alarm, "node_hwmon_intrusion_alarm", "Hardware sensor alarm status (intrusion)"),
    raw!(intrusion_beep, "node_hwmon_intrusion_beep_enabled", "Hardware monitor sensor has beeping enabled"),
    scaled!(freq_input, Unit::None, 1_000_000, "node_hwmon_freq_freq_mhz", "Hardware monitor for GPU frequency in MHz"),
    raw!(beep_enable, "node_hwmon_beep_enabled", "Hardware beep enabled"),
    scaled!(update_interval, Unit::Seconds, 1000, "node_hwmon_update_interval_seconds", "Hardware monitor update interval"),
    raw!(vrm, "node_hwmon_voltage_regulator_version", "Hardware voltage regulator"),
];

/// The collector; every 10 s, since some chips are asked over a slow bus.
pub static HWMON: Collector = Collector {
    name: "hwmon",
    help: "Sensors: temperatures, fans, voltages, currents, power, energy, humidity.",
    every: Every::Seconds(10),
    has_instances: true,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(HwmonReader::open(roots, settings)?, FIELDS)),
};
