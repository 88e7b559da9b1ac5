//! In what a value is handed out, and how it moves.

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
}

impl Unit {
    /// Every unit, in the order of its code in the ring file.
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
        }
    }

    /// The unit of that name.
    pub fn of_name(name: &str) -> Option<Unit> {
        Unit::ALL.into_iter().find(|unit| unit.name() == name)
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
