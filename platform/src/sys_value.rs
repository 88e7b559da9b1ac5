//! A number of a device under `/sys` that may fail now and then, or go with the device. The first of a
//! family are kept open; past a limit (1,024 cores, seven files each) they are opened at each read.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::attribute;

/// A sign, twenty digits and a newline, with room for what is no number.
const VALUE_SIZE_MAX: usize = 64;
/// Descriptors that one family keeps: the usual limit of a process is 1,024.
const KEPT_MAX: usize = 96;

/// How many more files a family may keep open.
#[derive(Debug)]
pub struct Keep(usize);

impl Default for Keep {
    fn default() -> Keep {
        Keep(KEPT_MAX)
    }
}

/// What a read gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The number.
    Value(i64),
    /// The device does not answer, or the answer is no number.
    Unreadable,
    /// The device is gone.
    Gone,
}

impl Reading {
    /// The number, if there is one.
    pub fn value(self) -> Option<i64> {
        match self {
            Reading::Value(value) => Some(value),
            Reading::Unreadable | Reading::Gone => None,
        }
    }
}

/// One number's file.
#[derive(Debug)]
pub struct SysValue {
    path: Box<Path>,
    kept: Option<File>,
}

impl SysValue {
    /// The file, if it is there, may be read, and does not hold something that is no number. A device that
    /// does not answer just now may do so later.
    pub fn open(path: &Path, keep: &mut Keep) -> Option<SysValue> {
        let file = File::open(path).ok()?;
        if !file.metadata().ok()?.is_file() {
            return None;
        }
        let mut buffer = [0; VALUE_SIZE_MAX];
        if let Ok(length) = file.read_at(&mut buffer, 0) {
            attribute::parse(&buffer[..length]).ok()?;
        }
        let kept = (keep.0 > 0).then(|| {
            keep.0 -= 1;
            file
        });
        Some(SysValue {
            path: path.into(),
            kept,
        })
    }

    /// Reads the number.
    pub fn read(&self) -> Reading {
        let mut buffer = [0; VALUE_SIZE_MAX];
        let result = match &self.kept {
            Some(file) => file.read_at(&mut buffer, 0),
            None => File::open(&self.path).and_then(|mut file| file.read(&mut buffer)),
        };
        match result {
            Ok(length) => match attribute::parse(&buffer[..length]) {
                Ok(value) => Reading::Value(value),
                Err(_) => Reading::Unreadable,
            },
            Err(error) if is_gone(&error) => Reading::Gone,
            Err(_) => Reading::Unreadable,
        }
    }
}

/// Whether the device of a file is no more.
pub fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::ENODEV | libc::ENOENT | libc::ESTALE)
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_kept_open_and_what_is_not_read_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("temp1_input");
        fs::write(&path, "-5250\n").unwrap();
        for mut keep in [Keep(0), Keep(1)] {
            let value = SysValue::open(&path, &mut keep).unwrap();
            assert_eq!(value.read(), Reading::Value(-5250));
            fs::write(&path, "fault\n").unwrap();
            assert_eq!(value.read(), Reading::Unreadable);
            assert!(SysValue::open(&path, &mut keep).is_none());
            fs::write(&path, "-5250\n").unwrap();
        }
        let value = SysValue::open(&path, &mut Keep(0)).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(value.read(), Reading::Gone);
        assert!(SysValue::open(folder.path(), &mut Keep(1)).is_none());
    }
}
