//! What a source may do wrong: a mirror says so, keeps what it has, takes no more room than it may, and goes on once
//! the source does as it should.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::mirror_kit::{Mirror, info, once, same, status, told, until};
use crate::mirror_source::{Fake, Manner};
use crate::mounted::Mounted;
use crate::{recorded, ring_kit};

/// A ring of so many seconds with a server of it, in a folder.
fn served(seconds: u32) -> (TempDir, PathBuf, Fake) {
    let folder = tempfile::tempdir().unwrap();
    let ring = folder.path().join("ring");
    recorded::record(&ring, seconds, 5);
    let fake = Fake::of(&ring);
    (folder, ring, fake)
}

/// Every misbehaviour, and what is said of it.
fn manners() -> Vec<(Manner, &'static str)> {
    vec![
        (Manner::Half, ""),
        (Manner::Close, ""),
        (Manner::Garbage, ""),
        (Manner::Endless, "sends more than it was asked for"),
        (Manner::OtherPart, "another part"),
        (Manner::Whole, "all of its file"),
        (Manner::NoTag, "which version"),
        (
            Manner::Status(503, "Retry-After: 1\r\n", "not now"),
            "503: not now",
        ),
        (
            Manner::Status(401, "", "show the token"),
            "401: show the token",
        ),
        (
            Manner::Status(403, "", "not this host"),
            "403: not this host",
        ),
        (Manner::Status(404, "", ""), "no ring to copy"),
        (
            Manner::Status(302, "Location: http://127.0.0.1:1/\r\n", ""),
            "302",
        ),
        (
            Manner::Status(418, "", "short and stout"),
            "418: short and stout",
        ),
        (Manner::Status(200, "Content-Length: x\r\n", ""), ""),
    ]
}

#[test]
fn what_a_source_says_is_told_on_one_short_line_without_control_characters() {
    let (folder, _, fake) = served(10);
    let copy = folder.path().join("copy");
    let text: &str = Box::leak(format!("no:\r\n\x1b[31mx\u{9b}2J{}", "x".repeat(3000)).into());
    for status in [302, 401, 404, 418, 503] {
        fake.behave(0, Manner::Status(status, "", text));
        let (code, said) = once(fake.address, &copy, &[]);
        assert_eq!(code, Some(1), "{said}");
        assert!(
            said.contains(&format!("{status}: no: [31mx 2Jxxx")),
            "{said}"
        );
        let plain = |line: &str| line.starts_with("goodall: ") && line.len() < 350;
        assert!(said.lines().all(plain), "{said}");
        let is_control = |letter: char| letter.is_control() && letter != '\n';
        assert!(!said.contains(is_control), "{said:?}");
    }
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_source_that_misbehaves_from_the_start_leaves_no_copy() {
    let (folder, _, fake) = served(100);
    let copy = folder.path().join("copy");
    for (manner, said_of_it) in manners() {
        fake.behave(0, manner.clone());
        let (code, said) = once(fake.address, &copy, &[]);
        let expected = if manner == Manner::Garbage { 2 } else { 1 };
        assert_eq!(code, Some(expected), "{manner:?}: {said}");
        assert!(said.contains(said_of_it), "{manner:?}: {said}");
        // it ends: after four tries where another may do, else at once
        assert!(!said.contains("until it does"), "{manner:?}: {said}");
        let is_unclear = matches!(
            manner,
            Manner::Half | Manner::Close | Manner::Status(503 | 200, ..)
        );
        let comes_again = said.contains("tried again three times at most");
        assert_eq!(comes_again, is_unclear, "{manner:?}: {said}");
        assert!(!copy.exists(), "{manner:?}");
    }
}

#[test]
fn a_copy_survives_whatever_its_source_does_at_any_part() {
    let (folder, ring, fake) = served(100);
    let copy = folder.path().join("copy");
    assert_eq!(once(fake.address, &copy, &[]).0, Some(0));
    let (before, dump) = (info(&copy), told(&copy, "dump --since 0"));
    for (manner, _) in manners() {
        // the head, the state, the frames, and whatever else
        for good_first in [0, 1, 3, 4] {
            fake.behave(good_first, manner.clone());
            once(fake.address, &copy, &[]);
            assert_eq!(
                told(&copy, "dump --since 0"),
                dump,
                "{manner:?} after {good_first}"
            );
        }
        assert_eq!(info(&copy), before, "{manner:?}");
    }
    assert_eq!(files(folder.path()), ["copy", "ring"]);
    recorded::record(&ring, 100, 5);
    fake.behave(0, Manner::Good);
    let (code, said) = once(fake.address, &copy, &[]);
    assert_eq!(code, Some(0), "{said}");
    same(&ring, &copy).unwrap();
}

#[test]
fn a_first_copy_that_was_cut_short_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let ring = folder.path().join("ring");
    recorded::record(&ring, 3000, 140);
    let length = fs::metadata(&ring).unwrap().len();
    assert!(length > 40 << 20, "{length}");
    let fake = Fake::of(&ring);
    let copy = folder.path().join("copy");
    let parts = length / (64 << 10);
    fake.behave(parts * 3 / 4, Manner::Close);
    let mirror = Mirror::start(fake.address, &copy, &[]);
    until(|| match mirror.said() {
        said if said.contains("tried again") => Ok(()),
        said => Err(said),
    });
    mirror.kill();
    assert!(!copy.exists(), "it is not whole");
    let (_, bytes_before) = fake.asked();
    fake.behave(0, Manner::Good);
    let (code, said) = once(fake.address, &copy, &[]);
    assert_eq!(code, Some(0), "{said}");
    let (_, bytes) = fake.asked();
    assert!(
        bytes - bytes_before < length * 2 / 3,
        "{bytes_before} and {bytes} of {length}"
    );
    same(&ring, &copy).unwrap();
    assert!(!folder.path().join("copy.new").exists());
}

#[test]
fn a_ring_that_is_too_long_is_refused_before_it_takes_any_room() {
    let (folder, ring, fake) = served(100);
    let copy = folder.path().join("copy");
    let length = fs::metadata(&ring).unwrap().len();
    let (code, said) = once(fake.address, &copy, &["--ring-max", "200K"]);
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains(&format!("is {length} bytes long")), "{said}");
    fake.behave(0, Manner::Long(1 << 50));
    let (code, said) = once(fake.address, &copy, &[]);
    assert_eq!(code, Some(64), "{said}");
    assert_eq!(files(folder.path()), ["ring"]);
    // nor does it stretch a copy that is there
    fake.behave(0, Manner::Good);
    assert_eq!(once(fake.address, &copy, &[]).0, Some(0));
    fake.behave(0, Manner::Long(1 << 50));
    once(fake.address, &copy, &[]);
    assert_eq!(fs::metadata(&copy).unwrap().len(), length);
    same(&ring, &copy).unwrap();
}

#[test]
fn a_source_without_an_answer_keeps_nobody_from_ending_it() {
    let (folder, _, fake) = served(10);
    let copy = folder.path().join("copy");
    fake.behave(8, Manner::Silent);
    let mirror = Mirror::start(fake.address, &copy, &["--interval", "1ms"]);
    until(|| match fake.asked() {
        (9.., _) => Ok(()),
        other => Err(format!("{other:?}")),
    });
    assert_eq!(mirror.end(), Some(0));
}

#[test]
fn a_running_mirror_says_what_is_wrong_and_is_well_again_by_itself() {
    let (folder, ring, fake) = served(100);
    let copy = folder.path().join("copy");
    let mirror = Mirror::start(fake.address, &copy, &["--interval", "10ms"]);
    until(|| status(&copy).map(drop).ok_or_else(|| mirror.said()));
    fake.behave(0, Manner::Status(503, "Retry-After: 1\r\n", "not now"));
    until(|| match status(&copy) {
        Some(status) if status.message.contains("503: not now") => Ok(()),
        other => Err(format!("{other:?}")),
    });
    fake.behave(0, Manner::Good);
    until(|| match status(&copy) {
        Some(status) if status.message.is_empty() && status.missed > 0 => Ok(()),
        other => Err(format!("{other:?}")),
    });
    recorded::record(&ring, 100, 5);
    until(|| same(&ring, &copy));
    assert_eq!(mirror.end(), Some(0));
}

#[test]
fn another_file_under_the_same_tag_is_found_out() {
    let (folder, ring, fake) = served(100);
    let copy = folder.path().join("copy");
    let mirror = Mirror::start(fake.address, &copy, &["--interval", "10ms"]);
    until(|| status(&copy).map(drop).ok_or_else(|| mirror.said()));
    // laid out anew, for another window
    recorded::record(&ring, 150, 9);
    until(|| match mirror.said() {
        said if said.contains("tried again") => Ok(()),
        said => Err(said),
    });
    until(|| same(&ring, &copy));
    assert_eq!(mirror.end(), Some(0));
    assert!(folder.path().join("copy.old").exists());
}

#[test]
fn another_host_s_ring_is_refused_by_name_and_changes_nothing() {
    let (folder, ring, fake) = served(100);
    let copy = folder.path().join("copy");
    assert_eq!(once(fake.address, &copy, &[]).0, Some(0));
    let other = folder.path().join("other");
    ring_kit::record(
        &other,
        &ring_kit::plan(100, 5),
        &[ring_kit::track("load", "", 3)],
        0,
        50,
    );
    ring_kit::until_left(&other);
    let refusal = "copy: keeps the ring of made, and http://";
    let mirror = Mirror::start(fake.address, &copy, &["--interval", "10ms"]);
    until(|| match fake.asked() {
        (40.., _) => Ok(()),
        other => Err(format!("{other:?}")),
    });
    fake.serve(&other, "\"two\"");
    let said_to = copy.with_extension("said");
    assert_eq!(mirror.wait(), Some(1));
    let said = fs::read_to_string(said_to).unwrap();
    assert!(
        said.contains(refusal) && said.contains("has that of host"),
        "{said}"
    );
    let (code, said) = once(fake.address, &copy, &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(refusal), "{said}");
    same(&ring, &copy).unwrap();
    assert!(!folder.path().join("copy.old").exists());
}

#[test]
fn a_copy_that_nobody_names_is_called_after_its_host() {
    let (folder, ring, fake) = served(20);
    let copy = folder
        .path()
        .join("state")
        .join(format!("127.0.0.1-{}.ring", fake.address.port()));
    let output = Command::new(env!("CARGO_BIN_EXE_goodall"))
        .env_clear()
        .env("STATE_DIRECTORY", folder.path().join("state"))
        // they are about what is recorded here
        .env("GOODALL_DB_PATH", &ring)
        .env("GOODALL_COLLECTION_MS", "x")
        .args(["mirror", &fake.address.to_string(), "--once"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    same(&ring, &copy).unwrap();
}

#[test]
fn a_directory_that_would_fill_the_memory_is_refused() {
    const LONGEST: u64 = 8 << 20;
    let (folder, ring, fake) = served(20);
    let copy = folder.path().join("copy");
    // behind the rest, as long as one may be
    let mut bytes = fs::read(&ring).unwrap();
    let at = bytes.len() as u64;
    bytes.resize(bytes.len() + (8 << 20), 0);
    bytes[32..40].copy_from_slice(&at.to_le_bytes());
    bytes[40..48].copy_from_slice(&LONGEST.to_le_bytes());
    let check = xxhash_rust::xxh64::xxh64(&bytes[..504], 0);
    bytes[504..512].copy_from_slice(&check.to_le_bytes());
    let evil = folder.path().join("evil");
    fs::write(&evil, bytes).unwrap();
    fake.serve(&evil, "\"evil\"");
    let (code, said) = once(fake.address, &copy, &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("its directory cannot be read"), "{said}");
    assert!(!copy.exists());
}

#[test]
fn what_was_recorded_here_while_the_source_was_away_is_not_overwritten() {
    let (folder, _, fake) = served(20);
    let copy = folder.path().join("copy");
    fake.behave(0, Manner::Close);
    let mirror = Mirror::start(fake.address, &copy, &["--interval", "10ms"]);
    until(|| match mirror.said() {
        said if said.contains("tried again") => Ok(()),
        said => Err(said),
    });
    recorded::record(&copy, 10, 2);
    ring_kit::until_left(&copy);
    let before = fs::read(&copy).unwrap();
    fake.behave(0, Manner::Good);
    let said_to = copy.with_extension("said");
    assert_eq!(mirror.wait(), Some(1));
    let said = fs::read_to_string(said_to).unwrap();
    assert!(said.contains("copy: was recorded on this host"), "{said}");
    assert!(fs::read(&copy).unwrap() == before);
}

#[test]
fn a_disk_without_room_for_a_new_copy_is_said_and_the_old_copy_stays() {
    let (folder, ring, fake) = served(20);
    let size = fs::metadata(&ring).unwrap().len();
    let disk = match Mounted::tmpfs(size * 3 + size / 2) {
        Ok(disk) => disk,
        Err(why) => return eprintln!("skipped: {why}"),
    };
    let copy = disk.path().join("copy");
    assert_eq!(once(fake.address, &copy, &[]).0, Some(0));
    let filler = disk.path().join("filler");
    fs::write(&filler, vec![0; usize::try_from(size * 2).unwrap()]).unwrap();
    let anew = folder.path().join("anew");
    recorded::record(&anew, 20, 5);
    fake.serve(&anew, "\"anew\"");
    let why = "cannot be allocated: No space left on device (os error 28); free some space, or give a \
               --ring-file on another disk";
    // nothing is left of what could not be begun, be it a first copy or not
    for path in [&copy, &disk.path().join("first")] {
        let (code, said) = once(fake.address, path, &[]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(why) && !said.contains("tried"), "{said}");
        assert_eq!(files(disk.path()), ["copy", "filler"]);
    }
    // as its source is started anew
    fake.behave(0, Manner::Close);
    let mirror = Mirror::start(fake.address, &copy, &["--interval", "50ms"]);
    let until_said = |words: &str| {
        until(|| match mirror.said() {
            said if said.contains(words) => Ok(()),
            said => Err(said),
        });
    };
    until_said("tried again until it does");
    fake.behave(0, Manner::Good);
    until_said(why);
    until(|| match status(&copy).map(|at| at.message) {
        Some(message) if message.starts_with("no room for the copy since 2") => Ok(()),
        other => Err(format!("{other:?}")),
    });
    same(&ring, &copy).unwrap();
    assert!(!mirror.said().contains(".old"), "{}", mirror.said());
    fs::remove_file(filler).unwrap();
    until_said("the copy until now is kept as ");
    until_said("there is room for its ring again");
    assert_eq!(mirror.said().matches(why).count(), 1);
    same(&anew, &copy).unwrap();
    same(&ring, &disk.path().join("copy.old")).unwrap();
    assert_eq!(mirror.end(), Some(0));
}
