//! A point in time as people and programs write it: RFC 3339, Unix seconds, or a duration ago.

use super::WallNs;
use super::parse::{Number, ParseError, duration};

const MOMENT: &str =
    "a time such as 2026-11-22T05:04:16Z, Unix seconds, or a duration ago such as 10m";
const NS_A_SECOND: i64 = 1_000_000_000;

/// A point in time, perhaps still to be counted from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// By the wall clock.
    At(WallNs),
    /// So many nanoseconds before now (where no writer is at work: before the newest row).
    Ago(u64),
}

impl Moment {
    /// The moment by the wall clock, durations counted back from `now`.
    pub fn at(self, now: WallNs) -> WallNs {
        match self {
            Moment::At(wall) => wall,
            Moment::Ago(ns) => WallNs(now.0.saturating_sub_unsigned(ns)),
        }
    }

    /// Reads RFC 3339 alone, without an allocation; the error says what is wrong. A time far out is the first or
    /// the last moment that can be told.
    pub fn rfc3339(text: &[u8]) -> Result<WallNs, &'static str> {
        rfc3339(text)
    }

    /// Reads RFC 3339 with any offset and fraction, Unix seconds with a fraction, or a duration ago. What is
    /// finer than a nanosecond is cut off from a point in time. A date outside the years 1678 to 2261 is the
    /// first or the last moment that can be told: before or behind everything recorded, as it says.
    pub fn parse(text: &str) -> Result<Moment, ParseError> {
        let error = |why| ParseError::new(text, why, MOMENT);
        let trimmed = text.trim();
        let bytes = trimmed.as_bytes();
        if bytes.is_empty() {
            return Err(error("it is empty"));
        }
        if bytes.len() > 4 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-' {
            return rfc3339(bytes).map(Moment::At).map_err(error);
        }
        if bytes[0] == b'-' {
            return Err(error("it starts with a minus"));
        }
        if bytes
            .iter()
            .all(|&byte| byte.is_ascii_digit() || byte == b'.')
        {
            return unix(trimmed).map(Moment::At).map_err(error);
        }
        let ago = duration(trimmed).map_err(|inner| error(inner.why))?;
        u64::try_from(ago.as_nanos())
            .map(Moment::Ago)
            .map_err(|_| error("it is too long"))
    }
}

/// From here on a number of seconds is taken for one of milliseconds: the year 5138, or 1973.
const UNIX_SECONDS_END: u128 = 100_000_000_000;

fn unix(text: &str) -> Result<WallNs, &'static str> {
    let mut rest = text;
    let number = Number::split(&mut rest)?;
    if !rest.is_empty() {
        return Err("it has two points");
    }
    match number.times(NS_A_SECOND.unsigned_abs().into()) {
        Some((ns, _)) if ns < UNIX_SECONDS_END * u128::from(NS_A_SECOND.unsigned_abs()) => {
            Ok(WallNs(i64::try_from(ns).unwrap_or(i64::MAX)))
        }
        _ => Err("it lies beyond the year 5138 (milliseconds in place of seconds?)"),
    }
}

/// `YYYY-MM-DD` `T`, `t` or a space `HH:MM:SS[.fraction]` `Z`, `z` or `+HH:MM`.
fn rfc3339(text: &[u8]) -> Result<WallNs, &'static str> {
    let mut rest = text;
    let year = number(&mut rest, 4)?;
    literal(&mut rest, b"-")?;
    let month = number(&mut rest, 2)?;
    literal(&mut rest, b"-")?;
    let day = number(&mut rest, 2)?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return Err("there is no such day");
    }
    if rest.is_empty() {
        return Err("the time of day is missing");
    }
    literal(&mut rest, b"Tt ")?;
    let hour = number(&mut rest, 2)?;
    literal(&mut rest, b":")?;
    let minute = number(&mut rest, 2)?;
    literal(&mut rest, b":")?;
    let second = number(&mut rest, 2)?;
    // a leap second is the first of the next minute, as Unix time has it
    if hour > 23 || minute > 59 || second > 60 {
        return Err("there is no such time of day");
    }
    let ns = fraction(&mut rest)?;
    let offset = offset(&mut rest)?;
    if !rest.is_empty() {
        return Err("something follows the offset");
    }
    let seconds =
        days_since_epoch(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    Ok(WallNs(
        seconds.saturating_mul(NS_A_SECOND).saturating_add(ns),
    ))
}

fn number(rest: &mut &[u8], digits: usize) -> Result<i64, &'static str> {
    let Some((text, behind)) = rest.split_at_checked(digits) else {
        return Err("it ends too early");
    };
    *rest = behind;
    text.iter().try_fold(0, |sum, byte| {
        if byte.is_ascii_digit() {
            Ok(sum * 10 + i64::from(byte - b'0'))
        } else {
            Err("it has something else where a digit belongs")
        }
    })
}

fn literal(rest: &mut &[u8], one_of: &[u8]) -> Result<u8, &'static str> {
    match rest.split_first() {
        Some((byte, behind)) if one_of.contains(byte) => {
            *rest = behind;
            Ok(*byte)
        }
        Some(_) => Err("it is not of the form YYYY-MM-DDTHH:MM:SSZ"),
        None => Err("it ends too early"),
    }
}

fn fraction(rest: &mut &[u8]) -> Result<i64, &'static str> {
    if rest.first() != Some(&b'.') {
        return Ok(0);
    }
    *rest = &rest[1..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return Err("it has something else where a digit belongs");
    }
    let mut ns = 0;
    for place in 0..9 {
        ns = ns * 10
            + if place < digits {
                i64::from(rest[place] - b'0')
            } else {
                0
            };
    }
    *rest = &rest[digits..];
    Ok(ns)
}

/// Seconds east of UTC.
fn offset(rest: &mut &[u8]) -> Result<i64, &'static str> {
    if rest.is_empty() {
        return Err("the offset is missing (Z, or as in +02:00)");
    }
    // a space is what a plus becomes in the query of a URL where nobody escaped it
    let sign = match literal(rest, b"Zz+- ")? {
        b'Z' | b'z' => return Ok(0),
        b'-' => -1,
        _ => 1,
    };
    let hours = number(rest, 2)?;
    literal(rest, b":")?;
    let minutes = number(rest, 2)?;
    if hours > 23 || minutes > 59 {
        return Err("there is no such offset");
    }
    Ok(sign * (hours * 3_600 + minutes * 60))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01, proleptic Gregorian. Years are counted from March, so that a leap day is a year's
/// last: 153 days are each five months from March on, 146,097 each four centuries.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let from_march = (month + 9) % 12;
    let year = if month <= 2 { year - 1 } else { year };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (153 * from_march + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_time_is_read() {
        const AT: i64 = 1_795_323_856; // date -d 2026-11-22T05:04:16Z +%s
        for (text, ns) in [
            ("2026-11-22T05:04:16Z", AT * NS_A_SECOND),
            ("2026-11-22t05:04:16z", AT * NS_A_SECOND),
            ("2026-11-22 05:04:16Z", AT * NS_A_SECOND),
            ("2026-11-22T05:04:16.395Z", AT * NS_A_SECOND + 395_000_000),
            (
                "2026-11-22T05:04:16.1234567899Z",
                AT * NS_A_SECOND + 123_456_789,
            ),
            ("2026-11-22T07:04:16+02:00", AT * NS_A_SECOND),
            ("2026-11-22T07:04:16 02:00", AT * NS_A_SECOND),
            ("2026-11-21T23:34:16-05:30", AT * NS_A_SECOND),
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.5Z", -500_000_000),
            ("2000-02-29T00:00:00Z", 951_782_400 * NS_A_SECOND),
            ("2016-12-31T23:59:60Z", 1_483_228_800 * NS_A_SECOND),
            ("2262-01-01T00:00:00Z", 9_214_646_400 * NS_A_SECOND),
            ("2999-01-01T00:00:00Z", i64::MAX),
            ("9999-12-31T23:59:59.999999999Z", i64::MAX),
            ("0001-01-01T00:00:00Z", i64::MIN),
            ("0000-01-01T00:00:00+14:00", i64::MIN),
            ("1795323856", AT * NS_A_SECOND),
            ("1795323856.25", AT * NS_A_SECOND + 250_000_000),
            ("0", 0),
            ("9999999999", i64::MAX),
        ] {
            assert_eq!(Moment::parse(text), Ok(Moment::At(WallNs(ns))), "{text}");
        }
        assert_eq!(Moment::parse("10m"), Ok(Moment::Ago(600_000_000_000)));
        assert_eq!(Moment::parse("1h30m"), Ok(Moment::Ago(5_400_000_000_000)));
    }

    #[test]
    fn what_is_not_a_time_is_refused_with_the_reason() {
        for (text, why) in [
            ("", "it is empty"),
            ("yesterday", "it does not start with a number"),
            ("-10m", "it starts with a minus"),
            ("10x", "it has an unknown unit"),
            ("1.2.3", "it has two points"),
            (
                "1795323856000",
                "it lies beyond the year 5138 (milliseconds in place of seconds?)",
            ),
            ("2026-11-22", "the time of day is missing"),
            (
                "2026-11-22T05:04Z",
                "it is not of the form YYYY-MM-DDTHH:MM:SSZ",
            ),
            (
                "2026-11-22T05:04:16",
                "the offset is missing (Z, or as in +02:00)",
            ),
            ("2026-11-22T05:04:16+02", "it ends too early"),
            ("2026-11-22T05:04:16+24:00", "there is no such offset"),
            ("2026-11-22T05:04:16Zx", "something follows the offset"),
            (
                "2026-11-22T05:04:16.Z",
                "it has something else where a digit belongs",
            ),
            (
                "2026-11-2xT05:04:16Z",
                "it has something else where a digit belongs",
            ),
            ("2026-02-29T00:00:00Z", "there is no such day"),
            ("2026-13-01T00:00:00Z", "there is no such day"),
            ("2026-11-22T24:00:00Z", "there is no such time of day"),
        ] {
            assert_eq!(
                Moment::parse(text).map_err(|error| error.why),
                Err(why),
                "{text}"
            );
        }
    }

    #[test]
    fn a_duration_ago_counts_back_from_now() {
        assert_eq!(Moment::Ago(5).at(WallNs(100)), WallNs(95));
        assert_eq!(Moment::At(WallNs(7)).at(WallNs(100)), WallNs(7));
        assert_eq!(Moment::Ago(u64::MAX).at(WallNs(0)), WallNs(i64::MIN));
    }

    #[test]
    fn days_agree_with_counting_them_one_by_one() {
        let mut days = 0;
        for year in 1970..2400 {
            for month in 1..=12 {
                for day in 1..=days_in(year, month) {
                    assert_eq!(
                        days_since_epoch(year, month, day),
                        days,
                        "{year}-{month}-{day}"
                    );
                    days += 1;
                }
            }
        }
    }
}
