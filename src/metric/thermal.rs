//! `thermal`: thermal zones and what cools them. A row is one or the other.

use goodall_platform::thermal::{ThermalReader, ThermalSample};

use super::{Collector, Every, Field, Unit, tabled};

type F = Field<ThermalSample>;

static FIELDS: &[F] = &[
    F::maybe_signed(
        "temperature",
        |thermal| thermal.temperature,
        "The zone's temperature.",
    )
    .unit(Unit::Celsius)
    .scale(1, 1000)
    .prom("node_thermal_zone_temp", &[])
    .prom_help("Zone temperature in Celsius"),
    F::maybe_signed(
        "state",
        |thermal| thermal.cooling_state,
        "How hard the device cools, from 0.",
    )
    .prom("node_cooling_device_cur_state", &[])
    .prom_help("Current throttle state of the cooling device"),
    F::maybe_signed(
        "state_max",
        |thermal| thermal.cooling_state_max,
        "How hard the device may cool.",
    )
    .prom("node_cooling_device_max_state", &[])
    .prom_help("Maximum throttle state of the cooling device"),
    F::maybe(
        "pressure",
        |thermal| thermal.pressure,
        "How hard heat presses the system: 0 nominal, 1 moderate, 2 heavy, 3 trapping, 4 sleeping.",
    )
    .macos(),
    F::maybe(
        "cpu_scheduler_limit",
        |thermal| thermal.cpu_scheduler_limit_percent,
        "Of their time, how much processors may run.",
    )
    .macos()
    .unit(Unit::Ratio)
    .scale(1, 100)
    .prom("node_thermal_cpu_scheduler_limit_ratio", &[])
    .prom_help("Represents the percentage (0-100) of CPU time available. 100% at normal operation. The OS may limit this time for a percentage less than 100%."),
    F::maybe(
        "cpu_available",
        |thermal| thermal.cpu_available,
        "Processors that may be used.",
    )
    .macos()
    .prom("node_thermal_cpu_available_cpu", &[])
    .prom_help("Reflects how many, if any, CPUs have been taken offline. Represented as an integer number of CPUs (0 - Max CPUs)."),
    F::maybe(
        "cpu_speed_limit",
        |thermal| thermal.cpu_speed_limit_percent,
        "Of their speed, how much processors may run at.",
    )
    .macos()
    .unit(Unit::Ratio)
    .scale(1, 100)
    .prom("node_thermal_cpu_speed_limit_ratio", &[])
    .prom_help("Defines the speed & voltage limits placed on the CPU. Represented as a percentage (0-100) of maximum CPU speed."),
];

/// The collector.
pub static THERMAL: Collector = Collector {
    name: "thermal",
    help: "Thermal zones and what cools them.",
    every: Every::Seconds(10),
    has_instances: true,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(ThermalReader::open(roots, settings)?, FIELDS)),
};
