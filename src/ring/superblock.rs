//! The file's first sector: what it is and how it was made. Written once, synced before the file gets its
//! name, never changed.

use std::path::Path;

use super::layout::{
    HOST_SIZE_MAX, MAGIC, PAGE_SIZE, SUPERBLOCK_CHECK, SUPERBLOCK_CREATED, SUPERBLOCK_DIRECTORY,
    SUPERBLOCK_HOST, SUPERBLOCK_SERIAL, SUPERBLOCK_VERSION, SUPERBLOCK_WINDOW, SUPERBLOCK_WORDS,
    VERSION, index,
};
use super::record::{EXTENT_SIZE_MAX, Extent, UNIT_SIZE};
use super::{RingError, hash};
use crate::quantity::{WallNs, Window};

/// What the superblock says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Superblock {
    /// The window that the file was laid out for.
    pub window: Window,
    /// When it was made.
    pub created: WallNs,
    /// The first piece of the directory.
    pub directory: Extent,
    /// The host's name.
    pub host: String,
    /// Random: of two files that are made alike, each has its own.
    pub serial: u64,
}

impl Superblock {
    /// Its words.
    pub fn words(&self) -> [u64; SUPERBLOCK_WORDS] {
        let mut words = [0; SUPERBLOCK_WORDS];
        let mut end = self.host.len().min(HOST_SIZE_MAX);
        while !self.host.is_char_boundary(end) {
            end -= 1;
        }
        words[0] = MAGIC;
        words[SUPERBLOCK_VERSION] = u64::from(VERSION) | PAGE_SIZE << 32;
        words[SUPERBLOCK_WINDOW] = self.window.ns();
        words[SUPERBLOCK_CREATED] = self.created.0.cast_unsigned();
        words[SUPERBLOCK_DIRECTORY] = self.directory.offset;
        words[SUPERBLOCK_DIRECTORY + 1] = self.directory.size;
        words[SUPERBLOCK_HOST] = end as u64;
        let host = hash::words_of(&self.host.as_bytes()[..end]);
        words[SUPERBLOCK_HOST + 1..][..host.len()].copy_from_slice(&host);
        words[SUPERBLOCK_SERIAL] = self.serial;
        words[SUPERBLOCK_CHECK] = check(&words);
        words
    }

    /// What these words say. `path` is for the error.
    pub fn parse(words: &[u64; SUPERBLOCK_WORDS], path: &Path) -> Result<Superblock, RingError> {
        if words[0] != MAGIC {
            return Err(RingError::NotARing {
                path: path.to_owned(),
            });
        }
        #[allow(clippy::cast_possible_truncation)] // the low half
        let found = words[SUPERBLOCK_VERSION] as u32;
        let whole = words[SUPERBLOCK_CHECK] == check(words);
        // another version may have its check elsewhere, so its number is believed without
        if found != VERSION {
            return Err(RingError::Version {
                path: path.to_owned(),
                found,
            });
        }
        let parsed = if whole { Superblock::of(words) } else { None };
        parsed.ok_or_else(|| RingError::Superblock {
            path: path.to_owned(),
        })
    }

    fn of(words: &[u64; SUPERBLOCK_WORDS]) -> Option<Superblock> {
        let size = index(words[SUPERBLOCK_HOST]);
        let host = words[SUPERBLOCK_HOST + 1..SUPERBLOCK_CHECK].iter();
        let mut host: Vec<u8> = host.flat_map(|word| word.to_le_bytes()).collect();
        host.truncate(size);
        let directory = Extent {
            offset: words[SUPERBLOCK_DIRECTORY],
            size: words[SUPERBLOCK_DIRECTORY + 1],
        };
        let sound = words[SUPERBLOCK_VERSION] >> 32 == PAGE_SIZE
            && size <= HOST_SIZE_MAX
            && directory.offset.is_multiple_of(UNIT_SIZE)
            && directory.size.is_multiple_of(UNIT_SIZE)
            && (UNIT_SIZE..=EXTENT_SIZE_MAX).contains(&directory.size);
        let window = Window::of(std::time::Duration::from_nanos(words[SUPERBLOCK_WINDOW]))?;
        sound.then_some(Superblock {
            window,
            created: WallNs(words[SUPERBLOCK_CREATED].cast_signed()),
            directory,
            host: String::from_utf8(host).ok()?,
            serial: words[SUPERBLOCK_SERIAL],
        })
    }
}

fn check(words: &[u64; SUPERBLOCK_WORDS]) -> u64 {
    hash::of_words([words[0], words[1], words[2]], &words[3..SUPERBLOCK_CHECK])
}
