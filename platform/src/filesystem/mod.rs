//! How full file systems are. Linux: `/proc/self/mountinfo`, proc_pid_mountinfo(5), and statvfs(3).
//! macOS: getfsstat(2).

#[cfg(target_os = "linux")]
mod apart;
pub mod excluded;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
pub mod mountinfo;
#[cfg(target_os = "linux")]
mod mounts;
pub mod statfs;
#[cfg(target_os = "linux")]
mod usage;

#[cfg(target_os = "linux")]
pub use linux::FilesystemReader;
#[cfg(target_os = "macos")]
pub use macos::FilesystemReader;

/// One mounted file system. Sizes are `None` where it did not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilesystemSample {
    /// How large it is and how full; `None` where it did not answer.
    pub usage: Option<Usage>,
    /// 1 where nothing can be written to it, else 0.
    pub read_only: u64,
    /// 1 where it gave an error or has not answered for 5 s, else 0.
    pub device_error: u64,
}

/// How large a file system is, and how full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Its size, bytes.
    pub total: u64,
    /// Not used, bytes; some of it may be set apart for root.
    pub free: u64,
    /// Free for everybody, bytes.
    pub available: u64,
    /// Its inodes.
    pub files: u64,
    /// Inodes that are not used.
    pub files_free: u64,
    /// Whether the mount is read-only now (`ST_RDONLY`).
    pub read_only: bool,
}

impl Usage {
    /// In use, bytes.
    pub fn used(&self) -> u64 {
        self.total.saturating_sub(self.free)
    }
}
