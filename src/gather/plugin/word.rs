//! A plugin's value as a word of the ring: floats, unless only a whole number is exact.

use crate::metric::{MISSING, Repr, Value};

/// Whole numbers up to this are exact as floats.
const EXACT_MAX: u64 = 1 << 53;
/// The word of a value; `None` where the representation cannot hold it exactly.
pub fn word(value: Value, repr: Repr) -> Option<u64> {
    match (value, repr) {
        (Value::Missing, _) => Some(MISSING),
        (Value::Unsigned(value), Repr::F64) => {
            (value <= EXACT_MAX).then(|| (value as f64).to_bits())
        }
        (Value::Signed(value), Repr::F64) => {
            (value.unsigned_abs() <= EXACT_MAX).then(|| (value as f64).to_bits())
        }
        (Value::Real(value), Repr::F64) => Some(value.to_bits()),
        (Value::Unsigned(value), Repr::U64) => Some(value),
        (Value::Unsigned(value), Repr::I64) => i64::try_from(value).ok().map(i64::cast_unsigned),
        (Value::Signed(value), Repr::U64) => u64::try_from(value).ok(),
        (Value::Signed(value), Repr::I64) => Some(value.cast_unsigned()),
        (Value::Real(_), Repr::U64 | Repr::I64) => None,
    }
    .filter(|&word| word != MISSING || value == Value::Missing)
}

/// The representation for a value: floats where they hold it exactly.
pub fn repr_of(value: Value) -> Repr {
    match value {
        Value::Unsigned(value) if value > EXACT_MAX => Repr::U64,
        Value::Signed(value) if value.unsigned_abs() > EXACT_MAX => Repr::I64,
        _ => Repr::F64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_exact_whatever_their_size() {
        for value in [
            Value::Unsigned(0),
            Value::Unsigned(EXACT_MAX),
            Value::Unsigned(EXACT_MAX + 1),
            Value::Unsigned(u64::MAX),
            Value::Signed(-1),
            Value::Signed(i64::MIN),
        ] {
            let repr = repr_of(value);
            let decode = crate::metric::Decode {
                repr,
                scale: crate::metric::Scale::ONE,
            };
            let back = decode.value(word(value, repr).unwrap());
            let whole = |value| match value {
                Value::Unsigned(value) => i128::from(value),
                Value::Signed(value) => i128::from(value),
                #[allow(clippy::cast_possible_truncation, reason = "that is what is shown")]
                Value::Real(value) => value as i128,
                Value::Missing => i128::MAX,
            };
            assert_eq!(whole(back), whole(value), "{value:?}");
        }
    }

    #[test]
    fn what_a_representation_cannot_hold_is_not_squeezed_into_it() {
        assert_eq!(word(Value::Unsigned(EXACT_MAX + 1), Repr::F64), None);
        assert_eq!(word(Value::Signed(-1), Repr::U64), None);
        assert_eq!(word(Value::Unsigned(u64::MAX), Repr::I64), None);
        assert_eq!(word(Value::Real(0.5), Repr::U64), None);
        // a number that looks like "missing" is none of these
        assert_eq!(word(Value::Unsigned(MISSING), Repr::U64), None);
        assert_eq!(word(Value::Missing, Repr::U64), Some(MISSING));
    }
}
