//! Any question to any ring is answered as a plain list of all samples would be: random scenarios (missed
//! rows, missing values, counters that reset, a wall clock that is set, restarts, an interval that changes) are
//! recorded by the real writer, and dumps are compared with a model that filters, groups and divides naively.

mod model;
mod scenario;

use goodall::format::Dump;
use goodall::quantity::{Moment, WallNs};
use goodall::query::{Agg, Shape};
use proptest::prelude::*;

use self::model::{COLUMNS, Line, NS_A_MS, Question, SELECTIONS, answer};
use self::scenario::{record, recorder, seconds};
use crate::recorder::{START, read_all};
use crate::skip::long;

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

/// Where the clock was set back, one bucket's time can come twice, for two intervals: which of them is handed
/// out first depends on frames that the list does not have, and is promised nowhere.
fn ordered(mut lines: Vec<Line>) -> Vec<Line> {
    for bucket in lines.chunk_by_mut(|left, right| left.0 == right.0) {
        bucket.sort_by_key(|(_, cells)| cells.keys().next().copied());
    }
    lines
}

/// Where a series stands in two tracks, its rows may come behind others of their moment; each series has its order.
fn by_series(mut lines: Vec<Line>) -> Vec<Line> {
    lines.sort_by_key(|(_, cells)| cells.keys().next().copied());
    lines
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
    #![proptest_config(ProptestConfig { cases: if long() { 3000 } else { 48 }, max_shrink_iters: 400, ..ProptestConfig::default() })]

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
            let (found, expected) = match question.step_s {
                Some(_) => (ordered(found), ordered(expected)),
                None if recorded.has_moved && question.shape == Shape::Long => {
                    (by_series(found), by_series(expected))
                }
                None => (found, expected),
            };
            prop_assert!(
                is_near(&found, &expected),
                "{question:?}\nfound    {found:?}\nexpected {expected:?}"
            );
        }
    }
}
