//! docs/read_ring.py, written from docs/ring-format.md alone, prints what the Rust reader reads: all
//! representations, scales, units, labels and names. Skipped, with a line that says so, without python3.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use goodall::metric::{Decode, Kind, MISSING, Repr, Scale, Unit, Value};
use goodall::quantity::BootNs;
use goodall::ring::{Access, FieldSpec, Need, Reader, TrackSpec, Writer};
use goodall_platform::Label;

use crate::ring_kit::{Random, at, folder, plan, rows, seconds};

/// Every representation with every kind of scale.
fn fields() -> Vec<FieldSpec> {
    let scales = [(1, 1), (1024, 1), (1, 100), (3, 7), (u32::MAX, 1)];
    let mut units = Unit::ALL.into_iter().cycle();
    let mut fields = Vec::new();
    for repr in [Repr::U64, Repr::I64, Repr::F64] {
        for (multiply, divide) in scales {
            fields.push(FieldSpec {
                name: format!("f{}", fields.len()),
                unit: units.next().unwrap(),
                kind: if fields.len() % 2 == 0 {
                    Kind::Counter
                } else {
                    Kind::Gauge
                },
                decode: Decode {
                    repr,
                    scale: Scale { multiply, divide },
                },
            });
        }
    }
    fields
}

fn word(random: &mut Random, repr: Repr) -> u64 {
    match (random.below(6), repr) {
        (0, _) => MISSING,
        (1, _) => 0,
        (_, Repr::F64) => {
            let whole = f64::from(u32::try_from(random.below(1 << 30)).unwrap());
            ((whole - 1e8) / 1024.0).to_bits()
        }
        (2, _) => random.word(),
        (_, Repr::I64) => (random.below(1 << 40) as u64).wrapping_sub(1 << 39),
        (_, Repr::U64) => random.below(1 << 40) as u64,
    }
}

/// Names that the two readers must make alike.
const INSTANCES: [&str; 9] = [
    "",
    "/",
    "root",
    "/root",
    "/var/log",
    "/a b",
    "ä\n\"x\",",
    "~2",
    "a_b",
];

fn make(path: &Path) {
    let mut random = Random(7);
    let mut plan = plan(20, 60);
    plan.needs.push(Need {
        interval: seconds(5),
        words: 20,
    });
    let (writer, _) = Writer::open(path, &plan).unwrap();
    let mut clocks = [1, 5].map(|every| writer.clock(seconds(every)).unwrap());
    let spec = |index: usize| TrackSpec {
        collector: format!("c{}", index % 3),
        instance: INSTANCES[index % INSTANCES.len()].as_bytes().to_vec(),
        labels: (0..index % 4)
            .map(|label| Label {
                name: format!("l{label}"),
                value: "Ü \\ \"\n".repeat(40 * label),
            })
            .collect(),
        fields: if index.is_multiple_of(2) {
            fields()
        } else {
            fields()[..=index % 5].to_vec()
        },
        interval: seconds(if index.is_multiple_of(3) { 5 } else { 1 }),
    };
    // more than the first bands and the first extent of the directory have room for
    let mut tracks: Vec<_> = (0..150)
        .map(|index| {
            let mut spec = spec(index);
            spec.collector = format!("{}{}", spec.collector, index / INSTANCES.len());
            let track = writer.track(&spec).unwrap();
            (spec, track)
        })
        .collect();
    for second in 0..150 {
        let mut now = at(second);
        if second > 140 {
            now.wall.0 -= 3_600_000_000_000;
        }
        for (clock, every) in clocks.iter_mut().zip([1, 5]) {
            if second % every != 0 || second == 137 {
                continue;
            }
            let tick = clock.open_frame(now);
            for (spec, track) in &mut tracks {
                if spec.interval != seconds(every) || random.below(10) == 0 {
                    continue;
                }
                let words: Vec<u64> = spec
                    .fields
                    .iter()
                    .map(|field| word(&mut random, field.decode.repr))
                    .collect();
                let taken = now.boot.0 + random.below(900_000) as u64 * 1000 - 300_000_000;
                track.write(&tick, BootNs(taken), &words);
            }
        }
    }
    writer.checkpoint(true).unwrap();
}

/// What the Rust reader reads, as lines of `time ns,series,value`.
fn lines(path: &Path) -> Vec<(i64, String, Value)> {
    let reader = Reader::open(path, Access::Pread).unwrap();
    let mut lines = Vec::new();
    for (index, track) in reader.tracks().iter().enumerate() {
        let mut stem = track.collector.clone();
        if !track.instance_name.is_empty() {
            write!(stem, ".{}", track.instance_name).unwrap();
        }
        for row in rows(&reader, index) {
            for (field, &word) in track.fields.iter().zip(&row.words) {
                let series = format!("{stem}.{}", field.name);
                lines.push((row.wall, series, field.decode.value(word)));
            }
        }
    }
    lines
}

fn assert_same(printed: &str, expected: Value) {
    match expected {
        Value::Missing => assert_eq!(printed, ""),
        Value::Unsigned(value) => assert_eq!(printed, value.to_string()),
        Value::Signed(value) => assert_eq!(printed, value.to_string()),
        Value::Real(value) => {
            let printed: f64 = printed.parse().unwrap();
            assert_eq!(printed.to_bits(), value.to_bits(), "{printed} {value}");
        }
    }
}

#[test]
fn the_python_reader_prints_what_the_rust_reader_reads() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/read_ring.py");
    let folder = folder();
    let path = folder.path().join("ring");
    make(&path);
    let output = match Command::new("python3").arg(&script).arg(&path).output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("skipped: python3: {error}");
            return;
        }
    };
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut printed = printed.lines();
    assert_eq!(printed.next(), Some("time,series,value"));
    let expected = lines(&path);
    assert!(expected.len() > 10_000, "{}", expected.len());
    for (wall, series, value) in expected {
        let mut parts = printed.next().unwrap().splitn(3, ',');
        let time = parts.next().unwrap();
        // the date is the formatters' story; here, that it is the same moment
        let ms = wall.div_euclid(1_000_000);
        let clock = ms.rem_euclid(86_400_000);
        let shown = format!(
            "T{:02}:{:02}:{:02}.{:03}Z",
            clock / 3_600_000,
            clock / 60_000 % 60,
            clock / 1000 % 60,
            clock % 1000
        );
        assert_eq!(time, format!("2026-11-22{shown}"));
        assert_eq!(parts.next(), Some(series.as_str()));
        assert_same(parts.next().unwrap(), value);
    }
    assert_eq!(printed.next(), None);
}
