//! What the stories of the ring share: plans, tracks and ticks that are made up.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use goodall::metric::{Decode, Kind, Repr, Scale, Unit};
use goodall::quantity::{BootNs, Interval, Now, WallNs, Window};
use goodall::ring::writer::Opened;
use goodall::ring::{Access, FieldSpec, FrameNumber, Need, Plan, Reader, TrackSpec, Writer};

/// 2026-11-22T05:04:16Z.
pub const EPOCH_NS: i64 = 1_795_323_856_000_000_000;

/// Whether the long versions run: CI sets GOODALL_LONG=1, in release.
pub fn is_long() -> bool {
    std::env::var_os("GOODALL_LONG").is_some_and(|value| value == "1")
}

/// Cases of a property: ten times as many in the long version.
pub fn cases(count: u32) -> u32 {
    if is_long() { 10 * count } else { count }
}

/// A folder for rings: in memory where there is such a place, since every new track is synced.
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

pub fn seconds(count: u64) -> Interval {
    Interval::of(Duration::from_secs(count)).unwrap()
}

pub fn window(seconds: u64) -> Window {
    Window::of(Duration::from_secs(seconds)).unwrap()
}

pub fn field(name: &str) -> FieldSpec {
    FieldSpec {
        name: name.to_owned(),
        unit: Unit::None,
        kind: Kind::Gauge,
        decode: Decode {
            repr: Repr::U64,
            scale: Scale::ONE,
        },
    }
}

pub fn track(collector: &str, instance: &str, fields: usize) -> TrackSpec {
    TrackSpec {
        collector: collector.to_owned(),
        instance: instance.as_bytes().to_vec(),
        labels: Vec::new(),
        fields: (0..fields)
            .map(|index| field(&format!("f{index}")))
            .collect(),
        interval: seconds(1),
    }
}

pub fn plan(window_s: u64, words: usize) -> Plan {
    Plan {
        window: window(window_s),
        size_max: None,
        needs: vec![Need {
            interval: seconds(1),
            words,
        }],
        host: "host".to_owned(),
    }
}

/// Waits until nobody holds the writer's lock: a child that another test forks while a ring is open has its
/// descriptor until it runs its program, and a reader would take the file for a live one meanwhile.
pub fn until_left(path: &Path) {
    let end = Instant::now() + Duration::from_secs(20);
    while Reader::open(path, Access::Pread).unwrap().is_live() {
        assert!(Instant::now() < end, "{} is still held", path.display());
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The moment `second` seconds after some boot.
pub fn at(second: u64) -> Now {
    Now {
        wall: WallNs(EPOCH_NS + second.cast_signed() * 1_000_000_000),
        boot: BootNs((100 + second) * 1_000_000_000),
    }
}

/// Opens the ring for writing.
pub fn open(path: &Path, plan: &Plan) -> (Arc<Writer>, Opened) {
    Writer::open(path, plan).unwrap()
}

/// Records `count` seconds from `first` on: a row of each track, its words the second.
pub fn record(path: &Path, plan: &Plan, tracks: &[TrackSpec], first: u64, count: u64) -> Opened {
    let (writer, opened) = open(path, plan);
    let mut clocks: Vec<_> = plan
        .needs
        .iter()
        .map(|need| writer.clock(need.interval).unwrap())
        .collect();
    let mut tracks: Vec<_> = tracks
        .iter()
        .map(|spec| {
            let fields = spec.fields.len();
            (spec.interval, fields, writer.track(spec).unwrap())
        })
        .collect();
    for second in first..first + count {
        for clock in &mut clocks {
            let every = clock.interval().ns() / 1_000_000_000;
            if !second.is_multiple_of(every) {
                continue;
            }
            let tick = clock.open_frame(at(second));
            for (interval, fields, track) in &mut tracks {
                if *interval == clock.interval() {
                    track.write(&tick, tick.boot, &vec![second; *fields]);
                }
            }
        }
    }
    writer.checkpoint(true).unwrap();
    opened
}

/// A row as it is handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub frame: u64,
    pub wall: i64,
    pub words: Vec<u64>,
}

/// Every row of a track in the window.
pub fn rows(reader: &Reader, index: usize) -> Vec<Row> {
    let track = &reader.tracks()[index];
    let mut words = vec![0; track.fields.len()];
    let (Some(oldest), Some(newest)) = (reader.oldest(track.clock), reader.newest(track.clock))
    else {
        return Vec::new();
    };
    (oldest.0..=newest.number.0)
        .filter_map(|number| {
            let header = reader.header(track.clock, FrameNumber(number))?;
            let wall = reader.row(index, &header, &mut words)?;
            Some(Row {
                frame: number,
                wall: wall.0,
                words: words.clone(),
            })
        })
        .collect()
}

/// Every track's name and rows.
pub fn rows_of(reader: &Reader) -> Vec<(String, Vec<Row>)> {
    let tracks = reader.tracks().iter().enumerate();
    tracks
        .map(|(index, track)| {
            let name = format!("{}.{}", track.collector, track.instance_name);
            (name, rows(reader, index))
        })
        .collect()
}

/// Random numbers that come again with the same seed (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.word() % end as u64).unwrap()
    }
}
