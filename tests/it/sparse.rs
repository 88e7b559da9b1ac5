//! A row that has just some of its table's fields takes room for these alone: shown with the info collector,
//! each of whose rows has one fact, gathered into a ring and read back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;
use goodall::gather::clock::{Clockwork, Command, SystemTime, TimeSource};
use goodall::gather::set::{Ready, Set, Wanted, prepare};
use goodall::metric::{MISSING, collector};
use goodall::quantity::{Interval, Window};
use goodall::ring::reader::Access;
use goodall::ring::writer::Writer;
use goodall::ring::{Plan, Reader};
use goodall_platform::{Roots, Settings};

const TICK: Duration = Duration::from_millis(10);

/// A ring with a few samples of that collector.
fn gathered(name: &str) -> (Reader, tempfile::TempDir) {
    let wanted = Wanted {
        collector: collector(name).unwrap(),
        interval: Interval::of(TICK).unwrap(),
        settings: Settings::default(),
        is_explicit: true,
    };
    let ready = prepare(&[wanted], &Roots::default());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ring");
    let plan = Plan {
        window: Window::of(Duration::from_secs(60)).unwrap(),
        size_max: None,
        needs: ready.iter().map(Ready::need).collect(),
        host: "test".to_owned(),
    };
    let (writer, _) = Writer::open(&path, &plan).unwrap();
    let time: Arc<dyn TimeSource> = Arc::new(SystemTime);
    let mut clockwork = Clockwork::new(Arc::clone(&writer), Arc::clone(&time));
    let mut set = Set::new(Arc::clone(&writer), Roots::default(), time);
    for ready in ready {
        set.start(ready, &mut |command| clockwork.take(command))
            .unwrap();
    }
    let (commands, received) = bounded(0);
    let clock = std::thread::spawn(move || clockwork.run(&received));
    let start = Instant::now();
    while !has_rows(&path) && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(TICK);
    }
    commands.send(Command::Stop).unwrap();
    clock.join().unwrap();
    set.stop(Duration::from_secs(5));
    writer.checkpoint(true).unwrap();
    (Reader::open(&path, Access::Mapped).unwrap(), folder)
}

/// Whether every track has a row that is not its first, which is written by another path.
fn has_rows(path: &std::path::Path) -> bool {
    let reader = Reader::open(path, Access::Mapped).unwrap();
    !reader.tracks().is_empty()
        && (0..reader.tracks().len()).all(|track| words(&reader, track).len() > 1)
}

/// The rows of a track.
fn words(reader: &Reader, track: usize) -> Vec<Vec<u64>> {
    let at = &reader.tracks()[track];
    let (Some(oldest), Some(newest)) = (reader.oldest(at.clock), reader.newest(at.clock)) else {
        return Vec::new();
    };
    (oldest.0..=newest.number.0)
        .filter_map(|number| reader.header(at.clock, goodall::ring::FrameNumber(number)))
        .filter_map(|header| {
            let mut words = vec![0; at.fields.len()];
            reader.row(track, &header, &mut words)?;
            Some(words)
        })
        .collect()
}

#[test]
fn a_sparse_row_has_a_field_for_what_it_has_and_none_for_what_not() {
    let (reader, _folder) = gathered("info");
    assert!(reader.tracks().len() >= 4);
    for (index, track) in reader.tracks().iter().enumerate() {
        let rows = words(&reader, index);
        assert!(rows.len() > 1, "{track:?}");
        assert!(rows.iter().flatten().all(|&word| word != MISSING));
        assert_eq!(track.fields.len(), 1, "{track:?}");
    }
    let field = |instance: &str| {
        let of = |track: &&goodall::ring::reader::Track| track.instance == instance.as_bytes();
        let track = reader.tracks().iter().find(of).unwrap();
        track.fields[0].name.clone()
    };
    assert_eq!(field("uname"), "kernel");
    assert_eq!(field("selinux"), "enabled");
}
