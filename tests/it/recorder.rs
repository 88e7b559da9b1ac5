//! A ring in a temporary folder, written as the gatherer writes it, with both clocks in the test's hand.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use goodall::format::Body;
use goodall::metric::{Decode, Kind, Repr, Scale, Unit};
use goodall::quantity::{BootNs, Interval, Now, WallNs, Window};
use goodall::query::Index;
use goodall::ring::reader::Access;
use goodall::ring::writer::{Clock, Tick, Track, Writer};
use goodall::ring::{FieldSpec, Need, Plan, Reader, TrackSpec};
use goodall_platform::Label;

use crate::ring_kit::until_left;

/// 2026-11-22T05:04:16Z.
pub const START: WallNs = WallNs(1_795_323_856_000_000_000);
pub const SECOND_NS: u64 = 1_000_000_000;

/// A field that is recorded as it is handed out.
pub fn field(name: &str, kind: Kind, unit: Unit, repr: Repr, divide: u32) -> FieldSpec {
    FieldSpec {
        name: name.to_owned(),
        unit,
        kind,
        decode: Decode {
            repr,
            scale: Scale {
                multiply: 1,
                divide,
            },
        },
    }
}

/// A track's description.
pub fn track(
    collector: &str,
    instance: &str,
    labels: &[(&str, &str)],
    interval: Interval,
    fields: Vec<FieldSpec>,
) -> TrackSpec {
    let label = |&(name, value): &(&str, &str)| Label {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    TrackSpec {
        collector: collector.to_owned(),
        instance: instance.as_bytes().to_vec(),
        labels: labels.iter().map(label).collect(),
        fields,
        interval,
    }
}

/// An interval of so many milliseconds.
pub fn every_ms(ms: u64) -> Interval {
    Interval::of(Duration::from_millis(ms)).unwrap()
}

/// A ring and its one writer.
pub struct Recorder {
    _folder: tempfile::TempDir,
    path: PathBuf,
    plan: Plan,
    specs: Vec<TrackSpec>,
    open: Option<Open>,
}

struct Open {
    clocks: Vec<(Interval, Clock, Option<Tick>)>,
    /// Each with the place of its clock.
    tracks: Vec<(usize, Track)>,
    writer: Arc<Writer>,
}

impl Recorder {
    /// A new ring with these tracks.
    pub fn new(window: Duration, specs: Vec<TrackSpec>) -> Recorder {
        let folder = tempfile::tempdir().unwrap();
        let mut recorder = Recorder {
            path: folder.path().join("goodall.ring"),
            _folder: folder,
            plan: Plan {
                window: Window::of(window).unwrap(),
                size_max: None,
                needs: needs_of(&specs),
                host: "testhost".to_owned(),
            },
            specs,
            open: None,
        };
        recorder.start();
        recorder
    }

    /// Ends the writer, as at the end of its process.
    pub fn stop(&mut self) {
        if self.open.take().is_some() {
            until_left(&self.path);
        }
    }

    /// A writer of another run; ends the one before.
    pub fn start(&mut self) {
        self.stop();
        let (writer, _) = Writer::open(&self.path, &self.plan).unwrap();
        let clocks: Vec<_> = self
            .plan
            .needs
            .iter()
            .map(|need| (need.interval, writer.clock(need.interval).unwrap(), None))
            .collect();
        let tracks = self
            .specs
            .iter()
            .map(|spec| {
                let clock = clocks.iter().position(|(of, _, _)| *of == spec.interval);
                (clock.unwrap(), writer.track(spec).unwrap())
            })
            .collect();
        self.open = Some(Open {
            clocks,
            tracks,
            writer,
        });
    }

    /// Records the track at that place in the list as another from now on, as after a HUP.
    pub fn change(&mut self, at: usize, spec: TrackSpec) {
        let open = self.open.as_mut().unwrap();
        let place = open.clocks.iter().position(|(of, ..)| *of == spec.interval);
        let place = place.unwrap_or_else(|| {
            let clock = open.writer.clock(spec.interval).unwrap();
            open.clocks.push((spec.interval, clock, None));
            open.clocks.len() - 1
        });
        open.tracks[at] = (place, open.writer.track(&spec).unwrap());
        self.specs[at] = spec;
        self.plan.needs = needs_of(&self.specs);
    }

    /// The same with another start: [`Recorder::start`] follows.
    pub fn plan(&mut self, at: usize, spec: TrackSpec) {
        self.specs[at] = spec;
        self.plan.needs = needs_of(&self.specs);
    }

    /// The ring's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The writer behind the ring, for its status slots.
    pub fn writer(&self) -> &Arc<Writer> {
        &self.open.as_ref().unwrap().writer
    }

    /// Opens the frame of `interval` at a tick.
    pub fn tick(&mut self, interval: Interval, wall: WallNs, boot: BootNs) {
        let open = self.open.as_mut().unwrap();
        let clock = open.clocks.iter_mut().find(|(of, _, _)| *of == interval);
        let (_, clock, tick) = clock.unwrap();
        *tick = Some(clock.open_frame(Now { wall, boot }));
    }

    /// Records a row of the track at that place in the list.
    pub fn row(&mut self, track: usize, taken: BootNs, words: &[u64]) {
        let open = self.open.as_mut().unwrap();
        let (clock, track) = &mut open.tracks[track];
        track.write(&open.clocks[*clock].2.unwrap(), taken, words);
    }

    /// What a reader finds.
    pub fn index(&self) -> Arc<Index> {
        let reader = Reader::open(&self.path, Access::Mapped).unwrap();
        Arc::new(Index::new(Arc::new(reader)))
    }
}

fn needs_of(specs: &[TrackSpec]) -> Vec<Need> {
    let mut needs: Vec<Need> = Vec::new();
    for spec in specs {
        let words = spec.fields.len() + 1;
        match needs.iter_mut().find(|need| need.interval == spec.interval) {
            Some(need) => need.words += words,
            None => needs.push(Need {
                interval: spec.interval,
                words,
            }),
        }
    }
    needs
}

/// A body's whole text, pulled through a buffer of that many bytes.
pub fn read_all(mut body: impl Body, size: usize) -> String {
    let mut all = Vec::new();
    let mut buffer = Vec::with_capacity(size);
    let capacity = buffer.capacity();
    loop {
        buffer.clear();
        let more = body.fill(&mut buffer);
        assert_eq!(
            buffer.capacity(),
            capacity,
            "a body never makes its buffer grow"
        );
        assert!(
            !more || !buffer.is_empty(),
            "a body that goes on gives something"
        );
        all.extend_from_slice(&buffer);
        if !more {
            return String::from_utf8(all).unwrap();
        }
    }
}
