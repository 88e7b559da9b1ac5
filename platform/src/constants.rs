//! The executable's constants that hold addresses (`.data.rel.ro`: tables, and what says where their strings
//! stand): where they are in memory, and whether they are still the file's own pages. elf(5), getauxval(3),
//! proc_pid_pagemap(5).

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use crate::page::page_size;

/// Of `/proc/self/pagemap`, a page.
const ENTRY_SIZE: usize = 8;

/// Makes the constants read-only, and gives the whole pages of them that hold what the file holds: all, where
/// the executable is linked to a fixed address; few, where a loader wrote addresses into them.
pub(crate) fn unchanged() -> Vec<Range<usize>> {
    let Some(range) = relro() else {
        return Vec::new();
    };
    let start = range.start as *mut libc::c_void;
    // SAFETY: GNU_RELRO is what the linker says nobody writes once the program was relocated, which was before
    // `main`; the pages are whole ones within it (elf(5), mprotect(2)).
    if unsafe { libc::mprotect(start, range.len(), libc::PROT_READ) } != 0 {
        return Vec::new();
    }
    // only now, since none can change any more
    let entries = entries(&range);
    let pages = range.step_by(page()).zip(&entries);
    let mut found: Vec<Range<usize>> = Vec::new();
    for (start, _) in pages.filter(|(_, entry)| is_the_file_s(**entry)) {
        match found.last_mut() {
            Some(last) if last.end == start => last.end += page(),
            _ => found.push(start..start + page()),
        }
    }
    found
}

/// What the kernel says of each page; nothing where it does not.
fn entries(range: &Range<usize>) -> Vec<u64> {
    let first = range.start / page() * ENTRY_SIZE;
    let mut bytes = vec![0; range.len() / page() * ENTRY_SIZE];
    let read = File::open("/proc/self/pagemap")
        .and_then(|file| file.read_exact_at(&mut bytes, first as u64));
    if read.is_err() {
        return Vec::new();
    }
    let (entries, _) = bytes.as_chunks();
    #[allow(clippy::host_endian_bytes)] // as this machine's kernel has them
    entries
        .iter()
        .map(|entry| u64::from_ne_bytes(*entry))
        .collect()
}

/// Whether the page is a file's, or is not there at all (then it would come from the file): what was ever
/// stored to in a private mapping is not.
fn is_the_file_s(entry: u64) -> bool {
    const PRESENT: u64 = 1 << 63;
    const SWAPPED: u64 = 1 << 62;
    const OF_A_FILE: u64 = 1 << 61;
    match entry & (PRESENT | SWAPPED) {
        PRESENT => entry & OF_A_FILE != 0,
        state => state == 0,
    }
}

/// The whole pages of the segment that is read-only after relocation, without the last: the kernel may have
/// filled its end with zeros.
fn relro() -> Option<Range<usize>> {
    // SAFETY: getauxval(3) takes a number.
    let table = unsafe { libc::getauxval(libc::AT_PHDR) } as *const libc::Elf64_Phdr;
    // SAFETY: as above.
    let count = unsafe { libc::getauxval(libc::AT_PHNUM) };
    if table.is_null() {
        return None;
    }
    // SAFETY: the kernel maps the executable's program headers, as many as it says, for the process's life.
    let headers = unsafe { std::slice::from_raw_parts(table, usize::try_from(count).ok()?) };
    let of = |kind| headers.iter().find(|header| header.p_type == kind);
    // by how much the executable stands elsewhere than it was linked for
    let moved = (table as u64).wrapping_sub(of(libc::PT_PHDR)?.p_vaddr);
    let relro = of(libc::PT_GNU_RELRO)?;
    let start = usize::try_from(relro.p_vaddr.wrapping_add(moved)).ok()?;
    let end = start + usize::try_from(relro.p_filesz).ok()?;
    let (start, end) = (start.next_multiple_of(page()), end / page() * page());
    (start < end).then_some(start..end)
}

#[allow(clippy::cast_possible_truncation)] // 64 KiB at most
fn page() -> usize {
    page_size() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_never_stored_to_is_the_file_s() {
        let (present, swapped, file) = (1 << 63, 1 << 62, 1 << 61);
        assert!(is_the_file_s(0) && is_the_file_s(present | file));
        assert!(!is_the_file_s(present) && !is_the_file_s(swapped));
    }

    #[test]
    fn constants_stay_what_they_are_when_their_pages_are_let_go_of() {
        static TABLE: &[&str] = &["one", "two"];
        let before: Vec<String> = TABLE.iter().map(ToString::to_string).collect();
        assert!(relro().is_some());
        for range in unchanged() {
            // SAFETY: whole pages of this executable's file, private and read-only, none of them stored to.
            unsafe { libc::madvise(range.start as *mut _, range.len(), libc::MADV_DONTNEED) };
        }
        assert_eq!(TABLE, before);
        assert!(std::panic::catch_unwind(|| panic!("through the tables")).is_err());
    }
}
