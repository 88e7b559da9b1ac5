//! `info`: what this machine and its system are. Each row has just the field that it is about.

use goodall_platform::info::{InfoReader, InfoSample};

use super::{Collector, Every, Field, Unit, tabled};

type F = Field<InfoSample>;

#[rustfmt::skip]
static FIELDS: &[F] = &[
    F::maybe("kernel", |info| info.kernel, "1; the labels are what uname(2) says.")
        .prom("node_uname_info", &[])
        .prom_help("Labeled system information as provided by the uname system call."),
    F::maybe("release", |info| info.release, "1; the labels are what os-release(5) says.")
        .prom("node_os_info", &[])
        .prom_help("A metric with a constant '1' value labeled by build_id, id, id_like, image_id, image_version, name, pretty_name, variant, variant_id, version, version_codename, version_id."),
    F::maybe_f64("version", |info| info.version, "Major and minor of the system's version.")
        .prom("node_os_version", &[])
        .prom_help("Metric containing the major.minor part of the OS version."),
    F::maybe("machine", |info| info.machine, "1; the labels are what the firmware says of the hardware.")
        .prom("node_dmi_info", &[])
        .prom_help("A metric with a constant '1' value labeled by bios_date, bios_release, bios_vendor, bios_version, board_asset_tag, board_name, board_serial, board_vendor, board_version, chassis_asset_tag, chassis_serial, chassis_vendor, chassis_version, product_family, product_name, product_serial, product_sku, product_uuid, product_version, system_vendor if provided by DMI."),
    F::maybe("available", |info| info.clocksource_available, "1 for each clock source that the kernel may use.")
        .prom("node_time_clocksource_available_info", &[])
        .prom_help("Available clocksources read from '/sys/devices/system/clocksource'."),
    F::maybe("current", |info| info.clocksource_current, "1 for the clock source that the kernel uses.")
        .prom("node_time_clocksource_current_info", &[])
        .prom_help("Current clocksource read from '/sys/devices/system/clocksource'."),
    F::maybe_signed("zone_offset", |info| info.zone_offset_s, "How far the time zone is east of UTC.")
        .unit(Unit::Seconds)
        .prom("node_time_zone_offset_seconds", &[])
        .prom_help("System time zone offset in seconds."),
    F::maybe("enabled", |info| info.selinux_enabled, "Whether SELinux is there.")
        .prom("node_selinux_enabled", &[])
        .prom_help("SELinux is enabled, 1 is true, 0 is false"),
    F::maybe("mode", |info| info.selinux_mode, "Whether SELinux enforces its rules.")
        .prom("node_selinux_current_mode", &[])
        .prom_help("Current SELinux enforcement mode"),
];

/// The collector.
pub static INFO: Collector = Collector {
    name: "info",
    help: "What this machine and its system are: kernel, release, hardware, clock sources, time zone.",
    every: Every::Seconds(30),
    has_instances: true,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(InfoReader::open(roots, settings)?, FIELDS)),
};
