//! The directory's records: packed bytes under a check that knows where the record stands, so that no
//! piece of one is ever taken for another.

use std::sync::Arc;

use goodall_platform::Label;

use super::layout::{BANDS_MAX, CLOCKS_MAX, FIELDS_MAX, LABELS_MAX, WORD_SIZE, index};
use super::pack::{Packed, Unpacked};
use super::{FieldSpec, hash};
use crate::metric::{Decode, Kind, Repr, Scale, Unit};
use crate::quantity::Interval;

/// Records start at multiples of this many words of their extent.
pub const UNIT_WORDS: usize = 8;
/// Bytes of a unit.
pub const UNIT_SIZE: u64 = UNIT_WORDS as u64 * WORD_SIZE;
/// Longest extent of a directory, in bytes: a damaged file asks for no more memory than this.
pub const EXTENT_SIZE_MAX: u64 = 8 * 1024 * 1024;

/// One interval's numbering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockRecord {
    /// Its number, below `CLOCKS_MAX`.
    pub id: u16,
    /// From tick to tick.
    pub interval: Interval,
    /// Frames of each of its circles.
    pub slots: u64,
    /// Frames that are handed out.
    pub window_frames: u64,
}

/// One circle of frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BandRecord {
    /// Its number.
    pub id: u32,
    /// Its clock's.
    pub clock: u16,
    /// Where it starts, in bytes.
    pub offset: u64,
    /// Words of a frame.
    pub frame_words: usize,
}

/// A further piece of the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Where it starts, in bytes.
    pub offset: u64,
    /// Its length in bytes.
    pub size: u64,
}

/// A list of fields, shared by the tracks that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldsRecord {
    /// The hash of its packed bytes.
    pub id: u64,
    /// The fields.
    pub fields: Arc<[FieldSpec]>,
}

/// A row's place in each frame of a band, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackRecord {
    /// The hash of its name and fields, which its rows' checks cover.
    pub identity: u64,
    /// Its list of fields.
    pub fields: u64,
    /// Its band.
    pub band: u32,
    /// Its row's place: words from the frame's start.
    pub place: usize,
    /// Words from there on that are its own; at least what its row takes.
    pub room: usize,
    /// Which of the instances that look alike in names: 1 has no suffix, 2 has `~2`.
    pub ordinal: u16,
    /// The first part of its series' names.
    pub collector: String,
    /// The exact instance.
    pub instance: Vec<u8>,
    /// Its labels.
    pub labels: Vec<Label>,
}

/// Any record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Kind 1.
    Clock(ClockRecord),
    /// Kind 2.
    Band(BandRecord),
    /// Kind 3.
    Extent(Extent),
    /// Kind 4.
    Fields(FieldsRecord),
    /// Kind 5.
    Track(TrackRecord),
}

impl Record {
    fn kind(&self) -> u16 {
        match self {
            Record::Clock(_) => 1,
            Record::Band(_) => 2,
            Record::Extent(_) => 3,
            Record::Fields(_) => 4,
            Record::Track(_) => 5,
        }
    }

    /// Its words behind the first, in whole units together with the first.
    pub fn body(&self) -> Vec<u64> {
        let mut packed = Packed::default();
        match self {
            Record::Clock(clock) => {
                packed.u64(u64::from(clock.id));
                packed.u64(clock.interval.ns());
                packed.u64(clock.slots);
                packed.u64(clock.window_frames);
            }
            Record::Band(band) => {
                packed.u32(band.id);
                packed.u32(u32::from(band.clock));
                packed.u64(band.offset);
                packed.u64(band.frame_words as u64);
            }
            Record::Extent(extent) => {
                packed.u64(extent.offset);
                packed.u64(extent.size);
            }
            Record::Fields(fields) => {
                packed.u64(fields.id);
                packed.bytes(&pack_fields(&fields.fields));
            }
            Record::Track(track) => pack_track(track, &mut packed),
        }
        let mut body = hash::words_of(&packed.into_bytes());
        body.resize((1 + body.len()).next_multiple_of(UNIT_WORDS) - 1, 0);
        body
    }

    /// The first word of a record with that body, to stand at `offset` of the file, in bytes.
    pub fn first_word(&self, offset: u64, body: &[u64]) -> u64 {
        let units = ((1 + body.len()) / UNIT_WORDS) as u64;
        let low = u64::from(self.kind()) << 16 | units;
        u64::from(hash::check([offset, low, 0], body)) << 32 | low
    }

    /// The record that starts `words` (which go on to the extent's end) and its units; `None` where there
    /// is none or it is not whole. One of a kind that is not known here has units but no record.
    pub fn parse(offset: u64, words: &[u64]) -> Option<(Option<Record>, usize)> {
        let (&first, rest) = words.split_first()?;
        let low = first & 0xffff_ffff;
        let units = index(low & 0xffff);
        let body = rest.get(..(units * UNIT_WORDS).checked_sub(1)?)?;
        if u64::from(hash::check([offset, low, 0], body)) != first >> 32 {
            return None;
        }
        let bytes: Vec<u8> = body.iter().flat_map(|word| word.to_le_bytes()).collect();
        let mut from = Unpacked::new(&bytes);
        let record = match low >> 16 {
            1 => unpack_clock(&mut from).map(Record::Clock),
            2 => unpack_band(&mut from).map(Record::Band),
            3 => unpack_extent(&mut from).map(Record::Extent),
            4 => unpack_fields(&mut from).map(Record::Fields),
            5 => unpack_track(&mut from).map(Record::Track),
            _ => None,
        };
        Some((record, units))
    }

    /// The band or the extent that one unit at `offset` is; takes no memory.
    pub fn parse_unit(offset: u64, unit: &[u64; UNIT_WORDS]) -> Option<Record> {
        let [first, body @ ..] = unit;
        let low = first & 0xffff_ffff;
        let (kind, units) = (low >> 16, low & 0xffff);
        let names_a_place = units == 1 && matches!(kind, 2 | 3);
        if !names_a_place || u64::from(hash::check([offset, low, 0], body)) != first >> 32 {
            return None;
        }
        let bytes = body.map(u64::to_le_bytes);
        let mut from = Unpacked::new(bytes.as_flattened());
        if kind == 2 {
            unpack_band(&mut from).map(Record::Band)
        } else {
            unpack_extent(&mut from).map(Record::Extent)
        }
    }
}

/// A list of fields as bytes: what its id is the hash of.
pub fn pack_fields(fields: &[FieldSpec]) -> Vec<u8> {
    let mut packed = Packed::default();
    packed.u32(u32::try_from(fields.len()).unwrap_or(u32::MAX));
    for field in fields {
        packed.u8(match field.kind {
            Kind::Counter => 0,
            Kind::Gauge => 1,
        });
        packed.u8(match field.decode.repr {
            Repr::U64 => 0,
            Repr::I64 => 1,
            Repr::F64 => 2,
        });
        packed.u32(field.decode.scale.multiply);
        packed.u32(field.decode.scale.divide);
        packed.short(field.name.as_bytes());
        packed.short(field.unit.name().as_bytes());
    }
    packed.into_bytes()
}

/// The id of a list of fields.
pub fn fields_id(fields: &[FieldSpec]) -> u64 {
    hash::of_bytes([0; 3], &pack_fields(fields))
}

/// A track's identity.
pub fn identity(collector: &str, instance: &[u8], fields: u64) -> u64 {
    let mut packed = Packed::default();
    packed.short(collector.as_bytes());
    packed.short(instance);
    hash::of_bytes([fields, 0, 0], &packed.into_bytes())
}

fn pack_track(track: &TrackRecord, packed: &mut Packed) {
    packed.u64(track.identity);
    packed.u64(track.fields);
    packed.u32(track.band);
    packed.u32(u32::try_from(track.place).unwrap_or(u32::MAX));
    packed.u32(u32::try_from(track.room).unwrap_or(u32::MAX));
    packed.u16(track.ordinal);
    packed.u16(u16::try_from(track.labels.len()).unwrap_or(u16::MAX));
    packed.short(track.collector.as_bytes());
    packed.short(&track.instance);
    for label in &track.labels {
        packed.short(label.name.as_bytes());
        packed.long(label.value.as_bytes());
    }
}

fn unpack_clock(from: &mut Unpacked) -> Option<ClockRecord> {
    let id = u16::try_from(from.u64()?).ok()?;
    let interval = Interval::of(std::time::Duration::from_nanos(from.u64()?))?;
    let (slots, window_frames) = (from.u64()?, from.u64()?);
    let sound = usize::from(id) < CLOCKS_MAX && window_frames > 0 && window_frames <= slots;
    sound.then_some(ClockRecord {
        id,
        interval,
        slots,
        window_frames,
    })
}

fn unpack_band(from: &mut Unpacked) -> Option<BandRecord> {
    let band = BandRecord {
        id: from.u32()?,
        clock: u16::try_from(from.u32()?).ok()?,
        offset: from.u64()?,
        frame_words: usize::try_from(from.u64()?).ok()?,
    };
    let sound = index(u64::from(band.id)) < BANDS_MAX
        && usize::from(band.clock) < CLOCKS_MAX
        && band.offset.is_multiple_of(WORD_SIZE)
        && band.frame_words >= super::layout::HEADER_WORDS;
    sound.then_some(band)
}

fn unpack_extent(from: &mut Unpacked) -> Option<Extent> {
    let (offset, size) = (from.u64()?, from.u64()?);
    let sound = (UNIT_SIZE..=EXTENT_SIZE_MAX).contains(&size)
        && offset.is_multiple_of(UNIT_SIZE)
        && size.is_multiple_of(UNIT_SIZE);
    sound.then_some(Extent { offset, size })
}

fn unpack_fields(from: &mut Unpacked) -> Option<FieldsRecord> {
    let id = from.u64()?;
    let count = usize::try_from(from.u32()?).ok()?;
    if count == 0 || count > FIELDS_MAX {
        return None;
    }
    let fields: Option<Arc<[FieldSpec]>> = (0..count).map(|_| unpack_field(from)).collect();
    Some(FieldsRecord {
        id,
        fields: fields?,
    })
}

fn unpack_field(from: &mut Unpacked) -> Option<FieldSpec> {
    let kind = match from.u8()? {
        0 => Kind::Counter,
        1 => Kind::Gauge,
        _ => return None,
    };
    let repr = match from.u8()? {
        0 => Repr::U64,
        1 => Repr::I64,
        2 => Repr::F64,
        _ => return None,
    };
    let scale = Scale {
        multiply: from.u32()?,
        divide: from.u32()?,
    };
    Some(FieldSpec {
        kind,
        decode: Decode { repr, scale },
        name: from.short_text()?,
        unit: Unit::named(&from.short_text()?),
    })
}

fn unpack_track(from: &mut Unpacked) -> Option<TrackRecord> {
    let identity = from.u64()?;
    let fields = from.u64()?;
    let band = from.u32()?;
    let place = index(u64::from(from.u32()?));
    let room = index(u64::from(from.u32()?));
    let ordinal = from.u16()?;
    let labels = usize::from(from.u16()?);
    if ordinal == 0 || labels > LABELS_MAX {
        return None;
    }
    let collector = from.short_text()?;
    let instance = from.short()?.to_vec();
    let label = |from: &mut Unpacked| {
        Some(Label {
            name: from.short_text()?,
            value: from.long_text()?,
        })
    };
    Some(TrackRecord {
        identity,
        fields,
        band,
        place,
        room,
        ordinal,
        collector,
        instance,
        labels: (0..labels).map(|_| label(from)).collect::<Option<_>>()?,
    })
}
