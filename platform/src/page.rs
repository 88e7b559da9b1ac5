//! The size of a page of memory.

/// Bytes in a page.
pub fn page_size() -> u64 {
    // SAFETY: sysconf(3) only reads its argument, and has no other precondition.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    u64::try_from(size).expect("every system has a page size")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_page_is_a_power_of_two() {
        assert!(super::page_size().is_power_of_two());
        assert!(super::page_size() >= 4096);
    }
}
