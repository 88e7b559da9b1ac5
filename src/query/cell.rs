//! A value on its way out, and the way there from a recorded word.

use crate::metric::{Decode, FieldInfo, Kind, MISSING, Repr, Value};
use crate::ring::FieldSpec;

/// Decimals of at most this many digits and their doubles are one to one, so that either prints as the other.
const DECIMAL_MAX: u64 = 1_000_000_000_000_000;

/// A value in its base unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// Not known.
    Missing,
    /// A whole number from 0.
    Unsigned(u64),
    /// A whole number.
    Signed(i64),
    /// `digits / 10^places`, exactly; below 10^15 digits and at most 9 places. What [`Value::Real`] would be,
    /// at a third of the cost of printing it.
    Decimal {
        /// The digits.
        digits: u64,
        /// How many of them stand behind the point.
        places: u8,
    },
    /// Any number; may be infinite or not a number.
    Real(f64),
}

impl Cell {
    /// The value as a float; `None` where missing.
    pub fn as_f64(self) -> Option<f64> {
        match self {
            Cell::Missing => None,
            Cell::Unsigned(value) => Some(value as f64),
            Cell::Signed(value) => Some(value as f64),
            Cell::Decimal { digits, places } => Some(digits as f64 / POWERS[usize::from(places)]),
            Cell::Real(value) => Some(value),
        }
    }
}

impl From<Value> for Cell {
    fn from(value: Value) -> Cell {
        match value {
            Value::Missing => Cell::Missing,
            Value::Unsigned(value) => Cell::Unsigned(value),
            Value::Signed(value) => Cell::Signed(value),
            Value::Real(value) => Cell::Real(value),
        }
    }
}

/// Powers of ten; every one is exact as a double.
const POWERS: [f64; 10] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// [`Decode`], made ready for many words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decoder {
    decode: Decode,
    /// Places of the decimal that an unsigned word is, where its scale is 1 / 10^places.
    places: Option<u8>,
}

impl Decoder {
    pub(super) fn of(decode: Decode) -> Decoder {
        let is_fraction = decode.repr == Repr::U64 && decode.scale.multiply == 1;
        let places =
            (1..=9).find(|&places| is_fraction && 10_u32.pow(places.into()) == decode.scale.divide);
        Decoder { decode, places }
    }

    #[inline]
    pub(super) fn cell(self, word: u64) -> Cell {
        match self.places {
            Some(places) if word < DECIMAL_MAX => Cell::Decimal {
                digits: word,
                places,
            },
            _ => self.decode.value(word).into(),
        }
    }

    /// How much a counter rose from `before` to `now`, in the base unit; `None` where it went back or either
    /// is not known.
    #[inline]
    pub(super) fn rise(self, before: u64, now: u64) -> Option<f64> {
        if before == MISSING || now == MISSING {
            return None;
        }
        let raw = match self.decode.repr {
            Repr::U64 => now.checked_sub(before)? as f64,
            Repr::I64 => {
                let rise = i128::from(now.cast_signed()) - i128::from(before.cast_signed());
                rise as f64
            }
            Repr::F64 => f64::from_bits(now) - f64::from_bits(before),
        };
        let scale = self.decode.scale;
        // not `raw < 0`: a rise that is not a number is none
        (raw >= 0.0).then(|| raw * f64::from(scale.multiply) / f64::from(scale.divide))
    }
}

/// What the ring's directory and, where it knows the field, the catalogue say of a series.
#[derive(Clone, Copy, Debug)]
pub struct Described<'a> {
    /// As recorded.
    pub spec: &'a FieldSpec,
    /// As this build's catalogue has it.
    pub info: Option<&'static FieldInfo>,
}

impl Described<'_> {
    /// Whether rates are made of it.
    pub fn is_counter(&self) -> bool {
        self.spec.kind == Kind::Counter
    }

    /// One sentence; empty where nobody knows.
    pub fn help(&self) -> &'static str {
        self.info.map_or("", |info| info.help)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::Scale;

    fn decoder(repr: Repr, multiply: u32, divide: u32) -> Decoder {
        Decoder::of(Decode {
            repr,
            scale: Scale { multiply, divide },
        })
    }

    #[test]
    fn a_decimal_is_the_float_that_the_catalogue_decodes() {
        for (divide, places) in [(10, 1), (100, 2), (1000, 3), (1_000_000_000, 9)] {
            let ready = decoder(Repr::U64, 1, divide);
            for word in [0, 1, 7, 99, 100, 123_456_789, DECIMAL_MAX - 1] {
                let cell = ready.cell(word);
                assert_eq!(
                    cell,
                    Cell::Decimal {
                        digits: word,
                        places
                    }
                );
                assert_eq!(cell.as_f64(), ready.decode.value(word).as_f64());
            }
            assert!(matches!(ready.cell(DECIMAL_MAX), Cell::Real(_)));
            assert_eq!(ready.cell(MISSING), Cell::Missing);
        }
        assert_eq!(
            decoder(Repr::U64, 512, 1).cell(2),
            Cell::Unsigned(1024),
            "a whole scale stays whole"
        );
        assert_eq!(decoder(Repr::U64, 1, 64).cell(32), Cell::Real(0.5));
    }

    #[test]
    fn a_counter_that_went_back_has_no_rise() {
        let ready = decoder(Repr::U64, 1, 100);
        assert_eq!(ready.rise(100, 350), Some(2.5));
        assert_eq!(ready.rise(350, 100), None);
        assert_eq!(ready.rise(MISSING, 100), None);
        assert_eq!(ready.rise(100, MISSING), None);
        let signed = decoder(Repr::I64, 1, 1);
        assert_eq!(signed.rise((-5_i64).cast_unsigned(), 5), Some(10.0));
        assert_eq!(signed.rise(5, (-5_i64).cast_unsigned()), None);
        let real = decoder(Repr::F64, 1, 1);
        assert_eq!(real.rise(1.5_f64.to_bits(), 2.0_f64.to_bits()), Some(0.5));
        assert_eq!(real.rise(2.0_f64.to_bits(), 1.5_f64.to_bits()), None);
        assert_eq!(real.rise(f64::NAN.to_bits(), 1.5_f64.to_bits()), None);
    }
}
