//! Nothing is allocated while goodall samples, nor while it streams. A binary of its own, since it counts
//! what every thread of the process allocates.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;
use goodall::gather::clock::{Clockwork, Command, SystemTime, TimeSource};
use goodall::gather::set::{Ready, Set, Wanted, prepare};
use goodall::metric::tally::Tally;
use goodall::metric::{COLLECTORS, TOTALS};
use goodall::quantity::{Interval, Window};
use goodall::ring::Plan;
use goodall::ring::writer::Writer;
use goodall_platform::alloc::Counting;
use goodall_platform::{Roots, Settings};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Every collector of the catalogue that this machine has, each at its own thread, at one short interval.
#[test]
fn a_thousand_ticks_of_all_collectors_allocate_nothing() {
    let interval = Interval::of(Duration::from_millis(5)).unwrap();
    let wanted: Vec<Wanted> = COLLECTORS
        .iter()
        .map(|&collector| Wanted {
            collector,
            interval,
            settings: Settings::default(),
            is_explicit: false,
        })
        .collect();
    count_what_children_do();
    let ready = prepare(&wanted, &Roots::default());
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan {
        window: Window::of(Duration::from_secs(2)).unwrap(),
        size_max: None,
        needs: ready.iter().map(Ready::need).collect(),
        host: "test".to_owned(),
    };
    let (writer, _) = Writer::open(&folder.path().join("ring"), &plan).unwrap();
    let time: Arc<dyn TimeSource> = Arc::new(SystemTime);
    let mut clockwork = Clockwork::new(Arc::clone(&writer), Arc::clone(&time));
    let mut set = Set::new(Arc::clone(&writer), Roots::default(), time);
    for ready in ready {
        set.start(ready, &mut |command| clockwork.take(command))
            .unwrap();
    }
    let collectors = set.len() as u64;
    let (commands, received) = bounded(0);
    let clock = std::thread::spawn(move || clockwork.run(&received));
    // Past the start: every track has its place, every thread its first wait behind it.
    wait_for(|| {
        TOTALS.frames.load(Relaxed) > 50 && TOTALS.samples.load(Relaxed) > 50 * collectors / 2
    });

    let (frames, samples) = (TOTALS.frames.load(Relaxed), TOTALS.samples.load(Relaxed));
    let before = Counting::all_threads();
    wait_for(|| TOTALS.frames.load(Relaxed) >= frames + 1000);
    let allocated = Counting::all_threads() - before;
    let rounds = TOTALS.samples.load(Relaxed) - samples;

    commands.send(Command::Stop).unwrap();
    clock.join().unwrap();
    set.stop(Duration::from_secs(5));
    assert!(
        rounds > 200 * collectors,
        "{rounds} samples of {collectors} collectors"
    );
    assert_eq!(
        allocated, 0,
        "allocations over {rounds} samples of {collectors} collectors"
    );
}

/// As if this process were its own reporter and shipper.
fn count_what_children_do() {
    let tallies = [
        (
            Tally::of_reporter(),
            &TOTALS.report_tally,
            &TOTALS.report_pid,
        ),
        (
            Tally::of_shipper(["a", "b"].into_iter()),
            &TOTALS.ship_tally,
            &TOTALS.ship_pid,
        ),
    ];
    for (tally, slot, pid) in tallies {
        Tally::show(Some(&Arc::new(tally.unwrap())), slot);
        pid.store(std::process::id(), Relaxed);
    }
}

fn wait_for(mut is_so: impl FnMut() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(120);
    while !is_so() {
        assert!(Instant::now() < give_up, "waited for two minutes");
        std::thread::sleep(Duration::from_millis(10));
    }
}
