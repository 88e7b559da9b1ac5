//! Another window, another interval, a full disk: what happens to the rows that are there.

use std::path::Path;

use goodall::quantity::Interval;
use goodall::ring::writer::Opened;
use goodall::ring::{Access, Need, Plan, Reader, TrackSpec, Writer};

use crate::ring_kit::{at, folder, open, plan, record, rows, rows_of, seconds, track, window};

#[test]
fn another_window_keeps_every_row_that_it_has_room_for() {
    let folder = folder();
    let path = folder.path().join("ring");
    let tracks = [track("load", "", 5), track("disk", "sda", 3)];
    record(&path, &plan(100, 50), &tracks, 0, 250);
    let before = rows_of(&Reader::open(&path, Access::Pread).unwrap());
    assert_eq!(before.len(), 2);
    assert_eq!(before[0].1.len(), 100);

    let stale = Reader::open(&path, Access::Mapped).unwrap();
    let opened = record(&path, &plan(1000, 50), &[], 250, 0);
    assert_eq!(
        opened,
        Opened::CarriedOver {
            rows: 200,
            left_out: 0
        }
    );
    let wide = Reader::open(&path, Access::Pread).unwrap();
    assert_eq!(wide.window(), window(1000));
    assert_eq!(rows_of(&wide), before);
    assert!(stale.is_stale(), "a reader is told");
    assert_eq!(wide.created(), stale.created(), "it is the same ring");
    assert_eq!(rows_of(&stale.reopened().unwrap()), before);

    let opened = record(&path, &plan(10, 50), &tracks, 250, 1);
    assert_eq!(
        opened,
        Opened::CarriedOver {
            rows: 20,
            left_out: 0
        }
    );
    let narrow = rows_of(&Reader::open(&path, Access::Mapped).unwrap());
    for (index, (name, rows)) in narrow.iter().enumerate() {
        assert_eq!(*name, before[index].0);
        assert_eq!(rows[..9], before[index].1[91..]);
        assert_eq!(rows[9].words[0], 250);
    }
}

#[test]
fn rows_of_frames_of_one_moment_stay_in_their_own() {
    let folder = folder();
    let path = folder.path().join("ring");
    let spec = track("load", "", 2);
    let (writer, _) = open(&path, &plan(10, 10));
    let mut clock = writer.clock(seconds(1)).unwrap();
    let mut load = writer.track(&spec).unwrap();
    for value in 1..=3 {
        let tick = clock.open_frame(at(5));
        load.write(&tick, tick.boot, &[value, value]);
    }
    drop((load, clock, writer));
    let before = rows_of(&Reader::open(&path, Access::Pread).unwrap());
    assert_eq!(before[0].1.len(), 3);
    let (writer, opened) = open(&path, &plan(20, 10));
    assert_eq!(
        opened,
        Opened::CarriedOver {
            rows: 3,
            left_out: 0
        }
    );
    drop(writer);
    let after = rows_of(&Reader::open(&path, Access::Pread).unwrap());
    assert_eq!(after, before);
}

#[test]
fn rows_follow_their_collector_to_another_interval() {
    let folder = folder();
    let path = folder.path().join("ring");
    let of = |interval: Interval| TrackSpec {
        interval,
        ..track("load", "", 2)
    };
    let plan_of = |interval| Plan {
        needs: vec![Need {
            interval,
            words: 10,
        }],
        ..plan(60, 0)
    };
    let fast = [of(seconds(1))];
    record(&path, &plan_of(seconds(1)), &fast, 0, 60);
    // to longer: thinned out to the new ticks
    let slow = [of(seconds(4))];
    let opened = record(&path, &plan_of(seconds(4)), &slow, 60, 4);
    assert_eq!(
        opened,
        Opened::CarriedOver {
            rows: 15,
            left_out: 45
        }
    );
    let reader = Reader::open(&path, Access::Pread).unwrap();
    assert_eq!(reader.tracks().len(), 1, "one track, before and after");
    let values: Vec<u64> = rows(&reader, 0).iter().map(|row| row.words[0]).collect();
    assert_eq!(values, (4..=60).step_by(4).collect::<Vec<u64>>());
    // and back: each row stays as it is
    let opened = record(&path, &plan_of(seconds(1)), &fast, 64, 1);
    assert_eq!(
        opened,
        Opened::CarriedOver {
            rows: 15,
            left_out: 0
        }
    );
    let reader = Reader::open(&path, Access::Pread).unwrap();
    let walls: Vec<(u64, i64)> = rows(&reader, 0)
        .iter()
        .map(|row| (row.words[0], row.wall))
        .collect();
    let expected = (4..=64)
        .step_by(4)
        .map(|second| (second, at(second).wall.0));
    assert_eq!(walls, expected.collect::<Vec<_>>());
}

#[test]
fn rows_of_an_interval_that_is_gone_join_the_nearest() {
    let folder = folder();
    let path = folder.path().join("ring");
    let both = Plan {
        needs: [1, 10]
            .map(|every| Need {
                interval: seconds(every),
                words: 10,
            })
            .to_vec(),
        ..plan(60, 0)
    };
    let tracks = [
        track("load", "", 2),
        TrackSpec {
            interval: seconds(10),
            ..track("thermal", "0", 1)
        },
    ];
    record(&path, &both, &tracks, 0, 60);
    let opened = record(&path, &plan(60, 10), &[], 60, 0);
    assert_eq!(
        opened,
        Opened::CarriedOver {
            rows: 66,
            left_out: 0
        }
    );
    let reader = Reader::open(&path, Access::Pread).unwrap();
    let thermal = &rows_of(&reader)[1];
    assert_eq!(thermal.0, "thermal.0");
    let walls: Vec<i64> = thermal.1.iter().map(|row| row.wall).collect();
    let expected = (0..60).step_by(10).map(|second| at(second).wall.0);
    assert_eq!(walls, expected.collect::<Vec<_>>());
}

#[test]
fn no_room_for_another_window_keeps_the_old_layout() {
    let folder = folder();
    let path = folder.path().join("ring");
    record(&path, &plan(60, 100), &[track("load", "", 3)], 0, 100);
    let before = rows_of(&Reader::open(&path, Access::Pread).unwrap());
    // more than any disk, or an address space, has room for
    let years = plan(10 * 366 * 86_400, 1_000_000_000);
    let (writer, opened) = open(&path, &years);
    assert_eq!(opened, Opened::KeptOldLayout);
    assert_eq!(writer.window(), window(60));
    drop(writer);
    let reader = Reader::open(&path, Access::Pread).unwrap();
    assert_eq!(rows_of(&reader), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Runs `story` in a folder of its own file system of that size; says so and leaves it where this process
/// may not mount one.
fn on_a_small_disk(size: &str, story: &dyn Fn(&Path)) {
    let folder = folder();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
        .arg(folder.path())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no tmpfs can be mounted here");
        return;
    }
    let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| story(folder.path())));
    let unmounted = std::process::Command::new("umount")
        .arg("-l") // a daemon of another test may just ask it for its size
        .arg(folder.path())
        .status();
    assert!(unmounted.unwrap().success());
    told.unwrap();
}

#[test]
fn a_full_disk_is_a_start_up_error_and_keeps_what_is_there() {
    on_a_small_disk("1m", &|folder| {
        let path = folder.join("ring");
        let error = Writer::open(&path, &plan(60, 2000)).err().unwrap();
        assert_eq!(error.exit_code(), 1);
        assert!(error.to_string().contains("free some space"), "{error}");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
        record(&path, &plan(60, 200), &[track("load", "", 3)], 0, 100);
        let before = rows_of(&Reader::open(&path, Access::Pread).unwrap());
        let opened = record(&path, &plan(240, 200), &[], 100, 0);
        assert_eq!(opened, Opened::KeptOldLayout);
        let reader = Reader::open(&path, Access::Pread).unwrap();
        assert_eq!(rows_of(&reader), before);
        // growth on a full disk is refused, and those that are there go on
        let (writer, _) = open(&path, &plan(60, 200));
        let _clock = writer.clock(seconds(1)).unwrap();
        let error = writer.track(&track("wide", "", 900)).err().unwrap();
        assert!(error.is_out_of_room(), "{error}");
        assert!(writer.track(&track("load", "", 3)).is_ok());
    });
}
