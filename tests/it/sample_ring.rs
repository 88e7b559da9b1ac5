//! A small ring that a writer left behind: a load average and a disk, a row a second.

use std::path::{Path, PathBuf};
use std::time::Duration;

use goodall::metric::{Decode, Kind, Repr, Scale, Unit};
use goodall::quantity::{BootNs, Interval, Now, WallNs, Window};
use goodall::ring::writer::Writer;
use goodall::ring::{FieldSpec, Need, Plan, TrackSpec};

use crate::ring_kit::until_left;

/// 2026-11-22T05:04:16Z: the first tick.
pub const START: WallNs = WallNs(1_795_323_856_000_000_000);
const SECOND: u64 = 1_000_000_000;

/// The ring's file in a folder of its own.
pub struct SampleRing {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl SampleRing {
    /// A ring of `frames` ticks; those numbered in `left_out` were missed.
    pub fn new(frames: u64, left_out: &[u64]) -> SampleRing {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("goodall.ring");
        let interval = Interval::of(Duration::from_secs(1)).unwrap();
        let specs = specs(interval);
        let plan = Plan {
            window: Window::of(Duration::from_secs(3600)).unwrap(),
            size_max: None,
            needs: vec![Need {
                interval,
                words: specs.iter().map(|spec| spec.fields.len() + 1).sum(),
            }],
            host: "db1".to_owned(),
        };
        let (writer, _) = Writer::open(&path, &plan).unwrap();
        let mut clock = writer.clock(interval).unwrap();
        let mut load = writer.track(&specs[0]).unwrap();
        let mut disk = writer.track(&specs[1]).unwrap();
        let mut status = writer.status("load", interval).unwrap();
        for second in (0..frames).filter(|second| !left_out.contains(second)) {
            let boot = BootNs((100 + second) * SECOND);
            let wall = WallNs(START.0 + (second * SECOND).cast_signed());
            let tick = clock.open_frame(Now { wall, boot });
            let average = if second % 2 == 0 { 0.5 } else { 0.25 };
            load.write(&tick, boot, &[f64::to_bits(average)]);
            // a MiB and a tenth of a second of work, every second
            disk.write(&tick, boot, &[second << 20, second * 100]);
            status.set(wall, 0, 1, 0, "");
        }
        drop((writer, clock, load, disk, status));
        until_left(&path);
        SampleRing {
            _folder: folder,
            path,
        }
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn specs(interval: Interval) -> [TrackSpec; 2] {
    let field = |name: &str, unit, kind, repr, divide| FieldSpec {
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
    };
    [
        TrackSpec {
            collector: "load".to_owned(),
            instance: Vec::new(),
            labels: Vec::new(),
            fields: vec![field("1m", Unit::None, Kind::Gauge, Repr::F64, 1)],
            interval,
        },
        TrackSpec {
            collector: "disk".to_owned(),
            instance: b"sda".to_vec(),
            labels: Vec::new(),
            fields: vec![
                field("read_bytes", Unit::Bytes, Kind::Counter, Repr::U64, 1),
                field("io_time", Unit::Seconds, Kind::Counter, Repr::U64, 1000),
            ],
            interval,
        },
    ]
}
