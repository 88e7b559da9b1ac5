//! One collector at a tick of 1 ms: what it records and what it says it missed add up to the time that passed.

use std::time::Duration;

use goodall::ring::{FrameNumber, Header};
use goodall_platform::clock;

use crate::daemon::Home;
use crate::skip;

const INTERVAL_NS: u64 = 1_000_000;
/// Of the tick that is taken at once, of a clock that is slewed.
const ROUNDING: u64 = 3;

#[test]
fn samples_recorded_and_missed_add_up_to_the_time_that_passed() {
    let home = Home::new();
    let soak = if skip::long() { 60 } else { 3 };
    let mut daemon = home.start("--ring 90s --interval 1ms --collectors load");
    std::thread::sleep(Duration::from_secs(soak));
    let health = home.ask("/health").unwrap().json();
    assert_eq!(health["collectors"][0]["name"], "load");
    daemon.signal("TERM");
    assert_eq!(daemon.wait().code(), Some(0), "{}", home.log());
    let ended = clock::now();

    let reader = home.reader();
    let id = reader.tracks()[0].clock;
    let mut words = vec![0; reader.tracks()[0].fields.len()];
    let (oldest, newest) = (reader.oldest(id).unwrap(), reader.newest(id).unwrap());
    let headers: Vec<Header> = (oldest.0..=newest.number.0)
        .filter_map(|number| reader.header(id, FrameNumber(number)))
        .collect();
    let rows = headers.iter().filter_map(|header| {
        let at = reader.row(0, header, &mut words)?;
        Some(header.boot.0.saturating_add_signed(at.0 - header.wall.0))
    });
    let rows: Vec<u64> = rows.collect();
    let ticks = |until: u64| (until - rows[0] + INTERVAL_NS / 2) / INTERVAL_NS + 1;
    // what was missed before the end may come after the last sample
    let (last, ended) = (ticks(rows[rows.len() - 1]), ticks(ended.boot_ns));
    let recorded = rows.len() as u64;
    let status = &reader.status()[0];
    let missed = status.missed;
    eprintln!(
        "of {last} to {ended} ticks: {recorded} recorded, {missed} missed, {} late",
        status.late
    );
    assert!(
        (last - ROUNDING..=ended + ROUNDING).contains(&(recorded + missed)),
        "{recorded} recorded and {missed} missed of {last} to {ended}"
    );
    assert!(recorded <= headers.len() as u64, "a frame takes one sample");
}
