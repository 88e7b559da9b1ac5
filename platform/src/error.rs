//! Why a sample could not be taken. Made on the sampling path too, so it owns no text: the path is
//! shared with the reader, and words are put together at the edge only.

use std::io;
use std::path::Path;
use std::sync::Arc;

/// Why a reader could not be opened, or a sample not taken.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReadError {
    /// The system refused; `errno` as in errno(3).
    #[error("{}: {}", path.display(), io::Error::from_raw_os_error(*errno))]
    Os {
        /// The file or the call.
        path: Arc<Path>,
        /// The error number.
        errno: i32,
    },
    /// The file is longer than the buffer that was sized for it; nothing of it is used.
    #[error("{}: longer than {limit} bytes; this sample is skipped", path.display())]
    TooLong {
        /// The file.
        path: Arc<Path>,
        /// The buffer's size in bytes.
        limit: usize,
    },
    /// A line is not as its documentation says.
    #[error("{} line {line}: expected {expected}; this sample is skipped", path.display())]
    Malformed {
        /// The file.
        path: Arc<Path>,
        /// The line, from 1.
        line: u32,
        /// What should have stood there.
        expected: &'static str,
    },
    /// What the kernel answered is not as its header has it.
    #[error("{}: expected {expected}; this sample is skipped", path.display())]
    Unexpected {
        /// The call.
        path: Arc<Path>,
        /// What should have been answered.
        expected: &'static str,
    },
    /// Mach refused; `code` as in mach/kern_return.h.
    #[error("{call}: kern_return_t {code}")]
    Mach {
        /// The call.
        call: &'static str,
        /// The error number.
        code: i32,
    },
    /// This machine has nothing to read here, or has it switched off.
    #[error("{}: {why}", path.display())]
    Absent {
        /// The file.
        path: Arc<Path>,
        /// Why there is nothing.
        why: &'static str,
    },
}

impl ReadError {
    /// An error of the system about `path`.
    pub fn os(path: &Arc<Path>, error: &io::Error) -> ReadError {
        ReadError::Os {
            path: Arc::clone(path),
            errno: error.raw_os_error().unwrap_or(0),
        }
    }

    /// Whether the file, the device or the feature is just not there (`ENOENT`, `ENOTSUP`, ...), so that
    /// the collector is left out in silence where nobody asked for it by name.
    pub fn is_absent(&self) -> bool {
        match self {
            ReadError::Absent { .. } => true,
            ReadError::Os { errno, .. } => {
                matches!(
                    *errno,
                    libc::ENOENT | libc::ENOTSUP | libc::ENODEV | libc::ENOTDIR
                )
            }
            _ => false,
        }
    }
}

/// A parser's complaint, before the reader adds its path: parsers are pure and know no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The line, from 1.
    pub line: u32,
    /// What should have stood there.
    pub expected: &'static str,
}

impl Malformed {
    /// The same complaint about a file.
    pub fn at(self, path: &Arc<Path>) -> ReadError {
        ReadError::Malformed {
            path: Arc::clone(path),
            line: self.line,
            expected: self.expected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_switched_off_is_absent_and_what_is_forbidden_is_not() {
        // A file of /proc/pressure gives ENOTSUP where PSI is built in but off.
        for (errno, absent) in [
            (libc::ENOTSUP, true),
            (libc::ENOENT, true),
            (libc::EACCES, false),
            (libc::EIO, false),
        ] {
            let path: Arc<Path> = Path::new("/proc/pressure/io").into();
            assert_eq!(ReadError::Os { path, errno }.is_absent(), absent);
        }
    }
}
