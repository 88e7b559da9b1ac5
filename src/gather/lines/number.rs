//! Values and times as text. Whole numbers stay exact; what is not finite is refused; a time that does not
//! fit 64 bits of nanoseconds is refused and never wraps.

use super::{Reject, Why};
use crate::metric::Value;
use crate::quantity::WallNs;

/// Nanoseconds of a second, a millisecond and so on: what a format counts its times in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeUnit(pub u64);

impl TimeUnit {
    /// Seconds.
    pub const SECONDS: TimeUnit = TimeUnit(1_000_000_000);
    /// Milliseconds.
    pub const MILLISECONDS: TimeUnit = TimeUnit(1_000_000);
    /// Microseconds.
    pub const MICROSECONDS: TimeUnit = TimeUnit(1_000);
    /// Nanoseconds.
    pub const NANOSECONDS: TimeUnit = TimeUnit(1);
}

/// A decimal number: an optional sign, digits with at most one point, an optional exponent.
pub fn value(text: &[u8], at: usize) -> Result<Value, Reject> {
    if let Some(value) = digits(text) {
        return Ok(Value::Unsigned(value));
    }
    if let [b'-', rest @ ..] = text
        && let Some(value) = digits(rest)
        && let Some(value) = 0_i64.checked_sub_unsigned(value)
    {
        return Ok(Value::Signed(value));
    }
    match decimal(text) {
        Some(value) => Ok(Value::Real(value)),
        None => real(text, at).map(Value::Real),
    }
}

/// A number of 15 digits at most with a point among them: both its digits as a whole and the power of ten that
/// they are divided by are exact as doubles, so that the quotient is the nearest there is.
fn decimal(text: &[u8]) -> Option<f64> {
    const POWERS: [f64; 16] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ];
    let (is_negative, unsigned) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    if unsigned.len() < 3 || unsigned.len() > 16 {
        return None;
    }
    let (mut whole, mut point): (u64, Option<usize>) = (0, None);
    for (place, &byte) in unsigned.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            whole = whole * 10 + u64::from(digit);
        } else if byte == b'.' && point.is_none() {
            point = Some(place);
        } else {
            return None;
        }
    }
    let value = whole as f64 / POWERS[unsigned.len() - 1 - point?];
    Some(if is_negative { -value } else { value })
}

/// The same as a float.
pub fn real(text: &[u8], at: usize) -> Result<f64, Reject> {
    let parsed = std::str::from_utf8(text).ok().and_then(|t| t.parse().ok());
    match parsed {
        Some(value) if f64::is_finite(value) => Ok(value),
        Some(_) => Err(Why::NotFinite.at(at)),
        None => Err(Why::Value.at(at)),
    }
}

/// A whole number of digits alone that fits 64 bits.
pub fn digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    let mut value: u64 = 0;
    // as many digits always fit; of the few that may follow each is checked
    let (safe, rest) = text.split_at(text.len().min(19));
    for byte in safe {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    for byte in rest {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(value)
}

/// A time from 1970 on, a fraction allowed; what is finer than a nanosecond is cut off.
pub fn time(text: &[u8], unit: TimeUnit, at: usize) -> Result<WallNs, Reject> {
    if let Some(whole) = digits(text) {
        let ns = whole
            .checked_mul(unit.0)
            .and_then(|ns| i64::try_from(ns).ok());
        return ns.map(WallNs).ok_or(Why::TimeRange.at(at));
    }
    let point = text.iter().position(|&byte| byte == b'.');
    let (whole, fraction) = match point {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &[][..]),
    };
    if !whole.iter().chain(fraction).all(u8::is_ascii_digit) || whole.is_empty() {
        let is_before = matches!(text, [b'-', rest @ ..] if real(rest, at).is_ok());
        return Err(if is_before { Why::TimeRange } else { Why::Time }.at(at));
    }
    let mut ns = digits(whole).and_then(|whole| whole.checked_mul(unit.0));
    let mut step = unit.0;
    for byte in fraction {
        step /= 10;
        ns = ns.and_then(|ns| ns.checked_add(u64::from(byte - b'0') * step));
    }
    ns.and_then(|ns| i64::try_from(ns).ok())
        .map(WallNs)
        .ok_or(Why::TimeRange.at(at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whole_numbers_stay_exact_and_others_become_floats() {
        for (text, expected) in [
            ("0", Value::Unsigned(0)),
            ("18446744073709551615", Value::Unsigned(u64::MAX)),
            ("18446744073709551616", Value::Real(2_f64.powi(64))),
            ("00000000000000000000000007", Value::Unsigned(7)),
            ("-9223372036854775808", Value::Signed(i64::MIN)),
            ("-9223372036854775809", Value::Real(-(2_f64.powi(63)))),
            ("-0", Value::Signed(0)),
            ("+5", Value::Real(5.0)),
            ("5.", Value::Real(5.0)),
            (".5", Value::Real(0.5)),
            ("-0.5e-3", Value::Real(-0.0005)),
            ("1e300", Value::Real(1e300)),
        ] {
            assert_eq!(value(text.as_bytes(), 0), Ok(expected), "{text}");
        }
        for text in ["nan", "-NaN", "inf", "+Infinity", "1e999", "-1e999"] {
            assert_eq!(
                value(text.as_bytes(), 3),
                Err(Why::NotFinite.at(3)),
                "{text}"
            );
        }
        for text in [
            "", "-", "+", ".", "1,5", "0x10", "1_000", "1 ", "e5", "5e", "\u{661}",
        ] {
            assert_eq!(value(text.as_bytes(), 0), Err(Why::Value.at(0)), "{text}");
        }
        assert_eq!(value(b"1\xff", 0), Err(Why::Value.at(0)));
    }

    proptest! {
        #[test]
        fn every_decimal_is_the_nearest_double(text in "-?[0-9]{0,16}\\.[0-9]{0,16}") {
            let expected = text.parse().ok().map(Value::Real);
            prop_assert_eq!(value(text.as_bytes(), 0).ok(), expected, "{}", text);
        }
    }

    #[test]
    fn a_time_is_exact_and_never_wraps() {
        let seconds = |text: &str| time(text.as_bytes(), TimeUnit::SECONDS, 0);
        assert_eq!(seconds("1795323856"), Ok(WallNs(1_795_323_856_000_000_000)));
        assert_eq!(seconds("1.25"), Ok(WallNs(1_250_000_000)));
        assert_eq!(seconds("1."), Ok(WallNs(1_000_000_000)));
        assert_eq!(seconds("1.0000000019"), Ok(WallNs(1_000_000_001)));
        assert_eq!(seconds("9223372036.854775807"), Ok(WallNs(i64::MAX)));
        for text in [
            "9223372036.854775808",
            "253402300799",
            "99999999999999999999999",
            "-62135596800",
            "-2",
        ] {
            assert_eq!(seconds(text), Err(Why::TimeRange.at(0)), "{text}");
        }
        for text in ["", ".5", "1e9", "now", "1.2.3", "-", "1-"] {
            assert_eq!(seconds(text), Err(Why::Time.at(0)), "{text}");
        }
    }
}
