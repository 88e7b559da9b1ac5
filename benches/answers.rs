//! From a ring to bytes: reading rows, and an answer's text, over a ring of made-up rows.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use goodall::format::{Body, Dump, Latest};
use goodall::metric::{Decode, Kind, Repr, Scale, Unit};
use goodall::quantity::{BootNs, Interval, Now, WallNs, Window};
use goodall::query::{Format, Index, Request, Shape};
use goodall::ring::{
    Access, ClockId, FieldSpec, FrameNumber, Need, Plan, Reader, TrackSpec, Writer,
};

const FRAMES: u64 = 1000;
const FIELDS: usize = 16;
const TRACKS: usize = 8;
const EPOCH_NS: i64 = 1_795_323_856_000_000_000;
const CHUNK_SIZE: usize = 64 * 1024;

fn main() {
    divan::main();
}

fn field(index: usize) -> FieldSpec {
    FieldSpec {
        name: format!("field_{index}"),
        unit: Unit::None,
        kind: if index.is_multiple_of(2) {
            Kind::Counter
        } else {
            Kind::Gauge
        },
        decode: Decode {
            repr: if index.is_multiple_of(4) {
                Repr::F64
            } else {
                Repr::U64
            },
            scale: Scale::ONE,
        },
    }
}

/// Writes the ring: half its fields counters, a quarter of them with a fraction.
fn fill(path: &Path) {
    let interval = Interval::of(Duration::from_secs(1)).unwrap();
    let plan = Plan {
        window: Window::of(Duration::from_secs(FRAMES)).unwrap(),
        size_max: None,
        needs: vec![Need {
            interval,
            words: TRACKS * (FIELDS + 1),
        }],
        host: "bench".to_owned(),
    };
    let (writer, _) = Writer::open(path, &plan).unwrap();
    let mut clock = writer.clock(interval).unwrap();
    let mut tracks: Vec<_> = (0..TRACKS)
        .map(|index| TrackSpec {
            collector: "made_up".to_owned(),
            instance: format!("{index}").into(),
            labels: Vec::new(),
            fields: (0..FIELDS).map(field).collect(),
            interval,
        })
        .map(|spec| writer.track(&spec).unwrap())
        .collect();
    for second in 1..=FRAMES {
        let elapsed_ns = second * 1_000_000_000;
        let now = Now {
            wall: WallNs(EPOCH_NS + elapsed_ns.cast_signed()),
            boot: BootNs(elapsed_ns),
        };
        let tick = clock.open_frame(now);
        let words: [u64; FIELDS] = std::array::from_fn(|index| match index % 4 {
            0 => (second as f64 / 7.0).to_bits(),
            _ => second * 4096 + index as u64,
        });
        for track in &mut tracks {
            track.write(&tick, now.boot, &words);
        }
    }
    writer.checkpoint(true).unwrap();
}

fn with_ring(bench: impl FnOnce(Arc<Reader>)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ring");
    fill(&path);
    bench(Arc::new(Reader::open(&path, Access::Mapped).unwrap()));
}

/// Pulls all of an answer; its size in bytes.
fn pull(mut body: impl Body, chunk: &mut Vec<u8>) -> usize {
    let mut size = 0;
    loop {
        chunk.clear();
        let goes_on = body.fill(chunk);
        size += chunk.len();
        if !goes_on {
            return size;
        }
    }
}

fn end() -> WallNs {
    WallNs(EPOCH_NS + (FRAMES * 1_000_000_000).cast_signed())
}

#[divan::bench]
fn rows(bencher: Bencher) {
    with_ring(|reader| {
        let clock = ClockId(0);
        let newest = reader.newest(clock).unwrap().number.0;
        let mut words = [0; FIELDS];
        let count = newest * TRACKS as u64;
        bencher.counter(ItemsCount::new(count)).bench_local(|| {
            for number in 1..=newest {
                let Some(header) = reader.header(clock, FrameNumber(number)) else {
                    continue;
                };
                for track in 0..TRACKS {
                    black_box(reader.row(track, &header, &mut words));
                }
            }
        });
    });
}

fn dump(bencher: Bencher, shape: Shape, format: Format) {
    with_ring(|reader| {
        let index = Arc::new(Index::new(reader));
        let request = Request {
            shape,
            format,
            ..Request::default()
        };
        let mut chunk = Vec::with_capacity(CHUNK_SIZE);
        let mut once = || {
            pull(
                Dump::new(Arc::clone(&index), &request, end()).unwrap(),
                &mut chunk,
            )
        };
        let size = once();
        bencher.counter(BytesCount::new(size)).bench_local(once);
    });
}

#[divan::bench]
fn dump_long_csv(bencher: Bencher) {
    dump(bencher, Shape::Long, Format::Csv);
}

#[divan::bench]
fn dump_wide_csv(bencher: Bencher) {
    dump(bencher, Shape::Wide, Format::Csv);
}

#[divan::bench]
fn dump_long_json(bencher: Bencher) {
    dump(bencher, Shape::Long, Format::Json);
}

#[divan::bench]
fn latest_of_one_track(bencher: Bencher) {
    with_ring(|reader| {
        let index = Arc::new(Index::new(reader));
        let mut chunk = Vec::with_capacity(CHUNK_SIZE);
        bencher.bench_local(|| {
            let body = Latest::new(Arc::clone(&index), &["made_up.3.*"], Format::Json, end());
            pull(body, &mut chunk)
        });
    });
}
