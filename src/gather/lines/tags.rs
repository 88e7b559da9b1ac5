//! The tags of one point, sorted by key, on the stack.

use super::name::Name;
use super::{LABELS_MAX, Reject, Why};

/// At most [`LABELS_MAX`] tags, no key twice.
#[derive(Clone)]
pub struct Tags<'a> {
    list: [(&'a str, &'a str); LABELS_MAX],
    len: usize,
}

impl<'a> Tags<'a> {
    /// None yet.
    pub fn new() -> Tags<'a> {
        Tags {
            list: [("", ""); LABELS_MAX],
            len: 0,
        }
    }

    /// One more, put in its place; `at` is where it stands in the line.
    pub fn add(&mut self, key: &'a [u8], value: &'a [u8], at: usize) -> Result<(), Reject> {
        let (Ok(key), Ok(value)) = (std::str::from_utf8(key), std::str::from_utf8(value)) else {
            return Err(Why::NotUtf8.at(at));
        };
        if self.len == LABELS_MAX {
            return Err(Why::TagsMany.at(at));
        }
        let mut place = self.len;
        while place > 0 && self.list[place - 1].0 > key {
            self.list[place] = self.list[place - 1];
            place -= 1;
        }
        if place > 0 && self.list[place - 1].0 == key {
            return Err(Why::TagTwice.at(at));
        }
        self.list[place] = (key, value);
        self.len += 1;
        Ok(())
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'a str> {
        let found = self.as_slice().iter().find(|(known, _)| *known == key);
        found.map(|(_, value)| *value)
    }

    /// In order of their keys.
    pub fn as_slice(&self) -> &[(&'a str, &'a str)] {
        &self.list[..self.len]
    }

    /// Puts a part for each behind a name.
    pub fn fold(&self, name: &mut Name) -> Result<(), Reject> {
        for (key, value) in self.as_slice() {
            name.tag(key, value)?;
        }
        Ok(())
    }
}
