//! What the writer knows of its file besides the map: the directory, who writes what, how much room is
//! left. Behind one lock, which no tick takes.

use std::collections::HashMap;
use std::sync::Arc;

use super::clock::Shared;
use super::directory::{Directory, Place};
use super::layout::{
    BANDS_MAX, CLOCKS_MAX, EXTENT_SIZE, HEADER_WORDS, PAGE_SIZE, STATUS_SLOTS, WORD_SIZE,
    band_size, frame_words, index, slots, window_frames,
};
use super::record::{
    BandRecord, ClockRecord, EXTENT_SIZE_MAX, Extent, Record, UNIT_SIZE, UNIT_WORDS,
};
use super::seqlock::{Word, publish};
use super::{FrameNumber, Header, Need, RingError, Writer};
use crate::quantity::{Interval, Window};

/// Who writes a track, or since when nobody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// A thread does.
    Held,
    /// Nobody; its newest row is of this frame, or of an older one.
    Idle(FrameNumber),
    /// Nobody; its newest row is of exactly this frame.
    Seen(FrameNumber),
}

/// A clock of this run.
pub(super) struct ClockPlace {
    pub(super) shared: Arc<Shared>,
    pub(super) held: bool,
}

/// The writer's knowledge.
pub(super) struct Ledger {
    pub(super) directory: Directory,
    pub(super) length: u64,
    pub(super) size_max: u64,
    pub(super) window: Window,
    pub(super) needs: Vec<Need>,
    pub(super) newest: Vec<Option<Header>>,
    pub(super) clocks: Vec<ClockPlace>,
    // by the place of the track's record
    pub(super) claims: HashMap<u64, Claim>,
    pub(super) status_held: [bool; STATUS_SLOTS],
    // records of a batch that are not on the device yet; none while each is synced by itself
    unsynced: Option<Vec<Place>>,
}

impl Ledger {
    pub(super) fn new(
        directory: Directory,
        length: u64,
        size_max: u64,
        window: Window,
        needs: Vec<Need>,
        newest: Vec<Option<Header>>,
    ) -> Ledger {
        let mut claims = HashMap::new();
        for (track, place) in &directory.tracks {
            let clock = directory.band(track.band).map(|band| band.clock);
            let clock = clock.and_then(|clock| newest.get(usize::from(clock)));
            let newest = clock.copied().flatten();
            let newest = newest.map_or(FrameNumber(0), |header| header.number);
            claims.insert(place.offset, Claim::Idle(newest));
        }
        Ledger {
            directory,
            length,
            size_max,
            window,
            needs,
            newest,
            clocks: Vec::new(),
            claims,
            status_held: [false; STATUS_SLOTS],
            unsynced: None,
        }
    }

    /// Does `work`, and waits for the device once, after it, not once a record.
    pub(super) fn batch<T>(
        &mut self,
        writer: &Writer,
        work: impl FnOnce(&mut Ledger) -> T,
    ) -> (T, Result<(), RingError>) {
        self.unsynced = Some(Vec::new());
        let done = work(self);
        let mut places = self.unsynced.take().unwrap_or_default();
        places.sort_unstable_by_key(|place| place.offset);
        // records stand close together, extents do not
        let is_near = |a: &Place, b: &Place| b.offset < a.offset + EXTENT_SIZE;
        let sync = |run: &[Place]| match (run.first(), run.last()) {
            (Some(first), Some(last)) => {
                let end = last.offset + last.units as u64 * UNIT_SIZE;
                let done = writer.sync(first.offset, end - first.offset);
                // a thousand records need not stay resident
                let size = index(end - first.offset);
                writer.map().dont_need(index(first.offset), size);
                done
            }
            _ => Ok(()),
        };
        (done, places.chunk_by(is_near).try_for_each(sync))
    }

    /// Waits until what was written at `place` is on the device, or notes it for the end of the batch.
    fn settle(&mut self, writer: &Writer, place: Place) -> Result<(), RingError> {
        match &mut self.unsynced {
            Some(unsynced) => unsynced.push(place),
            None => writer.sync(place.offset, place.units as u64 * UNIT_SIZE)?,
        }
        writer.changed();
        Ok(())
    }

    fn write_record(
        &mut self,
        writer: &Writer,
        place: Place,
        record: &Record,
        body: &[u64],
    ) -> Result<(), RingError> {
        let first = record.first_word(place.offset, body);
        let at = index(place.offset / WORD_SIZE);
        let cells = &writer.map().words()[at..][..place.units * UNIT_WORDS];
        publish(&cells[0], &cells[1..], first, body);
        self.settle(writer, place)
    }

    /// The clock of an interval, made where there is none, and its newest frame.
    pub(super) fn clock(
        &mut self,
        writer: &Writer,
        interval: Interval,
    ) -> Result<(Arc<Shared>, Option<Header>), RingError> {
        let id = usize::from(self.lay_out(writer, interval)?);
        let place = self.clocks.iter_mut().find(|clock| clock.shared.id == id);
        let shared = match place {
            Some(place) if place.held => {
                return Err(RingError::Taken {
                    what: format!("the clock of {interval}"),
                });
            }
            // its tracks, which may live on, share it still
            Some(place) => {
                place.held = true;
                Arc::clone(&place.shared)
            }
            None => self.share(id),
        };
        Ok((shared, self.newest[id]))
    }

    fn share(&mut self, id: usize) -> Arc<Shared> {
        let mut clocks = self.directory.clocks.iter();
        let record = clocks.find(|clock| usize::from(clock.id) == id);
        let record = record.expect("a clock is shared after it was found or made");
        let frames = self.directory.frames(record);
        let newest = self.newest[id].map_or(FrameNumber(0), |header| header.number);
        let shared = Arc::new(Shared::new(id, &frames, newest));
        self.clocks.push(ClockPlace {
            shared: Arc::clone(&shared),
            held: true,
        });
        shared
    }

    /// The number of an interval's clock, made where there is none, with a band that has room for what the
    /// plan says.
    pub(super) fn lay_out(
        &mut self,
        writer: &Writer,
        interval: Interval,
    ) -> Result<u16, RingError> {
        let mut clocks = self.directory.clocks.iter();
        let known = clocks.find(|clock| clock.interval == interval);
        let id = match known {
            Some(clock) => clock.id,
            None => self.make_clock(writer, interval)?,
        };
        if self.directory.bands.iter().all(|band| band.clock != id) {
            let mine = self.needs.iter().filter(|need| need.interval == interval);
            let words = mine.map(|need| need.words).sum();
            self.make_band(writer, id, frame_words(words))?;
        }
        Ok(id)
    }

    fn make_clock(&mut self, writer: &Writer, interval: Interval) -> Result<u16, RingError> {
        let ids = self.directory.clocks.iter().map(|clock| clock.id);
        let banded = self.directory.bands.iter().map(|band| band.clock);
        let id = ids.chain(banded).max().map_or(0, |id| id + 1);
        if usize::from(id) >= CLOCKS_MAX {
            return Err(RingError::TooLong {
                what: "intervals",
                size: usize::from(id) + 1,
                limit: CLOCKS_MAX,
            });
        }
        let window_frames = window_frames(self.window, interval);
        let clock = ClockRecord {
            id,
            interval,
            slots: slots(window_frames),
            window_frames,
        };
        self.put(writer, &Record::Clock(clock.clone()))?;
        self.directory.clocks.push(clock);
        let mut state = writer.state();
        state.grow(usize::from(id) + 1);
        state.publish(writer.map());
        drop(state);
        Ok(id)
    }

    /// Adds a band to a clock: room first, on the disk, then the record.
    pub(super) fn make_band(
        &mut self,
        writer: &Writer,
        clock: u16,
        frame_words: usize,
    ) -> Result<(), RingError> {
        let full = || RingError::Full {
            path: writer.path().to_owned(),
            size_max: self.size_max,
        };
        let slots = self.directory.clock(clock).map_or(0, |clock| clock.slots);
        let size = band_size(slots, frame_words).ok_or_else(full)?;
        let id = self.directory.next_band();
        if index(u64::from(id)) >= BANDS_MAX {
            return Err(full());
        }
        let offset = self.grow(writer, size)?;
        let band = BandRecord {
            id,
            clock,
            offset,
            frame_words,
        };
        self.put(writer, &Record::Band(band.clone()))?;
        let circle = self.directory.circle(&band);
        self.directory.bands.push(band);
        let shared = self
            .clocks
            .iter()
            .find(|place| place.shared.id == usize::from(clock));
        if let (Some(place), Some(circle)) = (shared, circle) {
            place.shared.circles().push(circle);
        }
        Ok(())
    }

    /// Makes the file longer by that many bytes; gives where they start.
    fn grow(&mut self, writer: &Writer, size: u64) -> Result<u64, RingError> {
        let offset = self.length.max(self.directory.end());
        let offset = offset.next_multiple_of(PAGE_SIZE);
        let end = offset.saturating_add(size).next_multiple_of(PAGE_SIZE);
        if end > self.size_max {
            return Err(RingError::Full {
                path: writer.path().to_owned(),
                size_max: self.size_max,
            });
        }
        goodall_platform::map::allocate(writer.file(), end)
            .and_then(|()| writer.file().sync_all())
            .map_err(|error| RingError::io(writer.path(), "cannot grow", error))?;
        self.length = end;
        Ok(offset)
    }

    /// Writes a new record and waits until it is on the device.
    pub(super) fn put(&mut self, writer: &Writer, record: &Record) -> Result<Place, RingError> {
        let body = record.body();
        let units = (1 + body.len()) / UNIT_WORDS;
        let offset = match self.directory.free_units(units) {
            Some(offset) => offset,
            None => self.extend(writer, units)?,
        };
        let place = Place { offset, units };
        self.write_record(writer, place, record, &body)?;
        self.directory.places.push(place);
        Ok(place)
    }

    /// Writes a record over another of at least its length.
    pub(super) fn put_over(
        &mut self,
        writer: &Writer,
        place: Place,
        record: &Record,
    ) -> Result<Place, RingError> {
        let mut body = record.body();
        if 1 + body.len() > place.units * UNIT_WORDS {
            // the new one stands before the old one goes: a crash in between leaves both, never none
            let put = self.put(writer, record)?;
            self.erase(writer, place)?;
            return Ok(put);
        }
        body.resize(place.units * UNIT_WORDS - 1, 0);
        self.write_record(writer, place, record, &body)?;
        Ok(place)
    }

    /// Frees a record's place.
    pub(super) fn erase(&mut self, writer: &Writer, place: Place) -> Result<(), RingError> {
        let words = &writer.map().words()[index(place.offset / WORD_SIZE)..];
        for word in &words[..place.units * UNIT_WORDS] {
            word.put(0);
        }
        self.directory.places.retain(|kept| *kept != place);
        self.settle(writer, place)
    }

    /// Adds an extent with room for a record of that many units; gives where the record may stand.
    fn extend(&mut self, writer: &Writer, units: usize) -> Result<u64, RingError> {
        let size = ((units as u64 + 1) * UNIT_SIZE)
            .max(EXTENT_SIZE)
            .next_multiple_of(PAGE_SIZE);
        let last = self.directory.extents.last();
        let last = *last.expect("the first extent stands in the superblock");
        if size > EXTENT_SIZE_MAX || self.directory.extents.len() >= super::layout::EXTENTS_MAX {
            return Err(RingError::Full {
                path: writer.path().to_owned(),
                size_max: self.size_max,
            });
        }
        let offset = self.grow(writer, size)?;
        let extent = Extent { offset, size };
        let place = Place {
            offset: last.offset + last.size - UNIT_SIZE,
            units: 1,
        };
        let record = Record::Extent(extent);
        let body = record.body();
        self.write_record(writer, place, &record, &body)?;
        self.directory.places.push(place);
        self.directory.extents.push(extent);
        Ok(offset)
    }

    pub(super) fn release_clock(&mut self, id: usize, newest: Option<Header>) {
        self.newest[id] = newest;
        for place in &mut self.clocks {
            place.held &= place.shared.id != id;
        }
    }

    pub(super) fn release_track(&mut self, record: u64, claim: Claim) {
        self.claims.insert(record, claim);
    }
}

/// Words that a new band's frames give to rows, when a row of `row_words` finds no room: what the clock
/// has already by a quarter more, so that many new tracks make few bands.
pub(super) fn further_frame_words(directory: &Directory, clock: u16, row_words: usize) -> usize {
    let bands = directory.bands.iter().filter(|band| band.clock == clock);
    let has: usize = bands.map(|band| band.frame_words - HEADER_WORDS).sum();
    least_frame_words(row_words.max(has / 4))
}

/// The smallest band for a row.
pub(super) fn least_frame_words(row_words: usize) -> usize {
    (HEADER_WORDS + row_words.max(super::layout::ROOM_WORDS_MIN)).next_multiple_of(8)
}
