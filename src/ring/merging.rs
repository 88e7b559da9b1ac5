//! The moments of several clocks of a ring whose rows are carried over, in the order in which they were recorded:
//! runs of the writer never interleave, and within one it is the order of time since boot.

use std::ops::RangeInclusive;

use super::frame::RowKey;
use super::frames::Frames;
use super::layout::Circle;
use super::source::Source;
use super::{FrameNumber, Header};
use crate::quantity::{BootNs, WallNs};

/// Ticks of two clocks that are no further apart by the time since boot are one: each reads it for itself.
pub(super) const ONE_MOMENT_NS: u64 = 100_000;

/// One clock's frames.
pub(super) struct Lane {
    pub(super) frames: Frames,
    /// Those to read.
    pub(super) numbers: RangeInclusive<u64>,
    /// The tracks whose late rows are moments of their own.
    pub(super) tracks: Vec<Stored>,
}

/// Where a track's rows stand.
pub(super) struct Stored {
    pub(super) identity: u64,
    pub(super) circle: Circle,
    pub(super) place: usize,
    pub(super) words: Vec<u64>,
}

impl Stored {
    /// The offset of the row in a frame, whose words are then in `words`; none where there is no row.
    pub(super) fn read(&mut self, source: &Source, header: &Header) -> Option<i32> {
        let at = self.circle.frame(header.number) + self.place;
        let sealed = source.collect(at, at + 1, &mut self.words)?;
        let key = RowKey {
            number: header.number,
            salt: header.salt,
            identity: self.identity,
        };
        key.offset_of(sealed, &self.words)
    }
}

/// When a row was taken, where that is `late_ns` or more after its tick.
pub(super) fn late(tick: &Header, offset_us: i32, late_ns: u64) -> Option<Header> {
    let by_ns = u64::try_from(offset_us).ok()? * 1000;
    (by_ns >= late_ns).then(|| Header {
        wall: WallNs(tick.wall.0.saturating_add_unsigned(by_ns)),
        boot: BootNs(tick.boot.0.saturating_add(by_ns)),
        ..*tick
    })
}

/// A tick of a lane, or the moment of a row that was late in one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) lane: usize,
    pub(super) header: Header,
}

/// The moments of several clocks.
pub(super) struct Merging<'a> {
    source: &'a Source,
    lanes: Vec<Lane>,
    heads: Vec<Option<Header>>,
    late_ns: u64,
    late: Vec<Moment>,
    salt: Option<u32>,
}

impl<'a> Merging<'a> {
    pub(super) fn new(source: &'a Source, lanes: Vec<Lane>, late_ns: u64) -> Merging<'a> {
        let mut merging = Merging {
            source,
            heads: vec![None; lanes.len()],
            lanes,
            late_ns,
            late: Vec::new(),
            salt: None,
        };
        for lane in 0..merging.lanes.len() {
            merging.advance(lane);
        }
        merging
    }

    fn advance(&mut self, lane: usize) {
        let Lane {
            frames, numbers, ..
        } = &mut self.lanes[lane];
        self.heads[lane] = numbers.find_map(|number| {
            let header = frames.header(self.source, FrameNumber(number));
            frames.pass(self.source, FrameNumber(number));
            header
        });
    }

    /// The tick that comes next: of the run that goes on, else of the run that begins first; of one moment that
    /// of the first lane.
    fn tick(&self) -> Option<Moment> {
        let heads = || {
            let heads = self.heads.iter().enumerate();
            heads.filter_map(|(lane, head)| head.map(|header| Moment { lane, header }))
        };
        let goes_on = heads().find(|head| Some(head.header.salt) == self.salt);
        let run = goes_on.or_else(|| heads().min_by_key(|head| head.header.wall))?;
        let mine = || heads().filter(|head| head.header.salt == run.header.salt);
        let next = mine().min_by_key(|head| head.header.boot)?;
        let moment_end = next.header.boot.0.saturating_add(ONE_MOMENT_NS);
        mine().find(|head| head.header.boot.0 <= moment_end)
    }

    /// The late row that comes before that tick.
    fn late_before(&mut self, tick: Option<&Moment>) -> Option<Moment> {
        let moments = self.late.iter().enumerate();
        let (at, first) = moments.min_by_key(|(_, moment)| moment.header.boot)?;
        let is_next = tick.is_none_or(|tick| {
            tick.header.salt != first.header.salt || first.header.boot < tick.header.boot
        });
        is_next.then(|| self.late.swap_remove(at))
    }

    fn note_late(&mut self, tick: Moment) {
        for track in &mut self.lanes[tick.lane].tracks {
            let offset_us = track.read(self.source, &tick.header);
            let row = offset_us.and_then(|offset| late(&tick.header, offset, self.late_ns));
            self.late.extend(row.map(|header| Moment {
                lane: tick.lane,
                header,
            }));
        }
    }
}

impl Iterator for Merging<'_> {
    type Item = Moment;

    fn next(&mut self) -> Option<Moment> {
        let tick = self.tick();
        if let Some(late) = self.late_before(tick.as_ref()) {
            return Some(late);
        }
        let tick = tick?;
        self.salt = Some(tick.header.salt);
        self.note_late(tick);
        self.advance(tick.lane);
        Some(tick)
    }
}
