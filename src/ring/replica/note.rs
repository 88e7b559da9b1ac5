//! What a copy says of itself, behind the superblock: of which file it is, and how much of it is there.

use std::fs::File;
use std::io;

use goodall_platform::map::Map;
use goodall_platform::words;

use crate::ring::hash;
use crate::ring::layout::{NOTE_OFFSET, WORD_SIZE, index};
use crate::ring::seqlock::publish;

/// Its words: a check of all 64 bits, then these.
const WORDS: usize = 3;
const TAG: usize = 1;
const COPIED: usize = 2;

/// What a copy says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// The hash of the name that its file has among its versions.
    pub tag: u64,
    /// Bytes that are copied, of a file that has not got its name yet; `u64::MAX` of one that has.
    pub copied: u64,
}

impl Note {
    /// All is copied.
    pub const WHOLE: u64 = u64::MAX;

    /// Of a file of that name among its versions.
    pub fn of(tag: &str, copied: u64) -> Note {
        let tag = hash::of_bytes([0; 3], tag.as_bytes());
        Note { tag, copied }
    }

    /// The note in an open file; `None` where it is no copy.
    pub fn read(file: &File) -> io::Result<Option<Note>> {
        let mut found = [0; WORDS];
        words::read_at(file, NOTE_OFFSET, &mut found)?;
        let note = Note {
            tag: found[TAG],
            copied: found[COPIED],
        };
        Ok((found == note.words()).then_some(note))
    }

    /// Writes it.
    pub fn put(self, map: &Map) {
        let words = self.words();
        let cells = &map.words()[index(NOTE_OFFSET / WORD_SIZE)..][..WORDS];
        publish(&cells[0], &cells[1..], words[0], &words[1..]);
    }

    fn words(self) -> [u64; WORDS] {
        let check = hash::of_words([self.tag, self.copied, 0], &[]);
        [check, self.tag, self.copied]
    }
}
