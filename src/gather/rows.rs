//! From the rows of a sample to the tracks of the ring: which instance writes where. Finding a track that
//! is known allocates nothing.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use crate::metric::{Collector, Source, TOTALS};
use crate::quantity::{BootNs, Interval};
use crate::ring::writer::{Tick, Track, Writer};
use crate::ring::{FieldSpec, RingError, TrackSpec, naming};
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
pub struct Newcomer {
    instance: Box<[u8]>,
    words: Box<[u64]>,
}

impl Newcomer {
    /// As a source has shown it.
    pub fn new(instance: &[u8], words: &[u64]) -> Newcomer {
        Newcomer {
            instance: instance.into(),
            words: words.into(),
        }
    }

    /// The fields that need room in its track, where those are not all.
    fn present(&self, source: &dyn Source) -> Option<Box<[usize]>> {
        source.present(&self.instance, &self.words)
    }

    /// How many fields its track has.
    pub fn width(&self, source: &dyn Source) -> usize {
        let present = self.present(source);
        present.map_or(self.words.len(), |fields| fields.len())
    }
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
            None => newcomers.push(Newcomer::new(instance, words)),
        });
        TOTALS.rows.fetch_add(rows, Relaxed);
        if !newcomers.is_empty() {
            self.take_in(source, newcomers, Some((tick, taken)));
        }
        self.forget();
        result
    }

    /// Gives instances their tracks ahead of the first tick, as far as the ring has room: on the stack of
    /// who starts a collector, since a thread keeps what its stack ever took.
    pub fn make_what_room_there_is(&mut self, source: &dyn Source, newcomers: Vec<Newcomer>) {
        // no more places than that: most collectors have the same instances for good
        self.slots.reserve_exact(newcomers.len());
        self.take_in(source, newcomers, None);
    }

    /// The same; fails at the first that the ring has no room for. A track that another thread writes still
    /// is taken up later.
    pub fn make_room(
        &mut self,
        source: &dyn Source,
        mut newcomers: Vec<Newcomer>,
    ) -> Result<(), RingError> {
        naming::in_byte_order(&mut newcomers, |newcomer| &newcomer.instance);
        for newcomer in newcomers {
            let fields = newcomer.present(source);
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

    /// Out of the way of a tick, whose stack it need not be.
    #[cold]
    #[inline(never)]
    fn take_in(
        &mut self,
        source: &dyn Source,
        mut newcomers: Vec<Newcomer>,
        now: Option<(&Tick, BootNs)>,
    ) {
        naming::in_byte_order(&mut newcomers, |newcomer| &newcomer.instance);
        for newcomer in newcomers {
            self.admit(source, now, newcomer);
        }
    }

    /// Gives a new instance its track and records its first row, if that is of `now`.
    fn admit(&mut self, source: &dyn Source, now: Option<(&Tick, BootNs)>, newcomer: Newcomer) {
        let fields = newcomer.present(source);
        let Newcomer { instance, words } = newcomer;
        let track = match self.track(source, &instance, fields.as_deref()) {
            Ok(mut track) => {
                let words = pick(fields.as_deref(), &words, &mut self.gathered);
                if let Some((tick, taken)) = now {
                    track.write(tick, taken, words);
                    TOTALS.rows.fetch_add(1, Relaxed);
                }
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use goodall_platform::{Labels, ReadError};

    use super::*;
    use crate::metric::{Every, Field};
    use crate::quantity::Window;
    use crate::ring::reader::Access;
    use crate::ring::{Plan, Reader};

    static FIELDS: &[Field<u64>] = &[Field::u64("one", |one| *one, "One.")];
    static COLLECTOR: Collector = Collector {
        name: "looks",
        help: "Instances that look alike.",
        every: Every::Tick,
        has_instances: true,
        prom_skips: None,
        fields: &FIELDS,
        open: |_, _| Ok(Box::new(Silent)),
    };

    struct Silent;

    impl Source for Silent {
        fn sample(&mut self, _row: &mut dyn FnMut(&[u8], &[u64])) -> Result<(), ReadError> {
            Ok(())
        }

        fn labels(&self, _instance: &[u8]) -> Labels {
            Labels::new()
        }
    }

    #[test]
    fn of_instances_that_look_alike_the_first_in_byte_order_has_the_plain_name() {
        let interval = Interval::of(Duration::from_secs(1)).unwrap();
        for has_room_first in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("ring");
            let plan = Plan {
                window: Window::of(Duration::from_secs(60)).unwrap(),
                size_max: None,
                needs: Vec::new(),
                host: "test".to_owned(),
            };
            let (writer, _) = Writer::open(&path, &plan).unwrap();
            let _clock = writer.clock(interval).unwrap();
            let mut rows = Rows::new(&COLLECTOR, interval, writer);
            // the last of them comes when the others have their names
            for instances in [&["/b/x", "b_x", "b.x", "c"][..], &["b-x", "b+x"]] {
                let newcomers = instances
                    .iter()
                    .map(|name| Newcomer::new(name.as_bytes(), &[1]));
                let newcomers = newcomers.collect();
                if has_room_first {
                    rows.make_room(&Silent, newcomers).unwrap();
                } else {
                    rows.make_what_room_there_is(&Silent, newcomers);
                }
            }
            let reader = Reader::open(&path, Access::Pread).unwrap();
            let mut names: Vec<(&[u8], &str)> = reader
                .tracks()
                .iter()
                .map(|track| (&track.instance[..], track.instance_name.as_str()))
                .collect();
            names.sort_unstable();
            let expected: [(&[u8], &str); 6] = [
                (b"/b/x", "b_x"),
                (b"b+x", "b_x~4"),
                (b"b-x", "b-x"),
                (b"b.x", "b_x~2"),
                (b"b_x", "b_x~3"),
                (b"c", "c"),
            ];
            assert_eq!(names, expected);
        }
    }
}
