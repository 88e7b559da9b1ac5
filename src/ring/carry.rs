//! Rows carried over into a ring of another window or other intervals. Frames keep their ticks, rows their
//! times and words; where the interval is the same, frames keep their numbers too. Each row is in the frame whose
//! tick was its own; where the interval is longer, in the first of that interval's stretch of time.

use super::clock::Shared;
use super::former::Old;
use super::frame::{RowKey, publish_header};
use super::frames::Frames;
use super::layout::HEADER_WORDS;
use super::ledger::Claim;
use super::making::{make, merged, needed};
use super::merging::{Lane, Merging, ONE_MOMENT_NS, Stored, late};
use super::record::ClockRecord;
use super::source::Source;
use super::state::Step;
use super::track::Granted;
use super::writer::Writer;
use super::{FrameNumber, Header, Plan, RingError, TrackSpec};
use crate::quantity::{BootNs, Interval};

/// What became of the rows.
#[derive(Clone, Copy, Default)]
pub(super) struct Count {
    pub(super) carried: u64,
    /// Those whose new frame had one of its track already.
    pub(super) left_out: u64,
}

/// Makes a ring by the plan in the place of the old one, with its rows: how many. `None` where another
/// process is making one.
pub(super) fn carry_over(
    path: &std::path::Path,
    old: &Old,
    plan: &Plan,
) -> Result<Option<(Writer, Count)>, RingError> {
    let mut wide = plan.clone();
    wide.needs = old.needs(plan);
    if plan
        .size_max
        .is_some_and(|size_max| needed(&wide) > size_max)
    {
        wide.needs.clone_from(&plan.needs);
    }
    let Some(made) = make(path, &wide, Some(old.created))? else {
        return Ok(None);
    };
    let mut count = Count::default();
    for need in merged(&plan.needs) {
        Carrier::new(old, &made.writer, plan, need.interval)?.carry(&mut count)?;
    }
    made.writer.checkpoint(false)?;
    let writer = made.put_in_place()?;
    Ok(Some((writer, count)))
}

/// Carries the rows that go to one interval.
struct Carrier<'a> {
    old: &'a Old<'a>,
    clocks: Vec<&'a ClockRecord>,
    writer: &'a Writer,
    shared: std::sync::Arc<Shared>,
    source: Source,
    frames: Frames,
    newest: Option<Header>,
}

impl<'a> Carrier<'a> {
    fn new(
        old: &'a Old<'a>,
        writer: &'a Writer,
        plan: &'a Plan,
        interval: Interval,
    ) -> Result<Carrier<'a>, RingError> {
        let mut clocks: Vec<&ClockRecord> = old.mapped(plan, interval).collect();
        // whose frames are taken over: its own if there are, else those that come most often
        clocks.sort_by_key(|clock| (clock.interval != interval, clock.interval));
        let (shared, _) = writer.ledger().clock(writer, interval)?;
        let directory = writer.ledger().directory.clone();
        let clock = directory.clocks.iter();
        let clock = clock.clone().find(|clock| clock.interval == interval);
        let frames = directory.frames(clock.expect("it was just found or made"));
        Ok(Carrier {
            old,
            clocks,
            writer,
            shared,
            source: writer.source(u64::MAX),
            frames,
            newest: None,
        })
    }

    fn carry(mut self, count: &mut Count) -> Result<(), RingError> {
        if !self.clocks.is_empty() {
            self.carry_frames();
            for clock in self.clocks.clone() {
                self.carry_rows(clock, count)?;
            }
        }
        let id = self.shared.id;
        if let Some(newest) = self.newest {
            self.writer.set_live_newest(id, newest.number, newest.wall);
        }
        self.writer.ledger().release_clock(id, self.newest);
        Ok(())
    }

    /// The numbers of an old clock's frames that are carried over.
    fn numbers(&self, clock: &ClockRecord) -> std::ops::RangeInclusive<u64> {
        let newest = self.old.recovered.newest[usize::from(clock.id)];
        let newest = newest.map_or(0, |header| header.number.0);
        let mut count = clock.window_frames;
        if clock.interval == self.frames.interval {
            count = count.min(self.frames.window_frames);
        }
        (newest + 1).saturating_sub(count).max(1)..=newest
    }

    /// Whether a clock's frames stay as they are.
    fn is_same(&self, clock: &ClockRecord) -> bool {
        clock.interval == self.frames.interval
    }

    /// Takes over the frames of the clocks. Those of the same interval stay, with their numbers as long as none of
    /// another clock's comes before; of the others there is one for each stretch of the interval.
    fn carry_frames(&mut self) {
        let clocks = self.clocks.clone();
        let lanes = clocks.iter().map(|clock| Lane {
            frames: self.old.directory.frames(clock),
            numbers: self.numbers(clock),
            tracks: if self.is_same(clock) {
                Vec::new()
            } else {
                self.old.places(clock).map(|(_, place)| place).collect()
            },
        });
        let interval = self.frames.interval.ns();
        // a tick is seldom quite on time
        let shortest = clocks.iter().map(|clock| clock.interval.ns()).min();
        let early = shortest.map_or(0, |shortest| shortest.min(interval) / 2);
        let stretch = |header: &Header| {
            let wall = header.wall.0.saturating_add_unsigned(early);
            (header.salt, wall.div_euclid(interval.cast_signed()))
        };
        let mut added = 0;
        let mut before: Option<Header> = None;
        // whose ticks the newest frame stands for
        let mut joined = vec![false; clocks.len()];
        for moment in Merging::new(self.old.source, lanes.collect(), interval) {
            let old = moment.header;
            let clock = clocks[moment.lane];
            let next = self.newest.map_or(1, |newest| newest.number.0 + 1);
            let is_thinned = clock.interval < self.frames.interval;
            let has_room = is_thinned || !joined[moment.lane];
            let number = if self.is_same(clock) {
                old.number.0 + added
            } else if has_room && before.is_some_and(|before| stretch(&before) == stretch(&old)) {
                joined[moment.lane] = true;
                continue;
            } else {
                added += 1;
                next
            };
            let header = Header {
                number: FrameNumber(number.max(next)),
                ..old
            };
            self.publish(&header);
            let noted = self.is_same(clock).then_some((clock, old.number));
            self.note_step(noted, before, &header);
            before = Some(header);
            joined.fill(false);
            joined[moment.lane] = true;
        }
        let lead = clocks.first().filter(|lead| self.is_same(lead));
        if let Some(lead) = lead.filter(|_| added == 0) {
            let since = self
                .old
                .recovered
                .state
                .complete_since(usize::from(lead.id));
            let mut state = self.writer.state();
            state.set_complete_since(self.shared.id, since);
        }
    }

    fn publish(&mut self, header: &Header) {
        for circle in &self.frames.circles {
            let at = circle.frame(header.number);
            let cells = &self.writer.map().words()[at..][..HEADER_WORDS];
            publish_header(cells, header);
        }
        self.frames.pass(&self.source, header.number);
        self.newest = Some(*header);
    }

    /// Steps that were noted are taken over; frames that are numbered anew are looked at.
    fn note_step(
        &self,
        same: Option<(&ClockRecord, FrameNumber)>,
        before: Option<Header>,
        header: &Header,
    ) {
        let noted = same.and_then(|(clock, number)| {
            let mut noted = self.old.recovered.state.steps(usize::from(clock.id));
            noted.find(|step| step.frame == number)
        });
        let back = before.filter(|before| header.wall < before.wall);
        let back = back.map(|before| header.wall.0.saturating_sub(before.wall.0));
        if let Some(by_ns) = noted.map(|step| step.by_ns).or(back) {
            let step = Step {
                frame: header.number,
                by_ns,
            };
            self.writer.state().step(self.shared.id, step);
        }
    }

    /// Carries the rows of one old clock's tracks into the frames that were taken over.
    fn carry_rows(&mut self, clock: &ClockRecord, count: &mut Count) -> Result<(), RingError> {
        let old_frames = self.old.directory.frames(clock);
        let mut tracks = self.tracks(clock)?;
        let mut at = self.first();
        let mut orphaned = None;
        let late_ns = (!self.is_same(clock)).then(|| self.frames.interval.ns());
        for number in self.numbers(clock) {
            let Some(old) = old_frames.header(self.old.source, FrameNumber(number)) else {
                continue;
            };
            if orphaned == Some(old.salt) {
                continue;
            }
            let Some(new) = self.frame_for(&mut at, &old, &mut orphaned) else {
                continue;
            };
            for track in &mut tracks {
                let Some(offset_us) = track.from.read(self.old.source, &old) else {
                    continue;
                };
                let taken = late_ns.and_then(|late_ns| late(&old, offset_us, late_ns));
                let own = taken
                    .and_then(|taken| self.frame_for(&mut new.number.0.clone(), &taken, &mut None));
                if self.carry_row(track, &old, offset_us, &own.unwrap_or(new)) {
                    count.carried += 1;
                } else {
                    count.left_out += 1;
                }
            }
            self.frames.pass(&self.source, new.number);
            old_frames.pass(self.old.source, old.number);
        }
        let mut ledger = self.writer.ledger();
        for track in tracks {
            let last = track.last.unwrap_or(FrameNumber(0));
            ledger.release_track(track.granted.record, Claim::Seen(last));
        }
        Ok(())
    }

    fn first(&self) -> u64 {
        let newest = self.newest.map_or(0, |header| header.number.0);
        (newest + 1).saturating_sub(self.frames.slots).max(1)
    }

    /// The frame, from `at` on, that an old frame's rows belong to: of the same run, the last that is not
    /// after it. `at` stays where there is none; a run of which there is no frame at all is `orphaned`.
    fn frame_for(&self, at: &mut u64, old: &Header, orphaned: &mut Option<u32>) -> Option<Header> {
        let newest = self.newest?.number.0;
        let moment_end = BootNs(old.boot.0.saturating_add(ONE_MOMENT_NS));
        let header = |number| self.frames.header(&self.source, FrameNumber(number));
        let first = (*at..=newest)
            .find_map(|number| header(number).filter(|header| header.salt == old.salt));
        let Some(first) = first else {
            *orphaned = Some(old.salt);
            return None;
        };
        let mut found = first;
        for number in first.number.0 + 1..=newest {
            // of several frames of one moment it is its own, where they keep their numbers
            if (found.number, found.boot) == (old.number, old.boot) {
                break;
            }
            match header(number) {
                Some(next) if next.salt != old.salt || next.boot > moment_end => break,
                Some(next) => found = next,
                None => {}
            }
        }
        *at = found.number.0;
        (found.boot <= moment_end).then_some(found)
    }

    /// The tracks of an old clock that have rows to carry, each with its new place. One for which there is
    /// no room is left behind.
    fn tracks(&self, clock: &ClockRecord) -> Result<Vec<Carried>, RingError> {
        let directory = self.old.directory;
        let mut carried = Vec::new();
        for (record, mut from) in self.old.places(clock) {
            let Some(fields) = directory.fields_of(record) else {
                continue;
            };
            if !self.has_rows(clock, &mut from) {
                continue;
            }
            let spec = TrackSpec {
                collector: record.collector.clone(),
                instance: record.instance.clone(),
                labels: record.labels.clone(),
                fields: fields.to_vec(),
                interval: self.frames.interval,
            };
            let mut ledger = self.writer.ledger();
            match ledger.track(self.writer, &spec, Some(record.ordinal)) {
                Ok(granted) => carried.push(Carried {
                    from,
                    there: vec![0; fields.len()],
                    granted,
                    last: None,
                }),
                // full, or another old clock has it too
                Err(RingError::Full { .. } | RingError::Taken { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(carried)
    }

    fn has_rows(&self, clock: &ClockRecord, track: &mut Stored) -> bool {
        let old_frames = self.old.directory.frames(clock);
        let mut numbers = self.numbers(clock).rev();
        numbers.any(|number| {
            let header = old_frames.header(self.old.source, FrameNumber(number));
            old_frames.pass(self.old.source, FrameNumber(number));
            header.is_some_and(|header| track.read(self.old.source, &header).is_some())
        })
    }

    /// Carries the row that was read; false where its new frame has one already.
    fn carry_row(&self, track: &mut Carried, old: &Header, offset_us: i32, new: &Header) -> bool {
        let Carried {
            from,
            there,
            granted,
            ..
        } = track;
        let to = granted.circle.frame(new.number) + granted.place;
        let key = RowKey {
            number: new.number,
            salt: new.salt,
            identity: granted.identity,
        };
        let sealed = self.source.collect(to, to + 1, there);
        if sealed.is_some_and(|sealed| key.offset_of(sealed, there).is_some()) {
            return false;
        }
        // by the wall clock, so that the row keeps its time
        let later_us = old.wall.0.saturating_sub(new.wall.0) / 1000;
        let Ok(offset_us) = i32::try_from(i64::from(offset_us) + later_us) else {
            return false;
        };
        let cells = &self.writer.map().words()[to..][..=there.len()];
        key.publish_row(cells, offset_us, &from.words);
        track.last = Some(new.number);
        true
    }
}

/// A track on its way.
struct Carried {
    from: Stored,
    /// What its new place has.
    there: Vec<u64>,
    granted: Granted,
    last: Option<FrameNumber>,
}
