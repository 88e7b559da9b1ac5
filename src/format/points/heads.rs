//! What each series is called, made once and kept in one piece; and what the destination has to say in it.

use crate::metric::{Kind, Unit};
use crate::query::{Index, Pick};

/// What a destination adds to the names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Naming {
    /// Before every name.
    pub prefix: String,
    /// This host; empty where it is not to be named.
    pub host: String,
    /// Tags or labels besides.
    pub tags: Vec<(String, String)>,
}

/// A text a series.
#[derive(Default)]
pub(super) struct Heads {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Heads {
    /// Adds the next series' text.
    pub fn push(&mut self, make: impl FnOnce(&mut Vec<u8>)) {
        make(&mut self.text);
        self.ends.push(self.text.len());
    }

    /// A series' text.
    pub fn get(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[at]]
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Gives back what was made room for in vain.
    pub fn shrunk(mut self) -> Heads {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        self
    }
}

/// A series, taken apart.
pub(super) struct Parts<'a> {
    /// Its collector.
    pub collector: &'a str,
    /// The exact instance; empty where there is none.
    pub exact: std::borrow::Cow<'a, str>,
    /// Its field.
    pub field: &'a str,
    /// In what it is handed out.
    pub unit: Unit,
    /// How it moves.
    pub kind: Kind,
    /// One sentence.
    pub help: &'static str,
    /// Its labels.
    pub labels: &'a [goodall_platform::Label],
}

impl<'a> Parts<'a> {
    pub fn of(index: &'a Index, pick: Pick) -> Parts<'a> {
        let track = index.track(pick.series);
        let described = index.described(pick.series);
        Parts {
            collector: &track.collector,
            exact: String::from_utf8_lossy(&track.instance),
            field: &described.spec.name,
            unit: described.spec.unit,
            kind: described.spec.kind,
            help: described.help(),
            labels: &track.labels,
        }
    }
}

/// Appends a text in which every byte that `is_plain` does not let pass is `_`; an empty text is one too.
pub(super) fn push_plain(text: &str, is_plain: fn(u8) -> bool, out: &mut Vec<u8>) {
    if text.is_empty() {
        out.push(b'_');
    }
    for letter in text.chars() {
        let byte = u8::try_from(letter).unwrap_or(0);
        out.push(if is_plain(byte) { byte } else { b'_' });
    }
}

/// One node of a dotted path.
pub(super) fn is_of_node(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-".contains(&byte)
}

/// A dotted path.
pub(super) fn is_of_path(byte: u8) -> bool {
    is_of_node(byte) || byte == b'.'
}

/// `prefix.host.name`, without what is empty.
pub(super) fn push_path(name: &str, naming: &Naming, out: &mut Vec<u8>) {
    if !naming.prefix.is_empty() {
        push_plain(&naming.prefix, is_of_path, out);
        out.push(b'.');
    }
    if !naming.host.is_empty() {
        push_plain(&naming.host, is_of_node, out);
        out.push(b'.');
    }
    // `~2`, of two instances that are written alike
    let is_plain = |byte| is_of_path(byte) || byte == b'~';
    push_plain(name, is_plain, out);
}
