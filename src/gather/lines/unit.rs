//! Units as formats write them, in the base units of the catalogue: `ms` becomes seconds, `KB` bytes.

use crate::metric::{Unit, Value};

/// What a unit is in the catalogue, and what a value in it is multiplied by and divided by.
type Row = (&'static str, Unit, u64, u64);

/// Spelled as Nagios, Metrics 2.0 and the catalogue do. `KB` is 1000 bytes, `KiB` 1024.
const ROWS: [Row; 50] = [
    ("s", Unit::Seconds, 1, 1),
    ("ms", Unit::Seconds, 1, 1_000),
    ("us", Unit::Seconds, 1, 1_000_000),
    ("\u{b5}s", Unit::Seconds, 1, 1_000_000),
    ("\u{3bc}s", Unit::Seconds, 1, 1_000_000),
    ("ns", Unit::Seconds, 1, 1_000_000_000),
    ("h", Unit::Seconds, 3_600, 1),
    ("d", Unit::Seconds, 86_400, 1),
    ("w", Unit::Seconds, 604_800, 1),
    ("B", Unit::Bytes, 1, 1),
    ("kB", Unit::Bytes, 1_000, 1),
    ("KB", Unit::Bytes, 1_000, 1),
    ("MB", Unit::Bytes, 1_000_000, 1),
    ("GB", Unit::Bytes, 1_000_000_000, 1),
    ("TB", Unit::Bytes, 1_000_000_000_000, 1),
    ("PB", Unit::Bytes, 1_000_000_000_000_000, 1),
    ("KiB", Unit::Bytes, 1 << 10, 1),
    ("MiB", Unit::Bytes, 1 << 20, 1),
    ("GiB", Unit::Bytes, 1 << 30, 1),
    ("TiB", Unit::Bytes, 1 << 40, 1),
    ("PiB", Unit::Bytes, 1 << 50, 1),
    ("B/s", Unit::BytesPerSecond, 1, 1),
    ("kB/s", Unit::BytesPerSecond, 1_000, 1),
    ("MB/s", Unit::BytesPerSecond, 1_000_000, 1),
    ("GB/s", Unit::BytesPerSecond, 1_000_000_000, 1),
    ("KiB/s", Unit::BytesPerSecond, 1 << 10, 1),
    ("MiB/s", Unit::BytesPerSecond, 1 << 20, 1),
    ("%", Unit::Percent, 1, 1),
    ("P", Unit::Ratio, 1, 1),
    ("V", Unit::Volts, 1, 1),
    ("mV", Unit::Volts, 1, 1_000),
    ("A", Unit::Amperes, 1, 1),
    ("mA", Unit::Amperes, 1, 1_000),
    ("W", Unit::Watts, 1, 1),
    ("kW", Unit::Watts, 1_000, 1),
    ("J", Unit::Joules, 1, 1),
    ("C", Unit::Celsius, 1, 1),
    ("\u{b0}C", Unit::Celsius, 1, 1),
    ("Hz", Unit::Hertz, 1, 1),
    ("kHz", Unit::Hertz, 1_000, 1),
    ("MHz", Unit::Hertz, 1_000_000, 1),
    ("GHz", Unit::Hertz, 1_000_000_000, 1),
    ("rpm", Unit::Rpm, 1, 1),
    ("RPM", Unit::Rpm, 1, 1),
    ("byte", Unit::Bytes, 1, 1),
    ("second", Unit::Seconds, 1, 1),
    ("milliseconds", Unit::Seconds, 1, 1_000),
    ("microseconds", Unit::Seconds, 1, 1_000_000),
    ("nanoseconds", Unit::Seconds, 1, 1_000_000_000),
    ("kilobytes", Unit::Bytes, 1_000, 1),
];

/// The unit's name in the catalogue with the value in it; the unit as it is where the catalogue has none
/// such; none where it is empty.
pub fn based(unit: &str, value: Value) -> (Option<&str>, Value) {
    if unit.is_empty() {
        return (None, value);
    }
    match ROWS.iter().find(|(name, ..)| *name == unit) {
        Some(&(_, base, multiply, divide)) => (Some(base.name()), scaled(value, multiply, divide)),
        None => (Some(unit), value),
    }
}

/// The value times a fraction; whole numbers stay whole where they can.
fn scaled(value: Value, multiply: u64, divide: u64) -> Value {
    if multiply == 1 && divide == 1 {
        return value;
    }
    let whole = match value {
        Value::Unsigned(value) if divide == 1 => value.checked_mul(multiply).map(Value::Unsigned),
        Value::Signed(value) if divide == 1 => i64::try_from(multiply)
            .ok()
            .and_then(|multiply| value.checked_mul(multiply))
            .map(Value::Signed),
        _ => None,
    };
    let real = || {
        Some(Value::Real(
            value.as_f64()? * multiply as f64 / divide as f64,
        ))
    };
    whole.or_else(real).unwrap_or(Value::Missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_follows_its_unit_to_the_base() {
        for (unit, value, expected) in [
            ("s", Value::Real(0.5), (Some("seconds"), Value::Real(0.5))),
            (
                "ms",
                Value::Unsigned(44),
                (Some("seconds"), Value::Real(0.044)),
            ),
            (
                "KB",
                Value::Unsigned(3),
                (Some("bytes"), Value::Unsigned(3000)),
            ),
            (
                "KiB",
                Value::Signed(-3),
                (Some("bytes"), Value::Signed(-3072)),
            ),
            (
                "TB",
                Value::Unsigned(u64::MAX),
                (Some("bytes"), Value::Real(u64::MAX as f64 * 1e12)),
            ),
            ("MB", Value::Missing, (Some("bytes"), Value::Missing)),
            (
                "%",
                Value::Unsigned(5),
                (Some("percent"), Value::Unsigned(5)),
            ),
            (
                "req/s",
                Value::Unsigned(5),
                (Some("req/s"), Value::Unsigned(5)),
            ),
            (
                "bytes",
                Value::Unsigned(5),
                (Some("bytes"), Value::Unsigned(5)),
            ),
            ("", Value::Unsigned(5), (None, Value::Unsigned(5))),
        ] {
            assert_eq!(based(unit, value), expected, "{unit}");
        }
    }
}
