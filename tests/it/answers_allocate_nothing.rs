//! Once made, an answer allocates nothing, however many rows it has: the counting allocator of this binary
//! watches every answer being pulled from a ring of a thousand ticks.

use goodall::format::{Body, Dump, Exposition, Health, Latest, Metrics, SeriesList, Values};
use goodall::metric::{Kind, Repr, Unit};
use goodall::quantity::{BootNs, WallNs};
use goodall::query::{Format, Request, Shape, Step};
use goodall::ring::RingCopy;
use goodall_platform::alloc::Counting;
use std::time::Duration;

use crate::recorder::{Recorder, SECOND_NS, START, every_ms, field, track};

const TICKS: u64 = 1000;

fn recorder() -> Recorder {
    let second = every_ms(1000);
    let field = |name, kind, repr| field(name, kind, Unit::Bytes, repr, 1);
    let fields = vec![
        field("a", Kind::Counter, Repr::U64),
        field("b", Kind::Gauge, Repr::F64),
        field("c", Kind::Gauge, Repr::I64),
    ];
    let specs = ["sda", "sdb", "sdc"]
        .map(|name| track("spindle", name, &[("device", name)], second, fields.clone()));
    let mut recorder = Recorder::new(Duration::from_secs(2 * TICKS), specs.to_vec());
    for tick in 1..=TICKS {
        let boot = BootNs(tick * SECOND_NS);
        let wall = WallNs(START.0.saturating_add_unsigned(boot.0));
        recorder.tick(second, wall, boot);
        for at in 0..3 {
            recorder.row(
                at,
                boot,
                &[tick * 1_000_003, (tick as f64 / 7.0).to_bits(), tick],
            );
        }
    }
    recorder
}

/// Pulls all of an answer; gives its length and the allocations after it was made.
fn pulled(mut body: impl Body, size: usize) -> (usize, u64) {
    let mut buffer = Vec::with_capacity(size);
    let before = Counting::this_thread();
    let mut bytes = 0;
    loop {
        buffer.clear();
        let more = body.fill(&mut buffer);
        bytes += buffer.len();
        if !more {
            return (bytes, Counting::this_thread() - before);
        }
    }
}

#[test]
fn a_dump_of_any_shape_allocates_nothing_a_row() {
    let recorder = recorder();
    let index = recorder.index();
    let step = Step::of(Duration::from_secs(10)).unwrap();
    for format in [Format::Csv, Format::Json, Format::Ndjson] {
        for shape in [Shape::Long, Shape::Wide] {
            for (step, rate) in [(None, false), (None, true), (Some(step), false)] {
                let request = Request {
                    format,
                    shape,
                    step,
                    rate,
                    ..Request::default()
                };
                for size in [100, 16_384] {
                    let dump = Dump::new(index.clone(), &request, START).unwrap();
                    let (bytes, allocations) = pulled(dump, size);
                    assert!(bytes > 5_000, "{request:?} has its rows");
                    assert_eq!(allocations, 0, "{request:?} by {size} bytes");
                }
            }
        }
    }
}

#[test]
fn the_small_answers_allocate_nothing_once_made() {
    let recorder = recorder();
    let index = recorder.index();
    let now = WallNs(START.0.saturating_add_unsigned(TICKS * SECOND_NS));
    let bodies: [Box<dyn Body>; 6] = [
        Box::new(Latest::new(index.clone(), &[""; 0], Format::Json, now)),
        Box::new(
            Values::new(
                index.clone(),
                "spindle.sda.a",
                900,
                (None, None),
                Format::Csv,
                now,
            )
            .unwrap(),
        ),
        Box::new(SeriesList::new(index.clone(), &["*"])),
        Box::new(Metrics::new(index.clone(), Exposition::Text, now)),
        Box::new(Metrics::new(index.clone(), Exposition::OpenMetrics, now)),
        Box::new(Health::new(index.reader(), &[], now)),
    ];
    for (at, body) in bodies.into_iter().enumerate() {
        let (bytes, allocations) = pulled(body, 300);
        assert!(bytes > 30, "body {at} says something");
        assert_eq!(allocations, 0, "body {at}");
    }
}

#[test]
fn a_copy_of_the_ring_allocates_nothing_a_piece() {
    struct Copied(RingCopy);
    impl Body for Copied {
        fn fill(&mut self, out: &mut Vec<u8>) -> bool {
            self.0.fill(out).unwrap()
        }
    }
    let recorder = recorder();
    let index = recorder.index();
    for size in [1000, 8192, 65_536] {
        let copy = index.reader().copy().unwrap();
        let length = copy.length();
        let (bytes, allocations) = pulled(Copied(copy), size);
        assert_eq!((bytes as u64, allocations), (length, 0), "by {size} bytes");
    }
}
