//! What the kernel's write-back costs the writer: seen by the page faults of the thread that writes (getrusage(2)).

use std::sync::Arc;
use std::time::Duration;

use goodall::quantity::{BootNs, Interval, Now, WallNs};
use goodall::ring::Writer;
use goodall::ring::writer::{Clock, Track};
use goodall_platform::map::faults_of_this_thread;

use crate::ring_kit::{at, plan, seconds, track};
use crate::skip::skip;

const FIELDS: usize = 90;
/// Frames of one look; they fill five pages.
const FRAMES: u64 = 25;

struct Recording {
    clock: Clock,
    load: Track,
    interval: Interval,
    /// Of the interval.
    count: u64,
}

impl Recording {
    /// Opens so many frames and writes a row in each; gives the page faults.
    fn record(&mut self, frames: u64) -> u64 {
        let before = faults_of_this_thread();
        for _ in 0..frames {
            self.count += 1;
            let now = at(1);
            let past = self.count * self.interval.ns();
            let tick = self.clock.open_frame(Now {
                wall: WallNs(now.wall.0 + past.cast_signed()),
                boot: BootNs(now.boot.0 + past),
            });
            self.load.write(&tick, tick.boot, &[self.count; FIELDS]);
        }
        faults_of_this_thread() - before
    }
}

/// A ring on a disk, if the build's folder stands on one, and its recording at one interval.
fn recording(interval: Interval) -> (Recording, Arc<Writer>, tempfile::TempDir) {
    // memory file systems write nothing out, and a temporary folder may be one; but not everybody may write to the build's
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .or_else(|_| tempfile::tempdir())
        .unwrap();
    let (writer, _) = Writer::open(&folder.path().join("ring"), &plan(120, 100)).unwrap();
    let mut spec = track("load", "", FIELDS);
    spec.interval = interval;
    let recording = Recording {
        clock: writer.clock(interval).unwrap(),
        load: writer.track(&spec).unwrap(),
        interval,
        count: 0,
    };
    (recording, writer, folder)
}

#[test]
fn what_was_given_back_after_the_start_is_there_again_for_short_intervals() {
    let interval = Interval::of(Duration::from_millis(1)).unwrap();
    let (mut recording, writer, _folder) = recording(interval);
    recording.record(5);
    let faults: Vec<u64> = (0..3)
        .map(|_| {
            writer.give_back();
            recording.clock.touch_again();
            // the words that all clocks share are another's to bring in
            recording.record(1);
            recording.record(100)
        })
        .collect();
    assert!(faults.contains(&0), "{faults:?} page faults");
}

#[test]
fn pages_are_touched_together_after_they_were_written_out() {
    let (mut recording, writer, _folder) = recording(seconds(1));
    recording.record(5);
    recording.clock.take_written_out();
    assert!(recording.record(FRAMES) >= 3, "a fault for each new page");
    // the kernel may write out at any moment, and a fault may be another's: hardly three times
    let faults: Vec<u64> = (0..3)
        .map_while(|_| {
            writer.checkpoint(true).unwrap();
            recording.record(1);
            recording.clock.take_written_out().then(|| {
                recording.clock.touch_ahead(Duration::from_secs(30));
                recording.record(FRAMES)
            })
        })
        .collect();
    if faults.is_empty() {
        return skip("the build's folder stands on a file system that writes nothing out");
    }
    assert!(faults.contains(&0), "{faults:?} page faults");
}
