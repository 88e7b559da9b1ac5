//! Where everything stands in the file; `docs/ring-format.md` says the same in words, and says more.
//! Offsets are in bytes from the file's start, everything is little-endian.

use goodall_platform::map::PAGE_SIZE as PAGE;

use crate::quantity::{Interval, Window};

use super::FrameNumber;

/// `goodall` and a newline: `head -n 1` on a ring says what it is.
pub const MAGIC: u64 = u64::from_le_bytes(*b"goodall\n");
/// The format's version: a build reads and writes exactly one.
pub const VERSION: u32 = 1;
/// Everything that grows starts on one.
pub const PAGE_SIZE: u64 = PAGE as u64;
/// Bytes of a word.
pub const WORD_SIZE: u64 = 8;

/// The superblock: one sector, written once.
pub const SUPERBLOCK_WORDS: usize = 64;
/// Its words: magic, then version and page size.
pub const SUPERBLOCK_VERSION: usize = 1;
/// The window in ns.
pub const SUPERBLOCK_WINDOW: usize = 2;
/// When the file was made, wall ns.
pub const SUPERBLOCK_CREATED: usize = 3;
/// The first directory extent's offset and length in bytes.
pub const SUPERBLOCK_DIRECTORY: usize = 4;
/// The host name's length in bytes; the name follows.
pub const SUPERBLOCK_HOST: usize = 6;
/// Random when the file is made: no two files have the same; 0 in one that was made before there was it.
pub const SUPERBLOCK_SERIAL: usize = SUPERBLOCK_CHECK - 1;
/// The check: XXH64 of the words before it, all 64 bits.
pub const SUPERBLOCK_CHECK: usize = SUPERBLOCK_WORDS - 1;
/// Longest host name, as gethostname(2) has it.
pub const HOST_SIZE_MAX: usize = 255;

/// What a copy says of itself, in the superblock's page.
pub const NOTE_OFFSET: u64 = SUPERBLOCK_WORDS as u64 * WORD_SIZE;

/// The two state areas.
pub const STATE_OFFSETS: [u64; 2] = [PAGE_SIZE, PAGE_SIZE + STATE_SIZE];
/// Bytes of one.
pub const STATE_SIZE: u64 = 5 * PAGE_SIZE;
/// The words that change with each frame.
pub const LIVE_OFFSET: u64 = STATE_OFFSETS[1] + STATE_SIZE;
/// Rises with each change of the directory; all ones where another file took this one's place.
pub const LIVE_GENERATION: usize = 0;
/// The newest frame of each clock, a hint.
pub const LIVE_NEWEST: usize = 1;
/// Bytes of the live words.
pub const LIVE_SIZE: u64 = 256;
/// The status slots, one a collector.
pub const STATUS_OFFSET: u64 = LIVE_OFFSET + LIVE_SIZE;
/// How many.
pub const STATUS_SLOTS: usize = 127;
/// Words of one.
pub const STATUS_WORDS: usize = 32;
/// Where the first directory extent of this build's files stands.
pub const DIRECTORY_OFFSET: u64 = LIVE_OFFSET + 8 * PAGE_SIZE;
/// A directory extent's bytes, unless a record needs a longer one.
pub const EXTENT_SIZE: u64 = 64 * 1024;

/// Intervals a ring can have.
pub const CLOCKS_MAX: usize = 16;
/// Bands a ring can have.
pub const BANDS_MAX: usize = 1024;
/// Directory extents a ring can have.
pub const EXTENTS_MAX: usize = 1024;
/// Longest exact instance, in bytes.
pub const INSTANCE_SIZE_MAX: usize = 255;
/// Longest collector's, field's or label's name, in bytes.
pub const NAME_SIZE_MAX: usize = 255;
/// Longest label's value, in bytes.
pub const LABEL_SIZE_MAX: usize = 1024;
/// Labels of a track.
pub const LABELS_MAX: usize = 32;
/// Fields of a track.
pub const FIELDS_MAX: usize = 2048;

/// Words of a frame's header.
pub const HEADER_WORDS: usize = 4;
/// Least room of a new band's frames, in words, header left out.
pub const ROOM_WORDS_MIN: usize = 64;
/// Least spare room of a frame, in words: a disk or a network line that is plugged in.
pub const SPARE_WORDS_MIN: usize = 24;

/// Frames that a window holds.
pub fn window_frames(window: Window, interval: Interval) -> u64 {
    window.ns().div_ceil(interval.ns()).max(1)
}

/// Frames that a circle holds: the window and slack, so that a reader at the oldest frame that is handed
/// out is not overtaken at once.
pub fn slots(window_frames: u64) -> u64 {
    window_frames + (window_frames / 100).max(64)
}

/// Words of a band's frames for rows of `row_words` in all: a header, the rows, and a sixteenth to spare. A
/// page is written to the disk whole, its spare room too; who wants more gets another band.
pub fn frame_words(row_words: usize) -> usize {
    let spare = (row_words / 16).max(SPARE_WORDS_MIN);
    // whole cache lines, so that two frames share none
    (HEADER_WORDS + row_words + spare).next_multiple_of(8)
}

/// Bytes of a band, whole pages; `None` where it is beyond counting.
pub fn band_size(slots: u64, frame_words: usize) -> Option<u64> {
    (frame_words as u64)
        .checked_mul(WORD_SIZE)?
        .checked_mul(slots)?
        .checked_next_multiple_of(PAGE_SIZE)
}

/// A place in memory; what does not fit an address is beyond any slice, whose bounds then refuse it.
#[inline]
pub fn index(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// One band's frames: where they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circle {
    /// The first frame's word in the file.
    pub start: usize,
    /// Words of a frame.
    pub frame_words: usize,
    /// How many frames.
    pub slots: u64,
}

impl Circle {
    /// The word in the file at which the frame starts.
    #[inline]
    pub fn frame(&self, number: FrameNumber) -> usize {
        self.start + index(number.0 % self.slots) * self.frame_words
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_areas_follow_each_other_and_fit() {
        assert_eq!(STATE_OFFSETS, [4096, 24_576]);
        assert_eq!(LIVE_OFFSET, 45_056);
        assert_eq!(DIRECTORY_OFFSET, 77_824);
        let status = (STATUS_SLOTS * STATUS_WORDS) as u64 * WORD_SIZE;
        assert_eq!(STATUS_OFFSET + status, DIRECTORY_OFFSET);
        assert!((LIVE_NEWEST + CLOCKS_MAX) as u64 * WORD_SIZE <= LIVE_SIZE);
        assert!(SUPERBLOCK_HOST + 1 + HOST_SIZE_MAX.div_ceil(8) <= SUPERBLOCK_SERIAL);
    }

    #[test]
    fn a_window_is_rounded_up_to_frames_and_has_slack() {
        let frames = |window, interval| {
            window_frames(
                Window::of(Duration::from_secs(window)).unwrap(),
                Interval::of(Duration::from_secs(interval)).unwrap(),
            )
        };
        assert_eq!(frames(14_400, 1), 14_400);
        assert_eq!(frames(10, 3), 4);
        assert_eq!(frames(1, 30), 1);
        assert_eq!(slots(14_400), 14_544);
        assert_eq!(slots(1), 65);
    }
}
