//! The wall clock and how it is kept. Linux: clock_gettime(2), adjtimex(2). macOS: clock_gettime(2).

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;

#[cfg(target_os = "linux")]
pub use linux::TimeReader;
#[cfg(target_os = "macos")]
pub use macos::TimeReader;

/// The wall clock.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TimeSample {
    /// Nanoseconds since 1970-01-01 UTC.
    pub wall_ns: i64,
    /// How the clock is kept; `None` where adjtimex(2) is forbidden, as in some containers.
    pub discipline: Option<Discipline>,
}

/// The kernel's clock discipline, as adjtimex(2) has it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Discipline {
    /// Whether the clock follows a server (`TIME_ERROR` is not set).
    pub is_synchronised: bool,
    /// Nanoseconds that are still to be made up.
    pub offset_ns: i64,
    /// How much faster than 1 second a second the clock is made to run.
    pub frequency_ratio: f64,
    /// Microseconds that the clock may be wrong.
    pub maxerror_us: i64,
    /// Microseconds that the clock is thought to be wrong.
    pub esterror_us: i64,
    /// The bits of `STA_*`.
    pub status: i64,
    /// The loop's time constant.
    pub time_constant: i64,
    /// Microseconds between ticks.
    pub tick_us: i64,
    /// Frequency of the pulse per second, Hz.
    pub pps_frequency_hz: f64,
    /// Jitter of the pulse, ns.
    pub pps_jitter_ns: i64,
    /// Length of the calibration interval, as the kernel has it (node_exporter calls it seconds).
    pub pps_shift: i64,
    /// Average change of the pulse's frequency, Hz.
    pub pps_stability_hz: f64,
    /// Times that the jitter was beyond its limit.
    pub pps_jitter_count: i64,
    /// Calibration intervals.
    pub pps_calibration_count: i64,
    /// Calibration errors.
    pub pps_error_count: i64,
    /// Times that the stability was beyond its limit.
    pub pps_stability_count: i64,
    /// Seconds from UTC to TAI; 0 where nobody told the kernel.
    pub tai_offset_s: i64,
}
