//! A page of numbers between two processes: a parent makes it, maps it for reading and hands its descriptor to
//! a child, which maps it and stores. Neither trusts the other with more than numbers: it cannot be made shorter
//! or longer, so that no load can fault, and every bit pattern is a number. Linux: memfd_create(2), sealed
//! (fcntl(2), "File Sealing"). macOS: shm_open(2), whose size can be set just once.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use memmap2::{MmapOptions, MmapRaw};

use super::PAGE_SIZE;

/// How many numbers a page has.
pub const SHARED_WORDS: usize = PAGE_SIZE / 8;

/// The page as the parent has it.
#[derive(Debug)]
pub struct SharedPage {
    file: File,
    map: MmapRaw,
}

impl SharedPage {
    /// A page of zeros.
    pub fn new() -> io::Result<SharedPage> {
        let file = anonymous::file(PAGE_SIZE as u64)?;
        let map = MmapOptions::new().len(PAGE_SIZE).map_raw_read_only(&file)?;
        Ok(SharedPage { file, map })
    }

    /// A number; the child may store another at any time.
    #[inline]
    pub fn load(&self, at: usize) -> u64 {
        words(&self.map)[at].load(Relaxed)
    }
}

impl AsFd for SharedPage {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// The page as the child has it.
#[derive(Debug)]
pub struct GivenPage {
    map: MmapRaw,
}

impl GivenPage {
    /// The page behind a descriptor that was handed over.
    pub fn open(descriptor: OwnedFd) -> io::Result<GivenPage> {
        let file = File::from(descriptor);
        if file.metadata()?.len() < PAGE_SIZE as u64 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "this descriptor is no page of numbers",
            ));
        }
        let map = MmapOptions::new().len(PAGE_SIZE).map_raw(&file)?;
        Ok(GivenPage { map })
    }

    /// Its numbers.
    #[inline]
    pub fn words(&self) -> &[AtomicU64] {
        words(&self.map)
    }
}

fn words(map: &MmapRaw) -> &[AtomicU64] {
    #[allow(clippy::cast_ptr_alignment)] // a mapping starts on a page
    let start = map.as_ptr().cast::<AtomicU64>();
    // SAFETY: the pointer is page-aligned, and the mapping is PAGE_SIZE bytes long and lives as long as the
    // borrow (mmap(2)); the object behind it was at least as long when it was mapped. Every bit pattern is a
    // valid `AtomicU64`; all access in this process is by these atomics, and the other's stores are outside
    // Rust's model just as hardware's are. Of the read-only mapping nobody has the slice but `load`, which
    // loads, relaxed and 8 bytes long: `std::sync::atomic` permits that on read-only memory.
    unsafe { std::slice::from_raw_parts(start, SHARED_WORDS) }
}

#[cfg(target_os = "linux")]
mod anonymous {
    use std::fs::File;
    use std::io;
    use std::os::fd::{AsRawFd, FromRawFd};

    /// `MFD_NOEXEC_SEAL` of linux/memfd.h (6.3): it can never be run, as the strictest `vm.memfd_noexec` asks.
    const NOEXEC_SEAL: libc::c_uint = 0x0008;

    /// A file of zeros without a name, of that size for good.
    pub fn file(size: u64) -> io::Result<File> {
        let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
        let file = match create(flags | NOEXEC_SEAL) {
            // a kernel that does not know the flag
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => create(flags)?,
            file => file?,
        };
        file.set_len(size)?;
        let seals = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
        // SAFETY: F_ADD_SEALS takes numbers.
        if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals) } < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(file)
    }

    fn create(flags: libc::c_uint) -> io::Result<File> {
        // SAFETY: memfd_create(2) reads the name, which ends in NUL.
        let fd = unsafe { libc::memfd_create(c"goodall".as_ptr(), flags) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor was just made, and nothing else owns it.
        Ok(unsafe { File::from_raw_fd(fd) })
    }
}

#[cfg(target_os = "macos")]
mod anonymous {
    use std::ffi::CString;
    use std::fs::File;
    use std::io;
    use std::os::fd::{AsRawFd, FromRawFd};
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    /// An object of zeros whose name is gone at once, of that size for good.
    pub fn file(size: u64) -> io::Result<File> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // PSHMNAMLEN of sys/posix_shm.h: 31 bytes at most
        let count = COUNT.fetch_add(1, Relaxed);
        let name = format!("/goodall.{:x}.{count:x}", std::process::id());
        let name = CString::new(name)?;
        let mode: libc::c_uint = 0o600;
        // SAFETY: shm_open(2) reads the name, which ends in NUL, and numbers.
        let fd = unsafe {
            libc::shm_open(
                name.as_ptr(),
                libc::O_RDWR | libc::O_CREAT | libc::O_EXCL,
                mode,
            )
        };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: shm_unlink(2) reads the name, which ends in NUL.
        unsafe { libc::shm_unlink(name.as_ptr()) };
        // SAFETY: the descriptor was just made, and nothing else owns it.
        let file = unsafe { File::from_raw_fd(fd) };
        // SAFETY: F_SETFD takes numbers.
        if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC) } < 0 {
            return Err(io::Error::last_os_error());
        }
        file.set_len(size)?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(page: &SharedPage) -> GivenPage {
        GivenPage::open(page.as_fd().try_clone_to_owned().unwrap()).unwrap()
    }

    #[test]
    fn what_the_child_stores_the_parent_loads() {
        let page = SharedPage::new().unwrap();
        assert!((0..SHARED_WORDS).all(|at| page.load(at) == 0));
        let child = given(&page);
        for (word, value) in child.words().iter().zip(1..) {
            word.store(value, Relaxed);
        }
        assert!((0..SHARED_WORDS).all(|at| page.load(at) == at as u64 + 1));
        // the next child goes on
        drop(child);
        assert_eq!(given(&page).words()[7].load(Relaxed), 8);
    }

    #[test]
    fn nobody_can_make_it_shorter_or_longer() {
        let page = SharedPage::new().unwrap();
        for size in [0, 1, 2 * PAGE_SIZE as u64] {
            assert!(page.file.set_len(size).is_err(), "{size}");
        }
        assert_eq!(page.load(SHARED_WORDS - 1), 0);
    }

    #[test]
    fn what_is_no_page_is_not_taken() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(PAGE_SIZE as u64 - 1).unwrap();
        let error = GivenPage::open(file.into()).unwrap_err();
        assert_eq!(error.to_string(), "this descriptor is no page of numbers");
    }
}
