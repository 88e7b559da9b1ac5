//! What `info` tells of a ring: how its room is used, and, row by row, what can be read.

use std::os::unix::fs::MetadataExt;

use super::directory::Directory;
use super::frame::RowKey;
use super::layout::{HEADER_WORDS, WORD_SIZE};
use super::reader::Reader;
use super::replica::note::Note;
use super::{ClockId, FrameNumber, Header};
use crate::quantity::Interval;

/// How one interval's frames are laid out. Sizes are in bytes a frame, over all its bands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockLayout {
    /// The clock.
    pub clock: ClockId,
    /// From tick to tick.
    pub interval: Interval,
    /// Frames of each circle.
    pub slots: u64,
    /// Frames that are handed out; the others are slack.
    pub window_frames: u64,
    /// Circles.
    pub bands: u64,
    /// Headers, rows and spare room together.
    pub frame_size: u64,
    /// Places of tracks, a word of check and offset for each row included.
    pub row_size: u64,
    /// Room that no track has yet.
    pub spare_size: u64,
}

/// A clock's frames in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameCounts {
    /// The oldest whole one.
    pub oldest: Option<Header>,
    /// The newest.
    pub newest: Option<Header>,
    /// Whole ones.
    pub frames: u64,
    /// Numbers between the oldest and the newest without a frame: ticks not taken, headers lost.
    pub gaps: u64,
}

/// A track's rows in the frames of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Whole rows.
    pub whole: u64,
    /// Frames without a row: nothing was written, or an older row of this track still stands there.
    pub gaps: u64,
    /// Rows whose check fails: torn or damaged; or of a track or a run before, which cannot be told apart.
    pub unreadable: u64,
}

impl Reader {
    /// How each interval's frames are laid out.
    pub fn layout(&self) -> &[ClockLayout] {
        &self.layout
    }

    /// The file's length and what it takes on the disk, in bytes.
    pub fn file_size(&self) -> (u64, u64) {
        let metadata = self.file().metadata();
        metadata.map_or((0, 0), |metadata| (metadata.len(), metadata.blocks() * 512))
    }

    /// Whether it is a copy that `goodall mirror` keeps: its times since boot are another host's.
    pub fn is_copy(&self) -> bool {
        Note::read(self.file()).is_ok_and(|note| note.is_some())
    }

    /// Counts a clock's frames in the window. Reads every header.
    pub fn count_frames(&self, clock: ClockId) -> FrameCounts {
        let mut counts = FrameCounts {
            oldest: None,
            newest: self.newest(clock),
            frames: 0,
            gaps: 0,
        };
        for header in self.window_of(clock) {
            counts.oldest.get_or_insert(header);
            counts.frames += 1;
        }
        if let (Some(oldest), Some(newest)) = (counts.oldest, counts.newest) {
            let span = (newest.number.0 + 1).saturating_sub(oldest.number.0);
            counts.gaps = span.saturating_sub(counts.frames);
        }
        counts
    }

    /// Checks every row of a track in the window.
    pub fn count_rows(&self, track: usize) -> RowCounts {
        let clock = self.tracks()[track].clock;
        let slots = self.slots(clock);
        let mut words = vec![0; self.tracks()[track].fields.len()];
        let mut counts = RowCounts::default();
        let mut salts: Vec<u32> = Vec::new();
        for header in self.window_of(clock) {
            if salts.last() != Some(&header.salt) {
                salts.push(header.salt);
            }
            if self.row(track, &header, &mut words).is_some() {
                counts.whole += 1;
                continue;
            }
            let Some((sealed, identity)) = self.raw_row(track, header.number, &mut words) else {
                counts.gaps += 1;
                continue;
            };
            let earlier = header.number.0.saturating_sub(slots);
            let is_stale = salts.iter().any(|&salt| {
                let key = RowKey {
                    number: FrameNumber(earlier),
                    salt,
                    identity,
                };
                key.offset_of(sealed, &words).is_some()
            });
            if is_stale {
                counts.gaps += 1;
            } else {
                counts.unreadable += 1;
            }
        }
        counts
    }

    /// Whole headers of the window, in recorded order.
    fn window_of(&self, clock: ClockId) -> impl Iterator<Item = Header> + '_ {
        let numbers = match (self.oldest(clock), self.newest(clock)) {
            (Some(oldest), Some(newest)) => oldest.0..newest.number.0 + 1,
            _ => 0..0,
        };
        numbers.filter_map(move |number| self.header(clock, FrameNumber(number)))
    }
}

/// The layout that a directory describes.
pub(super) fn layout_of(directory: &Directory) -> Vec<ClockLayout> {
    let clocks = directory.clocks.iter();
    clocks
        .map(|clock| {
            let bands = directory.bands.iter().filter(|band| band.clock == clock.id);
            let mut layout = ClockLayout {
                clock: ClockId(clock.id),
                interval: clock.interval,
                slots: clock.slots,
                window_frames: clock.window_frames,
                bands: 0,
                frame_size: 0,
                row_size: 0,
                spare_size: 0,
            };
            for band in bands {
                let free = directory.free_room(band).into_iter();
                let spare: usize = free.map(|(_, words)| words).sum();
                let rows = band.frame_words.saturating_sub(HEADER_WORDS + spare);
                layout.bands += 1;
                layout.frame_size += band.frame_words as u64 * WORD_SIZE;
                layout.spare_size += spare as u64 * WORD_SIZE;
                layout.row_size += rows as u64 * WORD_SIZE;
            }
            layout
        })
        .collect()
}
