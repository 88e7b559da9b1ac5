//! Values for people: two or three digits and a unit of fitting size. Bytes go by 1024, all else by 1000.

use std::borrow::Cow;

use crate::format::time::Stamp;
use crate::metric::Unit;
use crate::quantity::WallNs;

/// A value for people, in two columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Human {
    /// The number.
    pub number: String,
    /// Its unit; empty for a bare count.
    pub unit: Cow<'static, str>,
}

impl Human {
    fn new(number: String, unit: &'static str) -> Human {
        Human {
            number,
            unit: unit.into(),
        }
    }

    /// Not known.
    pub fn missing() -> Human {
        Human::new("-".to_owned(), "")
    }
}

const BYTES: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const BYTES_A_SECOND: [&str; 6] = ["B/s", "KiB/s", "MiB/s", "GiB/s", "TiB/s", "PiB/s"];
const COUNT: [&str; 6] = ["", "k", "M", "G", "T", "P"];
const COUNT_A_SECOND: [&str; 6] = ["/s", "k/s", "M/s", "G/s", "T/s", "P/s"];
const HERTZ: [&str; 6] = ["Hz", "kHz", "MHz", "GHz", "THz", "PHz"];
/// Seconds from here on are a date, not a span: a hundred years would be less.
const DATE_FROM: f64 = 1e9;

/// A gauge, or a counter as it counts.
pub fn value(value: f64, unit: Unit) -> Human {
    if !value.is_finite() {
        return Human::new(format!("{value}"), "");
    }
    match unit {
        Unit::None if value.fract() == 0.0 && value.abs() < 1e6 => {
            Human::new(format!("{value:.0}"), "")
        }
        Unit::None => count(value, &COUNT),
        Unit::Seconds => span(value),
        Unit::Bytes => scaled(value, 1024.0, &BYTES),
        Unit::BytesPerSecond => scaled(value, 1024.0, &BYTES_A_SECOND),
        Unit::Ratio => percent(value * 100.0),
        Unit::Percent => percent(value),
        Unit::Celsius => Human::new(format!("{value:.1}"), "°C"),
        Unit::Volts => Human::new(format!("{value:.2}"), "V"),
        Unit::Amperes => Human::new(format!("{value:.2}"), "A"),
        Unit::Watts => Human::new(format!("{value:.1}"), "W"),
        Unit::Joules => Human::new(short(value), "J"),
        Unit::Rpm => Human::new(format!("{value:.0}"), "rpm"),
        Unit::Hertz => scaled(value, 1000.0, &HERTZ),
        Unit::Other(name) => Human::new(short(value), name),
    }
}

/// What a counter of `unit` rises by in a second. Seconds in a second are per cent, joules are watts.
pub fn rate(value: f64, unit: Unit) -> Human {
    if !value.is_finite() {
        return Human::new(format!("{value}"), "");
    }
    match unit {
        Unit::Seconds => percent(value * 100.0),
        Unit::Bytes => scaled(value, 1024.0, &BYTES_A_SECOND),
        Unit::Joules => Human::new(format!("{value:.1}"), "W"),
        _ => count(value, &COUNT_A_SECOND),
    }
}

/// Bytes for people, with their unit.
pub fn bytes(bytes: u64) -> String {
    let Human { number, unit } = scaled(bytes as f64, 1024.0, &BYTES);
    format!("{number} {unit}")
}

fn percent(value: f64) -> Human {
    Human::new(short(value), "%")
}

/// A count below a thousand keeps two places (a load of 0.42).
fn count(value: f64, units: &[&'static str; 6]) -> Human {
    if value.fract() == 0.0 && value.abs() < 1e4 {
        Human::new(format!("{value:.0}"), units[0])
    } else if value.abs() < 9.995 {
        Human::new(format!("{value:.2}"), units[0])
    } else {
        scaled(value, 1000.0, units)
    }
}

/// One place below ten, none above.
fn short(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else if value.abs() < 9.95 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

fn scaled(value: f64, base: f64, units: &[&'static str; 6]) -> Human {
    let mut value = value;
    let mut step = 0;
    while value.abs().round() >= base && step + 1 < units.len() {
        value /= base;
        step += 1;
    }
    let number = if step == 0 && value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        short(value)
    };
    Human::new(number, units[step])
}

fn span(seconds: f64) -> Human {
    let size = seconds.abs();
    if size >= DATE_FROM {
        return date(seconds);
    }
    if size >= 99.5 {
        return Human::new(long_span(seconds), "");
    }
    let (value, unit) = if size == 0.0 || size >= 0.9995 {
        (seconds, "s")
    } else if size >= 999.5e-6 {
        (seconds * 1e3, "ms")
    } else if size >= 999.5e-9 {
        (seconds * 1e6, "µs")
    } else {
        (seconds * 1e9, "ns")
    };
    Human::new(short(value), unit)
}

/// The two largest units: `2m 5s`, `3d 4h`.
fn long_span(seconds: f64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let sign = if seconds < 0.0 { "-" } else { "" };
    let whole = whole_seconds(seconds.abs());
    let place = UNITS.iter().position(|(unit, _)| whole >= *unit);
    let place = place.unwrap_or(UNITS.len() - 1);
    let (unit, name) = UNITS[place];
    match UNITS.get(place + 1) {
        Some((smaller, small_name)) if whole % unit >= *smaller => {
            let rest = whole % unit / smaller;
            format!("{sign}{}{name} {rest}{small_name}", whole / unit)
        }
        _ => format!("{sign}{}{name}", whole / unit),
    }
}

/// A span for people: `35 ms`, `12 s`, `3d 4h`.
pub fn span_text(ns: u64) -> String {
    let Human { number, unit } = span(ns as f64 / 1e9);
    format!("{number} {unit}").trim_end().to_owned()
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float becomes the nearest integer that fits"
)]
fn whole_seconds(seconds: f64) -> u64 {
    seconds.round() as u64
}

/// `2026-11-22` and `05:04`, in UTC.
fn date(seconds: f64) -> Human {
    #[allow(clippy::cast_possible_truncation, reason = "a float's cast saturates")]
    let wall = WallNs((seconds * 1e9) as i64);
    let mut stamp = Stamp::new();
    let text = String::from_utf8_lossy(stamp.text(wall));
    Human {
        number: text[.."2026-11-22".len()].to_owned(),
        unit: text["2026-11-22T".len().."2026-11-22T05:04".len()]
            .to_owned()
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(human: &Human) -> String {
        format!("{} {}", human.number, human.unit)
            .trim_end()
            .to_owned()
    }

    #[test]
    fn a_value_has_two_or_three_digits_and_a_fitting_unit() {
        for (number, unit, expected) in [
            (0.0, Unit::Bytes, "0 B"),
            (1023.0, Unit::Bytes, "1023 B"),
            (1023.6, Unit::Bytes, "1.0 KiB"),
            (1_288_490_189.0, Unit::Bytes, "1.2 GiB"),
            (10_188.0, Unit::Bytes, "9.9 KiB"),
            (10_189.0, Unit::Bytes, "10 KiB"),
            (-2048.0, Unit::Bytes, "-2.0 KiB"),
            (125e6, Unit::BytesPerSecond, "119 MiB/s"),
            (0.0034, Unit::Seconds, "3.4 ms"),
            (0.0, Unit::Seconds, "0 s"),
            (0.000_002, Unit::Seconds, "2.0 µs"),
            (35e-9, Unit::Seconds, "35 ns"),
            (0.9996, Unit::Seconds, "1.0 s"),
            (42.0, Unit::Seconds, "42 s"),
            (125.0, Unit::Seconds, "2m 5s"),
            (3600.0, Unit::Seconds, "1h"),
            (273_600.0, Unit::Seconds, "3d 4h"),
            (1_795_323_856.0, Unit::Seconds, "2026-11-22 05:04"),
            (0.12, Unit::Ratio, "12 %"),
            (0.004, Unit::Ratio, "0.4 %"),
            (0.42, Unit::None, "0.42"),
            (12.34, Unit::None, "12"),
            (65_536.0, Unit::None, "65536"),
            (12_345_678.0, Unit::None, "12 M"),
            (45.25, Unit::Celsius, "45.2 °C"),
            (2.4e9, Unit::Hertz, "2.4 GHz"),
            (f64::NAN, Unit::Bytes, "NaN"),
            (f64::INFINITY, Unit::None, "inf"),
        ] {
            assert_eq!(text(&value(number, unit)), expected, "{number} {unit:?}");
        }
    }

    #[test]
    fn a_rate_of_seconds_is_per_cent() {
        for (number, unit, expected) in [
            (0.034, Unit::Seconds, "3.4 %"),
            (1.5, Unit::Seconds, "150 %"),
            (0.0, Unit::Bytes, "0 B/s"),
            (1_258_291.2, Unit::Bytes, "1.2 MiB/s"),
            (0.2, Unit::None, "0.20 /s"),
            (100.0, Unit::None, "100 /s"),
            (34_567.8, Unit::None, "35 k/s"),
            (12.5, Unit::Joules, "12.5 W"),
        ] {
            assert_eq!(text(&rate(number, unit)), expected, "{number} {unit:?}");
        }
    }
}
