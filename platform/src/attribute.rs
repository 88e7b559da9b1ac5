//! A file that holds one number: a sysctl under `/proc/sys`, an attribute of a device under `/sys`.

use std::path::Path;

use crate::error::{Malformed, ReadError};
use crate::proc_file::ProcFile;
use crate::text::Cursor;

/// A sign, the twenty digits of 2^64, a newline, and one byte more to see that there is no more.
const NUMBER_SIZE_MAX: usize = 1 + 20 + 1 + 1;

/// One number, its file kept open.
#[derive(Debug)]
pub struct Attribute(ProcFile);

impl Attribute {
    /// Opens the file.
    pub fn open(path: &Path) -> Result<Attribute, ReadError> {
        ProcFile::open(path).map(Attribute)
    }

    /// Opens the file; `None` where there is none.
    pub fn open_if_there(path: &Path) -> Result<Option<Attribute>, ReadError> {
        if_there(Attribute::open(path))
    }

    /// The number.
    pub fn read(&self) -> Result<i64, ReadError> {
        let mut buffer = [0; NUMBER_SIZE_MAX];
        let text = self.0.read(&mut buffer)?;
        parse(text).map_err(|error| error.at(self.0.path()))
    }

    /// The number, which the kernel counts from 0.
    pub fn read_unsigned(&self) -> Result<u64, ReadError> {
        let mut buffer = [0; NUMBER_SIZE_MAX];
        let text = self.0.read(&mut buffer)?;
        parse_unsigned(text).map_err(|error| error.at(self.0.path()))
    }
}

/// The result of opening something that not every machine has: `None` where it is absent.
pub fn if_there<T>(opened: Result<T, ReadError>) -> Result<Option<T>, ReadError> {
    match opened {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(error),
    }
}

/// A signed number and nothing else.
pub fn parse(text: &[u8]) -> Result<i64, Malformed> {
    let mut text = Cursor::new(text);
    let value = text.signed();
    whole(&text, value)
}

/// An unsigned number and nothing else.
pub fn parse_unsigned(text: &[u8]) -> Result<u64, Malformed> {
    let mut text = Cursor::new(text);
    let value = text.number();
    whole(&text, value)
}

fn whole<T>(text: &Cursor<'_>, value: Option<T>) -> Result<T, Malformed> {
    match value {
        Some(value) if text.rest().trim_ascii().is_empty() => Ok(value),
        _ => Err(text.expected("one number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::each_damaged;

    #[test]
    fn one_number_is_taken_and_nothing_else() {
        assert_eq!(parse(b"-5000\n"), Ok(-5000));
        assert_eq!(parse_unsigned(b"18446744073709551615\n"), Ok(u64::MAX));
        for text in [&b""[..], b"\n", b"auto\n", b"1 2\n", b"0x10\n"] {
            assert_eq!(parse(text).unwrap_err().expected, "one number");
        }
        each_damaged(b"-45000\n", |text| {
            let _ = parse(text);
        });
    }

    #[test]
    fn a_number_that_is_not_there_is_none_and_a_broken_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("number");
        assert!(Attribute::open_if_there(&path).unwrap().is_none());
        std::fs::write(&path, "on\n").unwrap();
        let error = Attribute::open(&path).unwrap().read().unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("number line 1: expected one number; this sample is skipped")
        );
    }
}
