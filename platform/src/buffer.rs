//! A reader's buffer: sized for the longest text that the kernel may give, resident as far as one was given.
//! Pages of its own (mmap(2)), since an allocator clears what it hands out anew, and so touches it, and puts its
//! notes and its slack before it: two pages for a text of one, and all of 36 KiB for one of four.

use std::alloc::{Layout, handle_alloc_error};
use std::ops::{Deref, DerefMut};

use memmap2::MmapMut;

/// Zeros at first.
#[derive(Debug)]
pub(crate) struct Buffer(MmapMut);

impl Buffer {
    /// Of `size` bytes; never 0.
    pub(crate) fn new(size: usize) -> Buffer {
        let Ok(map) = MmapMut::map_anon(size) else {
            handle_alloc_error(
                Layout::array::<u8>(size).expect("a constant, far below the address space"),
            );
        };
        // or all of it may become resident at the first touch, where huge pages are always given
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::NoHugePage);
        Buffer(map)
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::Buffer;

    /// The kilobytes that the mapping at `start`, or what it became a part of, is resident with.
    fn resident_kb(start: usize) -> usize {
        let smaps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let mut is_here = false;
        for line in smaps.lines() {
            let first = line.split_whitespace().next().unwrap();
            if let Some((low, high)) = first.split_once('-') {
                let at = |text| usize::from_str_radix(text, 16).unwrap();
                is_here = (at(low)..at(high)).contains(&start);
            } else if is_here && first == "Rss:" {
                return line.split_whitespace().nth(1).unwrap().parse().unwrap();
            }
        }
        panic!("{start:x} is not mapped");
    }

    #[test]
    fn what_was_never_filled_is_not_resident() {
        let mut buffer = Buffer::new(64 << 20);
        assert_eq!(buffer.len(), 64 << 20);
        let start = buffer.as_ptr() as usize;
        let before = resident_kb(start);
        buffer[..4096].fill(1);
        assert!(resident_kb(start) <= before + 1024, "{before}");
        assert!(buffer[4096..8192].iter().all(|&byte| byte == 0));
    }
}
