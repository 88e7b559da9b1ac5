//! Room on the disk before it is needed: a store to a mapped hole of a full disk would be a SIGBUS.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Zeros are written in pieces of this many bytes where the file system has no fallocate(2)
/// (`F_PREALLOCATE` on macOS).
const PIECE_SIZE: usize = 64 * 1024;

/// Makes the file `length` bytes long, its new part allocated and zero. A file that could not be made so
/// long is left as it was. Never shortens.
pub fn allocate(file: &File, length: u64) -> io::Result<()> {
    let before = file.metadata()?.len();
    if length <= before {
        return Ok(());
    }
    let done = match reserve(file, before, length - before) {
        Err(error) if has_no_fallocate(&error) => write_zeros(file, before, length),
        done => done,
    };
    if done.is_err() {
        // half of it may be there (fallocate(2) promises nothing on ENOSPC)
        file.set_len(before)?;
    }
    done
}

fn has_no_fallocate(error: &io::Error) -> bool {
    // ENOTSUP is a number of its own on macOS
    let without = [libc::EOPNOTSUPP, libc::ENOTSUP, libc::ENOSYS, libc::ENODEV];
    error
        .raw_os_error()
        .is_some_and(|errno| without.contains(&errno))
}

#[cfg(target_os = "linux")]
fn reserve(file: &File, offset: u64, length: u64) -> io::Result<()> {
    use std::os::fd::AsRawFd;

    let too_large = |_| io::Error::from_raw_os_error(libc::EFBIG);
    let offset = libc::off64_t::try_from(offset).map_err(too_large)?;
    let length = libc::off64_t::try_from(length).map_err(too_large)?;
    loop {
        // SAFETY: fallocate(2) takes plain numbers; the descriptor is open as long as `file` is borrowed.
        if unsafe { libc::fallocate64(file.as_raw_fd(), 0, offset, length) } == 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// `F_PREALLOCATE` puts blocks behind the file's physical end, and leaves its length to ftruncate(2): fcntl(2).
#[cfg(target_os = "macos")]
fn reserve(file: &File, offset: u64, length: u64) -> io::Result<()> {
    use std::os::fd::AsRawFd;

    let too_large = |_| io::Error::from_raw_os_error(libc::EFBIG);
    let mut store = libc::fstore_t {
        fst_flags: libc::F_ALLOCATEALL,
        fst_posmode: libc::F_PEOFPOSMODE,
        fst_offset: 0,
        fst_length: libc::off_t::try_from(length).map_err(too_large)?,
        fst_bytesalloc: 0,
    };
    // SAFETY: F_PREALLOCATE reads and writes the one `fstore_t` given, which outlives the call; the descriptor is open
    // as long as `file` is borrowed.
    let result = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_PREALLOCATE, &raw mut store) };
    if result == -1 {
        return Err(io::Error::last_os_error());
    }
    file.set_len(offset + length)
}

fn write_zeros(file: &File, mut offset: u64, end: u64) -> io::Result<()> {
    static ZEROS: [u8; PIECE_SIZE] = [0; PIECE_SIZE];
    while offset < end {
        let piece = usize::try_from(end - offset).map_or(PIECE_SIZE, |left| left.min(PIECE_SIZE));
        file.write_all_at(&ZEROS[..piece], offset)?;
        offset += piece as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn room_is_allocated_and_zero_by_either_way() {
        for way in [
            |file: &File| allocate(file, 200_000),
            |file: &File| write_zeros(file, 0, 200_000),
        ] {
            let file = tempfile::tempfile().unwrap();
            way(&file).unwrap();
            let metadata = file.metadata().unwrap();
            assert_eq!(metadata.len(), 200_000);
            assert!(metadata.blocks() * 512 >= 200_000, "no holes");
            let mut byte = [1];
            file.read_exact_at(&mut byte, 199_999).unwrap();
            assert_eq!(byte, [0]);
        }
    }

    #[test]
    fn a_file_that_cannot_grow_is_left_as_it_was() {
        let file = tempfile::tempfile().unwrap();
        allocate(&file, 4096).unwrap();
        assert!(allocate(&file, 1 << 62).is_err());
        assert_eq!(file.metadata().unwrap().len(), 4096);
        allocate(&file, 100).unwrap();
        assert_eq!(file.metadata().unwrap().len(), 4096);
    }
}
