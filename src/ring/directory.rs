//! The directory as it was found: every whole record of every extent, checked against the file and against
//! each other. What is damaged is left out, and a later record is found again at the next unit.

use std::collections::HashMap;
use std::sync::Arc;

use super::FieldSpec;
use super::frames::Frames;
use super::layout::{
    BANDS_MAX, CLOCKS_MAX, Circle, EXTENTS_MAX, HEADER_WORDS, WORD_SIZE, band_size, index,
};
use super::record::{BandRecord, ClockRecord, Extent, Record, TrackRecord, UNIT_SIZE, UNIT_WORDS};

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Bytes from the file's start.
    pub offset: u64,
    /// Its units.
    pub units: usize,
}

/// A track's room, known from its record alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LostRoom {
    /// Its band's number.
    pub band: u32,
    /// Words from a frame's start.
    pub place: usize,
    /// How many.
    pub words: usize,
}

/// The directory.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Its pieces, the first first.
    pub extents: Vec<Extent>,
    /// By number.
    pub clocks: Vec<ClockRecord>,
    /// By number.
    pub bands: Vec<BandRecord>,
    /// By id.
    pub fields: HashMap<u64, (Arc<[FieldSpec]>, Place)>,
    /// In the order of their places.
    pub tracks: Vec<(TrackRecord, Place)>,
    /// Rooms of tracks whose band or fields no record has: it was damaged, or left out of a copy. It might
    /// come again.
    pub lost: Vec<LostRoom>,
    /// Every record's place, tracks and fields too.
    pub places: Vec<Place>,
}

/// Why a directory cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The file ends before what the directory says it has.
    Truncated {
        /// The length that it should have, in bytes.
        needed: u64,
    },
    /// The system refused to read; it is known to the caller.
    Unreadable,
}

impl Directory {
    /// Reads it: `load` fills words from a place in words; `length` is the file's in bytes.
    pub fn read(
        first: Extent,
        length: u64,
        load: &mut dyn FnMut(usize, &mut [u64]) -> Option<()>,
    ) -> Result<Directory, Fault> {
        let mut directory = Directory::default();
        let mut next = Some(first);
        while let Some(extent) = next.take() {
            let end = extent.offset.saturating_add(extent.size);
            if end > length {
                return Err(Fault::Truncated { needed: end });
            }
            let mut words = vec![0; index(extent.size / WORD_SIZE)];
            load(index(extent.offset / WORD_SIZE), &mut words).ok_or(Fault::Unreadable)?;
            directory.extents.push(extent);
            next = directory.walk(extent, &words);
        }
        directory.validate(length)?;
        Ok(directory)
    }

    /// Takes in an extent's records; gives the next extent, which must stand behind this one.
    fn walk(&mut self, extent: Extent, words: &[u64]) -> Option<Extent> {
        let mut next = None;
        let mut unit = 0;
        while unit * UNIT_WORDS < words.len() {
            let offset = extent.offset + unit as u64 * UNIT_SIZE;
            let rest = &words[unit * UNIT_WORDS..];
            let parsed = if rest[0] == 0 {
                None
            } else {
                Record::parse(offset, rest)
            };
            let Some((record, units)) = parsed else {
                unit += 1;
                continue;
            };
            let place = Place { offset, units };
            self.places.push(place);
            match record {
                Some(Record::Clock(clock)) => self.clocks.push(clock),
                Some(Record::Band(band)) => self.bands.push(band),
                Some(Record::Fields(record)) => {
                    self.fields.insert(record.id, (record.fields, place));
                }
                Some(Record::Track(track)) => self.tracks.push((track, place)),
                Some(Record::Extent(further)) if further.offset > extent.offset => {
                    next = Some(further);
                }
                Some(Record::Extent(_)) | None => {}
            }
            unit += units;
        }
        next.filter(|_| self.extents.len() < EXTENTS_MAX)
    }

    /// Drops what refers to nothing or does not fit; refuses a file that is too short.
    fn validate(&mut self, length: u64) -> Result<(), Fault> {
        self.clocks.sort_by_key(|clock| clock.id);
        self.clocks.dedup_by_key(|clock| clock.id);
        self.clocks.truncate(CLOCKS_MAX);
        self.bands.sort_by_key(|band| band.id);
        self.bands.dedup_by_key(|band| band.id);
        self.bands.truncate(BANDS_MAX);
        let mut needed = 0;
        let clocks = &self.clocks;
        self.bands.retain(|band| {
            let clock = clocks.iter().find(|clock| clock.id == band.clock);
            let size = clock.and_then(|clock| band_size(clock.slots, band.frame_words));
            let end = size.and_then(|size| band.offset.checked_add(size));
            needed = needed.max(end.unwrap_or(0));
            end.is_some()
        });
        if needed > length {
            return Err(Fault::Truncated { needed });
        }
        let (bands, fields, lost) = (&self.bands, &self.fields, &mut self.lost);
        self.tracks.retain(|(track, _)| {
            let band = bands.iter().find(|band| band.id == track.band);
            let (Some(band), Some((fields, _))) = (band, fields.get(&track.fields)) else {
                lost.push(LostRoom {
                    band: track.band,
                    place: track.place,
                    words: track.room,
                });
                return false;
            };
            track.place >= HEADER_WORDS
                && track.room > fields.len()
                && track
                    .place
                    .checked_add(track.room)
                    .is_some_and(|end| end <= band.frame_words)
        });
        Ok(())
    }

    /// A number for a band to come: above all others, and none that a lost one had, whose tracks would be
    /// taken for the new one's.
    pub fn next_band(&self) -> u32 {
        let last = self.bands.iter().map(|band| band.id).max();
        let mut ids = last.map_or(0, |id| id + 1)..;
        let free = ids.find(|id| self.lost.iter().all(|lost| lost.band != *id));
        free.expect("more numbers than tracks")
    }

    /// The clock of that number.
    pub fn clock(&self, id: u16) -> Option<&ClockRecord> {
        self.clocks.iter().find(|clock| clock.id == id)
    }

    /// The band of that number.
    pub fn band(&self, id: u32) -> Option<&BandRecord> {
        self.bands.iter().find(|band| band.id == id)
    }

    /// The fields of a track.
    pub fn fields_of(&self, track: &TrackRecord) -> Option<&Arc<[FieldSpec]>> {
        self.fields.get(&track.fields).map(|(fields, _)| fields)
    }

    /// A band's circle.
    pub fn circle(&self, band: &BandRecord) -> Option<Circle> {
        Some(Circle {
            start: index(band.offset / WORD_SIZE),
            frame_words: band.frame_words,
            slots: self.clock(band.clock)?.slots,
        })
    }

    /// A clock's circles.
    pub fn frames(&self, clock: &ClockRecord) -> Frames {
        let mine = self.bands.iter().filter(|band| band.clock == clock.id);
        Frames {
            interval: clock.interval,
            slots: clock.slots,
            window_frames: clock.window_frames,
            circles: mine.filter_map(|band| self.circle(band)).collect(),
        }
    }

    /// Words that the tracks of a band leave free, as runs of `(place, count)`.
    pub fn free_room(&self, band: &BandRecord) -> Vec<(usize, usize)> {
        let mut taken: Vec<(usize, usize)> = self
            .tracks
            .iter()
            .filter(|(track, _)| track.band == band.id)
            .map(|(track, _)| (track.place, track.place + track.room))
            .collect();
        let lost = self.lost.iter().filter(|lost| lost.band == band.id);
        taken.extend(lost.map(|lost| (lost.place, lost.place.saturating_add(lost.words))));
        taken.sort_unstable();
        taken.push((band.frame_words, band.frame_words));
        let mut free = Vec::new();
        let mut at = HEADER_WORDS;
        for (start, end) in taken {
            if start > at {
                free.push((at, start - at));
            }
            at = at.max(end);
        }
        free
    }

    /// A place for a record of that many units; none where no extent has so many in a row. The last unit
    /// of each extent is kept for the record of the next.
    pub fn free_units(&self, units: usize) -> Option<u64> {
        self.extents.iter().find_map(|extent| {
            let end = extent.offset + extent.size - UNIT_SIZE;
            let mut taken: Vec<(u64, u64)> = self
                .places
                .iter()
                .map(|place| (place.offset, place.offset + place.units as u64 * UNIT_SIZE))
                .filter(|&(start, _)| start >= extent.offset && start < end)
                .collect();
            taken.sort_unstable();
            taken.push((end, end));
            let mut at = extent.offset;
            for (start, stop) in taken {
                if start >= at + units as u64 * UNIT_SIZE {
                    return Some(at);
                }
                at = at.max(stop);
            }
            None
        })
    }

    /// Where everything that the directory knows ends, in bytes.
    pub fn end(&self) -> u64 {
        let bands = self.bands.iter().filter_map(|band| {
            let slots = self.clock(band.clock)?.slots;
            band.offset.checked_add(band_size(slots, band.frame_words)?)
        });
        let extents = self
            .extents
            .iter()
            .map(|extent| extent.offset + extent.size);
        bands.chain(extents).max().unwrap_or(0)
    }
}
