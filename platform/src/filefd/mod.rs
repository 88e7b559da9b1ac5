//! Open files of the whole machine. Linux: `/proc/sys/fs/file-nr`, proc_sys_fs(5).

pub mod file_nr;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
pub use linux::FilefdReader;

/// The reader where there is no `/proc/sys/fs/file-nr`.
#[cfg(not(target_os = "linux"))]
pub type FilefdReader = crate::absent::AbsentReader<FilefdSample>;

/// Open files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilefdSample {
    /// Files that are open.
    pub allocated: u64,
    /// Files that may be open.
    pub maximum: u64,
}
