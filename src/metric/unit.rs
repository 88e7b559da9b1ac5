//! In what a value is handed out, and how it moves.

use std::sync::{Mutex, PoisonError};

/// The base unit in which values are handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// A count of things, a state, a flag.
    None,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Bytes a second.
    BytesPerSecond,
    /// 0 to 1.
    Ratio,
    /// Degrees Celsius.
    Celsius,
    /// Volts.
    Volts,
    /// Amperes.
    Amperes,
    /// Watts.
    Watts,
    /// Joules.
    Joules,
    /// Revolutions a minute.
    Rpm,
    /// Hertz.
    Hertz,
    /// Per cent, 0 to 100, where a plugin has it so.
    Percent,
    /// Any other that a plugin named, by that name: see [`Unit::named`].
    Other(&'static str),
}

/// Longest name of a unit that a plugin named, in bytes.
const NAME_SIZE_MAX: usize = 32;
/// Units besides those known: what a plugin that makes them up may cost.
const OTHERS_MAX: usize = 1024;

/// The names of other units, each kept once for the life of the process.
static OTHERS: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

impl Unit {
    /// Every unit that is known by itself.
    pub const ALL: [Unit; 13] = [
        Unit::None,
        Unit::Seconds,
        Unit::Bytes,
        Unit::BytesPerSecond,
        Unit::Ratio,
        Unit::Celsius,
        Unit::Volts,
        Unit::Amperes,
        Unit::Watts,
        Unit::Joules,
        Unit::Rpm,
        Unit::Hertz,
        Unit::Percent,
    ];

    /// The unit's name, as `/series` and the ring file give it; empty for a bare count.
    pub const fn name(self) -> &'static str {
        match self {
            Unit::None => "",
            Unit::Seconds => "seconds",
            Unit::Bytes => "bytes",
            Unit::BytesPerSecond => "bytes_per_second",
            Unit::Ratio => "ratio",
            Unit::Celsius => "celsius",
            Unit::Volts => "volts",
            Unit::Amperes => "amperes",
            Unit::Watts => "watts",
            Unit::Joules => "joules",
            Unit::Rpm => "rpm",
            Unit::Hertz => "hertz",
            Unit::Percent => "percent",
            Unit::Other(name) => name,
        }
    }

    /// The unit of that name, whatever it is. One whose name is too long, or that comes after a thousand
    /// others, is none.
    pub fn named(name: &str) -> Unit {
        if let Some(unit) = Unit::ALL.into_iter().find(|unit| unit.name() == name) {
            return unit;
        }
        let mut others = OTHERS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = others.iter().find(|known| **known == name) {
            return Unit::Other(known);
        }
        if name.len() > NAME_SIZE_MAX || others.len() >= OTHERS_MAX {
            return Unit::None;
        }
        let kept: &'static str = Box::leak(name.into());
        others.push(kept);
        Unit::Other(kept)
    }
}

/// How a value moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Only up, until it starts again at 0.
    Counter,
    /// Any way.
    Gauge,
}

impl Kind {
    /// `counter` or `gauge`.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_unit_and_the_same_one_each_time() {
        for unit in Unit::ALL {
            assert_eq!(Unit::named(unit.name()), unit);
        }
        let first = Unit::named("Requests/s");
        assert_eq!(first.name(), "Requests/s");
        assert_eq!(Unit::named(&String::from("Requests/s")), first);
        assert_eq!(Unit::named(&"x".repeat(33)), Unit::None);
    }
}
