//! The series of one plugin: which track each value goes to. A value waits until the tick ends or nothing more
//! comes, so that a row is written once, however often a name is told; finding a series that is known allocates
//! nothing. Series that were not told for as long as the window is make room for others.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use goodall_platform::Label;

use super::COLLECTOR;
use super::quick::Quick;
use super::times::{Placed, Times};
use super::word::{repr_of, word};
use crate::gather::lines::Point;
use crate::metric::plugin::{FIELDS, PluginSample};
use crate::metric::{Decode, Kind, MISSING, Repr, Scale, TOTALS, Unit};
use crate::quantity::{BootNs, Interval};
use crate::ring::writer::{Track, Writer};
use crate::ring::{FieldSpec, FrameNumber, RingError, TrackSpec};
use crate::warning;

/// How often a series may change between whole numbers and floats, each being a track.
const TURNS_MAX: u8 = 8;

/// New series that get their tracks together: what they are described by takes more memory than they do.
const NEWCOMERS_MAX: usize = 64;

/// One series.
struct Series {
    track: Option<Track>,
    /// Until it has its track.
    spec: Option<Box<TrackSpec>>,
    repr: Repr,
    turns: u8,
    /// The frame of the newest value.
    frame: FrameNumber,
    /// Whether that is the frame before the open one.
    is_late: bool,
    is_waiting: bool,
    word: u64,
    taken: BootNs,
}

/// All series of a plugin.
pub struct Table {
    plugin: String,
    interval: Interval,
    writer: Arc<Writer>,
    max: usize,
    known: HashMap<Box<str>, u32, BuildHasherDefault<Quick>>,
    series: Vec<Series>,
    free: Vec<u32>,
    /// Those whose value was not written yet.
    waiting: Vec<u32>,
    /// Those of them that have no track yet.
    newcomers: Vec<u32>,
    /// How many of the known series the ring had no place for.
    refused: usize,
    has_told_full: bool,
}

impl Table {
    /// None yet.
    pub fn new(plugin: &str, interval: Interval, max: usize, writer: Arc<Writer>) -> Table {
        Table {
            plugin: plugin.to_owned(),
            interval,
            writer,
            max,
            known: HashMap::default(),
            series: Vec::new(),
            free: Vec::new(),
            waiting: Vec::new(),
            newcomers: Vec::new(),
            refused: 0,
            has_told_full: false,
        }
    }

    /// How many series have a place.
    pub fn len(&self) -> usize {
        self.known.len() - self.refused
    }

    /// Takes a value.
    pub fn put(&mut self, point: &Point<'_>, times: &Times, counts: &mut PluginSample) {
        let Some(at) = self.find(point) else {
            counts.refused += 1;
            self.tell_full(point.name);
            return;
        };
        if self.series[at as usize].is_refused() {
            counts.refused += 1;
            return;
        }
        let Placed {
            is_late,
            taken,
            is_mistimed,
        } = times.place(point.time, self.interval);
        counts.mistimed += u64::from(is_mistimed);
        let frame = match times.previous {
            Some(previous) if is_late => previous.number,
            _ => times.current.number,
        };
        let word = match word(point.value, self.series[at as usize].repr) {
            Some(word) => word,
            None => self.turn(at, point, frame, times),
        };
        let series = &mut self.series[at as usize];
        if series.frame == frame {
            counts.duplicates += 1;
        } else if series.is_waiting {
            series.write(times);
        }
        series.frame = frame;
        series.is_late = is_late;
        series.word = word;
        series.taken = taken;
        if !series.is_waiting {
            series.is_waiting = true;
            self.waiting.push(at);
        }
        if self.newcomers.len() >= NEWCOMERS_MAX {
            self.admit(counts);
        }
    }

    /// The series of that name; a new one while there is room.
    fn find(&mut self, point: &Point<'_>) -> Option<u32> {
        if let Some(&at) = self.known.get(point.name) {
            return Some(at);
        }
        if self.known.len() >= self.max {
            return None;
        }
        let repr = repr_of(point.value);
        let series = Series {
            track: None,
            spec: Some(Box::new(self.spec(point, repr))),
            repr,
            turns: 0,
            frame: FrameNumber(0),
            is_late: false,
            is_waiting: false,
            word: MISSING,
            taken: BootNs(0),
        };
        let at = if let Some(at) = self.free.pop() {
            self.series[at as usize] = series;
            at
        } else {
            self.series.push(series);
            u32::try_from(self.series.len() - 1).expect("series are bounded")
        };
        self.known.insert(point.name.into(), at);
        self.newcomers.push(at);
        Some(at)
    }

    /// What a series is called in the ring: its own name, unless goodall counts something by that.
    fn spec(&self, point: &Point<'_>, repr: Repr) -> TrackSpec {
        let is_ours = FIELDS.iter().any(|field| field.info.name == point.name);
        let suffix = if is_ours { "~2" } else { "" };
        let label = |&(name, value): &(&str, &str)| Label {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        TrackSpec {
            collector: COLLECTOR.to_owned(),
            instance: self.plugin.clone().into_bytes(),
            labels: point.labels.iter().map(label).collect(),
            fields: vec![FieldSpec {
                name: format!("{}{suffix}", point.name),
                unit: point.unit.map_or(Unit::None, Unit::named),
                kind: point.kind.unwrap_or(Kind::Gauge),
                decode: Decode {
                    repr,
                    scale: Scale::ONE,
                },
            }],
            interval: self.interval,
        }
    }

    /// Moves a series to a track of the kind of number that it has come to: whole numbers that no float holds, or
    /// fractions. One that goes to and fro stays with floats.
    fn turn(&mut self, at: u32, point: &Point<'_>, frame: FrameNumber, times: &Times) -> u64 {
        let series = &mut self.series[at as usize];
        let repr = if series.turns < TURNS_MAX {
            repr_of(point.value)
        } else {
            Repr::F64
        };
        if repr != series.repr {
            // of two values in one tick the last is recorded, and no more
            if series.is_waiting && series.frame != frame {
                series.write(times);
            }
            series.turns += 1;
            series.repr = repr;
            let spec = self.spec(point, repr);
            let series = &mut self.series[at as usize];
            series.track = None;
            series.spec = Some(Box::new(spec));
            self.newcomers.push(at);
        }
        match (word(point.value, repr), point.value.as_f64()) {
            (Some(word), _) => word,
            // a whole number that no float holds, in a series that went to and fro: rounded
            (None, Some(value)) if repr == Repr::F64 => value.to_bits(),
            _ => MISSING,
        }
    }

    /// Whether values wait to be written.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Writes what waits. Gives the number of rows.
    pub fn flush(&mut self, times: &Times, counts: &mut PluginSample) -> u64 {
        if !self.newcomers.is_empty() {
            self.admit(counts);
        }
        let rows = self.waiting.len() as u64;
        for at in self.waiting.drain(..) {
            let series = &mut self.series[at as usize];
            series.write(times);
            series.is_waiting = false;
        }
        rows
    }

    /// Gives the new series their tracks, all at once.
    fn admit(&mut self, counts: &mut PluginSample) {
        let newcomers = std::mem::take(&mut self.newcomers);
        let mut places = Vec::with_capacity(newcomers.len());
        let mut specs = Vec::with_capacity(newcomers.len());
        for at in newcomers {
            if let Some(spec) = self.series[at as usize].spec.take() {
                places.push(at);
                specs.push(*spec);
            }
        }
        if specs.is_empty() {
            return;
        }
        let tracks = match self.writer.tracks(&specs) {
            Ok(tracks) => tracks,
            Err(error) => {
                self.tell_refused(&specs[0], &error);
                counts.refused += specs.len() as u64;
                self.refused += specs.len();
                return;
            }
        };
        for ((at, spec), track) in places.into_iter().zip(&specs).zip(tracks) {
            match track {
                Ok(track) => self.series[at as usize].track = Some(track),
                Err(error) => {
                    counts.refused += 1;
                    self.refused += 1;
                    self.tell_refused(spec, &error);
                }
            }
        }
    }

    fn tell_refused(&self, spec: &TrackSpec, error: &RingError) {
        if TOTALS.refused.fetch_add(1, Relaxed) == 0 {
            let (plugin, field) = (&self.plugin, &spec.fields[0].name);
            warning!("plugin.{plugin}.{field}: not recorded: {error}");
        }
    }

    fn tell_full(&mut self, name: &str) {
        if !std::mem::replace(&mut self.has_told_full, true) {
            let (plugin, max) = (&self.plugin, self.max);
            warning!(
                "plugin.{plugin}: has {max} series, which is all that it may have (max-series): {name} and others \
                 are not recorded"
            );
        }
    }

    /// Lets go of series that were not told for longer than the window: the ring gives their places to others. So are
    /// those that the ring had no place for: it is asked anew when they are told again.
    pub fn forget(&mut self, newest: FrameNumber, window_frames: u64) {
        let Table {
            known,
            series,
            free,
            refused,
            ..
        } = self;
        let before = known.len();
        known.retain(|_, at| {
            let kept = &mut series[*at as usize];
            let is_refused = kept.is_refused();
            let is_new = !is_refused && kept.frame.0.saturating_add(window_frames) > newest.0;
            let stays = kept.is_waiting || is_new;
            if !stays {
                *refused -= usize::from(is_refused);
                kept.track = None;
                free.push(*at);
            }
            stays
        });
        if known.len() < before {
            self.has_told_full = false;
        }
    }
}

impl Series {
    /// Whether the ring had no place for it.
    fn is_refused(&self) -> bool {
        self.track.is_none() && self.spec.is_none()
    }

    /// Writes the newest value, if there is a place for it.
    fn write(&mut self, times: &Times) {
        let tick = match &times.previous {
            Some(previous) if self.frame == previous.number => previous,
            _ => &times.current,
        };
        if let Some(track) = &mut self.track {
            track.write(tick, self.taken, &[self.word]);
        }
    }
}
