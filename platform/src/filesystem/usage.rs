//! statvfs(3) of a path. By path and not by a kept descriptor: a descriptor, `O_PATH` too, would keep the
//! file system from being unmounted.

use std::ffi::CStr;
use std::io;
use std::mem::MaybeUninit;

use super::Usage;

/// Asks the file system that is mounted at `path`. Can hang as long as its server does.
pub(super) fn of(path: &CStr) -> io::Result<Usage> {
    let mut answer = MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: `path` ends in NUL and `answer` has room for a statvfs; both are alive for the call.
    let result = unsafe { libc::statvfs(path.as_ptr(), answer.as_mut_ptr()) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: statvfs gave 0, so it has filled `answer`.
    let answer = unsafe { answer.assume_init() };
    #[allow(
        clippy::useless_conversion,
        reason = "the numbers have 32 bits where a long has"
    )]
    let [block, blocks, free, available, files, files_free, flags]: [u64; 7] = [
        answer.f_frsize.into(),
        answer.f_blocks.into(),
        answer.f_bfree.into(),
        answer.f_bavail.into(),
        answer.f_files.into(),
        answer.f_ffree.into(),
        answer.f_flag.into(),
    ];
    let bytes = |blocks: u64| blocks.saturating_mul(block);
    Ok(Usage {
        total: bytes(blocks),
        free: bytes(free),
        available: bytes(available),
        files,
        files_free,
        #[allow(
            clippy::useless_conversion,
            reason = "the flag has 32 bits where a long has"
        )]
        read_only: flags & u64::from(libc::ST_RDONLY) != 0,
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_root_is_as_large_as_stat_says() {
        let output = Command::new("stat")
            .args(["-f", "-c", "%b %S %c", "/"])
            .output()
            .unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        let numbers: Vec<u64> = output
            .split_whitespace()
            .map(|number| number.parse().unwrap())
            .collect();
        let usage = of(c"/").unwrap();
        assert_eq!(usage.total, numbers[0] * numbers[1]);
        assert_eq!(usage.files, numbers[2]);
        assert!(usage.available <= usage.free && usage.free <= usage.total);
        assert_eq!(usage.used(), usage.total - usage.free);
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        let error = of(c"/nowhere/at/all").unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOENT));
    }
}
