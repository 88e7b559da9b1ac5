//! A folder of `/sys` kept open, whose small files are read by name: no path is built, nothing is
//! allocated. For attributes that are read now and then; one read at every tick is kept open itself.

use std::ffi::CStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// What the kernel gives at most for one attribute is a page; those read here are a line.
pub const ATTRIBUTE_SIZE_MAX: usize = 256;

/// An open folder.
#[derive(Debug)]
pub struct SysDir(File);

impl SysDir {
    /// Opens the folder; symbolic links are followed.
    pub fn open(path: &Path) -> io::Result<SysDir> {
        OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_PATH | libc::O_DIRECTORY)
            .open(path)
            .map(SysDir)
    }

    /// The text of a file of the folder, without the space around it; `None` where there is none, where it
    /// cannot be read just now (`EINVAL` for the carrier of an interface that is down), or where it is
    /// longer than an attribute.
    pub fn read<'a>(
        &self,
        name: &CStr,
        buffer: &'a mut [u8; ATTRIBUTE_SIZE_MAX],
    ) -> Option<&'a [u8]> {
        let mut file = self.open_file(name)?;
        let length = loop {
            match file.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result.ok()?,
            }
        };
        (length < ATTRIBUTE_SIZE_MAX).then(|| buffer[..length].trim_ascii())
    }

    fn open_file(&self, name: &CStr) -> Option<File> {
        let flags = libc::O_RDONLY | libc::O_CLOEXEC;
        // SAFETY: the folder's descriptor is open while `self` lives, and `name` ends in NUL.
        let fd = unsafe { libc::openat(self.0.as_raw_fd(), name.as_ptr(), flags) };
        if fd < 0 {
            return None;
        }
        // SAFETY: openat has just made this descriptor, and nobody else has it.
        Some(File::from(unsafe { OwnedFd::from_raw_fd(fd) }))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_read_by_name_and_what_is_not_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mtu"), "1500\n").unwrap();
        fs::write(folder.path().join("long"), [b'x'; ATTRIBUTE_SIZE_MAX]).unwrap();
        let dir = SysDir::open(folder.path()).unwrap();
        let mut buffer = [0; ATTRIBUTE_SIZE_MAX];
        assert_eq!(dir.read(c"mtu", &mut buffer), Some(&b"1500"[..]));
        assert_eq!(dir.read(c"speed", &mut buffer), None);
        assert_eq!(dir.read(c"long", &mut buffer), None);
        fs::remove_dir_all(folder.path()).unwrap();
        assert_eq!(dir.read(c"mtu", &mut buffer), None);
        assert!(SysDir::open(folder.path()).is_err());
    }
}
