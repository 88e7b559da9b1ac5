//! From the rows of a sample to the tracks of the ring: which instance writes where. Finding a track that
//! is known allocates nothing.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use crate::metric::{Collector, MISSING, Source, TOTALS};
use crate::quantity::{BootNs, Interval};
use crate::ring::writer::{Tick, Track, Writer};
use crate::ring::{FieldSpec, RingError, TrackSpec};
use crate::warning;

/// One instance's place. `track` is none where the ring refused it.
struct Slot {
    instance: Box<[u8]>,
    track: Option<Track>,
    /// Of a sparse row: the fields that it has, by their place among this system's.
    fields: Option<Box<[usize]>>,
    /// The sample, by [`Rows::samples`], in which it was seen last.
    seen: u64,
}

/// The tracks of one collector.
pub struct Rows {
    collector: &'static Collector,
    interval: Interval,
    writer: Arc<Writer>,
    slots: Vec<Slot>,
    samples: u64,
    /// A sparse row's words, put together.
    gathered: Vec<u64>,
}

/// An instance that has no place yet, with its first row.
struct Newcomer {
    instance: Box<[u8]>,
    words: Box<[u64]>,
}

impl Rows {
    /// Nothing yet.
    pub fn new(collector: &'static Collector, interval: Interval, writer: Arc<Writer>) -> Rows {
        Rows {
            collector,
            interval,
            writer,
            slots: Vec::new(),
            samples: 0,
            gathered: Vec::new(),
        }
    }

    /// Takes one sample and records its rows in the frame of `tick`.
    pub fn record(
        &mut self,
        source: &mut dyn Source,
        tick: &Tick,
        taken: BootNs,
    ) -> Result<(), goodall_platform::ReadError> {
        self.samples += 1;
        let samples = self.samples;
        let (slots, gathered, mut at, mut rows) = (&mut self.slots, &mut self.gathered, 0, 0);
        let mut newcomers = Vec::new();
        let result = source.sample(&mut |instance, words| match place(slots, at, instance) {
            Some(index) => {
                let slot = &mut slots[index];
                slot.seen = samples;
                if let Some(track) = &mut slot.track {
                    track.write(tick, taken, pick(slot.fields.as_deref(), words, gathered));
                    rows += 1;
                }
                at = index + 1;
            }
            None => newcomers.push(Newcomer {
                instance: instance.into(),
                words: words.into(),
            }),
        });
        TOTALS.rows.fetch_add(rows, Relaxed);
        for newcomer in newcomers {
            self.admit(source, tick, taken, newcomer);
        }
        self.forget();
        result
    }

    /// Gives every instance that `source` has now its track, ahead of the first tick; fails at the first
    /// that the ring has no room for. A track that another thread writes still is taken up later.
    pub fn make_room(&mut self, source: &mut dyn Source) -> Result<(), RingError> {
        let mut newcomers = Vec::new();
        // what cannot be read now is for the first tick to tell
        let _ = source.sample(&mut |instance, words| {
            newcomers.push(Newcomer {
                instance: instance.into(),
                words: words.into(),
            });
        });
        for newcomer in newcomers {
            let fields = source.is_sparse().then(|| present(&newcomer.words));
            let track = match self.track(source, &newcomer.instance, fields.as_deref()) {
                Err(RingError::Taken { .. }) => continue,
                track => track?,
            };
            self.slots.push(Slot {
                instance: newcomer.instance,
                track: Some(track),
                fields,
                seen: self.samples,
            });
        }
        Ok(())
    }

    /// An instance's track: all fields of the table, or those named.
    fn track(
        &self,
        source: &dyn Source,
        instance: &[u8],
        fields: Option<&[usize]>,
    ) -> Result<Track, RingError> {
        let all: Vec<_> = self.collector.fields_here().collect();
        self.writer.track(&TrackSpec {
            collector: self.collector.name.to_owned(),
            labels: source.labels(instance),
            fields: match fields {
                Some(fields) => fields.iter().map(|&at| all[at].into()).collect(),
                None => all.into_iter().map(FieldSpec::from).collect(),
            },
            interval: self.interval,
            instance: instance.to_vec(),
        })
    }

    /// Gives a new instance its track and records its first row.
    fn admit(&mut self, source: &dyn Source, tick: &Tick, taken: BootNs, newcomer: Newcomer) {
        let Newcomer { instance, words } = newcomer;
        let fields = source.is_sparse().then(|| present(&words));
        let track = match self.track(source, &instance, fields.as_deref()) {
            Ok(mut track) => {
                let words = pick(fields.as_deref(), &words, &mut self.gathered);
                track.write(tick, taken, words);
                TOTALS.rows.fetch_add(1, Relaxed);
                Some(track)
            }
            Err(error) => {
                if TOTALS.refused.fetch_add(1, Relaxed) == 0 {
                    let name = self.collector.name;
                    let instance = instance.escape_ascii();
                    warning!("{name} {instance}: not recorded: {error}");
                }
                None
            }
        };
        self.slots.push(Slot {
            instance,
            track,
            fields,
            seen: self.samples,
        });
    }

    /// Lets go of tracks whose instances are gone for longer than the window: the ring gives their places
    /// to others. A refused instance is tried again then.
    fn forget(&mut self) {
        const EVERY: u64 = 64;
        if !self.samples.is_multiple_of(EVERY) {
            return;
        }
        let window = self.writer.window().ns() / self.interval.ns() + EVERY;
        let samples = self.samples;
        self.slots.retain(|slot| samples - slot.seen <= window);
    }
}

/// The fields that a row has, by their place.
fn present(words: &[u64]) -> Box<[usize]> {
    let has = |&at: &usize| words[at] != MISSING;
    (0..words.len()).filter(has).collect()
}

/// The words of these fields, put together in `gathered`; all where no fields are named.
fn pick<'a>(fields: Option<&[usize]>, words: &'a [u64], gathered: &'a mut Vec<u64>) -> &'a [u64] {
    let Some(fields) = fields else {
        return words;
    };
    gathered.clear();
    gathered.extend(fields.iter().map(|&at| words[at]));
    gathered
}

/// Where `instance` has its slot; most often at `hint`, since a reader shows its rows in a stable order.
fn place(slots: &[Slot], hint: usize, instance: &[u8]) -> Option<usize> {
    let is_here = |slot: &Slot| *slot.instance == *instance;
    if slots.get(hint).is_some_and(is_here) {
        return Some(hint);
    }
    slots.iter().position(is_here)
}
