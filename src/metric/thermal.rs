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
