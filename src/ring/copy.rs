//! The file's own bytes, while it may be written: by `pread`, front to back, as long as the file is when the
//! copy begins. Why that is a ring: `docs/ring-format.md`, "A copy". All that the directory names before the
//! length is looked at lies within it; bands and extents that come since are left out of the copy, each as if
//! its record had not been written yet.

use std::fs::File;
use std::io;
use std::ops::RangeInclusive;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::Arc;

use goodall_platform::words;

use super::layout::{BANDS_MAX, EXTENTS_MAX, WORD_SIZE, index};
use super::record::{Extent, Record, UNIT_SIZE, UNIT_WORDS};
use super::{Reader, RingError, hash};

/// Words of the directory that are looked at together: a page.
const PAGE_WORDS: usize = 512;

/// A copy of a ring's file, or of a part of it, as it is read.
#[derive(Debug)]
pub struct RingCopy {
    file: Arc<File>,
    length: u64,
    known: Known,
    at: u64,
    end: u64,
}

/// What of the file its directory named before its length was looked at.
#[derive(Debug)]
struct Known {
    extents: Vec<Extent>,
    bands: [u64; BANDS_MAX / 64],
}

impl Reader {
    /// A copy of the whole file.
    pub fn copy(&self) -> Result<RingCopy, RingError> {
        let unreadable = |error| RingError::io(self.path(), "cannot be read", error);
        let known = Known::of(self.file(), self.superblock.directory).map_err(unreadable)?;
        let length = self.file_length()?;
        Ok(RingCopy {
            file: Arc::clone(&self.file),
            length,
            known,
            at: 0,
            end: length,
        })
    }

    /// How long the file is now, in bytes.
    pub fn file_length(&self) -> Result<u64, RingError> {
        let metadata = self.file().metadata();
        let cannot = |error| RingError::io(self.path(), "cannot be looked at", error);
        Ok(metadata.map_err(cannot)?.len())
    }

    /// Names the file: the same for as long as it is this file, another for one that takes its place, though
    /// that be laid out alike, or a copy of it.
    pub fn file_tag(&self) -> u64 {
        let metadata = self.file().metadata().ok();
        let inode = metadata.map_or(0, |metadata| metadata.ino());
        hash::of_words([inode, 0, 0], &self.superblock.words())
    }
}

impl RingCopy {
    /// The file's length when the copy began, whatever part of it this is.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The same of these bytes alone, which must be the file's.
    #[must_use]
    pub fn part(self, bytes: &RangeInclusive<u64>) -> RingCopy {
        assert!(*bytes.end() < self.length, "a part is of the file");
        RingCopy {
            at: *bytes.start(),
            end: bytes.end() + 1,
            ..self
        }
    }

    /// Appends what comes next to `out`, within its spare capacity; allocates nothing. False where that was
    /// the last. After an error nothing is appended.
    pub fn fill(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        let start = out.len();
        let room = out.capacity() - start;
        let size = room.min(index(self.end - self.at));
        out.resize(start + size, 0);
        let piece = &mut out[start..];
        let read = self.file.read_exact_at(piece, self.at);
        if let Err(error) = read.and_then(|()| self.leave_out_newer(piece)) {
            out.truncate(start);
            return Err(error);
        }
        self.at += size as u64;
        Ok(self.at < self.end)
    }

    /// Puts 0 in place of the first word of each record that is not to be seen: the mark of a free place.
    fn leave_out_newer(&self, piece: &mut [u8]) -> io::Result<()> {
        let end = self.at + piece.len() as u64;
        for extent in &self.known.extents {
            let from = extent.offset.max(self.at / UNIT_SIZE * UNIT_SIZE);
            let to = extent.offset.saturating_add(extent.size).min(end);
            let mut unit = from;
            while unit < to {
                if self.is_newer(unit, piece)? {
                    let first = unit.max(self.at)..(unit + WORD_SIZE).min(end);
                    if !first.is_empty() {
                        piece[index(first.start - self.at)..index(first.end - self.at)].fill(0);
                    }
                }
                unit += UNIT_SIZE;
            }
        }
        Ok(())
    }

    /// Whether a record that came since starts at that unit, which may be cut by the piece's borders.
    fn is_newer(&self, unit: u64, piece: &[u8]) -> io::Result<bool> {
        let mut words = [0; UNIT_WORDS];
        let inside = unit.checked_sub(self.at).map(index);
        match inside.and_then(|start| piece.get(start..start + index(UNIT_SIZE))) {
            Some(bytes) => {
                for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
                    *word = u64::from_le_bytes(*bytes);
                }
            }
            None => {
                words::read_at(&self.file, unit, &mut words)?;
            }
        }
        Ok(!self.known.has(unit, &words))
    }
}

impl Known {
    /// All that the directory names, which starts with that extent.
    fn of(file: &File, first: Extent) -> io::Result<Known> {
        let mut known = Known {
            extents: vec![first],
            bands: [0; BANDS_MAX / 64],
        };
        let mut extent = first;
        while let Some(next) = known.take_in(file, extent)? {
            if known.extents.len() >= EXTENTS_MAX {
                break;
            }
            known.extents.push(next);
            extent = next;
        }
        Ok(known)
    }

    /// Takes in the bands of an extent; gives the next one.
    fn take_in(&mut self, file: &File, extent: Extent) -> io::Result<Option<Extent>> {
        let mut next = None;
        let mut page = [0; PAGE_WORDS];
        let page_size = PAGE_WORDS as u64 * WORD_SIZE;
        for start in (0..extent.size).step_by(index(page_size)) {
            let size = page_size.min(extent.size - start);
            let page = &mut page[..index(size / WORD_SIZE)];
            words::read_at(file, extent.offset + start, page)?;
            let units = page.as_chunks::<UNIT_WORDS>().0;
            for (offset, unit) in (extent.offset + start..)
                .step_by(index(UNIT_SIZE))
                .zip(units)
            {
                match Record::parse_unit(offset, unit) {
                    Some(Record::Band(band)) => {
                        let id = index(u64::from(band.id));
                        self.bands[id / 64] |= 1 << (id % 64);
                    }
                    Some(Record::Extent(further)) if further.offset > extent.offset => {
                        next = Some(further);
                    }
                    _ => {}
                }
            }
        }
        Ok(next)
    }

    /// Whether what stands at that unit was named; what names no place in the file always was.
    fn has(&self, offset: u64, unit: &[u64; UNIT_WORDS]) -> bool {
        match Record::parse_unit(offset, unit) {
            Some(Record::Band(band)) => {
                let id = index(u64::from(band.id));
                self.bands[id / 64] >> (id % 64) & 1 == 1
            }
            Some(Record::Extent(further)) => {
                let last = self.extents.last();
                last.is_none_or(|last| further.offset <= last.offset)
            }
            _ => true,
        }
    }
}
