//! Since when counters count, as OpenTelemetry's data model has it ("Resets and gaps"): the points of an
//! unbroken run all name its start. Nobody knows when a counter that is seen for the first time began, so that
//! its first point starts where it stands, and adds nothing. One that went back began anew after the sample
//! before. What is found is the same whenever the same samples come again.

use std::fmt::Write;

use crate::quantity::WallNs;
use crate::query::Cell;

/// Runs that are kept of a counter: samples may come again from behind the newest.
const RUNS_MAX: usize = 4;

/// A run of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    /// Its first point.
    from: WallNs,
    /// Since when it counts.
    start: WallNs,
}

/// A counter.
#[derive(Debug, Default)]
struct Counter {
    /// A hash of its series' name.
    key: u64,
    /// Oldest first.
    runs: Vec<Run>,
    last: Option<(WallNs, Cell)>,
}

/// The counters of a destination.
#[derive(Debug, Default)]
pub struct Runs {
    counters: Vec<Counter>,
    is_changed: bool,
}

impl Runs {
    /// From now on it is these that are asked for, by their places; others are forgotten.
    pub(super) fn keep(&mut self, keys: impl Iterator<Item = u64>) {
        let mut known = std::mem::take(&mut self.counters);
        let counter = |key| {
            let at = known.iter().position(|counter| counter.key == key);
            at.map_or_else(
                || Counter {
                    key,
                    ..Counter::default()
                },
                |at| known.swap_remove(at),
            )
        };
        self.counters = keys.map(counter).collect();
    }

    /// What a counter was before the samples that follow.
    pub(super) fn before(&mut self, counter: usize, time: WallNs, value: Cell) {
        self.counters[counter].last = Some((time, value));
    }

    /// Since when the sample of a counter counts; the samples of a counter come in order.
    pub(super) fn start(&mut self, counter: usize, time: WallNs, value: Cell) -> WallNs {
        let counter = &mut self.counters[counter];
        let run = counter.runs.iter().rev().find(|run| run.from <= time);
        let run = run.copied();
        let unknown = Run {
            from: time,
            start: time,
        };
        let run = match counter.last {
            // the clock was set back, which says nothing of the counter
            Some((last, _)) if time <= last => return run.unwrap_or(unknown).start,
            Some((last, before)) if is_below(value, before) => Run {
                from: time,
                start: last,
            },
            Some(_) => run.unwrap_or(unknown),
            None => run.filter(|run| run.from == time).unwrap_or(unknown),
        };
        counter.last = Some((time, value));
        if !counter.runs.contains(&run) {
            counter.runs.retain(|known| known.from < run.from);
            if counter.runs.len() == RUNS_MAX {
                counter.runs.remove(0);
            }
            counter.runs.push(run);
            self.is_changed = true;
        }
        run.start
    }

    /// Whether anything is known that was not saved.
    pub fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// All that is known was saved.
    pub fn saved(&mut self) {
        self.is_changed = false;
    }

    /// A line a counter, for [`Runs::read`].
    pub fn write(&self, out: &mut String) {
        for counter in self.counters.iter().filter(|at| !at.runs.is_empty()) {
            let _ = write!(out, "{:016x}", counter.key);
            for run in &counter.runs {
                let _ = write!(out, " {} {}", run.from.0, run.start.0);
            }
            out.push('\n');
        }
    }

    /// What was written; `None` where it is no such text.
    pub fn read(text: &str) -> Option<Runs> {
        let counter = |line: &str| {
            let (key, runs) = line.split_once(' ')?;
            let times = runs.split(' ').map(|time| time.parse().ok().map(WallNs));
            let times: Vec<WallNs> = times.collect::<Option<_>>()?;
            let run = |pair: &[WallNs]| Run {
                from: pair[0],
                start: pair[1],
            };
            times.len().is_multiple_of(2).then_some(())?;
            Some(Counter {
                key: u64::from_str_radix(key, 16).ok()?,
                runs: times.chunks_exact(2).map(run).collect(),
                last: None,
            })
        };
        Some(Runs {
            counters: text.lines().map(counter).collect::<Option<_>>()?,
            is_changed: false,
        })
    }
}

fn is_below(value: Cell, before: Cell) -> bool {
    match (value, before) {
        (Cell::Unsigned(value), Cell::Unsigned(before)) => value < before,
        (Cell::Signed(value), Cell::Signed(before)) => value < before,
        _ => value.as_f64() < before.as_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs() -> Runs {
        let mut runs = Runs::default();
        runs.keep([7].into_iter());
        runs
    }

    /// Since when each of these samples counts.
    fn starts(runs: &mut Runs, samples: &[(i64, u64)]) -> Vec<i64> {
        let starts = samples
            .iter()
            .map(|&(time, value)| runs.start(0, WallNs(time), Cell::Unsigned(value)).0);
        starts.collect()
    }

    const SAMPLES: [(i64, u64); 6] = [(10, 500), (20, 500), (30, 510), (40, 3), (50, 4), (60, 2)];
    const STARTS: [i64; 6] = [10, 10, 10, 30, 30, 50];

    #[test]
    fn a_run_begins_where_it_is_seen_first_and_behind_the_sample_before_a_reset() {
        let mut runs = runs();
        assert_eq!(starts(&mut runs, &SAMPLES), STARTS);
        assert!(runs.is_changed());
        runs.saved();
        assert_eq!(starts(&mut runs, &[(70, 2), (80, u64::MAX)]), [50, 50]);
        assert!(!runs.is_changed());
    }

    #[test]
    fn samples_that_come_again_count_since_the_same_moments() {
        for again in 0..SAMPLES.len() {
            let mut runs = runs();
            starts(&mut runs, &SAMPLES);
            let mut text = String::new();
            runs.write(&mut text);
            let mut runs = Runs::read(&text).unwrap();
            runs.keep([7].into_iter());
            if let Some(before) = again.checked_sub(1) {
                let (time, value) = SAMPLES[before];
                runs.before(0, WallNs(time), Cell::Unsigned(value));
            }
            let found = starts(&mut runs, &SAMPLES[again..]);
            assert_eq!(found, STARTS[again..], "from {again} on");
            assert!(!runs.is_changed());
        }
    }

    #[test]
    fn one_whose_sample_before_is_not_known_begins_anew_and_adds_nothing() {
        let mut runs = runs();
        starts(&mut runs, &SAMPLES);
        runs.keep([8, 7].into_iter());
        runs.keep([7].into_iter());
        runs.counters[0].last = None;
        assert_eq!(starts(&mut runs, &[(90, 900), (100, 901)]), [90, 90]);
        runs.keep([8].into_iter());
        assert_eq!(starts(&mut runs, &[(110, 1), (120, 1)]), [110, 110]);
    }

    #[test]
    fn a_clock_that_is_set_back_is_no_reset() {
        let mut runs = runs();
        assert_eq!(starts(&mut runs, &[(100, 5), (110, 6)]), [100, 100]);
        assert_eq!(
            starts(&mut runs, &[(50, 7), (105, 8), (120, 9)]),
            [50, 100, 100]
        );
    }

    #[test]
    fn a_counter_that_goes_back_all_the_time_keeps_little() {
        let mut runs = runs();
        for time in 1..100 {
            runs.start(0, WallNs(time), Cell::Real(-(time as f64)));
        }
        assert_eq!(runs.counters[0].runs.len(), RUNS_MAX);
    }

    #[test]
    fn what_is_no_text_of_runs_is_refused() {
        for text in ["x", "7", "7 1", "7 1 2 3", "7 1 x", "7 1 2\n\n"] {
            assert!(Runs::read(text).is_none(), "{text}");
        }
        assert!(Runs::read("").unwrap().counters.is_empty());
    }
}
