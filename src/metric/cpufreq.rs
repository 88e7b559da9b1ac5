//! `cpufreq`: how fast each core runs. Recorded in kHz, as the kernel has it.

use goodall_platform::cpufreq::{CpufreqReader, CpufreqSample};

use super::{Collector, Every, Field, Unit, tabled};

type F = Field<CpufreqSample>;

/// A frequency, by its field.
macro_rules! frequency {
    ($name:literal, $field:ident, $help:literal, $prom:literal, $prom_help:literal) => {
        F::maybe_signed($name, |core| core.$field, $help)
            .unit(Unit::Hertz)
            .scale(1000, 1)
            .prom(concat!("node_cpu_", $prom, "_hertz"), &[])
            .prom_help($prom_help)
    };
}

/// Whether a governor rules, by its place in `GOVERNORS`.
macro_rules! governor {
    ($at:literal, $governor:literal) => {
        F::maybe(
            concat!("governor_", $governor),
            |core| core.governors[$at].map(u64::from),
            concat!("Whether the governor is `", $governor, "`."),
        )
        .prom("node_cpu_scaling_governor", &[("governor", $governor)])
        .prom_help("Current enabled CPU frequency governor.")
    };
}

#[rustfmt::skip]
static FIELDS: &[F] = &[
    frequency!("current", current, "As the hardware has it.", "frequency", "Current CPU thread frequency in hertz."),
    frequency!("average", average, "Over a short time, by the hardware's own counters.", "frequency_avg", "Average CPU thread frequency in hertz."),
    frequency!("min", minimum, "What the hardware can do at least.", "frequency_min", "Minimum CPU thread frequency in hertz."),
    frequency!("max", maximum, "What the hardware can do at most.", "frequency_max", "Maximum CPU thread frequency in hertz."),
    frequency!("scaling_current", scaling_current, "As the governor last set it, or the hardware had it.", "scaling_frequency", "Current scaled CPU thread frequency in hertz."),
    frequency!("scaling_min", scaling_minimum, "What the governor may set at least.", "scaling_frequency_min", "Minimum scaled CPU thread frequency in hertz."),
    frequency!("scaling_max", scaling_maximum, "What the governor may set at most.", "scaling_frequency_max", "Maximum scaled CPU thread frequency in hertz."),
    governor!(0, "conservative"),
    governor!(1, "ondemand"),
    governor!(2, "performance"),
    governor!(3, "powersave"),
    governor!(4, "schedutil"),
    governor!(5, "userspace"),
];

/// The collector.
pub static CPUFREQ: Collector = Collector {
    name: "cpufreq",
    help: "How fast each core runs, and who says so.",
    every: Every::Seconds(10),
    has_instances: true,
    prom_skips: None,
    fields: &FIELDS,
    open: |roots, settings| Ok(tabled(CpufreqReader::open(roots, settings)?, FIELDS)),
};

#[cfg(test)]
mod tests {
    use goodall_platform::cpufreq::GOVERNORS;

    use super::FIELDS;

    #[test]
    fn each_governor_s_field_names_it() {
        for (field, governor) in FIELDS[7..].iter().zip(GOVERNORS) {
            assert_eq!(field.info.name.strip_prefix("governor_"), Some(governor));
        }
        assert_eq!(FIELDS.len(), 7 + GOVERNORS.len());
    }
}
