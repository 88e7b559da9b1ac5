//! The file as a whole: growth, tracks that age out, another window, another interval, one writer, and
//! files that are refused. Each on a made-up clock.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;

use goodall::quantity::{Interval, WallNs};
use goodall::ring::writer::Opened;
use goodall::ring::{Access, FrameNumber, Need, Plan, Reader, RingError, TrackSpec, Writer};

use crate::ring_kit::{Row, at, folder, plan, rows, rows_of, seconds, track, window};

fn open(path: &Path, plan: &Plan) -> (std::sync::Arc<Writer>, Opened) {
    Writer::open(path, plan).unwrap()
}

/// Records `count` seconds from `first` on: a row of each track, its words the second.
fn record(path: &Path, plan: &Plan, tracks: &[TrackSpec], first: u64, count: u64) -> Opened {
    let (writer, opened) = open(path, plan);
    let mut clocks: Vec<_> = plan
        .needs
        .iter()
        .map(|need| writer.clock(need.interval).unwrap())
        .collect();
    let mut tracks: Vec<_> = tracks
        .iter()
        .map(|spec| {
            let fields = spec.fields.len();
            (spec.interval, fields, writer.track(spec).unwrap())
        })
        .collect();
    for second in first..first + count {
        for clock in &mut clocks {
            let every = clock.interval().ns() / 1_000_000_000;
            if !second.is_multiple_of(every) {
                continue;
            }
            let tick = clock.open_frame(at(second));
            for (interval, fields, track) in &mut tracks {
                if *interval == clock.interval() {
                    track.write(&tick, tick.boot, &vec![second; *fields]);
                }
            }
        }
    }
    writer.checkpoint(true).unwrap();
    opened
}

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
    assert_eq!(opened, Opened::CarriedOver { rows: 200 });
    let wide = Reader::open(&path, Access::Pread).unwrap();
    assert_eq!(wide.window(), window(1000));
    assert_eq!(rows_of(&wide), before);
    assert!(stale.is_stale(), "a reader is told");
    assert_eq!(rows_of(&stale.reopened().unwrap()), before);

    let opened = record(&path, &plan(10, 50), &tracks, 250, 1);
    assert_eq!(opened, Opened::CarriedOver { rows: 20 });
    let narrow = rows_of(&Reader::open(&path, Access::Mapped).unwrap());
    for (index, (name, rows)) in narrow.iter().enumerate() {
        assert_eq!(*name, before[index].0);
        assert_eq!(rows[..9], before[index].1[91..]);
        assert_eq!(rows[9].words[0], 250);
    }
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
    let slow = [of(seconds(5))];
    let opened = record(&path, &plan_of(seconds(5)), &slow, 60, 5);
    assert_eq!(opened, Opened::CarriedOver { rows: 12 });
    let reader = Reader::open(&path, Access::Pread).unwrap();
    assert_eq!(reader.tracks().len(), 1, "one track, before and after");
    let values: Vec<u64> = rows(&reader, 0).iter().map(|row| row.words[0]).collect();
    assert_eq!(values, (5..=60).step_by(5).collect::<Vec<u64>>());
    // and back: each row stays as it is
    let opened = record(&path, &plan_of(seconds(1)), &fast, 65, 1);
    assert_eq!(opened, Opened::CarriedOver { rows: 12 });
    let reader = Reader::open(&path, Access::Pread).unwrap();
    let walls: Vec<(u64, i64)> = rows(&reader, 0)
        .iter()
        .map(|row| (row.words[0], row.wall))
        .collect();
    let expected = (5..=65)
        .step_by(5)
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
    assert_eq!(opened, Opened::CarriedOver { rows: 66 });
    let reader = Reader::open(&path, Access::Pread).unwrap();
    let thermal = &rows_of(&reader)[1];
    assert_eq!(thermal.0, "thermal.0");
    let walls: Vec<i64> = thermal.1.iter().map(|row| row.wall).collect();
    let expected = (0..60).step_by(10).map(|second| at(second).wall.0);
    assert_eq!(walls, expected.collect::<Vec<_>>());
}

#[test]
fn growth_beyond_the_largest_size_is_refused_and_what_is_there_loses_nothing() {
    let folder = folder();
    let path = folder.path().join("ring");
    let mut plan = plan(60, 10);
    plan.size_max = Some(600_000);
    let (writer, _) = open(&path, &plan);
    let mut clock = writer.clock(seconds(1)).unwrap();
    let mut tracks = Vec::new();
    let refused = loop {
        match writer.track(&track("plugin", &format!("i{}", tracks.len()), 20)) {
            Ok(track) => tracks.push(track),
            Err(error) => break error,
        }
    };
    assert!(
        matches!(
            refused,
            RingError::Full {
                size_max: 598_016,
                ..
            }
        ),
        "{refused}"
    );
    assert!(tracks.len() > 12, "{} tracks", tracks.len());
    assert!(std::fs::metadata(&path).unwrap().len() <= 600_000);
    for second in 0..200 {
        let tick = clock.open_frame(at(second));
        for (index, track) in tracks.iter_mut().enumerate() {
            track.write(&tick, tick.boot, &[second + 1000 * index as u64; 20]);
        }
    }
    let reader = Reader::open(&path, Access::Mapped).unwrap();
    for (index, (_, rows)) in rows_of(&reader).iter().enumerate() {
        let values: Vec<u64> = rows.iter().map(|row| row.words[19]).collect();
        let base = 1000 * index as u64;
        assert_eq!(values, (base + 140..base + 200).collect::<Vec<u64>>());
    }
}

#[test]
fn a_new_instance_takes_the_place_of_one_that_has_aged_out() {
    let folder = folder();
    let path = folder.path().join("ring");
    let (writer, _) = open(&path, &plan(60, 10));
    let mut clock = writer.clock(seconds(1)).unwrap();
    let mut size = 0;
    for second in 0..20_000_u64 {
        let tick = clock.open_frame(at(second));
        if second.is_multiple_of(10) {
            // an instance that lives for one tick, as containers' interfaces do
            let name = format!("veth{second}");
            let mut track = writer.track(&track("network", &name, 30)).unwrap();
            track.write(&tick, tick.boot, &[second; 30]);
        }
        if second == 2000 {
            size = writer.size().0;
        }
    }
    assert_eq!(
        writer.size().0,
        size,
        "it does not grow with what comes and goes"
    );
    let reader = Reader::open(&path, Access::Pread).unwrap();
    let live: Vec<(String, Vec<Row>)> = rows_of(&reader)
        .into_iter()
        .filter(|(_, rows)| !rows.is_empty())
        .collect();
    assert_eq!(live.len(), 6, "the last window's instances and no others");
    for (name, rows) in live {
        let row = &rows[0];
        assert_eq!(name, format!("network.veth{}", row.words[0]));
        assert_eq!(row.wall, at(row.words[0]).wall.0);
    }
}

#[test]
fn places_that_were_idle_before_a_restart_are_found() {
    let folder = folder();
    let path = folder.path().join("ring");
    let named = |run: u64| (0..4).map(move |index| track("p", &format!("{run}-{index}"), 60));
    let mut sizes = Vec::new();
    for run in 0..12 {
        // new names each run, a run longer than the window
        let tracks: Vec<_> = named(run).collect();
        record(&path, &plan(60, 100), &tracks, run * 100, 70);
        sizes.push(std::fs::metadata(&path).unwrap().len());
    }
    assert_eq!(sizes[2], sizes[11], "{sizes:?}");
}

#[test]
fn instances_that_look_alike_keep_their_names() {
    let folder = folder();
    let path = folder.path().join("ring");
    let names = |reader: &Reader| -> Vec<(Vec<u8>, String)> {
        let tracks = reader.tracks().iter();
        let mut names: Vec<_> = tracks
            .map(|track| (track.instance.clone(), track.instance_name.clone()))
            .collect();
        names.sort();
        names
    };
    let specs =
        ["/root", "/", "root", "/a b", "/a/b", "a_b"].map(|name| track("filesystem", name, 1));
    record(&path, &plan(60, 100), &specs, 0, 10);
    let reader = Reader::open(&path, Access::Pread).unwrap();
    let expected = [
        ("/", "root"),
        ("/a b", "a_b"),
        ("/a/b", "a_b~2"),
        ("/root", "root~2"),
        ("a_b", "a_b~3"),
        ("root", "root~3"),
    ]
    .map(|(instance, name)| (instance.as_bytes().to_vec(), name.to_owned()));
    assert_eq!(names(&reader), expected);
    // in another order after a restart, and carried over
    let reversed: Vec<_> = specs.iter().rev().cloned().collect();
    record(&path, &plan(90, 100), &reversed, 10, 10);
    let reader = Reader::open(&path, Access::Pread).unwrap();
    assert_eq!(names(&reader), expected);
}

#[test]
fn labels_are_renewed_in_place() {
    let folder = folder();
    let path = folder.path().join("ring");
    let mut spec = track("filesystem", "/", 2);
    for (second, value) in ["a", "ext4", &"x".repeat(1000)].iter().enumerate() {
        spec.labels = vec![goodall_platform::Label {
            name: "device".to_owned(),
            value: (*value).to_owned(),
        }];
        record(&path, &plan(60, 10), &[spec.clone()], second as u64, 1);
        let reader = Reader::open(&path, Access::Mapped).unwrap();
        assert_eq!(reader.tracks().len(), 1);
        assert_eq!(reader.tracks()[0].labels, spec.labels);
        assert_eq!(rows(&reader, 0).len(), second + 1, "its rows stay");
    }
}

#[test]
fn a_second_writer_is_refused() {
    let folder = folder();
    let path = folder.path().join("ring");
    let (_writer, _) = open(&path, &plan(60, 10));
    let error = Writer::open(&path, &plan(60, 10)).err().unwrap();
    assert!(matches!(error, RingError::InUse { .. }), "{error}");
    assert_eq!(error.exit_code(), 1);
}

#[test]
fn a_file_that_is_not_ours_is_refused_and_left_alone() {
    let folder = folder();
    let path = folder.path().join("ring");
    let refused = |code: u8, says: &str| {
        let before = std::fs::read(&path).unwrap();
        for error in [
            Writer::open(&path, &plan(60, 10)).err().unwrap(),
            Reader::open(&path, Access::Pread).err().unwrap(),
            Reader::open(&path, Access::Mapped).err().unwrap(),
        ] {
            assert_eq!(error.exit_code(), code, "{error}");
            assert!(error.to_string().contains(says), "{error}");
            assert!(error.to_string().starts_with(path.to_str().unwrap()));
        }
        assert_eq!(std::fs::read(&path).unwrap(), before);
    };
    std::fs::write(&path, "").unwrap();
    refused(2, "not a ring file");
    std::fs::write(&path, "time,series,value\n".repeat(10_000)).unwrap();
    refused(2, "not a ring file");
    std::fs::remove_file(&path).unwrap();
    record(&path, &plan(60, 10), &[track("load", "", 3)], 0, 10);
    let set_byte = |offset, byte| {
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.write_all_at(&[byte], offset).unwrap();
    };
    set_byte(8, 3);
    refused(2, "format version 3, this build reads 1; upgrade goodall");
    set_byte(8, 1);
    set_byte(17, 0xff);
    refused(2, "superblock is damaged");
}

#[test]
fn a_truncated_file_is_refused_at_any_length() {
    let folder = folder();
    let path = folder.path().join("ring");
    record(&path, &plan(60, 10), &[track("load", "", 3)], 0, 10);
    let whole = std::fs::read(&path).unwrap();
    for length in (0..whole.len()).step_by(4096 + 512) {
        std::fs::write(&path, &whole[..length]).unwrap();
        for error in [
            Writer::open(&path, &plan(60, 10)).err().unwrap(),
            Reader::open(&path, Access::Mapped).err().unwrap(),
            Reader::open(&path, Access::Pread).err().unwrap(),
        ] {
            let code = if length < 512 { 2 } else { 1 };
            assert_eq!(error.exit_code(), code, "{length}: {error}");
        }
        assert_eq!(std::fs::metadata(&path).unwrap().len(), length as u64);
    }
}

#[test]
fn what_cannot_be_opened_says_why_and_the_way_out() {
    let folder = folder();
    let missing = folder.path().join("no/such/ring");
    let error = Writer::open(&missing, &plan(60, 10)).err().unwrap();
    assert_eq!(error.exit_code(), 1);
    assert!(error.to_string().contains("make its folder"), "{error}");
    let error = Writer::open(folder.path(), &plan(60, 10)).err().unwrap();
    assert_eq!(error.exit_code(), 1, "{error}");
    let mut small = plan(3600, 1000);
    small.size_max = Some(1_000_000);
    let path = folder.path().join("ring");
    let error = Writer::open(&path, &small).err().unwrap();
    let RingError::MaxTooSmall { needed, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(error.exit_code(), 64);
    assert!(error.to_string().contains(&needed.to_string()));
    small.size_max = Some(needed);
    assert_eq!(open(&path, &small).1, Opened::Created);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing is left over"
    );
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

#[test]
fn the_status_of_each_collector_is_read_back() {
    let folder = folder();
    let path = folder.path().join("ring");
    let (writer, _) = open(&path, &plan(60, 10));
    let mut load = writer.status("load", seconds(1)).unwrap();
    let disk = writer.status("disk", seconds(10)).unwrap();
    assert!(
        writer.status("load", seconds(1)).is_err(),
        "one thread owns it"
    );
    load.set(WallNs(5), 1, 2, 3, &"ä".repeat(100));
    for access in [Access::Mapped, Access::Pread] {
        let status = Reader::open(&path, access).unwrap().status();
        assert_eq!(status.len(), 2);
        assert_eq!(
            (status[0].name.as_str(), status[0].last),
            ("load", Some(WallNs(5)))
        );
        assert_eq!(
            (status[0].late, status[0].missed, status[0].errors),
            (1, 2, 3)
        );
        assert_eq!(
            status[0].message,
            "ä".repeat(60),
            "120 bytes, whole characters"
        );
        assert_eq!((status[1].last, status[1].interval), (None, seconds(10)));
    }
    disk.remove();
    drop(load);
    drop(writer.status("load", seconds(1)).unwrap());
    let status = Reader::open(&path, Access::Pread).unwrap().status();
    assert_eq!(status.len(), 1, "the place is found again by its name");
    for index in 0..300 {
        drop(
            writer
                .status(&format!("plugin{index}"), seconds(1))
                .unwrap(),
        );
    }
}

#[test]
fn the_frames_before_the_first_and_after_the_newest_are_gaps() {
    let folder = folder();
    let path = folder.path().join("ring");
    record(&path, &plan(60, 10), &[track("load", "", 3)], 0, 10);
    let reader = Reader::open(&path, Access::Pread).unwrap();
    let clock = reader.tracks()[0].clock;
    for number in [0, 11, 1000, u64::MAX] {
        assert_eq!(reader.header(clock, FrameNumber(number)), None);
    }
    assert_eq!(reader.oldest(clock), Some(FrameNumber(1)));
}

#[test]
fn a_reader_is_told_of_new_tracks_and_sees_them_when_it_is_reopened() {
    let folder = folder();
    let path = folder.path().join("ring");
    let (writer, _) = open(&path, &plan(60, 10));
    let mut clock = writer.clock(seconds(1)).unwrap();
    let mut load = writer.track(&track("load", "", 3)).unwrap();
    for access in [Access::Mapped, Access::Pread] {
        let reader = Reader::open(&path, access).unwrap();
        let known = reader.tracks().len();
        assert!(!reader.is_stale());
        // wider than the spare room: the file grows under the reader
        let spec = track("wide", &format!("{access:?}"), 300);
        let mut wide = writer.track(&spec).unwrap();
        let tick = clock.open_frame(at(known as u64));
        load.write(&tick, tick.boot, &[1; 3]);
        wide.write(&tick, tick.boot, &[7; 300]);
        assert!(reader.is_stale());
        assert_eq!(reader.tracks().len(), known, "it is a snapshot");
        assert_eq!(rows(&reader, 0).len(), known, "whose frames go on");
        let again = reader.reopened().unwrap();
        assert!(!again.is_stale());
        assert_eq!(rows(&again, known).last().unwrap().words, [7; 300]);
    }
}

#[test]
fn another_interval_gets_a_band_while_the_writer_runs() {
    let folder = folder();
    let path = folder.path().join("ring");
    let (writer, _) = open(&path, &plan(60, 10));
    let _fast = writer.clock(seconds(1)).unwrap();
    assert!(
        writer.clock(seconds(1)).is_err(),
        "an interval has one clock"
    );
    let mut slow = writer.clock(seconds(5)).unwrap();
    let spec = TrackSpec {
        interval: seconds(5),
        ..track("thermal", "0", 2)
    };
    let mut thermal = writer.track(&spec).unwrap();
    let tick = slow.open_frame(at(0));
    thermal.write(&tick, tick.boot, &[1, 2]);
    // given back and taken again, as by a configuration that changed twice
    drop(slow);
    let mut slow = writer.clock(seconds(5)).unwrap();
    let tick = slow.open_frame(at(100));
    assert_eq!(
        tick.number,
        FrameNumber(2),
        "no number is left out for the time between"
    );
    thermal.write(&tick, tick.boot, &[3, 4]);
    let reader = Reader::open(&path, Access::Mapped).unwrap();
    assert_eq!(reader.clocks(), [seconds(1), seconds(5)]);
    let values: Vec<u64> = rows(&reader, 0).iter().map(|row| row.words[0]).collect();
    assert_eq!(values, [1, 3]);
}

#[test]
fn rows_are_counted_for_what_they_are() {
    let folder = folder();
    let path = folder.path().join("ring");
    record(&path, &plan(60, 10), &[track("load", "", 3)], 0, 200);
    let (writer, _) = open(&path, &plan(60, 10));
    let mut clock = writer.clock(seconds(1)).unwrap();
    // ticks without a row: older ones still stand at their places
    for second in 200..210 {
        clock.open_frame(at(second));
    }
    drop((clock, writer));
    let mut bytes = std::fs::read(&path).unwrap();
    let sought = 190_u64.to_le_bytes().repeat(3);
    let place = bytes.windows(24).position(|bytes| bytes == sought).unwrap();
    bytes[place + 9] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let reader = Reader::open(&path, Access::Pread).unwrap();
    let counts = reader.count_rows(0);
    assert_eq!((counts.whole, counts.unreadable, counts.gaps), (49, 1, 10));
    let frames = reader.count_frames(reader.tracks()[0].clock);
    assert_eq!((frames.frames, frames.gaps), (60, 0));
    let layout = reader.layout()[0];
    assert_eq!(
        (layout.bands, layout.row_size, layout.window_frames),
        (1, 32, 60)
    );
    assert_eq!(layout.frame_size, 32 + layout.row_size + layout.spare_size);
}
