//! The model: a question, and its answer from a plain list of rows, without any cleverness.

use std::collections::BTreeMap;
use std::time::Duration;

use goodall::metric::MISSING;
use goodall::quantity::{Moment, WallNs};
use goodall::query::{Agg, Request, Shape, Step};

use super::scenario::{Kept, Recorded};

pub const NS_A_MS: i64 = 1_000_000;

/// A column as the model knows it.
pub struct Column {
    pub name: &'static str,
    pub track: usize,
    pub field: usize,
    pub counter: bool,
    pub value: fn(u64) -> f64,
}

pub const COLUMNS: [Column; 7] = [
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
pub const SELECTIONS: [(&[&str], &[usize]); 5] = [
    (&[], &[0, 2, 3, 4, 5, 6]),
    (&["load.*"], &[0, 2]),
    (&["*.z0.*", "disk.sda.io_time"], &[3, 5, 6]),
    (&["system_load_?,load.1m", "*.queue"], &[0, 1, 4]),
    (&["nothing.*"], &[]),
];

/// What the model answers: a time in milliseconds, and cells by column.
pub type Line = (i64, BTreeMap<usize, f64>);

/// The rates or values of every row, by column.
pub fn values(kept: &[Kept], columns: &[usize], rate: bool) -> Vec<BTreeMap<usize, f64>> {
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
            // hardly begun at another interval, there is nothing to say of a rise
            let is_early = before.get(&at).is_some_and(|(_, then)| {
                then.run == row.run
                    && then.interval_ns != row.interval_ns
                    && row.boot_ns - then.boot_ns < row.interval_ns / 2
            });
            if is_early {
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

pub fn aggregate(cells: &[f64], agg: Agg) -> f64 {
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
pub fn answer(recorded: &Recorded, columns: &[usize], question: &Question) -> Vec<Line> {
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
            is_asked(2) || (recorded.has_moved && is_asked(0))
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
pub struct Question {
    pub selection: usize,
    pub since: Option<WallNs>,
    pub until: Option<WallNs>,
    pub step_s: Option<i64>,
    pub agg: Option<Agg>,
    pub rate: bool,
    pub shape: Shape,
    pub buffer: usize,
}

impl Question {
    /// As the query takes it.
    pub fn request(&self) -> Request {
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
