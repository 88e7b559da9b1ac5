//! `time`: the wall clock and how it is kept, as node_exporter's `time` and `timex` have it. Boot time is
//! the `stat` collector's.

use goodall_platform::time::{Discipline, TimeReader, TimeSample};

use super::field::PromType;
use super::{Collector, Every, Field, Unit, tabled};

const NS: u32 = 1_000_000_000;
const US: u32 = 1_000_000;

type F = Field<TimeSample>;

/// A whole number of the clock's discipline.
macro_rules! whole {
    ($name:literal, $field:ident, $help:literal, $prom:literal, $prom_help:literal) => {
        F::maybe_signed($name, |time| Some(time.discipline?.$field), $help)
            .prom(concat!("node_timex_", $prom), &[])
            .prom_help($prom_help)
    };
}

/// A fraction of the clock's discipline.
macro_rules! real {
    ($name:literal, $field:ident, $help:literal, $prom:literal, $prom_help:literal) => {
        F::maybe_f64($name, |time| Some(time.discipline?.$field), $help)
            .prom(concat!("node_timex_", $prom), &[])
            .prom_help($prom_help)
    };
}

fn is_synchronised(discipline: Discipline) -> u64 {
    u64::from(discipline.is_synchronised)
}

#[rustfmt::skip]
static FIELDS: &[F] = &[
    F::maybe_signed("seconds", |time| Some(time.wall_ns), "The wall clock, since 1970-01-01 UTC.")
        .unit(Unit::Seconds)
        .scale(1, NS)
        .prom("node_time_seconds", &[])
        .prom_help("System time in seconds since epoch (1970)."),
    F::maybe("is_synchronised", |time| time.discipline.map(is_synchronised), "Whether the clock follows a reliable server.")
        .prom("node_timex_sync_status", &[])
        .prom_help("Is clock synchronized to a reliable server (1 = yes, 0 = no)."),
    whole!("offset", offset_ns, "What is still to be made up.", "offset_seconds", "Time offset in between local system and reference clock.")
        .unit(Unit::Seconds).scale(1, NS),
    real!("frequency_ratio", frequency_ratio, "How fast the clock is made to run, 1 being its own way.", "frequency_adjustment_ratio", "Local clock frequency adjustment.")
        .unit(Unit::Ratio),
    whole!("error_max", maxerror_us, "How wrong the clock may be.", "maxerror_seconds", "Maximum error in seconds.")
        .unit(Unit::Seconds).scale(1, US),
    whole!("error_estimated", esterror_us, "How wrong the clock is thought to be.", "estimated_error_seconds", "Estimated error in seconds.")
        .unit(Unit::Seconds).scale(1, US),
    whole!("status", status, "The bits STA_* of adjtimex(2).", "status", "Value of the status array bits."),
    whole!("loop_time_constant", time_constant, "The time constant of the phase-locked loop.", "loop_time_constant", "Phase-locked loop time constant."),
    whole!("tick", tick_us, "Time between ticks of the clock.", "tick_seconds", "Seconds between clock ticks.")
        .unit(Unit::Seconds).scale(1, US),
    real!("pps_frequency", pps_frequency_hz, "Frequency of the pulse per second.", "pps_frequency_hertz", "Pulse per second frequency.")
        .unit(Unit::Hertz),
    whole!("pps_jitter", pps_jitter_ns, "Jitter of the pulse per second.", "pps_jitter_seconds", "Pulse per second jitter.")
        .unit(Unit::Seconds).scale(1, NS),
    whole!("pps_shift", pps_shift, "Calibration interval of the pulse per second.", "pps_shift_seconds", "Pulse per second interval duration.")
        .unit(Unit::Seconds),
    real!("pps_stability", pps_stability_hz, "Stability of the pulse per second.", "pps_stability_hertz", "Pulse per second stability, average of recent frequency changes.")
        .unit(Unit::Hertz),
    whole!("pps_jitter_exceeded", pps_jitter_count, "Times that the pulse's jitter was beyond its limit.", "pps_jitter_total", "Pulse per second count of jitter limit exceeded events.")
        .counter().prom_type(PromType::Counter),
    whole!("pps_calibrations", pps_calibration_count, "Calibration intervals of the pulse per second.", "pps_calibration_total", "Pulse per second count of calibration intervals.")
        .counter().prom_type(PromType::Counter),
    whole!("pps_errors", pps_error_count, "Calibration errors of the pulse per second.", "pps_error_total", "Pulse per second count of calibration errors.")
        .counter().prom_type(PromType::Counter),
    whole!("pps_stability_exceeded", pps_stability_count, "Times that the pulse's stability was beyond its limit.", "pps_stability_exceeded_total", "Pulse per second count of stability limit exceeded events.")
        .counter().prom_type(PromType::Counter),
    whole!("tai_offset", tai_offset_s, "From UTC to international atomic time.", "tai_offset_seconds", "International Atomic Time (TAI) offset.")
        .unit(Unit::Seconds),
];

/// The collector.
pub static TIME: Collector = Collector {
    name: "time",
    help: "The wall clock and how it is kept.",
    every: Every::Tick,
    has_instances: false,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(TimeReader::open(roots, settings)?, FIELDS)),
};
