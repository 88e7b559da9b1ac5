//! `goodall info`: the ring file itself.

use std::fmt::Display;
use std::path::Path;

use super::{Failure, Session, age_ns, open, sound, time_text};
use crate::cli::Reading;
use crate::config;
use crate::format::LATE_INTERVALS;
use crate::format::escape::push_json;
use crate::metric::MISSING;
use crate::quantity::{Interval, WallNs};
use crate::query::Index;
use crate::ring::{ClockId, FrameNumber, Header, Reader};
use crate::terminal::Style;
use crate::terminal::info::{Clock, Collector, Described, Verified, render};

/// Where nothing is coloured.
const PLAIN: Style = Style {
    is_coloured: false,
    is_unicode: true,
    width: crate::terminal::WIDTH_UNKNOWN,
};

/// Describes the ring file.
pub fn run(reading: &Reading, session: &mut Session<'_>) -> Result<(), Failure> {
    let reader = open(reading, session)?;
    let path = config::ring_file(&reading.flags, &session.around)?;
    let mut clocks: Vec<Frames> = (0..reader.clocks().len())
        .filter_map(|clock| u16::try_from(clock).ok())
        .map(|clock| Frames::of(&reader, ClockId(clock)))
        .collect();
    // the file has them in the order in which they came
    clocks.sort_by_key(|frames| frames.interval);
    let verified = reading.verify.then(|| verify(&reader));
    let index = Index::new(reader);
    let reader = index.reader();
    let text = if reading.format == Some("json") {
        json(&index, &path, &clocks, verified)
    } else {
        let described = described(&index, &path, &clocks, verified, session.now);
        render(&described, session.terminal.unwrap_or(PLAIN)).into_bytes()
    };
    session.out.write_all(&text)?;
    session.out.flush()?;
    sound(reader)
}

/// The frames of one interval that are there.
struct Frames {
    interval: Interval,
    count: u64,
    /// Stretches without a frame, ends of the writer included, and how long they are together.
    gaps: u64,
    gap_ns: u64,
    oldest: Option<Header>,
    newest: Option<Header>,
}

impl Frames {
    fn of(reader: &Reader, clock: ClockId) -> Frames {
        let mut frames = Frames {
            interval: reader.clocks()[usize::from(clock.0)],
            count: 0,
            gaps: 0,
            gap_ns: 0,
            oldest: None,
            newest: None,
        };
        each_frame(reader, clock, |header| frames.take(*header));
        frames
    }

    fn take(&mut self, header: Header) {
        self.count += 1;
        self.oldest.get_or_insert(header);
        if let Some(before) = self.newest {
            let lost = lost_ns(&before, &header, self.interval);
            self.gaps += u64::from(lost > 0);
            self.gap_ns = self.gap_ns.saturating_add(lost);
        }
        self.newest = Some(header);
    }
}

/// How much time is missing between two frames that follow each other: by the clock that nobody sets within
/// a run of the writer, else by the wall clock.
fn lost_ns(before: &Header, after: &Header, interval: Interval) -> u64 {
    let elapsed = if before.salt == after.salt {
        after.boot.0.saturating_sub(before.boot.0)
    } else {
        u64::try_from(after.wall.0.saturating_sub(before.wall.0)).unwrap_or(0)
    };
    // ticks are late now and then: half an interval is none missed
    if elapsed <= interval.ns() + interval.ns() / 2 {
        return 0;
    }
    elapsed - interval.ns()
}

fn each_frame(reader: &Reader, clock: ClockId, mut frame: impl FnMut(&Header)) {
    let mut runs = Vec::new();
    reader.find(clock, WallNs(i64::MIN), WallNs(i64::MAX), &mut runs);
    for run in runs {
        for number in run.first.0..=run.last.0 {
            if let Some(header) = reader.header(clock, FrameNumber(number)) {
                frame(&header);
            }
        }
    }
}

/// Reads every row of every frame.
fn verify(reader: &Reader) -> Verified {
    let mut verified = Verified::default();
    let longest = reader.tracks().iter().map(|track| track.fields.len()).max();
    let mut words = vec![0; longest.unwrap_or(0)];
    for clock in 0..reader.clocks().len() {
        let Ok(clock) = u16::try_from(clock).map(ClockId) else {
            break;
        };
        let tracks = reader.tracks();
        let of_clock: Vec<usize> = (0..tracks.len())
            .filter(|&track| tracks[track].clock == clock)
            .collect();
        each_frame(reader, clock, |header| {
            for &track in &of_clock {
                let words = &mut words[..tracks[track].fields.len()];
                if reader.row(track, header, words).is_some() {
                    let known = words.iter().filter(|word| **word != MISSING).count();
                    verified.rows += 1;
                    verified.values += known as u64;
                } else {
                    verified.missing += 1;
                }
            }
        });
    }
    verified
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |about| about.len())
}

fn described(
    index: &Index,
    path: &Path,
    clocks: &[Frames],
    verified: Option<Verified>,
    now: WallNs,
) -> Described {
    let reader = index.reader();
    let time = |header: Option<Header>| header.map(|header| time_text(header.wall));
    let is_live = reader.is_live();
    Described {
        path: path.display().to_string(),
        host: reader.host().to_owned(),
        window: reader.window().to_string(),
        bytes: size(path),
        is_live,
        tracks: reader.tracks().len(),
        series: index.len() as usize,
        clocks: clocks
            .iter()
            .map(|frames| Clock {
                interval: frames.interval.to_string(),
                frames: frames.count,
                gaps: frames.gaps,
                gap_ns: frames.gap_ns,
                oldest: time(frames.oldest).unwrap_or_default(),
                newest: time(frames.newest).unwrap_or_default(),
                age_ns: frames.newest.map_or(0, |newest| age_ns(now, newest.wall)),
            })
            .collect(),
        collectors: reader
            .status()
            .into_iter()
            .map(|status| {
                let age = status.last.map(|last| age_ns(now, last));
                let limit = status.interval.ns().saturating_mul(LATE_INTERVALS);
                Collector {
                    interval: status.interval.to_string(),
                    age_ns: age,
                    is_late: is_live && age.is_none_or(|age| age > limit),
                    late: status.late,
                    missed: status.missed,
                    errors: status.errors,
                    name: status.name,
                    message: status.message,
                }
            })
            .collect(),
        verified,
    }
}

fn json(index: &Index, path: &Path, clocks: &[Frames], verified: Option<Verified>) -> Vec<u8> {
    let reader = index.reader();
    let mut out = Object::new();
    out.text("file", &path.display().to_string());
    out.text("host", reader.host());
    out.number("window_ms", ms(reader.window().ns()));
    out.number("bytes", size(path));
    out.raw("recording", if reader.is_live() { "true" } else { "false" });
    out.number("tracks", reader.tracks().len());
    out.number("series", index.len());
    out.list("intervals", clocks, |frames, out| {
        out.number("interval_ms", ms(frames.interval.ns()));
        out.number("frames", frames.count);
        out.number("gaps", frames.gaps);
        out.number("gap_ms", ms(frames.gap_ns));
        out.time("oldest", frames.oldest.map(|header| header.wall));
        out.time("newest", frames.newest.map(|header| header.wall));
    });
    out.list("collectors", &reader.status(), |status, out| {
        out.text("name", &status.name);
        out.number("interval_ms", ms(status.interval.ns()));
        out.time("last", status.last);
        out.number("late", status.late);
        out.number("missed", status.missed);
        out.number("errors", status.errors);
        out.text("message", &status.message);
    });
    if let Some(verified) = verified {
        let mut object = Object::new();
        object.number("rows", verified.rows);
        object.number("missing", verified.missing);
        object.number("values", verified.values);
        out.key("verified");
        out.0.extend_from_slice(&object.end());
    }
    let mut text = out.end();
    text.push(b'\n');
    text
}

fn ms(ns: u64) -> f64 {
    ns as f64 / 1e6
}

/// A JSON object as it grows.
struct Object(Vec<u8>);

impl Object {
    fn new() -> Object {
        Object(vec![b'{'])
    }

    fn key(&mut self, key: &str) {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        push_json(key.as_bytes(), &mut self.0);
        self.0.push(b':');
    }

    fn raw(&mut self, key: &str, value: &str) {
        self.key(key);
        self.0.extend_from_slice(value.as_bytes());
    }

    fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        push_json(value.as_bytes(), &mut self.0);
    }

    fn number(&mut self, key: &str, value: impl Display + Copy) {
        self.raw(key, &value.to_string());
    }

    fn time(&mut self, key: &str, wall: Option<WallNs>) {
        match wall {
            Some(wall) => self.text(key, &time_text(wall)),
            None => self.raw(key, "null"),
        }
    }

    fn list<T>(&mut self, key: &str, items: &[T], each: impl Fn(&T, &mut Object)) {
        self.key(key);
        self.0.push(b'[');
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.0.push(b',');
            }
            let mut object = Object::new();
            each(item, &mut object);
            self.0.extend_from_slice(&object.end());
        }
        self.0.push(b']');
    }

    fn end(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }
}
