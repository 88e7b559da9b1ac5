//! Open files of the whole machine. Linux: `/proc/sys/fs/file-nr`, proc_sys_fs(5).
//! macOS: sysctl `kern.num_files` and its like.

pub mod file_nr;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;

#[cfg(target_os = "linux")]
pub use linux::FilefdReader;
#[cfg(target_os = "macos")]
pub use macos::FilefdReader;

/// Open files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilefdSample {
    /// Files that are open.
    pub allocated: u64,
    /// Files that may be open.
    pub maximum: u64,
    /// Files that the kernel has at hand, open or not; macOS only.
    pub vnodes: Option<u64>,
    /// Files that it may have at hand; macOS only.
    pub vnodes_max: Option<u64>,
}
