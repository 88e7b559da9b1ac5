//! What the kernel's write-back costs the writer: seen by the page faults of the thread that writes (getrusage(2)).

use std::time::Duration;

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
    second: u64,
}

impl Recording {
    /// Opens so many frames and writes a row in each; gives the page faults.
    fn record(&mut self, frames: u64) -> u64 {
        let before = faults_of_this_thread();
        for _ in 0..frames {
            self.second += 1;
            let tick = self.clock.open_frame(at(self.second));
            self.load.write(&tick, tick.boot, &[self.second; FIELDS]);
        }
        faults_of_this_thread() - before
    }
}

#[test]
fn pages_are_touched_together_after_they_were_written_out() {
    // memory file systems write nothing out, and a temporary folder may be one; but not everybody may write to the build's
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .or_else(|_| tempfile::tempdir())
        .unwrap();
    let (writer, _) = Writer::open(&folder.path().join("ring"), &plan(120, 100)).unwrap();
    let mut recording = Recording {
        clock: writer.clock(seconds(1)).unwrap(),
        load: writer.track(&track("load", "", FIELDS)).unwrap(),
        second: 0,
    };
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
