//! A ring made in a moment, as if it had been recorded over hours: one row a track each second up to now.

use std::path::Path;
use std::time::Duration;

use goodall::metric::{self, Decode, Kind, Repr, Scale, Unit};
use goodall::quantity::{BootNs, Interval, Now, WallNs, Window};
use goodall::ring::{FieldSpec, Need, Plan, TrackSpec, Writer};
use goodall_platform::clock;

use crate::ring_kit::until_left;

const SECOND_NS: u64 = 1_000_000_000;
/// Fields of each track beside `load`.
pub const FIELDS: usize = 12;

/// Records `seconds` of `load`, where `load.1m` is the number of the second from 1, and of `others` tracks
/// `made.N` with twelve counters each. Gives the last second's wall time.
pub fn record(path: &Path, seconds: u32, others: usize) -> WallNs {
    let interval = Interval::of(Duration::from_secs(1)).unwrap();
    let specs = specs(interval, others);
    let words = specs.iter().map(|spec| spec.fields.len() + 1).sum();
    let plan = Plan {
        window: Window::of(Duration::from_secs(u64::from(seconds).max(60))).unwrap(),
        size_max: None,
        needs: vec![Need { interval, words }],
        host: "made".to_owned(),
    };
    let (writer, _) = Writer::open(path, &plan).unwrap();
    let mut clock = writer.clock(interval).unwrap();
    let mut tracks: Vec<_> = specs
        .iter()
        .map(|spec| writer.track(spec).unwrap())
        .collect();
    let mut status = writer.status("load", interval).unwrap();
    let now = clock::now();
    let mut wall = WallNs(0);
    for second in 1..=u64::from(seconds) {
        let ago = (u64::from(seconds) - second) * SECOND_NS;
        wall = WallNs(now.wall_ns - ago.cast_signed());
        let boot = BootNs(now.boot_ns.max(u64::from(seconds) * SECOND_NS) - ago);
        let tick = clock.open_frame(Now { wall, boot });
        for (track, spec) in tracks.iter_mut().zip(&specs) {
            let mut row = vec![second; spec.fields.len()];
            if spec.collector == "load" {
                #[allow(clippy::cast_precision_loss, reason = "seconds are few")]
                row.fill((second as f64).to_bits());
            }
            track.write(&tick, boot, &row);
        }
    }
    status.set(wall, 0, 0, 0, "");
    writer.checkpoint(false).unwrap();
    drop((writer, clock, tracks, status));
    until_left(path);
    wall
}

fn specs(interval: Interval, others: usize) -> Vec<TrackSpec> {
    let load = metric::collector("load").unwrap();
    let mut specs = vec![TrackSpec {
        collector: "load".to_owned(),
        instance: Vec::new(),
        labels: Vec::new(),
        fields: load.fields.iter().take(3).map(FieldSpec::from).collect(),
        interval,
    }];
    let field = |number| FieldSpec {
        name: format!("field_{number}"),
        unit: Unit::Bytes,
        kind: Kind::Counter,
        decode: Decode {
            repr: Repr::U64,
            scale: Scale {
                multiply: 1,
                divide: 1,
            },
        },
    };
    specs.extend((0..others).map(|number| TrackSpec {
        collector: "made".to_owned(),
        instance: number.to_string().into_bytes(),
        labels: Vec::new(),
        fields: (0..FIELDS).map(field).collect(),
        interval,
    }));
    specs
}
