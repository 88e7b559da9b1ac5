//! A frame's header and its rows: what their checks cover, and how they are read and written.

use super::hash;
use super::layout::HEADER_WORDS;
use super::seqlock::{Word, publish};
use super::{FrameNumber, Header};
use crate::quantity::{BootNs, WallNs};

/// The header's word that holds check and salt.
pub const HEADER_CHECK: usize = HEADER_WORDS - 1;

/// The highest number of a frame: what is beyond was made up, and is not to be counted with.
const NUMBER_MAX: u64 = u64::MAX / 2;

/// Writes a header at the frame's start.
#[inline]
pub fn publish_header<W: Word>(cells: &[W], header: &Header) {
    let words = [
        header.number.0,
        header.wall.0.cast_unsigned(),
        header.boot.0,
    ];
    let check = hash::check(words, &[u64::from(header.salt)]);
    let sealed = seal(check, header.salt);
    publish(&cells[HEADER_CHECK], &cells[..HEADER_CHECK], sealed, &words);
}

/// The header that these words are, if they are whole and of a frame to which a clock can come.
#[inline]
pub fn header_of(words: [u64; 3], sealed: u64) -> Option<Header> {
    let (check, salt) = unseal(sealed);
    let is_whole = hash::check(words, &[u64::from(salt)]) == check;
    (is_whole && words[0] <= NUMBER_MAX).then_some(Header {
        number: FrameNumber(words[0]),
        wall: WallNs(words[1].cast_signed()),
        boot: BootNs(words[2]),
        salt,
    })
}

/// What a row's check covers besides its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowKey {
    /// The frame.
    pub number: FrameNumber,
    /// The frame's.
    pub salt: u32,
    /// The track's.
    pub identity: u64,
}

impl RowKey {
    #[inline]
    fn check(self, offset_us: i32, words: &[u64]) -> u32 {
        let second = u64::from(self.salt) << 32 | u64::from(offset_us.cast_unsigned());
        hash::check([self.number.0, second, self.identity], words)
    }

    /// Writes a row: its check word at `cells[0]`, its words behind it.
    #[inline]
    pub fn publish_row<W: Word>(self, cells: &[W], offset_us: i32, words: &[u64]) {
        let check = self.check(offset_us, words);
        let sealed = seal(check, offset_us.cast_unsigned());
        publish(&cells[0], &cells[1..], sealed, words);
    }

    /// The row's offset from its tick, if its words are whole and of this track and frame.
    #[inline]
    pub fn offset_of(self, sealed: u64, words: &[u64]) -> Option<i32> {
        let (check, offset) = unseal(sealed);
        let offset_us = offset.cast_signed();
        (self.check(offset_us, words) == check).then_some(offset_us)
    }
}

/// A check word: the check above, what it seals below.
#[inline]
pub fn seal(check: u32, low: u32) -> u64 {
    u64::from(check) << 32 | u64::from(low)
}

/// Its halves.
#[inline]
#[allow(clippy::cast_possible_truncation)] // halves
pub fn unseal(sealed: u64) -> (u32, u32) {
    ((sealed >> 32) as u32, sealed as u32)
}
