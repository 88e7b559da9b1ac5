//! Lines on their way from a socket to the ring allocate nothing, once their series are known.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use goodall::gather::clock::{SystemTime, TimeSource};
use goodall::gather::lines::Format;
use goodall::gather::plugin::{Input, Inputs, Parts, Recorder};
use goodall::quantity::{Interval, Window};
use goodall::ring::Plan;
use goodall::ring::writer::Writer;
use goodall_platform::alloc::Counting;
use goodall_platform::poll::Poll;

const LINES: &str =
    "plain.name 1.5\ntagged;host=web;path=/var 18446744073709551615\nwith.time 3 -1\n";

/// One turn of a plugin's thread.
fn turn(inputs: &mut Inputs, poll: &mut Poll, recorder: &mut Recorder) {
    poll.clear();
    inputs.wait_in(poll, std::time::Instant::now());
    poll.wait(Duration::from_secs(10));
    recorder.look();
    let more = inputs.pump(poll, recorder);
    recorder.rest(more);
}

#[test]
fn a_line_of_a_known_series_allocates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let interval = Interval::of(Duration::from_millis(1)).unwrap();
    let plan = Plan {
        window: Window::of(Duration::from_secs(1)).unwrap(),
        size_max: None,
        needs: Vec::new(),
        host: "test".to_owned(),
    };
    let (writer, _) = Writer::open(&folder.path().join("ring"), &plan).unwrap();
    let mut clock = writer.clock(interval).unwrap();
    let time: Arc<dyn TimeSource> = Arc::new(SystemTime);
    clock.open_frame(time.now());
    let mut recorder = Recorder::new(Parts {
        name: "counted".to_owned(),
        format: Some(Format::Graphite),
        interval,
        series_max: 3,
        writer,
        ticker: clock.ticker(),
        time: Arc::clone(&time),
    })
    .unwrap();
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let mut inputs = Inputs::new();
    inputs.add(Input::connection(ours.into()).unwrap());
    let mut poll = Poll::new();
    let mut before = 0;
    for round in 0..1100 {
        if round == 100 {
            before = Counting::this_thread();
        }
        // cut where no line ends, with one more series than it may have
        let (head, tail) = LINES.split_at(1 + round % (LINES.len() - 1));
        theirs.write_all(head.as_bytes()).unwrap();
        turn(&mut inputs, &mut poll, &mut recorder);
        theirs.write_all(tail.as_bytes()).unwrap();
        theirs.write_all(b"one.too.many 1\n").unwrap();
        turn(&mut inputs, &mut poll, &mut recorder);
        clock.open_frame(time.now());
        recorder.tick();
    }
    let allocated = Counting::this_thread() - before;
    assert_eq!(recorder.counts.lines, 4 * 1100);
    assert_eq!(recorder.counts.refused, 1100);
    assert_eq!(allocated, 0, "allocations in 1000 ticks");
}
