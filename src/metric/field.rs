//! One column of the catalogue: what a field is called, what it means, and where it stands in the sample.

use goodall_platform::reader::Label;
use goodall_platform::system::System;

use super::{Kind, Unit};

/// The word that means "not known here": a quiet NaN that no arithmetic makes. As a counter it would be
/// 9.2 * 10^18, which no kernel reaches.
pub const MISSING: u64 = 0x7ff8_6f6f_6461_6c6c;

/// What the 64 bits of a recorded word are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Repr {
    /// An unsigned integer.
    U64,
    /// A signed integer, two's complement.
    I64,
    /// An IEEE 754 double.
    F64,
}

/// What a recorded word is multiplied by, then divided by, to be in the base unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scale {
    /// First multiplied by this.
    pub multiply: u32,
    /// Then divided by this.
    pub divide: u32,
}

impl Scale {
    /// As it is.
    pub const ONE: Scale = Scale {
        multiply: 1,
        divide: 1,
    };
}

/// A value in its base unit. Integers stay exact where the scale leaves them whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// Not known.
    Missing,
    /// A whole number from 0.
    Unsigned(u64),
    /// A whole number.
    Signed(i64),
    /// Any number; may be infinite or not a number.
    Real(f64),
}

impl Value {
    /// The value as a float; `None` where missing.
    pub fn as_f64(self) -> Option<f64> {
        match self {
            Value::Missing => None,
            Value::Unsigned(value) => Some(value as f64),
            Value::Signed(value) => Some(value as f64),
            Value::Real(value) => Some(value),
        }
    }
}

/// How a recorded word becomes a value: all that a reader of the ring must know of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decode {
    /// What the bits are.
    pub repr: Repr,
    /// The way to the base unit.
    pub scale: Scale,
}

impl Decode {
    /// The value of a recorded word.
    #[inline]
    pub fn value(self, word: u64) -> Value {
        if word == MISSING {
            return Value::Missing;
        }
        let Scale { multiply, divide } = self.scale;
        match self.repr {
            Repr::U64 if divide == 1 => match word.checked_mul(u64::from(multiply)) {
                Some(value) => Value::Unsigned(value),
                None => Value::Real(word as f64 * f64::from(multiply)),
            },
            Repr::U64 => Value::Real(word as f64 * f64::from(multiply) / f64::from(divide)),
            Repr::I64 => {
                let value = word.cast_signed();
                match value.checked_mul(i64::from(multiply)) {
                    Some(value) if divide == 1 => Value::Signed(value),
                    _ => Value::Real(value as f64 * f64::from(multiply) / f64::from(divide)),
                }
            }
            Repr::F64 => {
                let value = f64::from_bits(word);
                Value::Real(if self.scale == Scale::ONE {
                    value
                } else {
                    value * f64::from(multiply) / f64::from(divide)
                })
            }
        }
    }
}

/// What Prometheus' text calls a metric's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromType {
    /// `counter`.
    Counter,
    /// `gauge`.
    Gauge,
    /// `untyped` (`unknown` in OpenMetrics): node_exporter's for what it copies from `/proc` unseen.
    Untyped,
}

/// The metric that node_exporter calls the same thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prom {
    /// The metric's name; `{instance}` in it stands for the track's instance.
    pub name: &'static str,
    /// Labels besides those of the track, as `(name, value)`.
    pub labels: &'static [(&'static str, &'static str)],
    /// The metric's type there.
    pub kind: PromType,
    /// node_exporter's own help text; empty means the field's.
    pub help: &'static str,
    /// Where the name has `{instance}`: its help for some instances, as `(instance, help)`.
    pub helps: &'static [(&'static str, &'static str)],
}

impl Prom {
    /// node_exporter's own help text for an instance; empty means the field's.
    pub fn help_of(&self, instance: &str) -> &'static str {
        let named = self.helps.iter().find(|(known, _)| *known == instance);
        named.map_or(self.help, |(_, help)| help)
    }
}

/// One field of a collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldInfo {
    /// The last part of the series' name.
    pub name: &'static str,
    /// The unit of the value handed out.
    pub unit: Unit,
    /// Counter or gauge.
    pub kind: Kind,
    /// From word to value.
    pub decode: Decode,
    /// node_exporter's name for it, if it has one.
    pub prom: Option<Prom>,
    /// One of Goodall's nine names, for the instance that they mean (`root`, or none).
    pub alias: Option<&'static str>,
    /// Whether Linux has no such thing; which fields macOS has is said in [`super::systems`].
    pub is_macos_only: bool,
    /// One sentence.
    pub help: &'static str,
}

/// Where a field stands in the sample `S`.
pub enum Get<S> {
    /// An unsigned number that is always there.
    U64(fn(&S) -> u64),
    /// An unsigned number that some systems do not have.
    MaybeU64(fn(&S) -> Option<u64>),
    /// A signed number that some systems do not have.
    MaybeI64(fn(&S) -> Option<i64>),
    /// A float that is always there.
    F64(fn(&S) -> f64),
    /// A float that some systems do not have.
    MaybeF64(fn(&S) -> Option<f64>),
}

// not derived: that would ask the same of `S`
impl<S> Clone for Get<S> {
    fn clone(&self) -> Get<S> {
        *self
    }
}

impl<S> Copy for Get<S> {}

impl<S> Get<S> {
    /// The word to record.
    #[inline]
    pub fn word(self, sample: &S) -> u64 {
        match self {
            Get::U64(get) => get(sample),
            Get::MaybeU64(get) => get(sample).unwrap_or(MISSING),
            Get::MaybeI64(get) => get(sample).map_or(MISSING, i64::cast_unsigned),
            Get::F64(get) => get(sample).to_bits(),
            Get::MaybeF64(get) => get(sample).map_or(MISSING, f64::to_bits),
        }
    }
}

/// A line of a collector's table: the field and where it stands in the sample.
pub struct Field<S> {
    /// What it is.
    pub info: FieldInfo,
    /// Where it stands.
    pub get: Get<S>,
}

impl<S> Field<S> {
    const fn new(name: &'static str, repr: Repr, get: Get<S>, help: &'static str) -> Field<S> {
        Field {
            info: FieldInfo {
                name,
                unit: Unit::None,
                kind: Kind::Gauge,
                decode: Decode {
                    repr,
                    scale: Scale::ONE,
                },
                prom: None,
                alias: None,
                is_macos_only: false,
                help,
            },
            get,
        }
    }

    /// A gauge of whole numbers.
    pub const fn u64(name: &'static str, get: fn(&S) -> u64, help: &'static str) -> Field<S> {
        Field::new(name, Repr::U64, Get::U64(get), help)
    }

    /// A gauge of whole numbers that some systems do not have.
    pub const fn maybe(
        name: &'static str,
        get: fn(&S) -> Option<u64>,
        help: &'static str,
    ) -> Field<S> {
        Field::new(name, Repr::U64, Get::MaybeU64(get), help)
    }

    /// A gauge of signed numbers that some systems do not have.
    pub const fn maybe_signed(
        name: &'static str,
        get: fn(&S) -> Option<i64>,
        help: &'static str,
    ) -> Field<S> {
        Field::new(name, Repr::I64, Get::MaybeI64(get), help)
    }

    /// A gauge of floats.
    pub const fn f64(name: &'static str, get: fn(&S) -> f64, help: &'static str) -> Field<S> {
        Field::new(name, Repr::F64, Get::F64(get), help)
    }

    /// A gauge of floats that some systems do not have.
    pub const fn maybe_f64(
        name: &'static str,
        get: fn(&S) -> Option<f64>,
        help: &'static str,
    ) -> Field<S> {
        Field::new(name, Repr::F64, Get::MaybeF64(get), help)
    }

    /// A counter.
    pub const fn counter(mut self) -> Field<S> {
        self.info.kind = Kind::Counter;
        self
    }

    /// The unit handed out.
    pub const fn unit(mut self, unit: Unit) -> Field<S> {
        self.info.unit = unit;
        self
    }

    /// Recorded in units of `multiply / divide`.
    pub const fn scale(mut self, multiply: u32, divide: u32) -> Field<S> {
        self.info.decode.scale = Scale { multiply, divide };
        self
    }

    /// node_exporter's name, with its labels; the type is the field's kind.
    pub const fn prom(
        mut self,
        name: &'static str,
        labels: &'static [(&'static str, &'static str)],
    ) -> Field<S> {
        let kind = match self.info.kind {
            Kind::Counter => PromType::Counter,
            Kind::Gauge => PromType::Gauge,
        };
        self.info.prom = Some(Prom {
            name,
            labels,
            kind,
            help: "",
            helps: &[],
        });
        self
    }

    /// node_exporter's type, where it is not the field's kind; after [`Field::prom`].
    pub const fn prom_type(mut self, kind: PromType) -> Field<S> {
        if let Some(prom) = &mut self.info.prom {
            prom.kind = kind;
        }
        self
    }

    /// node_exporter's help; after [`Field::prom`].
    pub const fn prom_help(mut self, help: &'static str) -> Field<S> {
        if let Some(prom) = &mut self.info.prom {
            prom.help = help;
        }
        self
    }

    /// node_exporter's name on macOS and its help, where it has others there; after [`Field::prom`].
    pub const fn prom_on_macos(mut self, name: &'static str, help: &'static str) -> Field<S> {
        if let (System::MacOs, Some(prom)) = (System::HERE, &mut self.info.prom) {
            prom.name = name;
            prom.help = help;
        }
        self
    }

    /// node_exporter's help for each instance that its name is made of; after [`Field::prom`].
    pub const fn prom_helps(mut self, helps: &'static [(&'static str, &'static str)]) -> Field<S> {
        if let Some(prom) = &mut self.info.prom {
            prom.helps = helps;
        }
        self
    }

    /// One of Goodall's nine names.
    pub const fn alias(mut self, alias: &'static str) -> Field<S> {
        self.info.alias = Some(alias);
        self
    }

    /// Linux has no such thing.
    pub const fn macos(mut self) -> Field<S> {
        self.info.is_macos_only = true;
        self
    }
}

/// The labels that a track and a field have together, in node_exporter's order: the track's first.
pub fn labels_of<'a>(
    track: &'a [Label],
    field: &'a FieldInfo,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let own = field.prom.map_or(&[][..], |prom| prom.labels);
    track
        .iter()
        .map(|label| (label.name.as_str(), label.value.as_str()))
        .chain(own.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(repr: Repr, multiply: u32, divide: u32) -> Decode {
        Decode {
            repr,
            scale: Scale { multiply, divide },
        }
    }

    #[test]
    fn whole_numbers_stay_exact_and_fractions_print_short() {
        assert_eq!(decode(Repr::U64, 1024, 1).value(3), Value::Unsigned(3072));
        assert_eq!(decode(Repr::U64, 1, 100).value(1234), Value::Real(12.34));
        assert_eq!(
            decode(Repr::I64, 1, 1).value((-5_i64).cast_unsigned()),
            Value::Signed(-5)
        );
        assert_eq!(
            decode(Repr::F64, 1, 1).value(0.42_f64.to_bits()),
            Value::Real(0.42)
        );
        assert_eq!(
            decode(Repr::U64, 1, 1).value(u64::MAX),
            Value::Unsigned(u64::MAX)
        );
        assert_eq!(
            decode(Repr::U64, 2, 1).value(u64::MAX),
            Value::Real(u64::MAX as f64 * 2.0)
        );
    }

    #[test]
    fn the_missing_word_is_missing_in_every_representation() {
        for repr in [Repr::U64, Repr::I64, Repr::F64] {
            assert_eq!(decode(repr, 1, 1).value(MISSING), Value::Missing);
        }
        assert!(f64::from_bits(MISSING).is_nan());
    }
}
