//! A ring that grows while readers open it: each finds it whole, as it was before or after.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use goodall::ring::{Access, Reader, Writer};

use crate::ring_kit::{folder, is_long, plan, seconds, track};

#[test]
fn a_ring_that_grows_while_it_is_opened_is_not_taken_for_a_truncated_one() {
    let folder = folder();
    let path = folder.path().join("ring");
    let (writer, _) = Writer::open(&path, &plan(10, 8)).unwrap();
    let _clock = writer.clock(seconds(1)).unwrap();
    let is_over = AtomicBool::new(false);
    let bands = if is_long() { 2000 } else { 120 };
    thread::scope(|scope| {
        for access in [Access::Mapped, Access::Pread].repeat(4) {
            let (is_over, path) = (&is_over, &path);
            scope.spawn(move || {
                let mut tracks = 0;
                while !is_over.load(Relaxed) {
                    let reader = Reader::open(path, access).unwrap();
                    assert!(reader.tracks().len() >= tracks, "it only grows");
                    tracks = reader.tracks().len();
                }
            });
        }
        let before = writer.size().0;
        // too large for what room is left
        let wide = |number: usize| track("wide", &number.to_string(), 64);
        let grown = (0..bands).try_for_each(|number| writer.track(&wide(number)).map(drop));
        is_over.store(true, Relaxed);
        grown.unwrap();
        assert!(writer.size().0 > before, "it grew");
    });
    let reader = Reader::open(&path, Access::Pread).unwrap();
    assert_eq!(reader.tracks().len(), bands);
}
