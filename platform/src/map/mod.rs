//! A shared map of a file, shown as atomic words and never as bytes: other processes store to the same
//! pages, so a plain reference into them would be undefined behaviour (mmap(2), `std::sync::atomic`).
//! Invariant: a read-only map is only ever loaded from.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicU64;

use memmap2::{MmapOptions, MmapRaw, UncheckedAdvice};

mod allocate;
mod fault;
mod faults;
mod lock;
mod shared;

pub use allocate::allocate;
pub use faults::faults_of_this_thread;
pub use lock::{is_locked, is_the_file_at, try_lock};
pub use shared::{GivenPage, SHARED_WORDS, SharedPage};

/// Bytes of a page of the file's format, and of memory on most machines.
pub const PAGE_SIZE: usize = 4096;

/// A shared map. It may be longer than its file, so that a file that grows need not be mapped again; to
/// touch a page beyond the file's end ends the process, with a line that names the file.
#[derive(Debug)]
pub struct Map {
    raw: MmapRaw,
    // before `raw` is unmapped by its own drop, `Drop for Map` takes the watch away
    watch: fault::Watch,
}

impl Map {
    /// Maps `length` bytes of a file opened for reading and writing.
    pub fn writable(file: &File, path: &Path, length: usize) -> io::Result<Map> {
        Map::watched(MmapOptions::new().len(length).map_raw(file)?, path)
    }

    /// Maps `length` bytes for reading. Whoever holds it must not store to its words.
    pub fn read_only(file: &File, path: &Path, length: usize) -> io::Result<Map> {
        let raw = MmapOptions::new().len(length).map_raw_read_only(file)?;
        Map::watched(raw, path)
    }

    fn watched(raw: MmapRaw, path: &Path) -> io::Result<Map> {
        let watch = fault::watch(raw.as_ptr() as usize, raw.len(), path)?;
        Ok(Map { raw, watch })
    }

    /// The map as words, whole. The caller keeps to those that the file has.
    #[inline]
    pub fn words(&self) -> &[AtomicU64] {
        #[allow(clippy::cast_ptr_alignment)] // a mapping starts on a page
        let start = self.raw.as_ptr().cast::<AtomicU64>();
        // SAFETY: the pointer is page-aligned and the mapping is `len` bytes long and lives as long as
        // `self` (mmap(2)); every bit pattern is a valid `AtomicU64`; all access in this process is by
        // these atomics, and other processes' stores to the shared pages are outside Rust's model just
        // as hardware's are. Loads from a read-only mapping are relaxed and at most 8 bytes long, which
        // `std::sync::atomic` permits ("Atomic accesses to read-only memory").
        unsafe { std::slice::from_raw_parts(start, self.raw.len() / 8) }
    }

    /// Tells the kernel that the whole pages within these bytes need not stay resident. What was stored
    /// is kept: on a shared map `MADV_DONTNEED` drops the residency, not the data (madvise(2)).
    pub fn dont_need(&self, offset: usize, length: usize) {
        let end = offset.saturating_add(length).min(self.raw.len()) / PAGE_SIZE * PAGE_SIZE;
        let start = offset.next_multiple_of(PAGE_SIZE);
        if start < end {
            // SAFETY: the range lies within the map; a shared file map refaults to the same data, so no
            // word changes its value under a reference.
            let advised = unsafe {
                self.raw
                    .unchecked_advise_range(UncheckedAdvice::DontNeed, start, end - start)
            };
            // advice is a wish: a machine with larger pages refuses it, and nothing depends on it
            let _ = advised;
        }
    }

    /// Waits until these bytes are on the device (msync(2), `MS_SYNC`).
    pub fn sync(&self, offset: usize, length: usize) -> io::Result<()> {
        self.raw.flush_range(offset, length)
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        self.watch.remove();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::Relaxed;

    use super::*;

    #[test]
    fn what_one_map_stores_another_loads_after_the_pages_were_dropped() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(64 * 1024).unwrap();
        let writer = Map::writable(file.as_file(), file.path(), 1 << 20).unwrap();
        let reader = Map::read_only(file.as_file(), file.path(), 64 * 1024).unwrap();
        for (word, value) in writer.words()[..8192].iter().zip(1..) {
            word.store(value, Relaxed);
        }
        writer.dont_need(0, 64 * 1024);
        writer.sync(0, 64 * 1024).unwrap();
        reader.dont_need(5, 1);
        reader.dont_need(0, usize::MAX);
        for (word, value) in reader.words().iter().zip(1..) {
            assert_eq!(word.load(Relaxed), value);
        }
        assert_eq!(reader.words().len(), 8192);
    }
}
