//! Spans of time, each with a type of its own so that none is taken for another.

use std::fmt;
use std::time::Duration;

mod moment;
pub mod parse;

pub use moment::Moment;
pub use parse::ParseError;

/// Nanoseconds since 1970-01-01 UTC by the wall clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallNs(pub i64);

/// Nanoseconds since boot, suspend included (`CLOCK_BOOTTIME`; `mach_continuous_time`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BootNs(pub u64);

/// One moment by both clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// By the wall clock.
    pub wall: WallNs,
    /// Since boot.
    pub boot: BootNs,
}

/// The time from one tick to the next: 1 ms to 30 min, a whole number of microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval(u64);

impl Interval {
    /// The shortest.
    pub const MIN: Interval = Interval(1_000_000);
    /// The longest: a row's offset from its tick, 32 bits of microseconds, must hold it.
    pub const MAX: Interval = Interval(1_800_000_000_000);

    /// An interval of that length; `None` beyond the bounds.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "checked against MAX, which fits"
    )]
    pub const fn of(span: Duration) -> Option<Interval> {
        let ns = span.as_nanos();
        if ns < Interval::MIN.0 as u128 || ns > Interval::MAX.0 as u128 || !ns.is_multiple_of(1000)
        {
            return None;
        }
        Some(Interval(ns as u64))
    }

    /// In nanoseconds.
    pub const fn ns(self) -> u64 {
        self.0
    }
}

/// How far back the ring reaches: at least one second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window(u64);

impl Window {
    /// A window of that length; `None` below a second or beyond 10 years.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "checked against 10 years, which fit"
    )]
    pub const fn of(span: Duration) -> Option<Window> {
        let seconds = span.as_secs();
        if seconds < 1 || seconds > 10 * 366 * 86_400 {
            return None;
        }
        Some(Window(span.as_nanos() as u64))
    }

    /// In nanoseconds.
    pub const fn ns(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_span(self.0, out)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_span(self.0, out)
    }
}

/// The span in the largest unit in which it is a whole number: `1500ms`, `10m`.
fn write_span(ns: u64, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    const UNITS: [(u64, &str); 6] = [
        (86_400_000_000_000, "d"),
        (3_600_000_000_000, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
    ];
    for (unit, name) in UNITS {
        if ns >= unit && ns.is_multiple_of(unit) {
            return write!(out, "{}{name}", ns / unit);
        }
    }
    write!(out, "{ns}ns")
}
