//! A disk that takes no store for 5 s: nothing is wedged, HTTP answers and says that the collectors are late, and
//! afterwards only the stall is missing.

use std::thread;
use std::time::{Duration, Instant};

use goodall::ring::{ClockId, FrameNumber, Header, Reader};

use crate::daemon::{Home, wait_for};
use crate::mounted::Mounted;
use crate::skip::skip;

const STALL: Duration = Duration::from_secs(5);
const INTERVAL_NS: u64 = 50_000_000;
/// Ticks of the stall's either end that a loaded machine may lose with it.
const AROUND: u64 = 40;

fn headers(reader: &Reader, clock: ClockId) -> Vec<Header> {
    let (Some(oldest), Some(newest)) = (reader.oldest(clock), reader.newest(clock)) else {
        return Vec::new();
    };
    (oldest.0..=newest.number.0)
        .filter_map(|number| reader.header(clock, FrameNumber(number)))
        .collect()
}

#[test]
fn a_disk_that_stalls_costs_the_ticks_of_the_stall_alone() {
    let disk = match Mounted::ext4(64 << 20) {
        Ok(disk) => disk,
        Err(why) => return skip(&why),
    };
    let home = Home::with_ring(disk.path().join("goodall.ring"));
    let mut daemon = home.start("--ring 1m --interval 50ms --collectors load,stat,memory,uptime");
    let clock = ClockId(0);
    let frames = || headers(&home.reader(), clock).len();
    wait_for("it records", || frames() > 20);

    let frozen = match disk.freeze() {
        Ok(frozen) => frozen,
        Err(why) => return skip(&why),
    };
    let since = Instant::now();
    let mut saw_late = false;
    while since.elapsed() < STALL {
        let health = home.ask("/health").expect("an answer during the stall");
        saw_late |= health.status == 503 && health.json()["status"] == "late";
        assert_eq!(home.ask("/load.1m").unwrap().status, 200);
        assert_eq!(home.ask("/dump.csv?match=load.*").unwrap().status, 200);
        thread::sleep(Duration::from_millis(100));
    }
    let stalled = frames();
    drop(frozen);
    assert!(saw_late, "/health said so");
    wait_for("it records again", || frames() > stalled + 20);
    wait_for("it is well again", || {
        home.ask("/health").unwrap().status == 200
    });
    let missed = home.reader().status().iter().map(|one| one.missed).max();
    assert!(missed.unwrap() >= STALL.as_secs() * 1_000_000_000 / INTERVAL_NS / 2);

    let ended = Instant::now();
    daemon.signal("TERM");
    assert_eq!(daemon.wait().code(), Some(0), "{}", home.log());
    assert!(ended.elapsed() < Duration::from_secs(20));
    only_the_stall_is_missing(&home.reader(), clock);
}

fn only_the_stall_is_missing(reader: &Reader, clock: ClockId) {
    for track in 0..reader.tracks().len() {
        assert_eq!(reader.count_rows(track).unreadable, 0);
    }
    let headers = headers(reader, clock);
    let gaps = headers
        .windows(2)
        .map(|pair| pair[1].number.0 - pair[0].number.0 - 1);
    let widest = gaps.max().unwrap();
    let stall = u64::try_from(STALL.as_nanos()).unwrap() / INTERVAL_NS;
    assert!(
        widest >= stall / 2 && widest <= stall + AROUND,
        "{widest} of {stall}"
    );
    // numbers and both clocks agree over the gap
    let (first, last) = (headers[0], headers[headers.len() - 1]);
    let ticks = last.number.0 - first.number.0;
    let elapsed = last.boot.0 - first.boot.0;
    assert!(
        elapsed.abs_diff(ticks * INTERVAL_NS) <= 2 * INTERVAL_NS,
        "{ticks} {elapsed}"
    );
}
