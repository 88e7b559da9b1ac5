//! The reader of a family that this system does not have: the catalogue is the same everywhere, so each
//! of its collectors needs a reader to name.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::path::Path;

use crate::error::ReadError;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;

/// Cannot be made: [`AbsentReader::open`] says that there is nothing to read.
#[derive(Debug)]
pub struct AbsentReader<S> {
    never: Infallible,
    sample: PhantomData<fn() -> S>,
}

impl<S> AbsentReader<S> {
    /// Always [`ReadError::Absent`].
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<AbsentReader<S>, ReadError> {
        let path: &Path = &roots.root;
        Err(ReadError::Absent {
            path: path.into(),
            why: "this system has no such metrics",
        })
    }
}

impl<S> Reader for AbsentReader<S> {
    type Sample = S;

    fn read(&mut self, _row: &mut dyn FnMut(&[u8], &S)) -> Result<(), ReadError> {
        match self.never {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_system_does_not_have_is_absent_not_broken() {
        let error = AbsentReader::<u64>::open(&Roots::default(), &Settings::default()).unwrap_err();
        assert!(error.is_absent());
    }
}
