//! Why a line is rejected. Few kinds, each with a sentence, so that a log can have the first of each.

use std::fmt;

/// Why, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Why.
    pub why: Why,
    /// The byte of the line, from 0, at which it was seen.
    pub at: usize,
}

macro_rules! whys {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The kinds of reasons.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Why { $($(#[$doc])* $name,)* }

        impl Why {
            /// Every kind.
            pub const ALL: &[Why] = &[$(Why::$name,)*];

            /// What is wrong, or what was expected.
            pub const fn text(self) -> &'static str {
                match self { $(Why::$name => $text,)* }
            }
        }
    };
}

whys! {
    /// The line ends where a value belongs, or something else stands there.
    Value = "expected a number such as 1, -0.5 or 2e9",
    /// NaN or an infinity, written out or by an exponent.
    NotFinite = "the value is not a finite number",
    /// Not a time of the format.
    Time = "expected a time as a number",
    /// Before 1970 or beyond what 64 bits of nanoseconds hold.
    TimeRange = "the time lies outside the years 1970 to 2262",
    /// More on the line than the format has.
    Excess = "something follows where the line should end",
    /// No name.
    NameEmpty = "the name is empty",
    /// `a..b`, `.a`, `a.`.
    NamePart = "the name has an empty part (two dots in a row, or one at its start or end)",
    /// Longer than `NAME_SIZE_MAX` with its tags.
    NameLong = "the name, its tags included, is longer than 200 bytes",
    /// Not a tag of the format.
    Tag = "expected a tag such as key=value",
    /// A key that the format keeps for itself.
    TagReserved = "the tag's key is reserved",
    /// One key, two values.
    TagTwice = "a tag's key stands twice",
    /// More than `LABELS_MAX`.
    TagsMany = "more than 24 tags",
    /// Influx's `1i`, `1u`.
    Integer = "expected a whole number that fits 64 bits",
    /// Influx's fields.
    Field = "expected a field such as key=value",
    /// A quote without its other.
    Quote = "a quote is not closed, or something follows it",
    /// collectd's commands.
    Command = "expected a command: PUTVAL, PUTNOTIF, GETVAL, LISTVAL or FLUSH",
    /// collectd's identifiers.
    Identifier = "expected an identifier such as host/plugin-instance/type-instance",
    /// collectd's lists of values.
    ValueList = "expected a time and values such as N:1 or 1795323856:1:2",
    /// A list of another length than its type has.
    ValueCount = "the number of values is not the type's",
    /// collectd's notifications.
    Notification = "expected the options severity= and, last, message=",
    /// Metrics 2.0's mandatory tags.
    UnitOrType = "expected the tags unit, mtype and at least one more",
    /// An mtype, or a type of Prometheus, that there is not.
    MetricType = "there is no such type of metrics",
    /// Prometheus' names.
    MetricName = "expected a name of letters, digits, _ and :",
    /// Prometheus' labels.
    Label = "expected a label such as key=\"value\"",
    /// Prometheus' escapes.
    Escape = "expected \\\\, \\\" or \\n",
    /// statsd's names.
    Colon = "expected a colon behind the name",
    /// statsd's types.
    StatsdType = "expected a type: c, g, ms, h, d, m or s",
    /// statsd's rates.
    Rate = "expected a rate above 0, at most 1",
    /// A name that was a counter, and is a gauge now.
    TypeChanged = "the name has another type already",
    /// No room for a further name.
    Full = "too many names at once",
    /// Nagios' items.
    Item = "expected performance data such as 'label'=value[unit]",
    /// Nagios' units.
    UnitOfMeasure = "the unit is longer than 16 bytes, or not UTF-8",
    /// Not JSON.
    Json = "expected JSON, an object or a list, in UTF-8",
    /// More levels than `DEPTH_MAX`.
    JsonDeep = "more than 16 lists and objects in one another",
    /// A document longer than `DOCUMENT_SIZE_MAX`.
    DocumentLong = "the document is longer than 32 KiB",
    /// A document that the run's end cut.
    Incomplete = "the document ends too early",
    /// Longer than `LINE_SIZE_MAX`.
    LineLong = "the line is longer than 4096 bytes",
    /// A tag that is not UTF-8.
    NotUtf8 = "a tag is not UTF-8",
}

impl Why {
    /// At that byte of the line.
    pub(super) const fn at(self, at: usize) -> Reject {
        Reject { why: self, at }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "byte {}: {}", self.at, self.why.text())
    }
}

impl std::error::Error for Reject {}
