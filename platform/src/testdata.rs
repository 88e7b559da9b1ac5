//! For tests: the trees of `platform/testdata`, and bytes that no kernel wrote.

use std::path::{Path, PathBuf};

use crate::reader::Reader;
use crate::roots::Roots;

/// The roots of one tree, by its folder under `testdata`: `captured/vm-6.18`.
pub fn tree(name: &str) -> Roots {
    let folder = testdata().join(name);
    assert!(folder.is_dir(), "{} is missing", folder.display());
    Roots {
        proc: folder.join("proc"),
        sys: folder.join("sys"),
        etc: folder.join("etc"),
        root: folder.join("root"),
    }
}

/// Every tree, captured and constructed, that has `file`: its name, and the file's bytes.
pub fn each(file: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for kind in ["captured", "constructed"] {
        let Ok(folders) = std::fs::read_dir(testdata().join(kind)) else {
            continue;
        };
        for folder in folders {
            let folder = folder.unwrap().path();
            if let Ok(bytes) = std::fs::read(folder.join(file)) {
                found.push((folder.display().to_string(), bytes));
            }
        }
    }
    assert!(!found.is_empty(), "no tree has {file}");
    found
}

/// Every text one step away from `text`: cut short at each byte, and with each byte replaced by each of
/// some that matter to a parser. A parser must take them all without a panic.
pub fn each_damaged(text: &[u8], mut take: impl FnMut(&[u8])) {
    for end in 0..text.len() {
        take(&text[..end]);
    }
    let mut damaged = text.to_vec();
    for at in 0..text.len() {
        for byte in *b" \n:9-.x\0\xff" {
            damaged[at] = byte;
            take(&damaged);
        }
        damaged[at] = text[at];
    }
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// The one row of a reader that has just one.
pub fn one_row<R: Reader<Sample: Clone>>(reader: &mut R) -> R::Sample {
    let rows = rows(reader);
    assert_eq!(rows.len(), 1);
    let (instance, sample) = rows.into_iter().next().unwrap();
    assert!(instance.is_empty());
    sample
}

/// The rows of a reader: instances as text, and samples.
pub fn rows<R: Reader<Sample: Clone>>(reader: &mut R) -> Vec<(String, R::Sample)> {
    let mut rows = Vec::new();
    reader
        .read(&mut |instance, sample| {
            let instance = String::from_utf8_lossy(instance).into_owned();
            rows.push((instance, sample.clone()));
        })
        .unwrap();
    rows
}
