//! One writer a file: a lock that belongs to the open file (`F_OFD_SETLK`, fcntl(2)), so that it ends with
//! the process however that ends, no other descriptor's close drops it, and a reader can ask without taking it.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Takes the writer's lock; false where another has it. It ends when `file` is closed. The file must be
/// open for writing.
pub fn try_lock(file: &File) -> io::Result<bool> {
    match ask(file, libc::F_OFD_SETLK, libc::F_WRLCK) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EACCES)) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Whether another open file holds the writer's lock. Takes none.
pub fn is_locked(file: &File) -> io::Result<bool> {
    Ok(ask(file, libc::F_OFD_GETLK, libc::F_RDLCK)? != number(libc::F_UNLCK))
}

/// Whether `path` names the open file: it may have been renamed over since it was opened.
pub fn is_the_file_at(file: &File, path: &Path) -> io::Result<bool> {
    let ours = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(there) => Ok((ours.dev(), ours.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A lock's kind: the constants' types differ by system.
fn number(kind: impl Into<i32>) -> i32 {
    kind.into()
}

#[allow(clippy::cast_possible_truncation)] // the values are below 4
fn ask(file: &File, command: libc::c_int, kind: impl Into<i32>) -> io::Result<i32> {
    // SAFETY: `flock` is plain numbers, for which all zeros is valid: the whole file, from its start.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = number(kind) as libc::c_short;
    lock.l_whence = libc::SEEK_SET as libc::c_short;
    // SAFETY: fcntl(2) reads and writes the one `flock` given, which outlives the call; the descriptor is
    // open as long as `file` is borrowed.
    if unsafe { libc::fcntl(file.as_raw_fd(), command, &raw mut lock) } == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(i32::from(lock.l_type))
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;

    use super::*;

    #[test]
    fn a_second_writer_is_refused_until_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ring");
        let open = || {
            OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .unwrap()
        };
        let (first, second) = (open(), open());
        let reader = File::open(&path).unwrap();
        assert!(!is_locked(&reader).unwrap());
        assert!(try_lock(&first).unwrap());
        assert!(is_locked(&reader).unwrap());
        assert!(!try_lock(&second).unwrap());
        drop(first);
        assert!(!is_locked(&reader).unwrap());
        assert!(try_lock(&second).unwrap());
    }

    #[test]
    fn a_file_renamed_over_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&path, "").unwrap();
        std::fs::write(&other, "").unwrap();
        let file = File::open(&path).unwrap();
        assert!(is_the_file_at(&file, &path).unwrap());
        std::fs::rename(&other, &path).unwrap();
        assert!(!is_the_file_at(&file, &path).unwrap());
        std::fs::remove_file(&path).unwrap();
        assert!(!is_the_file_at(&file, &path).unwrap());
    }
}
