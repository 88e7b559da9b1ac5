//! Disks with no room, that cannot be written, that fill up while it records; and windows that are too large for
//! them or for the budget: said with the file's name and the way out, and nothing is written over.

use std::fs;

use crate::daemon::{Home, refused, wait_for};
use crate::mounted::Mounted;
use crate::skip::skip;

const FAST: &str = "--ring 10s --interval 20ms --collectors load,stat";

macro_rules! disk {
    ($mounted:expr) => {
        match $mounted {
            Ok(disk) => disk,
            Err(why) => return skip(&why),
        }
    };
}

#[test]
fn a_disk_without_room_is_exit_1_and_left_as_it_was() {
    let disk = disk!(Mounted::tmpfs(256 << 10));
    let home = Home::with_ring(disk.path().join("goodall.ring"));
    let (code, said) = refused(&mut home.run("--ring 1h --collectors load"));
    assert_eq!(code, Some(1), "{said}");
    let start = format!("goodall: {}: ", home.ring().display());
    assert!(said.starts_with(&start), "{said}");
    for words in [
        "No space left",
        "free some space",
        "--ring",
        "--ring-file on another disk",
    ] {
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(
        fs::read_dir(disk.path()).unwrap().count(),
        0,
        "nothing is left"
    );
}

#[test]
fn a_window_that_the_disk_has_no_room_for_beside_the_old_one_keeps_the_old_one() {
    let disk = disk!(Mounted::tmpfs(2 << 20));
    let home = Home::with_ring(disk.path().join("goodall.ring"));
    let mut daemon = home.start(FAST);
    wait_for("it records", || home.newest() > 20);
    daemon.signal("TERM");
    assert_eq!(daemon.wait().code(), Some(0));
    let before = home.newest();
    let daemon = home.start("--ring 1h --interval 20ms --collectors load,stat");
    wait_for("it goes on", || home.newest() > before + 20);
    assert!(
        home.log().contains("the old window and intervals are kept"),
        "{}",
        home.log()
    );
    assert_eq!(home.reader().window().ns(), 10_000_000_000);
    drop(daemon);
}

#[test]
fn a_disk_that_cannot_be_written_is_exit_1_and_can_still_be_read() {
    let disk = disk!(Mounted::tmpfs(2 << 20));
    let home = Home::with_ring(disk.path().join("goodall.ring"));
    let mut daemon = home.start(FAST);
    wait_for("it records", || home.newest() > 20);
    daemon.signal("TERM");
    assert_eq!(daemon.wait().code(), Some(0));
    let before = fs::read(home.ring()).unwrap();
    disk.make_read_only();
    let other = Home::with_ring(disk.path().join("other.ring"));
    for (home, doing) in [(&home, "cannot be opened"), (&other, "cannot be made")] {
        let (code, said) = refused(&mut home.run(FAST));
        assert_eq!(code, Some(1), "{said}");
        let expected = format!(
            "goodall: {}: {doing}: Read-only file system (os error 30); \
             give a --ring-file on a disk that can be written\n",
            home.ring().display()
        );
        assert_eq!(said, expected);
    }
    assert!(fs::read(home.ring()).unwrap() == before);
    let (code, said) = refused(home.command("info").arg("--verify"));
    assert_eq!((code, said.as_str()), (Some(0), ""));
}

#[test]
fn a_disk_that_fills_up_stops_no_tick() {
    let disk = disk!(Mounted::ext4(24 << 20));
    let home = Home::with_ring(disk.path().join("goodall.ring"));
    let line = format!("--config {}", home.path("goodall.toml").display());
    let all = [("load", "20ms"), ("stat", "20ms"), ("memory", "10ms")];
    home.configure("ring = \"2s\"", &all[..2]);
    let mut daemon = home.start(&line);
    wait_for("it records", || home.newest() > 5);
    disk.fill();
    let full = home.newest();
    // every frame of the circle is written once more, to blocks that it has
    wait_for("it goes on all around", || home.newest() > full + 250);

    // what is new finds no room, says so, and harms nobody
    home.configure("ring = \"2s\"", &all);
    daemon.signal("HUP");
    wait_for("it is refused", || {
        home.log().contains("memory: left out: ")
    });
    assert!(home.log().contains("No space left"), "{}", home.log());

    // what should change keeps its old form, since the new one has no room; what goes, goes
    home.configure("ring = \"2s\"", &[("load", "30ms")]);
    daemon.signal("HUP");
    wait_for("it stays as it was", || {
        home.log().contains("load: goes on as it was: ")
    });
    wait_for("it is stopped", || home.log().contains("stat: stopped"));
    assert!(!home.log().contains("load: stopped"), "{}", home.log());
    home.configure("ring = \"2s\"", &all[..2]);
    daemon.signal("HUP");
    wait_for("it is started", || home.log().contains("stat: started"));
    let refused = home.newest();
    wait_for("the others go on", || home.newest() > refused + 20);
    assert_eq!(home.ask("/load.1m").unwrap().status, 200);

    daemon.signal("TERM");
    assert_eq!(daemon.wait().code(), Some(0), "{}", home.log());
    let reader = home.reader();
    for track in 0..reader.tracks().len() {
        assert_eq!(reader.count_rows(track).unreadable, 0);
    }
    drop(reader);
    // a full disk keeps nobody from going on where he stopped
    home.configure("ring = \"2s\"", &all[..2]);
    let before = home.newest();
    let _daemon = home.start(&line);
    wait_for("it goes on", || home.newest() > before + 20);
}

#[test]
fn a_window_too_large_for_the_budget_says_how_much_it_needs() {
    let home = Home::new();
    let line = "--ring 1h --interval 1s --collectors load --ring-max";
    let (code, said) = refused(&mut home.run(&format!("{line} 64KiB")));
    assert_eq!(code, Some(64), "{said}");
    let start = "goodall: --ring-max 65536: too small: this window and these collectors need ";
    let rest = said.strip_prefix(start).unwrap_or_else(|| panic!("{said}"));
    let (needed, rest) = rest.split_once(' ').unwrap();
    assert_eq!(rest, "bytes; raise it, or shorten --ring\n");
    assert!(!home.ring().exists());
    let left: Vec<_> = fs::read_dir(home.path("")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");

    // and so much is enough
    let needed: u64 = needed.parse().unwrap();
    let (code, said) = refused(&mut home.run(&format!("{line} {}", needed - 1)));
    assert_eq!(code, Some(64), "{said}");
    let mut daemon = home.start(&format!("{line} {needed}"));
    daemon.signal("TERM");
    assert_eq!(daemon.wait().code(), Some(0), "{}", home.log());
}

#[test]
fn a_window_too_large_for_any_disk_is_exit_1() {
    let disk = disk!(Mounted::ext4(24 << 20));
    let home = Home::with_ring(disk.path().join("goodall.ring"));
    let (code, said) = refused(&mut home.run("--ring 30d --interval 100ms --collectors stat"));
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.starts_with(&format!("goodall: {}: ", home.ring().display())),
        "{said}"
    );
    assert!(said.contains("shorten --ring"), "{said}");
    assert!(!home.ring().exists());
}
