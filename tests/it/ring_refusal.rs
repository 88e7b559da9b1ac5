//! Files that are refused, each with its exit code and the way out, and left as they are.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;

use goodall::ring::writer::Opened;
use goodall::ring::{Access, Reader, RingError, Writer};

use crate::ring_kit::{folder, open, plan, record, track};

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
