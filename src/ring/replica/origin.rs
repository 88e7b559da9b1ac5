//! What a copy asks of its source, and why it may not go on.

use std::path::Path;

use crate::ring::RingError;
use crate::ring::layout::SUPERBLOCK_WORDS;
use crate::ring::superblock::Superblock;

/// Where the bytes come from.
pub trait Origin {
    /// Why they do not.
    type Error;

    /// The `words` words (`PART_WORDS` at most) that stand from the byte `offset` on.
    fn part(&mut self, offset: u64, words: usize) -> Result<&[u64], Self::Error>;

    /// The file's length in bytes, as it was said with the last part.
    fn length(&self) -> u64;
}

/// Why a copy does not go on.
#[derive(Debug)]
pub enum CopyError<E> {
    /// The copy cannot be written.
    Ring(RingError),
    /// There are no bytes.
    Origin(E),
    /// There are, and they are no ring's.
    Unsound(&'static str),
    /// Another file has taken the place of the one that is copied.
    Superseded,
}

impl<E> From<RingError> for CopyError<E> {
    fn from(error: RingError) -> CopyError<E> {
        CopyError::Ring(error)
    }
}

/// What the source's file begins with, and which of its versions it is.
#[derive(Clone, Debug)]
pub struct Head {
    pub(super) words: [u64; SUPERBLOCK_WORDS],
    pub(super) superblock: Superblock,
    pub(super) tag: String,
}

impl Head {
    /// Words that are asked for first.
    pub const WORDS: usize = SUPERBLOCK_WORDS;

    /// Reads it; `name` is the source's, for the error.
    pub fn parse(words: &[u64], name: &Path, tag: &str) -> Result<Head, RingError> {
        let Some(&words) = words.first_chunk() else {
            return Err(RingError::NotARing {
                path: name.to_owned(),
            });
        };
        Ok(Head {
            words,
            superblock: Superblock::parse(&words, name)?,
            tag: tag.to_owned(),
        })
    }

    /// The host's name.
    pub fn host(&self) -> &str {
        &self.superblock.host
    }
}
