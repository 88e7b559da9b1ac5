//! What the stories of the ring share: plans, tracks and ticks that are made up.

use std::time::Duration;

use goodall::metric::{Decode, Kind, Repr, Scale, Unit};
use goodall::quantity::{BootNs, Interval, Now, WallNs, Window};
use goodall::ring::{FieldSpec, Need, Plan, TrackSpec};

/// 2026-11-22T05:04:16Z.
pub const EPOCH_NS: i64 = 1_795_323_856_000_000_000;

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

/// The moment `second` seconds after some boot.
pub fn at(second: u64) -> Now {
    Now {
        wall: WallNs(EPOCH_NS + second as i64 * 1_000_000_000),
        boot: BootNs((100 + second) * 1_000_000_000),
    }
}
