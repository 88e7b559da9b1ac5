//! Where a new track's rows go: the place of a track that has aged out of the window, else spare room in a
//! band of its clock, else a new band.

use std::sync::Arc;

use super::clock::Shared;
use super::directory::Place;
use super::frame::RowKey;
use super::layout::{FIELDS_MAX, INSTANCE_SIZE_MAX, LABEL_SIZE_MAX, LABELS_MAX, NAME_SIZE_MAX};
use super::ledger::{Claim, Ledger, further_frame_words, least_frame_words};
use super::record::{FieldsRecord, Record, TrackRecord, fields_id, identity};
use super::track::Granted;
use super::{FieldSpec, FrameNumber, RingError, TrackSpec, Writer, naming};

/// A row's place in the frames of a band.
#[derive(Clone, Copy)]
struct Room {
    band: u32,
    place: usize,
    words: usize,
}

impl Ledger {
    /// The track of that name and those fields, found or made, for one thread to write. `ordinal` is what
    /// it has in names, where it had one in another file.
    pub(super) fn track(
        &mut self,
        writer: &Writer,
        spec: &TrackSpec,
        ordinal: Option<u16>,
    ) -> Result<Granted, RingError> {
        check_sizes(spec)?;
        let clock = self
            .clocks
            .iter()
            .find(|clock| clock.shared.interval == spec.interval)
            .expect("an interval's clock is made before its tracks");
        let shared = Arc::clone(&clock.shared);
        let fields = fields_id(&spec.fields);
        let identity = identity(&spec.collector, &spec.instance, fields);
        let found =
            self.directory.tracks.iter().position(|(track, _)| {
                track.identity == identity && self.is_of(track.band, &shared)
            });
        let index = if let Some(index) = found {
            self.take_up(writer, index, spec)?
        } else {
            let ordinal = ordinal.unwrap_or_else(|| self.ordinal(spec));
            let track = TrackRecord {
                identity,
                fields,
                band: 0,
                place: 0,
                room: spec.fields.len() + 1,
                ordinal,
                collector: spec.collector.clone(),
                instance: spec.instance.clone(),
                labels: spec.labels.clone(),
            };
            self.take_in(writer, &spec.fields, &shared, track)?
        };
        let (track, place) = &self.directory.tracks[index];
        let band = self.directory.band(track.band);
        let circle = band.and_then(|band| self.directory.circle(band));
        self.claims.insert(place.offset, Claim::Held);
        Ok(Granted {
            shared,
            identity,
            circle: circle.expect("a track stands in a band of a clock"),
            place: track.place,
            fields: spec.fields.len(),
            record: place.offset,
        })
    }

    fn is_of(&self, band: u32, shared: &Shared) -> bool {
        let band = self.directory.band(band);
        band.is_some_and(|band| usize::from(band.clock) == shared.id)
    }

    fn claim(&self, place: Place) -> Claim {
        let claim = self.claims.get(&place.offset).copied();
        // what nobody has named is as old as anything
        claim.unwrap_or(Claim::Idle(FrameNumber(0)))
    }

    /// Goes on with a track that is there, its labels renewed.
    fn take_up(
        &mut self,
        writer: &Writer,
        index: usize,
        spec: &TrackSpec,
    ) -> Result<usize, RingError> {
        let (track, place) = self.directory.tracks[index].clone();
        if self.claim(place) == Claim::Held {
            return Err(RingError::Taken {
                what: format!(
                    "the track {} {}",
                    spec.collector,
                    naming::name(&spec.instance, track.ordinal)
                ),
            });
        }
        if track.labels != spec.labels {
            let renewed = TrackRecord {
                labels: spec.labels.clone(),
                ..track
            };
            let put = self.put_over(writer, place, &Record::Track(renewed.clone()))?;
            self.claims.remove(&place.offset);
            self.directory.tracks[index] = (renewed, put);
        }
        Ok(index)
    }

    /// Gives a new track its place.
    fn take_in(
        &mut self,
        writer: &Writer,
        fields: &[FieldSpec],
        shared: &Arc<Shared>,
        mut track: TrackRecord,
    ) -> Result<usize, RingError> {
        let words = track.room;
        if !self.directory.fields.contains_key(&track.fields) {
            let record = FieldsRecord {
                id: track.fields,
                fields: fields.into(),
            };
            let place = self.put(writer, &Record::Fields(record.clone()))?;
            let entry = (record.fields, place);
            self.directory.fields.insert(track.fields, entry);
        }
        let aged = self.aged_out(shared, words, 2 * words + 8);
        if let Some(index) = aged {
            return self.replace(writer, index, track);
        }
        let room = if let Some(room) = self.spare_room(shared, words) {
            room
        } else {
            self.look_at_idle(writer, shared);
            if let Some(index) = self.aged_out(shared, words, usize::MAX) {
                return self.replace(writer, index, track);
            }
            self.widen(writer, shared, words)?
        };
        track.band = room.band;
        track.place = room.place;
        let place = self.put(writer, &Record::Track(track.clone()))?;
        self.directory.tracks.push((track, place));
        Ok(self.directory.tracks.len() - 1)
    }

    /// The new track in the place of one that has aged out.
    fn replace(
        &mut self,
        writer: &Writer,
        index: usize,
        mut track: TrackRecord,
    ) -> Result<usize, RingError> {
        let (old, place) = self.directory.tracks[index].clone();
        track.band = old.band;
        track.place = old.place;
        track.room = old.room;
        let put = self.put_over(writer, place, &Record::Track(track.clone()))?;
        self.claims.remove(&place.offset);
        self.directory.tracks[index] = (track, put);
        self.forget_fields(writer, old.fields)?;
        Ok(index)
    }

    /// Frees a list of fields that no track has any more.
    fn forget_fields(&mut self, writer: &Writer, id: u64) -> Result<(), RingError> {
        let used = |(track, _): &(TrackRecord, Place)| track.fields == id;
        if self.directory.tracks.iter().any(used) {
            return Ok(());
        }
        match self.directory.fields.remove(&id) {
            Some((_, place)) => self.erase(writer, place),
            None => Ok(()),
        }
    }

    /// The smallest place of a track whose rows have all left the window, between these many words.
    fn aged_out(&self, shared: &Shared, words: usize, words_max: usize) -> Option<usize> {
        let newest = shared.newest().0;
        let tracks = self.directory.tracks.iter().enumerate();
        tracks
            .filter(|(_, (track, place))| {
                let last = match self.claim(*place) {
                    Claim::Held => return false,
                    Claim::Idle(last) | Claim::Seen(last) => last.0,
                };
                (words..=words_max).contains(&track.room)
                    && self.is_of(track.band, shared)
                    && last.saturating_add(shared.window_frames) <= newest
            })
            .min_by_key(|(_, (track, _))| track.room)
            .map(|(index, _)| index)
    }

    fn spare_room(&self, shared: &Shared, words: usize) -> Option<Room> {
        let bands = self.directory.bands.iter();
        bands
            .filter(|band| usize::from(band.clock) == shared.id)
            .flat_map(|band| {
                let free = self.directory.free_room(band);
                free.into_iter().map(|(place, words)| Room {
                    band: band.id,
                    place,
                    words,
                })
            })
            .find(|room| room.words >= words)
    }

    /// Finds the newest row of each track that nobody writes: what was idle for long is known to be aged
    /// out only then, after a restart. Cold, and once a track.
    fn look_at_idle(&mut self, writer: &Writer, shared: &Shared) {
        let source = writer.source(self.length);
        let Some(clock) = self
            .directory
            .clocks
            .iter()
            .find(|clock| usize::from(clock.id) == shared.id)
        else {
            return;
        };
        let frames = self.directory.frames(clock);
        let newest = shared.newest().0;
        let oldest = newest.saturating_sub(frames.window_frames);
        for (track, place) in &self.directory.tracks {
            let circle = self.directory.band(track.band);
            let circle = circle.and_then(|band| self.directory.circle(band));
            let (Some(circle), Claim::Idle(last)) = (circle, self.claim(*place)) else {
                continue;
            };
            if !self.is_of(track.band, shared) {
                continue;
            }
            let count = self
                .directory
                .fields_of(track)
                .map_or(0, |fields| fields.len());
            let mut words = vec![0; count];
            let newest_row = (oldest + 1..=last.0)
                .rev()
                .map(FrameNumber)
                .find(|&number| {
                    let Some(header) = frames.header(&source, number) else {
                        return false;
                    };
                    let at = circle.frame(number) + track.place;
                    let key = RowKey {
                        number,
                        salt: header.salt,
                        identity: track.identity,
                    };
                    source
                        .collect(at, at + 1, &mut words)
                        .is_some_and(|sealed| key.offset_of(sealed, &words).is_some())
                });
            let newest_row = newest_row.unwrap_or(FrameNumber(0));
            self.claims.insert(place.offset, Claim::Seen(newest_row));
        }
        source.dont_need(0, super::layout::index(self.length / 8));
    }

    /// A new band with room for the row; as small as may be where `--ring-max` is near.
    fn widen(&mut self, writer: &Writer, shared: &Shared, words: usize) -> Result<Room, RingError> {
        let clock = u16::try_from(shared.id).expect("clocks are few");
        let wanted = further_frame_words(&self.directory, clock, words);
        let least = least_frame_words(words);
        match self.make_band(writer, clock, wanted) {
            Err(error) if error.is_out_of_room() && least < wanted => {
                self.make_band(writer, clock, least)?;
            }
            made => made?,
        }
        let room = self.spare_room(shared, words);
        Ok(room.expect("a band is made wide enough for the row it is made for"))
    }

    /// Which of the instances that look alike in names this one is; what it was before, it stays.
    fn ordinal(&self, spec: &TrackSpec) -> u16 {
        let tracks = || {
            let tracks = self.directory.tracks.iter().map(|(track, _)| track);
            tracks.filter(|track| track.collector == spec.collector)
        };
        if let Some(track) = tracks().find(|track| track.instance == spec.instance) {
            return track.ordinal;
        }
        let plain = naming::plain(&spec.instance);
        let alike: Vec<&TrackRecord> = tracks()
            .filter(|track| naming::plain(&track.instance) == plain)
            .collect();
        (naming::lowest_ordinal(&spec.instance)..u16::MAX)
            .find(|ordinal| alike.iter().all(|track| track.ordinal != *ordinal))
            .unwrap_or(u16::MAX)
    }
}

fn check_sizes(spec: &TrackSpec) -> Result<(), RingError> {
    let within = |what, size, limit| {
        if size <= limit {
            Ok(())
        } else {
            Err(RingError::TooLong { what, size, limit })
        }
    };
    within("a collector's name", spec.collector.len(), NAME_SIZE_MAX)?;
    within("an instance", spec.instance.len(), INSTANCE_SIZE_MAX)?;
    within("labels of a track", spec.labels.len(), LABELS_MAX)?;
    within("fields of a track", spec.fields.len(), FIELDS_MAX)?;
    assert!(!spec.fields.is_empty(), "a track has fields");
    for label in &spec.labels {
        within("a label's name", label.name.len(), NAME_SIZE_MAX)?;
        within("a label's value", label.value.len(), LABEL_SIZE_MAX)?;
    }
    for field in &spec.fields {
        within("a field's name", field.name.len(), NAME_SIZE_MAX)?;
    }
    Ok(())
}
