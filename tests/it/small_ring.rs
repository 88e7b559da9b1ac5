//! A ring of three tracks and three seconds, on which the answers are shown to the byte.

use std::sync::Arc;
use std::time::Duration;

use goodall::metric::{Kind, MISSING, Repr, Unit};
use goodall::quantity::{BootNs, WallNs};
use goodall::query::Index;

use crate::recorder::{Recorder, SECOND_NS, START, every_ms, field, track};

/// The first second, since boot.
pub const BOOT_NS: u64 = 50 * SECOND_NS;

/// `load`, which the catalogue knows, and two that it does not, one of them odd.
pub fn recorder() -> Recorder {
    let second = every_ms(1000);
    let load = |name| field(name, Kind::Gauge, Unit::None, Repr::F64, 1);
    Recorder::new(
        Duration::from_secs(60),
        vec![
            track("load", "", &[], second, vec![load("1m"), load("5m")]),
            track(
                "spindle",
                "sda",
                &[("device", "sd\"a\\")],
                second,
                vec![
                    field("read_bytes", Kind::Counter, Unit::Bytes, Repr::U64, 1),
                    field("busy_total", Kind::Counter, Unit::Seconds, Repr::U64, 1000),
                ],
            ),
            track(
                "plugin",
                "garnet",
                &[],
                every_ms(2000),
                vec![field("queue_total", Kind::Gauge, Unit::None, Repr::I64, 1)],
            ),
        ],
    )
}

/// A float's word.
pub fn real(value: f64) -> u64 {
    value.to_bits()
}

/// A second of the ring: the load, the disk's two words, the queue's word.
type Words = (f64, Option<(u64, u64)>, Option<u64>);

/// Three seconds: in the second one the disk has no row and the queue is not known.
fn record(recorder: &mut Recorder) {
    let rows: [Words; 3] = [
        (0.42, Some((4096, 1250)), Some((-3_i64).cast_unsigned())),
        (12.5, None, None),
        (1.0, Some((1_234_567_890_123, 3500)), Some(MISSING)),
    ];
    for (second, (load, disk, queue)) in (0_u64..).zip(rows) {
        let wall = WallNs(START.0.saturating_add_unsigned(second * SECOND_NS));
        let boot = BootNs(BOOT_NS + second * SECOND_NS);
        recorder.tick(every_ms(1000), wall, boot);
        if second % 2 == 0 {
            recorder.tick(every_ms(2000), wall, boot);
        }
        let taken = BootNs(boot.0 + 5_000_000);
        recorder.row(0, taken, &[real(load), real(f64::INFINITY)]);
        if let Some((bytes, busy)) = disk {
            recorder.row(1, taken, &[bytes, busy]);
        }
        if let Some(queue) = queue {
            recorder.row(2, taken, &[queue]);
        }
    }
}

/// The ring, and what a reader finds in it.
pub fn recorded() -> (Recorder, Arc<Index>) {
    let mut recorder = recorder();
    record(&mut recorder);
    let index = recorder.index();
    (recorder, index)
}

/// A second after the last.
pub fn now() -> WallNs {
    WallNs(START.0 + 3_000_000_000)
}
