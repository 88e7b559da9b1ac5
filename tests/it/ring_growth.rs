//! What comes and goes while it runs: tracks, names, labels, bands, intervals, collectors; and what readers
//! are told of it.

use goodall::quantity::WallNs;
use goodall::ring::{Access, FrameNumber, Reader, RingError, TrackSpec};

use crate::ring_kit::{Row, at, folder, open, plan, record, rows, rows_of, seconds, track};

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
