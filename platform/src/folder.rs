//! A folder kept open whose names are walked again and again without an allocation: the processes of
//! `/proc`, the devices of a class of `/sys`. readdir(3).

use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;

use crate::error::ReadError;

/// An open folder.
#[derive(Debug)]
pub struct Folder {
    stream: NonNull<libc::DIR>,
    path: Arc<Path>,
}

// SAFETY: a directory stream belongs to no thread; it must not be used by two at once (readdir(3)), and
// every use here is by `&mut self`.
unsafe impl Send for Folder {}

impl Folder {
    /// Opens the folder; symbolic links are followed.
    pub fn open(path: &Path) -> Result<Folder, ReadError> {
        let path: Arc<Path> = path.into();
        let name = CString::new(path.as_os_str().as_bytes()).map_err(|_| ReadError::Os {
            path: Arc::clone(&path),
            errno: libc::EINVAL,
        })?;
        // SAFETY: `name` ends in NUL and lives over the call.
        let stream = unsafe { libc::opendir(name.as_ptr()) };
        match NonNull::new(stream) {
            Some(stream) => Ok(Folder { stream, path }),
            None => Err(ReadError::os(&path, &io::Error::last_os_error())),
        }
    }

    /// The folder's path.
    pub fn path(&self) -> &Arc<Path> {
        &self.path
    }

    /// Shows the name of each entry, `.` and `..` left out, in the system's order.
    pub fn each(&mut self, name: &mut dyn FnMut(&[u8])) -> Result<(), ReadError> {
        // SAFETY: the stream is open while `self` lives.
        unsafe { libc::rewinddir(self.stream.as_ptr()) };
        loop {
            // SAFETY: errno is this thread's own; readdir(3) leaves it alone at the end of the folder.
            let errno = unsafe { libc::__errno_location() };
            // SAFETY: the pointer is valid for the thread's life.
            unsafe { *errno = 0 };
            // SAFETY: the stream is open, and nobody else uses it: `self` is borrowed alone.
            let entry = unsafe { libc::readdir64(self.stream.as_ptr()) };
            let Some(entry) = NonNull::new(entry) else {
                let error = io::Error::last_os_error();
                return match error.raw_os_error() {
                    Some(0) => Ok(()),
                    _ => Err(ReadError::os(&self.path, &error)),
                };
            };
            // SAFETY: the entry is valid until the next readdir of this stream. Only its name's place is
            // taken: the record is shorter than the struct says (readdir(3), NOTES).
            let text = unsafe { &raw const (*entry.as_ptr()).d_name };
            // SAFETY: the name ends in NUL (readdir(3)) within the record.
            let text = unsafe { CStr::from_ptr(text.cast()) }.to_bytes();
            if text != b"." && text != b".." {
                name(text);
            }
        }
    }

    /// A number that is the same while the folder has the same names, in whatever order.
    pub fn fingerprint(&mut self) -> Result<u64, ReadError> {
        let mut sum: u64 = 0;
        self.each(&mut |name| sum = sum.wrapping_add(hash(name)))?;
        Ok(sum)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // SAFETY: the stream is open, and is not used after this.
        unsafe { libc::closedir(self.stream.as_ptr()) };
    }
}

/// FNV-1a, 64 bits.
fn hash(name: &[u8]) -> u64 {
    name.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn names_are_walked_again_and_what_comes_and_goes_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..500 {
            fs::write(folder.path().join(format!("entry{number}")), "").unwrap();
        }
        let mut open = Folder::open(folder.path()).unwrap();
        let before = open.fingerprint().unwrap();
        for _ in 0..2 {
            let mut count = 0;
            open.each(&mut |name| {
                assert!(name.starts_with(b"entry"));
                count += 1;
            })
            .unwrap();
            assert_eq!(count, 500);
        }
        assert_eq!(open.fingerprint().unwrap(), before);
        fs::rename(folder.path().join("entry7"), folder.path().join("entry7a")).unwrap();
        assert_ne!(open.fingerprint().unwrap(), before);
    }

    #[test]
    fn a_folder_that_is_not_there_is_absent() {
        let error = Folder::open(Path::new("/nowhere")).unwrap_err();
        assert!(error.is_absent());
    }
}
