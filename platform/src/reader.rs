//! What every metric family offers: one struct for a row, one call for a tick.

use crate::error::ReadError;
use crate::glob;

/// A label of a row, as Prometheus has it: `device="sda"`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// Lower case, as node_exporter names it.
    pub name: String,
    /// Any text.
    pub value: String,
}

impl Label {
    /// A label whose value is text of the system: bytes that are no UTF-8 are replaced, as Prometheus asks.
    pub fn of(name: &str, value: &[u8]) -> Label {
        Label {
            name: name.to_owned(),
            value: String::from_utf8_lossy(value).into_owned(),
        }
    }
}

/// The labels of one row.
pub type Labels = Vec<Label>;

/// What the configuration may say to a reader; patterns are globs (`crate::glob`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Instances to leave out, in place of the default list.
    pub exclude: Option<Vec<String>>,
    /// Instances to keep though they are left out by default.
    pub include: Vec<String>,
    /// File system types to leave out, in place of the default list.
    pub exclude_types: Option<Vec<String>>,
}

impl Settings {
    /// Whether an instance is asked for though it is left out by default.
    pub fn includes(&self, instance: &[u8]) -> bool {
        any_matches(&self.include, instance)
    }

    /// Whether an instance is to be read: `include` wins, then `exclude`, and where that is not given what
    /// `default` leaves out.
    pub fn keeps(&self, instance: &[u8], default: fn(&[u8]) -> bool) -> bool {
        self.includes(instance)
            || match &self.exclude {
                Some(patterns) => !any_matches(patterns, instance),
                None => !default(instance),
            }
    }

    /// Whether instances of a type are to be read; as [`Settings::keeps`], for `exclude_types`.
    pub fn keeps_type(&self, kind: &[u8], default: fn(&[u8]) -> bool) -> bool {
        match &self.exclude_types {
            Some(patterns) => !any_matches(patterns, kind),
            None => !default(kind),
        }
    }
}

fn any_matches(patterns: &[String], text: &[u8]) -> bool {
    patterns
        .iter()
        .any(|pattern| glob::matches(pattern.as_bytes(), text))
}

/// One metric family on one system: descriptors kept open, buffers sized at the start.
pub trait Reader: Send {
    /// One row: a struct with a named field a value, as the kernel counts it.
    type Sample;

    /// Whether an instance has just some of the fields (a fan has no volts): those that its first row has
    /// not (`None`) need no room in the ring, and are no series.
    const SPARSE: bool = false;

    /// Whether it keeps from its rows, by [`Settings::keeps`], what is left out: by another text than the instance, or
    /// since it is better not asked for at all. Else whoever takes its rows leaves them out.
    const SELECTS: bool = false;

    /// Where rows are sparse: a row with every field that the instance may ever have, though its first has not.
    fn whole(&self, instance: &[u8]) -> Option<Self::Sample> {
        let _ = instance;
        None
    }

    /// Takes one sample and shows its rows: the exact instance (`sda`, `/var/log`; empty where the family
    /// has just one row) and its values. Instances may come and go between calls; their order is stable
    /// while they do not. Allocates nothing while no instance comes.
    fn read(&mut self, row: &mut dyn FnMut(&[u8], &Self::Sample)) -> Result<(), ReadError>;

    /// The labels of an instance that `read` has just shown, besides those of the catalogue. Called when
    /// the instance is first seen, never on every tick; may allocate.
    fn labels(&self, instance: &[u8]) -> Labels {
        let _ = instance;
        Labels::new()
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn include_wins_then_exclude_then_the_default() {
        let default = |instance: &[u8]| instance.starts_with(b"loop");
        let settings = Settings::default();
        assert!(settings.keeps(b"sda", default) && !settings.keeps(b"loop0", default));
        let settings = Settings {
            exclude: Some(vec!["sd*".into()]),
            include: vec!["sdb".into()],
            exclude_types: None,
        };
        assert!(!settings.keeps(b"sda", default) && settings.keeps(b"loop0", default));
        assert!(settings.keeps(b"sdb", default));
        let settings = Settings {
            include: vec!["loop1".into()],
            ..Settings::default()
        };
        assert!(settings.keeps(b"loop1", default) && !settings.keeps(b"loop0", default));
    }
}
