//! Page faults, counted: getrusage(2).

/// Page faults of the calling thread so far. A store to a page that was
/// written to before is one only after the kernel has written the page to the disk. Always 0 where the
/// system does not count by thread (macOS).
#[cfg(target_os = "linux")]
pub fn faults_of_this_thread() -> u64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: getrusage(2) writes the struct that it is given, and nothing else.
    let counted = unsafe { libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr()) };
    if counted != 0 {
        return 0;
    }
    // SAFETY: zeroed, and written by the call; all of its fields are numbers.
    let usage = unsafe { usage.assume_init() };
    // the page may be there, or have to be read first
    u64::try_from(usage.ru_minflt + usage.ru_majflt).unwrap_or(0)
}

/// Page faults of the calling thread: not known here.
#[cfg(not(target_os = "linux"))]
pub fn faults_of_this_thread() -> u64 {
    0
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::sync::atomic::Ordering::Relaxed;

    use super::super::Map;
    use super::*;

    #[test]
    fn a_page_that_is_stored_to_again_is_no_fault_until_it_was_written_out() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(4096).unwrap();
        let map = Map::writable(file.as_file(), file.path(), 4096).unwrap();
        let faults = |value| {
            let before = faults_of_this_thread();
            map.words()[0].store(value, Relaxed);
            faults_of_this_thread() - before
        };
        assert!(faults(1) >= 1, "the first");
        // the kernel may write it out at any time, but hardly in the same moment twice
        assert!((0..3).any(|value| faults(value) == 0));
    }
}
