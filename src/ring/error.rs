//! Why a ring cannot be opened or written, by what the user can do about it.

use std::io;
use std::path::{Path, PathBuf};

use super::layout::VERSION;

/// Why a ring cannot be used. [`RingError::exit_code`] is the contract of the command line.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// The system refused.
    #[error("{}: {doing}: {source}; {hint}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried: `cannot be opened`.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
        /// The way out.
        hint: &'static str,
    },
    /// Another process writes it.
    #[error(
        "{}: in use by another goodall; stop that one, or give another --ring-file",
        path.display()
    )]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It ends before what its directory says.
    #[error(
        "{}: truncated: {length} bytes long, its directory needs {needed}; restore it or move it aside",
        path.display()
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Its length in bytes.
        length: u64,
        /// The length that it should have.
        needed: u64,
    },
    /// It does not start as a ring does.
    #[error(
        "{}: not a ring file, and it will not be overwritten; move it aside or give another --ring-file",
        path.display()
    )]
    NotARing {
        /// The file.
        path: PathBuf,
    },
    /// It is of another version.
    #[error(
        "{}: format version {found}, this build reads {VERSION}; {} or move the file aside",
        path.display(),
        if *found > VERSION { "upgrade goodall" } else { "use the goodall that wrote it" }
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// Its first sector does not hold its check.
    #[error("{}: the superblock is damaged; restore the file or move it aside", path.display())]
    Superblock {
        /// The file.
        path: PathBuf,
    },
    /// What the plan asks for is more than `--ring-max`.
    #[error(
        "--ring-max {size_max}: too small: this window and these collectors need {needed} bytes; \
         raise it, or shorten --ring"
    )]
    MaxTooSmall {
        /// What was given, in bytes.
        size_max: u64,
        /// What would do, in bytes.
        needed: u64,
    },
    /// The ring to be copied is longer than `--ring-max`.
    #[error(
        "--ring-max {size_max}: too small: the ring to be copied is {length} bytes long; raise it"
    )]
    CopyTooLong {
        /// The most that a copy may take, in bytes.
        size_max: u64,
        /// What it would take.
        length: u64,
    },
    /// It is no copy, so that nothing may be copied over it.
    #[error(
        "{}: was recorded on this host or copied by other means, and will not be overwritten; \
         give another --ring-file",
        path.display()
    )]
    NotACopy {
        /// The file.
        path: PathBuf,
    },
    /// It is a copy of another host's ring, which no gatherer goes on with.
    #[error(
        "{}: is a copy that goodall mirror keeps of another host's ring; give another --ring-file",
        path.display()
    )]
    ACopy {
        /// The file.
        path: PathBuf,
    },
    /// It has grown to `--ring-max`: what is new is refused, what is there goes on.
    #[error("{}: full at --ring-max {size_max}: new series are refused; raise it", path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// Its largest size in bytes.
        size_max: u64,
    },
    /// A name, an instance, a label or a list of fields is longer than the format has room for.
    #[error("{what}: {size}, at most {limit} can be recorded; shorten it or leave it out")]
    TooLong {
        /// What it is.
        what: &'static str,
        /// Its length.
        size: usize,
        /// The longest.
        limit: usize,
    },
    /// It is taken by another thread: a fault of ours.
    #[error("{what} is being written already")]
    Taken {
        /// The track, the clock or the status slot.
        what: String,
    },
}

impl RingError {
    /// The exit code that the command line promises for it.
    pub fn exit_code(&self) -> u8 {
        match self {
            RingError::Io { .. }
            | RingError::InUse { .. }
            | RingError::Truncated { .. }
            | RingError::NotACopy { .. }
            | RingError::ACopy { .. } => 1,
            RingError::NotARing { .. }
            | RingError::Version { .. }
            | RingError::Superblock { .. } => 2,
            RingError::MaxTooSmall { .. }
            | RingError::CopyTooLong { .. }
            | RingError::Full { .. } => 64,
            RingError::TooLong { .. } | RingError::Taken { .. } => 70,
        }
    }

    /// Whether it is for want of room: on the disk or under `--ring-max`.
    pub fn is_out_of_room(&self) -> bool {
        match self {
            RingError::Io { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::OutOfMemory
                    | io::ErrorKind::StorageFull
                    | io::ErrorKind::QuotaExceeded
                    | io::ErrorKind::FileTooLarge
            ),
            RingError::Full { .. } | RingError::MaxTooSmall { .. } => true,
            _ => false,
        }
    }

    /// The same of a copy, which is as long as its source has it.
    pub(super) fn io_of_copy(path: &Path, doing: &'static str, error: io::Error) -> RingError {
        let mut refused = RingError::io(path, doing, error);
        if let RingError::Io { source, hint, .. } = &mut refused {
            match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    *hint = "free some space, or give a --ring-file on another disk";
                }
                io::ErrorKind::OutOfMemory => *hint = "give it more memory",
                _ => {}
            }
        }
        refused
    }

    /// What the system refused, and the way out of it.
    pub(super) fn io(path: &Path, doing: &'static str, source: io::Error) -> RingError {
        let hint = match source.kind() {
            io::ErrorKind::NotFound => "make its folder, or give another --ring-file",
            io::ErrorKind::PermissionDenied => "run as its owner, or give another --ring-file",
            io::ErrorKind::ReadOnlyFilesystem => "give a --ring-file on a disk that can be written",
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "free some space, shorten --ring, or give a --ring-file on another disk"
            }
            io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory => {
                "--ring-file is to name a file in a folder that exists"
            }
            io::ErrorKind::OutOfMemory => "lower --ring-max, or shorten --ring",
            _ => "see the system's log, or give another --ring-file",
        };
        RingError::Io {
            path: path.to_owned(),
            doing,
            source,
            hint,
        }
    }
}
