//! A series that stands in several tracks is one column to who is shipped to: its samples come in order and each once,
//! a bucket is one value, and a rate goes over the change.

use std::time::Duration;

use goodall::quantity::{BootNs, Now, WallNs};
use goodall::query::{Feed, Place, Request, Step};

use crate::recorder::{Recorder, SECOND_NS, every_ms};
use crate::series_moved::{BOOT, load, other, tick, wall};

const SECONDS: u64 = 120;

/// The interval at a second: of a second, of ten, of a second again.
fn every(second: u64) -> u64 {
    if (40..80).contains(&second) { 10 } else { 1 }
}

/// Seconds at which the load is recorded.
fn recorded() -> Vec<u64> {
    let seconds = 0..SECONDS;
    seconds
        .filter(|second| second.is_multiple_of(every(*second)))
        .collect()
}

fn at(second: u64) -> Now {
    Now {
        wall: wall(second),
        boot: BootNs((BOOT + second) * SECOND_NS),
    }
}

/// What a feed hands out of one series while it is recorded, asked every second and made anew now and then.
fn handed_out(request: &Request) -> Vec<(WallNs, f64)> {
    let (one, ten) = (every_ms(1000), every_ms(10_000));
    let mut recorder = Recorder::new(Duration::from_secs(3600), vec![load(one), other()]);
    let mut feed = Feed::new(recorder.index(), request, &[]);
    let mut all = Vec::new();
    let mut places: Vec<Place> = Vec::new();
    for second in 0..SECONDS + 30 {
        match second {
            40 => recorder.change(0, load(ten)),
            80 => recorder.change(0, load(one)),
            _ => {}
        }
        if second < SECONDS {
            let intervals = [one, ten];
            let clocks = if second < 40 { 1 } else { 2 };
            let boot = tick(&mut recorder, second, &intervals[..clocks]);
            if second.is_multiple_of(every(second)) {
                recorder.row(0, boot, &[(second as f64).to_bits(), 10 * second]);
            }
        }
        if feed.index().is_stale() || second % 13 == 0 {
            feed.places(&mut places);
            feed = Feed::new(recorder.index(), request, &places);
        }
        assert_eq!(feed.picks().len(), 1, "one series");
        let mut points = Vec::new();
        while feed.next(at(second), &mut points) {}
        let values = points
            .iter()
            .map(|point| (point.time, point.cell.as_f64().unwrap()));
        all.extend(values);
    }
    all
}

fn request(series: &str) -> Request {
    Request {
        patterns: vec![series.to_owned()],
        ..Request::default()
    }
}

#[test]
fn its_samples_come_in_order_and_each_once() {
    let expected = recorded().into_iter();
    let expected: Vec<_> = expected
        .map(|second| (wall(second), second as f64))
        .collect();
    assert_eq!(handed_out(&request("load.1m")), expected);
}

#[test]
fn a_rate_goes_over_the_change() {
    let request = Request {
        rate: true,
        ..request("load.forks")
    };
    // at 40 s the interval is ten, and the second before is too near; so is 80 s not, at one
    let seconds = recorded().into_iter().skip(1);
    let expected: Vec<_> = seconds
        .filter(|second| *second != 40)
        .map(|second| (wall(second), 10.0))
        .collect();
    assert_eq!(handed_out(&request), expected);
}

#[test]
fn a_bucket_is_one_value() {
    let request = Request {
        step: Some(Step::of(Duration::from_secs(15)).unwrap()),
        ..request("load.1m")
    };
    let seconds = recorded();
    let start = |second: u64| {
        let step = 15 * SECOND_NS.cast_signed();
        WallNs(wall(second).0.div_euclid(step) * step)
    };
    let mut expected: Vec<(WallNs, Vec<f64>)> = Vec::new();
    for second in seconds {
        match expected.last_mut() {
            Some((time, values)) if *time == start(second) => values.push(second as f64),
            _ => expected.push((start(second), vec![second as f64])),
        }
    }
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(time, values)| (time, mean(values)))
        .collect();
    assert_eq!(handed_out(&request), expected);
}
