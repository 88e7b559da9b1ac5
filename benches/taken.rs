//! Lines a second that one thread takes over a Unix stream socket, parses and records: the processor time of that
//! thread alone, by its own clock in /proc. The other end writes as fast as it can, in a thread of its own.

use std::fs;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use goodall::gather::clock::{SystemTime, TimeSource};
use goodall::gather::lines::Format;
use goodall::gather::plugin::{Input, Inputs, Parts, Recorder};
use goodall::quantity::{Interval, Now, Window};
use goodall::ring::Plan;
use goodall::ring::writer::Writer;
use goodall_platform::poll::Poll;

const SERIES: usize = 250;
const LINES: u64 = 4_000_000;

fn main() {
    println!(
        "{LINES} lines of {SERIES} series, as much as a thread takes in a second of its processor time"
    );
    for (what, format, line) in lines() {
        let (cpu, wall, recorded) = measure(format, &line);
        let rate = LINES as f64 / cpu.as_secs_f64();
        println!(
            "{what}: {rate:.0} lines/s ({:.0} ns a line, {} bytes; {:.0} lines/s by the clock; {recorded} taken)",
            cpu.as_secs_f64() * 1e9 / LINES as f64,
            line.len() / SERIES,
            LINES as f64 / wall.as_secs_f64(),
        );
    }
}

/// The lines of each kind, one a series.
fn lines() -> Vec<(&'static str, Format, String)> {
    let now = goodall_platform::clock::now().wall_ns / 1_000_000_000;
    let of = |line: &dyn Fn(usize) -> String| (0..SERIES).map(line).collect();
    vec![
        (
            "graphite",
            Format::Graphite,
            of(&|at| format!("servers.web{at:03}.requests {}.25\n", 17 * at)),
        ),
        (
            "graphite with time",
            Format::Graphite,
            of(&|at| format!("servers.web{at:03}.requests {} {now}\n", 17 * at)),
        ),
        (
            "influx",
            Format::Influx,
            of(&|at| format!("disk,host=web{at:03} used={}i\n", 17 * at)),
        ),
    ]
}

fn measure(format: Format, lines: &str) -> (Duration, Duration, u64) {
    let folder = tempfile::tempdir().unwrap();
    let interval = Interval::of(Duration::from_secs(1)).unwrap();
    let plan = Plan {
        window: Window::of(Duration::from_secs(60)).unwrap(),
        size_max: None,
        needs: Vec::new(),
        host: "bench".to_owned(),
    };
    let (writer, _) = Writer::open(&folder.path().join("ring"), &plan).unwrap();
    let mut clock = writer.clock(interval).unwrap();
    let time: Arc<dyn TimeSource> = Arc::new(SystemTime);
    let Now { wall, boot } = time.now();
    clock.open_frame(Now { wall, boot });
    let mut recorder = Recorder::new(Parts {
        name: "bench".to_owned(),
        format: Some(format),
        interval,
        series_max: SERIES,
        writer,
        ticker: clock.ticker(),
        time,
    })
    .unwrap();
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let block = lines.repeat(8);
    let times = LINES / (SERIES as u64 * 8);
    let sender = std::thread::spawn(move || {
        for _ in 0..times {
            theirs.write_all(block.as_bytes()).unwrap();
        }
    });
    let mut inputs = Inputs::new();
    inputs.add(Input::boundless(ours.into()).unwrap());
    let mut poll = Poll::new();
    let (began, cpu) = (Instant::now(), on_cpu());
    while !inputs.is_empty() {
        poll.clear();
        inputs.wait_in(&mut poll, Instant::now());
        poll.wait(Duration::from_secs(1));
        recorder.look();
        let more = inputs.pump(&poll, &mut recorder);
        recorder.rest(more);
    }
    let spent = (on_cpu().saturating_sub(cpu), began.elapsed());
    sender.join().unwrap();
    assert_eq!(recorder.counts.rejected, 0);
    (spent.0, spent.1, recorder.counts.lines)
}

/// Time that this thread has run: the first field of schedstat, in nanoseconds.
fn on_cpu() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let ns = text.split(' ').next().unwrap().parse().unwrap();
    Duration::from_nanos(ns)
}
