//! The last minutes of a track as a few points, for people: not every frame is read, but one each step.
//! A counter's point is what it rose by in a second from the point before.

use crate::metric::{Decode, Kind};
use crate::ring::{FrameNumber, Header, Reader};

/// How far back the last minutes reach.
pub const SPAN_NS: u64 = 300_000_000_000;
/// How many frames back a point may stand where its own frame has no row.
const FRAMES_BACK: u64 = 3;
/// The newest rise of a counter is seen over as much as this, or from frame to frame where they lie further apart.
const NEWEST_SPAN_NS: u64 = 1_000_000_000;

/// The rows of one track, `points` and one more, one each `step` frames; the oldest first.
pub struct History {
    /// When each was taken and its words.
    rows: Vec<Option<Row>>,
    /// The one that the newest is compared with, however far apart the points lie.
    before: Option<Row>,
}

struct Row {
    number: u64,
    taken: Taken,
    words: Box<[u64]>,
}

/// When a row was taken, by a clock that nobody sets, and in which run of the writer.
#[derive(Clone, Copy)]
struct Taken {
    boot_ns: i128,
    salt: u32,
}

/// Frames from point to point, so that `points` points reach as far back as [`SPAN_NS`], or as the ring does
/// where that is less.
pub fn step(interval_ns: u64, window_ns: u64, newest: FrameNumber, points: usize) -> u64 {
    // numbers start at 1: there are at most as many frames as the newest says
    let frames = (SPAN_NS.min(window_ns) / interval_ns).min(newest.0);
    frames.div_ceil(points.max(1) as u64).max(1)
}

impl History {
    /// Reads the points of `track`, up to its clock's newest frame; where it was not written yet, those of `others`,
    /// tracks of the same fields.
    pub fn read(
        reader: &Reader,
        track: usize,
        others: &[usize],
        points: usize,
        step: u64,
    ) -> History {
        let clock = reader.tracks()[track].clock;
        let Some(newest) = reader.newest(clock) else {
            return History {
                rows: Vec::new(),
                before: None,
            };
        };
        let oldest = reader.oldest(clock).map_or(1, |oldest| oldest.0);
        let row = |number: u64, back: u64| {
            (0..back)
                .filter_map(|back| number.checked_sub(back))
                .take_while(|number| *number >= oldest && *number > 0)
                .find_map(|number| row(reader, track, number))
        };
        let interval_ns = reader.clocks()[usize::from(clock.0)].ns();
        let point = |point: u64| {
            let elsewhere = || {
                let elapsed_ns = (point * step).saturating_mul(interval_ns);
                let boot_ns = newest.boot.0.checked_sub(elapsed_ns)?;
                let mut others = others.iter();
                others.find_map(|&other| row_at(reader, other, &newest, boot_ns))
            };
            let number = newest.number.0.checked_sub(point * step);
            let own = number.and_then(|number| row(number, FRAMES_BACK.min(step)));
            own.or_else(elsewhere)
        };
        let mut rows: Vec<Option<Row>> = (1..=points as u64).rev().map(point).collect();
        let newest = newest.number.0;
        // the newest frame may have been opened just now: its row may still be to come
        let last = row(newest, FRAMES_BACK);
        let frames = NEWEST_SPAN_NS / interval_ns;
        let before = last
            .as_ref()
            .and_then(|last| row(last.number.checked_sub(frames.max(1))?, FRAMES_BACK));
        rows.push(last);
        History { rows, before }
    }

    /// The newest value of one field: a counter's is what it rose by in a second.
    pub fn newest(&self, field: usize, decode: Decode, kind: Kind) -> Option<f64> {
        let last = self.rows.last()?.as_ref()?;
        point(field, decode, kind, self.before.as_ref(), last)
    }

    /// The points of one field, the oldest first.
    pub fn points(&self, field: usize, decode: Decode, kind: Kind) -> Vec<Option<f64>> {
        let pairs = self.rows.windows(2);
        pairs
            .map(|pair| point(field, decode, kind, pair[0].as_ref(), pair[1].as_ref()?))
            .collect()
    }
}

fn point(field: usize, decode: Decode, kind: Kind, before: Option<&Row>, now: &Row) -> Option<f64> {
    let value = |row: &Row| decode.value(row.words[field]).as_f64();
    match kind {
        Kind::Gauge => value(now),
        Kind::Counter => {
            let before = before?;
            rise(before.taken, value(before)?, now.taken, value(now)?)
        }
    }
}

fn row(reader: &Reader, track: usize, number: u64) -> Option<Row> {
    let at = &reader.tracks()[track];
    let header: Header = reader.header(at.clock, FrameNumber(number))?;
    let mut words = vec![0; at.fields.len()].into_boxed_slice();
    let time = reader.row(track, &header, &mut words)?;
    let offset = i128::from(time.0) - i128::from(header.wall.0);
    let taken = Taken {
        boot_ns: i128::from(header.boot.0) + offset,
        salt: header.salt,
    };
    Some(Row {
        number,
        taken,
        words,
    })
}

/// The row of another track at a moment of the run of `newest`.
fn row_at(reader: &Reader, track: usize, newest: &Header, boot_ns: u64) -> Option<Row> {
    let clock = reader.tracks()[track].clock;
    let last = reader.newest(clock)?;
    let interval_ns = reader.clocks()[usize::from(clock.0)].ns();
    if last.salt != newest.salt || boot_ns > last.boot.0.saturating_add(interval_ns) {
        return None;
    }
    let back = last.boot.0.saturating_sub(boot_ns).div_ceil(interval_ns);
    let number = last.number.0.checked_sub(back)?;
    let numbers = (0..FRAMES_BACK).filter_map(|back| number.checked_sub(back));
    let mut rows = numbers.filter_map(|number| row(reader, track, number));
    rows.next()
}

/// What a counter rose by in a second; `None` where it went back, and between two runs of the writer.
fn rise(before: Taken, was: f64, now: Taken, is: f64) -> Option<f64> {
    let elapsed_ns = now.boot_ns - before.boot_ns;
    let is_one_run = now.salt == before.salt && elapsed_ns > 0 && is >= was;
    is_one_run.then(|| (is - was) / (elapsed_ns as f64 / 1e9))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{MISSING, Repr, Scale};

    #[test]
    fn points_reach_over_the_last_minutes_or_what_there_is() {
        const SECOND: u64 = 1_000_000_000;
        const HOUR: u64 = 3600 * SECOND;
        let old = FrameNumber(1_000_000);
        assert_eq!(step(SECOND, 4 * HOUR, old, 60), 5);
        assert_eq!(step(SECOND, 4 * HOUR, old, 50), 6);
        assert_eq!(step(SECOND, 30 * SECOND, old, 60), 1);
        assert_eq!(step(10 * SECOND, HOUR, old, 60), 1);
        assert_eq!(step(SECOND / 1000, HOUR, old, 60), 5000);
        assert_eq!(step(SECOND, HOUR, old, 0), 300);
        assert_eq!(step(SECOND, HOUR, FrameNumber(90), 60), 2);
    }

    #[test]
    fn a_counter_rises_by_the_second_and_never_over_a_reset_or_a_restart() {
        let row = |second: i128, salt, word| {
            Some(Row {
                number: 0,
                taken: Taken {
                    boot_ns: second * 1_000_000_000,
                    salt,
                },
                words: Box::new([word]),
            })
        };
        let history = History {
            before: row(14, 2, 150),
            rows: vec![
                row(0, 1, 100),
                row(2, 1, 300),
                row(4, 1, 50),
                None,
                row(8, 1, 60),
                row(10, 2, 70),
                row(12, 2, MISSING),
                row(14, 2, 90),
                row(15, 2, 190),
            ],
        };
        let decode = Decode {
            repr: Repr::U64,
            scale: Scale {
                multiply: 1,
                divide: 4,
            },
        };
        assert_eq!(
            history.points(0, decode, Kind::Counter),
            [Some(25.0), None, None, None, None, None, None, Some(25.0)]
        );
        assert_eq!(history.newest(0, decode, Kind::Counter), Some(10.0));
        assert_eq!(history.newest(0, decode, Kind::Gauge), Some(47.5));
        assert_eq!(
            history.points(0, decode, Kind::Gauge),
            [
                Some(75.0),
                Some(12.5),
                None,
                Some(15.0),
                Some(17.5),
                None,
                Some(22.5),
                Some(47.5)
            ]
        );
    }
}
