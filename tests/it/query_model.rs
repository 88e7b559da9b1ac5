//! Any question to any ring is answered as a plain list of all samples would be: random scenarios (missed
//! rows, missing values, counters that reset, a wall clock that is set, restarts) are recorded by the real
//! writer, and dumps are compared with a model that filters, groups and divides naively.

use std::collections::BTreeMap;
use std::time::Duration;

use goodall::format::Dump;
use goodall::metric::{Kind, MISSING, Repr, Unit};
use goodall::quantity::{BootNs, Moment, WallNs};
use goodall::query::{Agg, Request, Shape, Step};
use proptest::prelude::*;

use crate::recorder::{Recorder, SECOND_NS, START, every_ms, field, read_all, track};

const NS_A_MS: i64 = 1_000_000;

/// A second of a scenario.
#[derive(Clone, Debug)]
struct Second {
    /// Another run of the writer begins.
    restart: bool,
    /// The wall clock is set by so many seconds.
    set_s: i64,
    rows: [Option<Taken>; 3],
}

/// A row of a scenario.
#[derive(Clone, Copy, Debug)]
struct Taken {
    offset_us: u64,
    rise: u64,
    gauge: i32,
    reset: bool,
    missing: [bool; 2],
}

/// A sample row as the model keeps it.
#[derive(Clone, Copy, Debug)]
struct Kept {
    track: usize,
    run: u32,
    tick: WallNs,
    tick_boot_ns: u64,
    time: WallNs,
    boot_ns: u64,
    words: [u64; 2],
}

/// A frame that was opened, with rows or without.
#[derive(Clone, Copy, Debug)]
struct Opened {
    is_slow: bool,
    wall: WallNs,
    boot_ns: u64,
}

/// All that was recorded, in order.
#[derive(Debug, Default)]
struct Recorded {
    rows: Vec<Kept>,
    frames: Vec<Opened>,
}

/// A column as the model knows it.
struct Column {
    name: &'static str,
    track: usize,
    field: usize,
    counter: bool,
    value: fn(u64) -> f64,
}

const COLUMNS: [Column; 7] = [
    Column {
        name: "load.1m",
        track: 0,
        field: 0,
        counter: false,
        value: f64::from_bits,
    },
    Column {
        name: "system_load_1",
        track: 0,
        field: 0,
        counter: false,
        value: f64::from_bits,
    },
    Column {
        name: "load.forks",
        track: 0,
        field: 1,
        counter: true,
        value: |word| word as f64,
    },
    Column {
        name: "disk.sda.io_time",
        track: 1,
        field: 0,
        counter: true,
        value: |word| word as f64 / 1000.0,
    },
    Column {
        name: "disk.sda.queue",
        track: 1,
        field: 1,
        counter: false,
        value: |word| word.cast_signed() as f64,
    },
    Column {
        name: "thermal.z0.celsius",
        track: 2,
        field: 0,
        counter: false,
        value: f64::from_bits,
    },
    Column {
        name: "thermal.z0.joules",
        track: 2,
        field: 1,
        counter: true,
        value: f64::from_bits,
    },
];

/// Patterns, and the columns that they mean.
const SELECTIONS: [(&[&str], &[usize]); 5] = [
    (&[], &[0, 2, 3, 4, 5, 6]),
    (&["load.*"], &[0, 2]),
    (&["*.z0.*", "disk.sda.io_time"], &[3, 5, 6]),
    (&["system_load_?,load.1m", "*.queue"], &[0, 1, 4]),
    (&["nothing.*"], &[]),
];

fn recorder() -> Recorder {
    let second = every_ms(1000);
    Recorder::new(
        Duration::from_secs(3600),
        vec![
            track(
                "load",
                "",
                &[],
                second,
                vec![
                    field("1m", Kind::Gauge, Unit::None, Repr::F64, 1),
                    field("forks", Kind::Counter, Unit::None, Repr::U64, 1),
                ],
            ),
            track(
                "disk",
                "sda",
                &[("device", "sda")],
                second,
                vec![
                    field("io_time", Kind::Counter, Unit::Seconds, Repr::U64, 1000),
                    field("queue", Kind::Gauge, Unit::None, Repr::I64, 1),
                ],
            ),
            track(
                "thermal",
                "z0",
                &[("zone", "z0")],
                every_ms(2000),
                vec![
                    field("celsius", Kind::Gauge, Unit::Celsius, Repr::F64, 1),
                    field("joules", Kind::Counter, Unit::Joules, Repr::F64, 1),
                ],
            ),
        ],
    )
}

/// Records the scenario.
fn record(recorder: &mut Recorder, scenario: &[Second]) -> Recorded {
    let (mut wall, mut boot, mut newest) = (START, 50 * SECOND_NS, START);
    let mut counters = [0_u64; 3];
    let (mut run, mut since_start) = (0, 0);
    let mut recorded = Recorded::default();
    for second in scenario {
        if second.restart {
            recorder.start();
            run += 1;
            since_start = 0;
            boot += 7 * SECOND_NS;
            // a run begins later than all before it, or nothing could tell which came first
            wall = WallNs(newest.0 + 7_000_000_000);
        }
        if since_start > 0 {
            wall.0 += second.set_s * 1_000_000_000;
        }
        newest = newest.max(wall);
        recorder.tick(every_ms(1000), wall, BootNs(boot));
        let both = since_start % 2 == 0;
        if both {
            recorder.tick(every_ms(2000), wall, BootNs(boot));
        }
        for is_slow in [false, true].into_iter().take(1 + usize::from(both)) {
            recorded.frames.push(Opened {
                is_slow,
                wall,
                boot_ns: boot,
            });
        }
        for (track, taken) in second.rows.iter().enumerate() {
            let Some(taken) = taken.filter(|_| track < 2 || both) else {
                continue;
            };
            let counter = &mut counters[track];
            *counter = if taken.reset { 0 } else { *counter } + taken.rise;
            let mut words = match track {
                0 => [(f64::from(taken.gauge) / 100.0).to_bits(), *counter],
                1 => [*counter, i64::from(taken.gauge).cast_unsigned()],
                _ => [
                    (f64::from(taken.gauge) / 3.0).to_bits(),
                    (*counter as f64 / 8.0).to_bits(),
                ],
            };
            for (word, missing) in words.iter_mut().zip(taken.missing) {
                if missing {
                    *word = MISSING;
                }
            }
            let boot_ns = boot + taken.offset_us * 1000;
            recorder.row(track, BootNs(boot_ns), &words);
            recorded.rows.push(Kept {
                track,
                run,
                tick: wall,
                tick_boot_ns: boot,
                time: WallNs(wall.0.saturating_add_unsigned(taken.offset_us * 1000)),
                boot_ns,
                words,
            });
        }
        since_start += 1;
        boot += SECOND_NS;
        wall.0 += 1_000_000_000;
    }
    recorded
}

/// What the model answers: a time in milliseconds, and cells by column.
type Line = (i64, BTreeMap<usize, f64>);

/// The rates or values of every row, by column.
fn values(kept: &[Kept], columns: &[usize], rate: bool) -> Vec<BTreeMap<usize, f64>> {
    let mut before: BTreeMap<usize, (u64, Kept)> = BTreeMap::new();
    let mut cells = Vec::new();
    for row in kept {
        let mut line = BTreeMap::new();
        for &at in columns.iter().filter(|&&at| COLUMNS[at].track == row.track) {
            let column = &COLUMNS[at];
            let word = row.words[column.field];
            if word == MISSING {
                continue;
            }
            if !(rate && column.counter) {
                line.insert(at, (column.value)(word));
                continue;
            }
            if let Some((last, then)) = before.insert(at, (word, *row)) {
                let rise = (column.value)(word) - (column.value)(last);
                if then.run == row.run && rise >= 0.0 {
                    let elapsed_s = (row.boot_ns - then.boot_ns) as f64 / 1e9;
                    line.insert(at, rise / elapsed_s);
                }
            }
        }
        cells.push(line);
    }
    cells
}

fn aggregate(cells: &[f64], agg: Agg) -> f64 {
    let sum: f64 = cells.iter().sum();
    match agg {
        Agg::Avg => sum / cells.len() as f64,
        Agg::Sum => sum,
        Agg::Min => cells.iter().copied().fold(f64::INFINITY, f64::min),
        Agg::Max => cells.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Agg::Last => *cells.last().unwrap(),
    }
}

/// The answer to a question, without any cleverness.
fn answer(recorded: &Recorded, columns: &[usize], question: &Question) -> Vec<Line> {
    let is_long = question.shape == Shape::Long && question.step_s.is_none();
    let is_asked = |track| columns.iter().any(|&at| COLUMNS[at].track == track);
    let in_range = |time| {
        question.since.is_none_or(|since| since <= time)
            && question.until.is_none_or(|until| time < until)
    };
    let is_in =
        |row: &&Kept| is_asked(row.track) && in_range(if is_long { row.time } else { row.tick });
    let kept: Vec<Kept> = recorded.rows.iter().filter(is_in).copied().collect();
    // a bucket ends with the first frame of another, be that frame empty
    let bucket = |wall: WallNs| {
        wall.0
            .div_euclid(question.step_s.unwrap_or(1) * 1_000_000_000)
    };
    let frames = recorded.frames.iter().filter(|frame| {
        let asked = if frame.is_slow {
            is_asked(2)
        } else {
            is_asked(0) || is_asked(1)
        };
        asked && in_range(frame.wall)
    });
    let mut turns: BTreeMap<u64, u32> = BTreeMap::new();
    let (mut turn, mut last) = (0, None);
    for frame in frames {
        if last.replace(bucket(frame.wall)) != Some(bucket(frame.wall)) {
            turn += 1;
        }
        turns.insert(frame.boot_ns, turn);
    }
    let turn_of = |row: &Kept| turns.get(&row.tick_boot_ns);
    let cells = values(&kept, columns, question.rate);
    let key = |row: &Kept| match question.step_s {
        Some(step_s) => row.tick.0.div_euclid(step_s * 1_000_000_000) * step_s * 1000,
        None if is_long => row.time.0.div_euclid(NS_A_MS),
        None => row.tick.0.div_euclid(NS_A_MS),
    };
    let mut lines = Vec::new();
    let mut at = 0;
    while at < kept.len() {
        let same = |row: &Kept| match question.step_s {
            Some(_) => turn_of(row) == turn_of(&kept[at]),
            None => !is_long && row.tick_boot_ns == kept[at].tick_boot_ns,
        };
        let count = kept[at..].iter().take_while(|row| same(row)).count().max(1);
        let mut folded: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for line in &cells[at..at + count] {
            for (&column, &value) in line {
                folded.entry(column).or_default().push(value);
            }
        }
        let line = folded.into_iter().map(|(column, values)| {
            let counter = COLUMNS[column].counter && !question.rate;
            let usual = if counter { Agg::Last } else { Agg::Avg };
            let agg = question.agg.filter(|_| question.step_s.is_some());
            (column, aggregate(&values, agg.unwrap_or(usual)))
        });
        lines.push((key(&kept[at]), line.collect()));
        at += count;
    }
    if question.step_s.is_some() {
        lines.retain(|(_, cells): &Line| !cells.is_empty());
    }
    lines
}

#[derive(Clone, Debug)]
struct Question {
    selection: usize,
    since: Option<WallNs>,
    until: Option<WallNs>,
    step_s: Option<i64>,
    agg: Option<Agg>,
    rate: bool,
    shape: Shape,
    buffer: usize,
}

impl Question {
    fn request(&self) -> Request {
        let step = |seconds: i64| Step::of(Duration::from_secs(seconds.unsigned_abs())).unwrap();
        Request {
            patterns: SELECTIONS[self.selection]
                .0
                .iter()
                .map(|&text| text.into())
                .collect(),
            since: self.since.map(Moment::At),
            until: self.until.map(Moment::At),
            step: self.step_s.map(step),
            agg: self.agg.filter(|_| self.step_s.is_some()),
            rate: self.rate,
            shape: self.shape,
            ..Request::default()
        }
    }
}

fn time_ms(text: &str) -> i64 {
    match Moment::parse(text).unwrap() {
        Moment::At(wall) => wall.0.div_euclid(NS_A_MS),
        Moment::Ago(_) => panic!("{text} is no time"),
    }
}

/// Reads a dump back; long lines are one cell each.
fn parse(text: &str, shape: Shape, columns: &[usize]) -> Vec<Line> {
    let mut lines = text.lines();
    let head = lines.next().unwrap();
    let names = columns.iter().map(|&at| COLUMNS[at].name);
    if shape == Shape::Wide {
        assert_eq!(
            head,
            ["time"]
                .into_iter()
                .chain(names)
                .collect::<Vec<_>>()
                .join(",")
        );
    } else {
        assert_eq!(head, "time,series,value");
    }
    lines
        .map(|line| {
            let mut fields = line.split(',');
            let time = time_ms(fields.next().unwrap());
            let cells = if shape == Shape::Wide {
                let cells = columns.iter().zip(fields);
                cells
                    .filter(|(_, text)| !text.is_empty())
                    .map(|(&at, text)| (at, text.parse().unwrap()))
                    .collect()
            } else {
                let (name, value) = (fields.next().unwrap(), fields.next().unwrap());
                let at = COLUMNS.iter().position(|column| column.name == name);
                [(at.unwrap(), value.parse().unwrap())].into()
            };
            (time, cells)
        })
        .collect()
}

/// Long answers have a line a cell.
fn flat(lines: Vec<Line>, shape: Shape) -> Vec<Line> {
    if shape == Shape::Wide {
        return lines;
    }
    lines
        .into_iter()
        .flat_map(|(time, cells)| cells.into_iter().map(move |cell| (time, [cell].into())))
        .collect()
}

fn is_near(left: &[Line], right: &[Line]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).all(|(left, right)| {
            left.0 == right.0
                && left.1.keys().eq(right.1.keys())
                && left.1.values().zip(right.1.values()).all(|(left, right)| {
                    (left - right).abs() <= 1e-9 * left.abs().max(right.abs()).max(1e-3)
                })
        })
}

fn seconds() -> impl Strategy<Value = Vec<Second>> {
    let taken = (
        0_u64..900_000,
        0_u64..100_000,
        -500..500_i32,
        prop::bool::weighted(0.05),
        prop::array::uniform2(prop::bool::weighted(0.1)),
    )
        .prop_map(|(offset_us, rise, gauge, reset, missing)| Taken {
            offset_us,
            rise,
            gauge,
            reset,
            missing,
        });
    let rows = prop::array::uniform3(prop::option::weighted(0.85, taken));
    let set_s = prop_oneof![12 => Just(0_i64), 1 => -30_i64..30];
    let second =
        (prop::bool::weighted(0.04), set_s, rows).prop_map(|(restart, set_s, rows)| Second {
            restart,
            set_s,
            rows,
        });
    prop::collection::vec(second, 1..60)
}

fn question() -> impl Strategy<Value = Question> {
    let moment =
        || prop::option::of((-20_000_i64..100_000).prop_map(|ms| WallNs(START.0 + ms * NS_A_MS)));
    let agg = prop::option::of(prop::sample::select(vec![
        Agg::Avg,
        Agg::Min,
        Agg::Max,
        Agg::Last,
        Agg::Sum,
    ]));
    (
        0..SELECTIONS.len(),
        moment(),
        moment(),
        prop::option::of(1_i64..15),
        agg,
        any::<bool>(),
        prop::sample::select(vec![Shape::Long, Shape::Wide]),
        prop::sample::select(vec![1, 7, 64, 512, 65_536]),
    )
        .prop_filter("a range holds something", |(_, since, until, ..)| {
            since.is_none() || until.is_none() || since < until
        })
        .prop_map(
            |(selection, since, until, step_s, agg, rate, shape, buffer)| Question {
                selection,
                since,
                until,
                step_s,
                agg,
                rate,
                shape,
                buffer,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_dump_is_what_a_list_of_all_samples_would_say(
        scenario in seconds(),
        questions in prop::collection::vec(question(), 12),
    ) {
        let mut recorder = recorder();
        let recorded = record(&mut recorder, &scenario);
        let index = recorder.index();
        for question in questions {
            let columns = SELECTIONS[question.selection].1;
            let dump = Dump::new(index.clone(), &question.request(), START).unwrap();
            let text = read_all(dump, question.buffer);
            let found = parse(&text, question.shape, columns);
            let expected = flat(answer(&recorded, columns, &question), question.shape);
            prop_assert!(
                is_near(&found, &expected),
                "{question:?}\nfound    {found:?}\nexpected {expected:?}"
            );
        }
    }
}
