//! Numbers as text, written in place. Whole numbers and decimals are made eight digits at a time without a
//! branch a digit and without a call (itoa is as quick, but then its text must be copied, and musl's `memcpy`
//! is slow for so few bytes); other floats are zmij's shortest that reads back exactly, without its `.0`.
//! What is no finite number goes by the text's own custom.

use crate::query::Cell;

/// Room that a number may use; more than any needs, so that digits are stored eight at a time.
pub const NUMBER_SIZE_MAX: usize = 32;

const EIGHT: u64 = 100_000_000;
const POWERS: [u64; 10] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
];
const ASCII_ZEROS: u64 = 0x3030_3030_3030_3030;

/// How a text writes what is missing or no finite number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Custom {
    /// Nothing; `NaN`, `inf`, `-inf`.
    Csv,
    /// `null`.
    Json,
    /// Missing samples are not written at all; `NaN`, `+Inf`, `-Inf`.
    Prometheus,
}

/// Writes a value at the start of `into`, and says how long it is; what stands behind is undefined.
#[inline]
pub fn write(cell: Cell, custom: Custom, into: &mut [u8; NUMBER_SIZE_MAX]) -> usize {
    match cell {
        Cell::Unsigned(value) => unsigned(value, into),
        Cell::Decimal { digits, places } => decimal(digits, places, into),
        Cell::Signed(value) => signed(value, into),
        Cell::Real(value) if value.is_finite() => real(value, into),
        Cell::Real(value) => odd(Some(value), custom, into),
        Cell::Missing => odd(None, custom, into),
    }
}

/// Appends a value.
pub fn push(cell: Cell, custom: Custom, out: &mut Vec<u8>) {
    let mut digits = [0; NUMBER_SIZE_MAX];
    let len = write(cell, custom, &mut digits);
    out.extend_from_slice(&digits[..len]);
}

/// The digits of a number below 10^8 as bytes 0 to 9, the first in the lowest byte.
#[inline]
fn digits_of(value: u64) -> u64 {
    // two numbers of four digits, then four of two, then eight of one; each division by a multiplication
    // that is exact for numbers as small, in all lanes at once
    let fours = (value / 10_000) | (value % 10_000) << 32;
    let hundreds = ((fours * 10_486) >> 20) & 0x7f_0000_007f;
    let twos = (fours - hundreds * 100) << 16 | hundreds;
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    (twos - tens * 10) << 8 | tens
}

/// Stores eight bytes at `at`.
#[inline]
fn store(bytes: u64, at: usize, into: &mut [u8; NUMBER_SIZE_MAX]) {
    into[at..at + 8].copy_from_slice(&bytes.to_le_bytes());
}

/// A number below 10^8 without leading zeros.
#[inline]
fn short(value: u64, into: &mut [u8; NUMBER_SIZE_MAX]) -> usize {
    let digits = digits_of(value);
    // the last digit stays, a zero too
    let zeros = ((digits | 1 << 56).trailing_zeros() / 8) as usize;
    store((digits | ASCII_ZEROS) >> (8 * zeros), 0, into);
    8 - zeros
}

#[inline(never)]
fn unsigned(value: u64, into: &mut [u8; NUMBER_SIZE_MAX]) -> usize {
    if value < EIGHT {
        return short(value, into);
    }
    let (high, low) = (value / EIGHT, value % EIGHT);
    let len = if high < EIGHT {
        short(high, into)
    } else {
        let len = short(high / EIGHT, into);
        store(digits_of(high % EIGHT) | ASCII_ZEROS, len, into);
        len + 8
    };
    store(digits_of(low) | ASCII_ZEROS, len, into);
    len + 8
}

#[inline(never)]
fn signed(value: i64, into: &mut [u8; NUMBER_SIZE_MAX]) -> usize {
    let len = unsigned(value.unsigned_abs(), into);
    if value >= 0 {
        return len;
    }
    into.copy_within(0..NUMBER_SIZE_MAX - 1, 1);
    into[0] = b'-';
    len + 1
}

#[inline(never)]
fn decimal(digits: u64, places: u8, into: &mut [u8; NUMBER_SIZE_MAX]) -> usize {
    // the usual scales by name: a division by a known number is a multiplication
    let (whole, rest) = match places {
        2 => (digits / 100, digits % 100 * 10_000_000),
        3 => (digits / 1_000, digits % 1_000 * 1_000_000),
        6 => (digits / 1_000_000, digits % 1_000_000 * 1_000),
        9 => (digits / 1_000_000_000, digits % 1_000_000_000),
        _ => {
            let power = POWERS[usize::from(places)];
            (digits / power, digits % power * (POWERS[9] / power))
        }
    };
    let len = unsigned(whole, into);
    if rest == 0 {
        return len;
    }
    let (eight, ninth) = (digits_of(rest / 10), rest % 10);
    into[len] = b'.';
    store(eight | ASCII_ZEROS, len + 1, into);
    if ninth != 0 {
        into[len + 9] = b'0' | ninth.to_le_bytes()[0];
        return len + 10;
    }
    let zeros = (eight.leading_zeros() / 8) as usize;
    len + 9 - zeros
}

// not inlined, as its neighbours: what is small around the calls stays in registers
#[inline(never)]
#[allow(
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    reason = "whether it is a whole number is seen by going there and back"
)]
fn real(value: f64, into: &mut [u8; NUMBER_SIZE_MAX]) -> usize {
    let whole = value as i64;
    let is_whole = whole as f64 == value && whole.unsigned_abs() < 1 << 53;
    if is_whole && (whole != 0 || value.is_sign_positive()) {
        return signed(whole, into);
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    text_into(text.strip_suffix(".0").unwrap_or(text), into)
}

#[cold]
fn odd(value: Option<f64>, custom: Custom, into: &mut [u8; NUMBER_SIZE_MAX]) -> usize {
    let text = match (custom, value) {
        (Custom::Json, _) => "null",
        (_, None) => "",
        (_, Some(value)) if value.is_nan() => "NaN",
        (Custom::Csv, Some(value)) if value > 0.0 => "inf",
        (Custom::Csv, Some(_)) => "-inf",
        (Custom::Prometheus, Some(value)) if value > 0.0 => "+Inf",
        (Custom::Prometheus, Some(_)) => "-Inf",
    };
    text_into(text, into)
}

/// Copies a short text by stores of known sizes that overlap: a call of `memcpy` costs more than the number.
#[inline]
fn text_into(text: &str, into: &mut [u8; NUMBER_SIZE_MAX]) -> usize {
    let text = text.as_bytes();
    let len = text.len();
    if !(ends::<16>(text, into) || ends::<8>(text, into) || ends::<4>(text, into)) {
        for (byte, &from) in into.iter_mut().zip(text.iter().take(3)) {
            *byte = from;
        }
    }
    len
}

/// Copies the first and the last `N` bytes of a text of `N` to `2 N` bytes; false if it is shorter.
#[inline]
fn ends<const N: usize>(text: &[u8], into: &mut [u8; NUMBER_SIZE_MAX]) -> bool {
    let (Some(first), Some(last)) = (text.first_chunk::<N>(), text.last_chunk::<N>()) else {
        return false;
    };
    into[..N].copy_from_slice(first);
    into[text.len() - N..text.len()].copy_from_slice(last);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(cell: Cell) -> String {
        let mut out = Vec::new();
        push(cell, Custom::Csv, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_look_as_people_write_them() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (10.0, "10"),
            (-3.0, "-3"),
            (0.42, "0.42"),
            (12.34, "12.34"),
            (0.001, "0.001"),
            (0.000_01, "0.00001"),
            (123_456_789_012_345.0, "123456789012345"),
            (9_007_199_254_740_992.0, "9007199254740992"),
            (1e20, "1e+20"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
        ] {
            assert_eq!(text(Cell::Real(value)), expected);
        }
    }

    #[test]
    fn what_is_no_number_goes_by_custom() {
        let cells = [
            Cell::Missing,
            Cell::Real(f64::NAN),
            Cell::Real(f64::INFINITY),
            Cell::Real(f64::NEG_INFINITY),
        ];
        for (custom, expected) in [
            (Custom::Csv, ["", "NaN", "inf", "-inf"]),
            (Custom::Json, ["null"; 4]),
            (Custom::Prometheus, ["", "NaN", "+Inf", "-Inf"]),
        ] {
            for (cell, expected) in cells.into_iter().zip(expected) {
                let mut out = Vec::new();
                push(cell, custom, &mut out);
                assert_eq!(out, expected.as_bytes());
            }
        }
    }

    #[test]
    fn every_count_of_digits_is_written_whole() {
        for power in 0..20 {
            let value = 10_u64.pow(power);
            for value in [value - 1, value, value + 1, value.saturating_mul(9)] {
                assert_eq!(text(Cell::Unsigned(value)), value.to_string());
            }
        }
        assert_eq!(text(Cell::Unsigned(u64::MAX)), u64::MAX.to_string());
        assert_eq!(text(Cell::Signed(i64::MIN)), i64::MIN.to_string());
    }

    proptest! {
        #[test]
        fn whole_numbers_read_back(value: u64, shift in 0_u32..64) {
            let value = value >> shift;
            prop_assert_eq!(text(Cell::Unsigned(value)), value.to_string());
            prop_assert_eq!(text(Cell::Signed(value.cast_signed())), value.cast_signed().to_string());
        }

        #[test]
        fn floats_read_back_to_the_bit(bits: u64) {
            let value = f64::from_bits(bits);
            if value.is_finite() {
                prop_assert_eq!(text(Cell::Real(value)).parse::<f64>().unwrap().to_bits(), bits);
            }
        }

        #[test]
        fn a_decimal_is_written_as_the_float_it_is(digits in 0_u64..1_000_000_000_000_000, shift in 0_u32..50, places in 1_u8..10) {
            let cell = Cell::Decimal { digits: digits >> shift, places };
            let value = cell.as_f64().unwrap();
            let written = text(cell);
            prop_assert_eq!(written.parse::<f64>().unwrap().to_bits(), value.to_bits());
            if value >= 1e-4 {
                prop_assert_eq!(written, text(Cell::Real(value)));
            }
        }
    }
}
