//! Disks of a test's own: a tmpfs, or ext4 on a file. They need root, and tools that a small machine may lack.

use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;

use tempfile::TempDir;

use crate::daemon::tool;

/// A mounted file system; unmounted with the test.
pub struct Mounted {
    place: TempDir,
    /// Of ext4: its folder goes after the mount.
    disk: Option<TempDir>,
}

impl Mounted {
    /// A tmpfs of so many bytes; else why there is none.
    pub fn tmpfs(size: u64) -> Result<Mounted, String> {
        let place = tempfile::tempdir().unwrap();
        let options = format!("size={size}");
        let arguments = ["-t", "tmpfs", "-o", &options, "none"].map(OsStr::new);
        mount(&arguments, place.path())?;
        Ok(Mounted { place, disk: None })
    }

    /// ext4 on a disk of so many bytes; else why there is none.
    pub fn ext4(size: u64) -> Result<Mounted, String> {
        let folder = tempfile::tempdir().unwrap();
        let disk = folder.path().join("disk");
        File::create(&disk).unwrap().set_len(size).unwrap();
        // as Debian's ordinary users have no sbin in their path
        let quick = "lazy_itable_init=1,lazy_journal_init=1";
        let arguments = ["-q", "-F", "-E", quick].map(OsStr::new);
        tool(
            "/sbin/mkfs.ext4",
            &[&arguments[..], &[disk.as_os_str()]].concat(),
        )?;
        let place = tempfile::tempdir().unwrap();
        let arguments = [OsStr::new("-o"), OsStr::new("loop"), disk.as_os_str()];
        mount(&arguments, place.path())?;
        Ok(Mounted {
            place,
            disk: Some(folder),
        })
    }

    pub fn path(&self) -> &Path {
        self.place.path()
    }

    /// From now on it can only be read.
    pub fn make_read_only(&self) {
        let options = OsStr::new("remount,ro");
        tool(
            "mount",
            &[OsStr::new("-o"), options, self.path().as_os_str()],
        )
        .unwrap();
    }

    /// Every store to it waits, until what is returned is dropped; else why not.
    pub fn freeze(&self) -> Result<Frozen<'_>, String> {
        tool(
            "/sbin/fsfreeze",
            &[OsStr::new("-f"), self.path().as_os_str()],
        )?;
        Ok(Frozen(self.path()))
    }

    /// Fills it to the last block.
    pub fn fill(&self) {
        let mut file = File::create(self.path().join("filler")).unwrap();
        for size in [1 << 20, 1 << 12, 1] {
            let zeros = vec![0; size];
            while std::io::Write::write_all(&mut file, &zeros).is_ok() {}
        }
        let _ = file.sync_all();
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let path = self.path().as_os_str();
        if let Err(error) = tool("umount", &[OsStr::new("-l"), path]) {
            eprintln!("{error}");
        }
        drop(self.disk.take());
    }
}

fn mount(arguments: &[&OsStr], place: &Path) -> Result<(), String> {
    tool("mount", &[arguments, &[place.as_os_str()]].concat())
}

/// A frozen file system: thawed at the latest when the test ends, before anything waits for who is stuck in it.
pub struct Frozen<'a>(&'a Path);

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        tool("/sbin/fsfreeze", &[OsStr::new("-u"), self.0.as_os_str()]).unwrap();
    }
}
