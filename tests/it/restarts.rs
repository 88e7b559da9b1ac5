//! Starts one after the other, cleanly and by force: a slow interval's frames are a tick each all the same, so that
//! its history stays in the window.

use goodall::ring::FrameNumber;

use crate::daemon::{Home, wait_for};

const STARTS: u64 = 6;

#[test]
fn restarts_push_no_history_of_a_slow_interval_out() {
    let home = Home::new();
    home.configure("", &[("load", "20ms"), ("uptime", "20m")]);
    let config = home.path("goodall.toml");
    // three frames of the slow interval
    let line = format!("--ring 1h --config {}", config.display());
    for start in 0..STARTS {
        let before = if start == 0 { 0 } else { home.newest() };
        let mut daemon = home.start(&line);
        wait_for("it records", || home.newest() > before + 3);
        daemon.signal(if start % 2 == 0 { "TERM" } else { "KILL" });
        daemon.wait();
    }
    let reader = home.reader();
    let mut tracks = reader.tracks().iter();
    let track = tracks
        .position(|track| track.collector == "uptime")
        .unwrap();
    let uptime = &reader.tracks()[track];
    let newest = reader.newest(uptime.clock).unwrap().number;
    // one more where the tick itself came meanwhile
    assert!(newest.0 <= 2, "{newest:?} after {STARTS} starts");
    let first = reader.header(uptime.clock, FrameNumber(1)).unwrap();
    let mut words = vec![0; uptime.fields.len()];
    assert!(reader.row(track, &first, &mut words).is_some());
}
