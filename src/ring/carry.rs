//! Rows carried over into a ring of another window or other intervals. Frames keep their ticks, rows their
//! times and words; where the interval is the same, frames keep their numbers too.

use super::clock::Shared;
use super::directory::Directory;
use super::frame::{RowKey, publish_header};
use super::frames::Frames;
use super::layout::{Circle, HEADER_WORDS};
use super::ledger::Claim;
use super::making::{make, merged, needed};
use super::record::{ClockRecord, TrackRecord};
use super::recovery::Recovered;
use super::source::Source;
use super::state::Step;
use super::track::Granted;
use super::writer::Writer;
use super::{FrameNumber, Header, Need, Plan, RingError, TrackSpec};
use crate::quantity::{Interval, WallNs};

/// The ring whose rows are carried over.
pub(super) struct Old<'a> {
    pub(super) directory: &'a Directory,
    pub(super) source: &'a Source,
    pub(super) recovered: &'a Recovered,
    pub(super) created: WallNs,
}

/// Makes a ring by the plan in the place of the old one, with its rows: how many. `None` where another
/// process is making one.
pub(super) fn carry_over(
    path: &std::path::Path,
    old: &Old,
    plan: &Plan,
) -> Result<Option<(Writer, u64)>, RingError> {
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
    let mut rows = 0;
    for need in merged(&plan.needs) {
        rows += Carrier::new(old, &made.writer, plan, need.interval)?.carry()?;
    }
    made.writer.checkpoint(false)?;
    let writer = made.put_in_place()?;
    Ok(Some((writer, rows)))
}

impl Old<'_> {
    /// The plan's needs, or what the old tracks take where that is more.
    fn needs(&self, plan: &Plan) -> Vec<Need> {
        let mut needs = merged(&plan.needs);
        for need in &mut needs {
            let clocks: Vec<u16> = self
                .mapped(plan, need.interval)
                .map(|clock| clock.id)
                .collect();
            let tracks = self.directory.tracks.iter().filter(|(track, _)| {
                let band = self.directory.band(track.band);
                band.is_some_and(|band| clocks.contains(&band.clock))
            });
            need.words = need.words.max(tracks.map(|(track, _)| track.room).sum());
        }
        needs
    }

    /// The old clocks whose rows go to that interval: its own, and those that the plan has no more and
    /// to which it is nearest.
    fn mapped<'a>(
        &'a self,
        plan: &'a Plan,
        interval: Interval,
    ) -> impl Iterator<Item = &'a ClockRecord> + 'a {
        self.directory.clocks.iter().filter(move |clock| {
            let planned = plan.needs.iter().map(|need| need.interval);
            let ratio = |other: Interval| {
                let (a, b) = (other.ns(), clock.interval.ns());
                a.max(b) as f64 / a.min(b) as f64
            };
            let nearest = planned.min_by(|a, b| ratio(*a).total_cmp(&ratio(*b)));
            nearest == Some(interval)
        })
    }
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

    fn carry(mut self) -> Result<u64, RingError> {
        let mut rows = 0;
        if let Some(&lead) = self.clocks.first() {
            self.carry_frames(lead);
            for clock in self.clocks.clone() {
                rows += self.carry_rows(clock)?;
            }
        }
        let id = self.shared.id;
        if let Some(newest) = self.newest {
            self.writer.set_live_newest(id, newest.number, newest.wall);
        }
        self.writer.ledger().release_clock(id, self.newest);
        Ok(rows)
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

    /// Takes over the frames of a clock, thinned out to the new interval; their numbers stay where the
    /// interval does.
    fn carry_frames(&mut self, lead: &ClockRecord) {
        let same = lead.interval == self.frames.interval;
        let old_frames = self.old.directory.frames(lead);
        // a tick is seldom quite on time
        let apart = self
            .frames
            .interval
            .ns()
            .saturating_sub(lead.interval.ns() / 2);
        let mut kept: Option<Header> = None;
        let mut before: Option<Header> = None;
        for number in self.numbers(lead) {
            let Some(old) = old_frames.header(self.old.source, FrameNumber(number)) else {
                continue;
            };
            old_frames.pass(self.old.source, old.number);
            let due = kept.is_none_or(|kept| {
                kept.salt != old.salt || old.boot.0.saturating_sub(kept.boot.0) >= apart
            });
            if !same && !due {
                continue;
            }
            let next = self.newest.map_or(1, |newest| newest.number.0 + 1);
            let header = Header {
                number: if same { old.number } else { FrameNumber(next) },
                ..old
            };
            self.publish(&header);
            self.note_step(lead, before, &header);
            before = Some(header);
            kept = Some(old);
        }
        if same {
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
    fn note_step(&self, lead: &ClockRecord, before: Option<Header>, header: &Header) {
        let id = usize::from(lead.id);
        let noted = self.old.recovered.state.steps(id);
        let noted = noted.filter(|_| lead.interval == self.frames.interval);
        let noted = noted.into_iter().find(|step| step.frame == header.number);
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
    fn carry_rows(&mut self, clock: &ClockRecord) -> Result<u64, RingError> {
        let old_frames = self.old.directory.frames(clock);
        let mut tracks = self.tracks(clock)?;
        let mut at = self.first();
        let mut orphaned = None;
        let mut rows = 0;
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
                rows += u64::from(self.carry_row(track, &old, &new));
            }
            self.frames.pass(&self.source, new.number);
            old_frames.pass(self.old.source, old.number);
        }
        let mut ledger = self.writer.ledger();
        for track in tracks {
            let last = track.last.unwrap_or(FrameNumber(0));
            ledger.release_track(track.granted.record, Claim::Seen(last));
        }
        Ok(rows)
    }

    fn first(&self) -> u64 {
        let newest = self.newest.map_or(0, |header| header.number.0);
        (newest + 1).saturating_sub(self.frames.slots).max(1)
    }

    /// The frame, from `at` on, that an old frame's rows belong to: of the same run, the last that is not
    /// after it. `at` stays where there is none; a run of which there is no frame at all is `orphaned`.
    fn frame_for(&self, at: &mut u64, old: &Header, orphaned: &mut Option<u32>) -> Option<Header> {
        let newest = self.newest?.number.0;
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
                Some(next) if next.salt != old.salt || next.boot > old.boot => break,
                Some(next) => found = next,
                None => {}
            }
        }
        *at = found.number.0;
        (found.boot <= old.boot).then_some(found)
    }

    /// The tracks of an old clock that have rows to carry, each with its new place. One for which there is
    /// no room is left behind.
    fn tracks(&self, clock: &ClockRecord) -> Result<Vec<Carried>, RingError> {
        let mut carried = Vec::new();
        for (record, _) in &self.old.directory.tracks {
            let band = self.old.directory.band(record.band);
            let Some(band) = band.filter(|band| band.clock == clock.id) else {
                continue;
            };
            let (Some(circle), Some(fields)) = (
                self.old.directory.circle(band),
                self.old.directory.fields_of(record),
            ) else {
                continue;
            };
            let mut words = vec![0; fields.len()];
            if !self.has_rows(clock, record, &circle, &mut words) {
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
                    identity: record.identity,
                    circle,
                    place: record.place,
                    words,
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

    fn has_rows(
        &self,
        clock: &ClockRecord,
        record: &TrackRecord,
        circle: &Circle,
        words: &mut [u64],
    ) -> bool {
        let old_frames = self.old.directory.frames(clock);
        let mut numbers = self.numbers(clock).rev();
        numbers.any(|number| {
            let header = old_frames.header(self.old.source, FrameNumber(number));
            old_frames.pass(self.old.source, FrameNumber(number));
            header.is_some_and(|header| {
                let at = circle.frame(header.number) + record.place;
                let key = key_of(&header, record.identity);
                let sealed = self.old.source.collect(at, at + 1, words);
                sealed.is_some_and(|sealed| key.offset_of(sealed, words).is_some())
            })
        })
    }

    /// Carries one row; false where there is none, or its new frame has one already.
    fn carry_row(&self, track: &mut Carried, old: &Header, new: &Header) -> bool {
        let Carried { words, granted, .. } = track;
        let to = granted.circle.frame(new.number) + granted.place;
        let new_key = key_of(new, granted.identity);
        let there = self.source.collect(to, to + 1, words);
        if there.is_some_and(|sealed| new_key.offset_of(sealed, words).is_some()) {
            return false;
        }
        let from = track.circle.frame(old.number) + track.place;
        let sealed = self.old.source.collect(from, from + 1, words);
        let offset_us =
            sealed.and_then(|sealed| key_of(old, track.identity).offset_of(sealed, words));
        let Some(offset_us) = offset_us else {
            return false;
        };
        // by the wall clock, so that the row keeps its time
        let later_us = old.wall.0.saturating_sub(new.wall.0) / 1000;
        let Ok(offset_us) = i32::try_from(i64::from(offset_us) + later_us) else {
            return false;
        };
        let cells = &self.writer.map().words()[to..][..=words.len()];
        new_key.publish_row(cells, offset_us, words);
        track.last = Some(new.number);
        true
    }
}

/// A track on its way.
struct Carried {
    identity: u64,
    circle: Circle,
    place: usize,
    words: Vec<u64>,
    granted: Granted,
    last: Option<FrameNumber>,
}

fn key_of(header: &Header, identity: u64) -> RowKey {
    RowKey {
        number: header.number,
        salt: header.salt,
        identity,
    }
}
