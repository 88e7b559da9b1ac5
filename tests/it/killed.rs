//! kill -9 at random moments, under full sampling at 10 ms, restarted at once each time: what a reader saw is still
//! there, no number between two runs is lost, every row is whole, and no reporter stays behind.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::thread;
use std::time::Duration;

use goodall::quantity::WallNs;
use goodall::ring::{ClockId, FrameNumber, Header, Reader};

use crate::daemon::{Daemon, Home, fastest, is_gone, wait_for};
use crate::skip;

/// Frames that a reader looks back at, before and after the kill.
const LOOK_BACK: u64 = 30;
/// The tick's own thread and the collectors' may still be writing to the frames after these.
const IN_FLIGHT: u64 = 2;

/// One row as it was read.
#[derive(Debug, PartialEq)]
struct Seen {
    track: (String, Vec<u8>),
    header: Header,
    at: WallNs,
    words: Vec<u64>,
}

/// Every row of the newest frames.
fn seen(reader: &Reader) -> Vec<Seen> {
    let mut rows = Vec::new();
    for (index, track) in reader.tracks().iter().enumerate() {
        let Some(newest) = reader.newest(track.clock) else {
            continue;
        };
        let oldest = newest.number.0.saturating_sub(LOOK_BACK);
        for number in oldest..newest.number.0.saturating_sub(IN_FLIGHT) {
            let mut words = vec![0; track.fields.len()];
            let Some(header) = reader.header(track.clock, FrameNumber(number)) else {
                continue;
            };
            if let Some(at) = reader.row(index, &header, &mut words) {
                let track = (track.collector.clone(), track.instance.clone());
                rows.push(Seen {
                    track,
                    header,
                    at,
                    words,
                });
            }
        }
    }
    rows
}

/// What is not there any more as it was seen.
fn lost<'a>(reader: &Reader, before: &'a [Seen]) -> Vec<&'a Seen> {
    let is_there = |row: &&Seen| {
        let mut tracks = reader.tracks().iter().enumerate().filter(|(_, track)| {
            (&track.collector, &track.instance) == (&row.track.0, &row.track.1)
        });
        tracks.any(|(index, track)| {
            let mut words = vec![0; track.fields.len()];
            reader.header(track.clock, row.header.number) == Some(row.header)
                && words.len() == row.words.len()
                && reader.row(index, &row.header, &mut words) == Some(row.at)
                && words == row.words
        })
    };
    before.iter().filter(|row| !is_there(row)).collect()
}

/// Numbers without a header between the last frame of one run and the first of the next.
fn lost_between_runs(reader: &Reader, clock: ClockId) -> u64 {
    let (Some(oldest), Some(newest)) = (reader.oldest(clock), reader.newest(clock)) else {
        return 0;
    };
    let headers =
        (oldest.0..=newest.number.0).filter_map(|number| reader.header(clock, FrameNumber(number)));
    let headers: Vec<Header> = headers.collect();
    let starts = headers
        .windows(2)
        .filter(|pair| pair[0].salt != pair[1].salt);
    starts
        .map(|pair| pair[1].number.0 - pair[0].number.0 - 1)
        .max()
        .unwrap_or(0)
}

fn random_ms(most: u64) -> Duration {
    Duration::from_millis(RandomState::new().build_hasher().finish() % most)
}

fn start(home: &Home, window: &str) -> Daemon {
    home.spawn(&mut home.run(&format!(
        "--ring {window} --interval 10ms --ring-max 512MiB"
    )))
}

/// Kills it, and waits until its reporter has ended by itself.
fn kill(daemon: &mut Daemon) {
    let reporter = daemon.reporter();
    daemon.kill();
    if let Some(reporter) = reporter {
        wait_for("the reporter ends with its gatherer", || is_gone(reporter));
    }
}

#[test]
fn killed_at_any_moment_it_loses_at_most_the_frame_in_flight() {
    let (kills, window) = if skip::long() {
        (200, "10m")
    } else {
        (10, "1m")
    };
    let home = Home::new();
    let mut daemon = start(&home, window);
    wait_for("the ring is made", || home.ring().exists());
    for number in 0..kills {
        // every other time it may be killed before it is up
        if number % 2 == 0 {
            let before = home.newest();
            wait_for("it records again", || {
                assert_eq!(daemon.ended(), None, "kill {number}: {}", home.log());
                home.newest() > before
            });
        }
        thread::sleep(random_ms(if number % 2 == 0 { 300 } else { 60 }));
        assert_eq!(daemon.ended(), None, "kill {number}: {}", home.log());
        let rows = seen(&home.reader());
        kill(&mut daemon);
        let after_kill = home.reader();
        assert_eq!(
            lost(&after_kill, &rows),
            Vec::<&Seen>::new(),
            "kill {number}"
        );
        daemon = start(&home, window);
    }
    home.wait_until_it_answers(&mut daemon);
    daemon.signal("TERM");
    assert_eq!(daemon.wait().code(), Some(0), "{}", home.log());
    every_row_is_whole(&home.reader());
}

fn every_row_is_whole(reader: &Reader) {
    let wrapped = |clock: ClockId| {
        let newest = reader.newest(clock).map_or(0, |header| header.number.0);
        let mut layouts = reader.layout().iter();
        layouts.any(|layout| layout.clock == clock && newest > layout.slots)
    };
    assert!(!wrapped(fastest(reader)), "the window holds the whole test");
    let mut whole = 0;
    for (index, track) in reader.tracks().iter().enumerate() {
        let counts = reader.count_rows(index);
        // each start opens a frame of the slow clocks too, whose circles are short: what an earlier turn left
        // there, of a run that no header tells of any more, cannot be told from a torn row
        let older = if wrapped(track.clock) {
            counts.unreadable
        } else {
            0
        };
        assert_eq!(counts.unreadable, older, "{track:?}");
        whole += counts.whole;
    }
    assert!(whole > 0, "there are rows");
    for clock in 0..reader.clocks().len() {
        let clock = ClockId(u16::try_from(clock).unwrap());
        let lost = lost_between_runs(reader, clock);
        assert!(lost <= 1, "{lost} frames lost between two runs");
    }
}
