//! The table of mounts, read anew when the kernel says that it changed: poll(2) on an open `mountinfo`
//! gives `POLLPRI` then, proc_pid_mountinfo(5).

use std::ffi::{CString, OsStr};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::apart::Apart;
use super::{excluded, mountinfo, usage};
use crate::error::ReadError;
use crate::reader::Settings;
use crate::roots::Roots;

/// The most that is read; a mount takes some 150 bytes.
const MOUNTINFO_SIZE_MAX: usize = 8 << 20;
const CHUNK_SIZE: usize = 4 << 10;
/// The kernel does not say when a file system turns read-only by itself.
const AGE_MAX: Duration = Duration::from_secs(60);

/// One mount that is not left out.
pub(super) struct Mount {
    /// Where it is mounted, as its host sees it.
    pub(super) point: Vec<u8>,
    /// Where this process sees it.
    pub(super) path: CString,
    /// Its device, as the kernel prints it.
    pub(super) source: String,
    /// Its type.
    pub(super) kind: String,
    /// Whether the table said so.
    pub(super) read_only: bool,
    /// How it is asked.
    pub(super) asked: Asked,
    /// Whether it was asked for this sample, not for an earlier one.
    pub(super) is_fresh: bool,
}

/// How a mount is asked.
pub(super) enum Asked {
    /// At once.
    Here,
    /// By a thread of its own.
    Apart(Apart),
    /// Not at all: it should have a thread of its own, and the system gives none.
    Never,
}

/// The mounts, and the file that they were read from.
pub(super) struct Mounts {
    file: File,
    path: Arc<Path>,
    root: Box<Path>,
    settings: Settings,
    read: Option<Instant>,
    /// The table's text when `known` was made of it, and room for the next.
    text: Vec<u8>,
    next_text: Vec<u8>,
    /// In the table's order; the last of those mounted at one point.
    pub(super) known: Vec<Mount>,
}

impl Mounts {
    /// Opens `mountinfo`: process 1's where `/proc` is another machine's, ours where that may not be read.
    pub(super) fn open(roots: &Roots, settings: &Settings) -> Result<Mounts, ReadError> {
        let own = roots.proc.join("self/mountinfo");
        // Without the slashes that it may end in: mount points have none.
        let root: PathBuf = roots.root.components().collect();
        let (file, path) = if roots.proc.as_os_str() == "/proc" {
            (File::open(&own), own)
        } else {
            let host = roots.proc.join("1/mountinfo");
            match (File::open(&host), File::open(&own)) {
                (Err(_), Ok(file)) => (Ok(file), own),
                (result, _) => (result, host),
            }
        };
        let path: Arc<Path> = path.into();
        match file {
            Ok(file) => Ok(Mounts {
                file,
                path,
                root: root.into(),
                settings: settings.clone(),
                read: None,
                text: Vec::new(),
                next_text: Vec::new(),
                known: Vec::new(),
            }),
            Err(error) => Err(ReadError::os(&path, &error)),
        }
    }

    /// Reads the table anew if it changed, or is a minute old.
    pub(super) fn refresh(&mut self, now: Instant) -> Result<(), ReadError> {
        // Asked first: what changes after this is told by the next call.
        let changed = self.has_changed();
        let is_fresh = self
            .read
            .is_some_and(|read| now.duration_since(read) < AGE_MAX);
        if is_fresh && !changed {
            return Ok(());
        }
        self.read_text()?;
        let is_complete = |mount: &Mount| !matches!(mount.asked, Asked::Never);
        let is_same = self.read.is_some() && self.next_text == self.text;
        if !(is_same && self.known.iter().all(is_complete)) {
            self.known = self.parse(&self.next_text)?;
            std::mem::swap(&mut self.text, &mut self.next_text);
        }
        self.read = Some(now);
        Ok(())
    }

    /// The mounts of a text that are not left out.
    fn parse(&self, text: &[u8]) -> Result<Vec<Mount>, ReadError> {
        let mut known: Vec<Mount> = Vec::new();
        let mut remote: Vec<Vec<u8>> = Vec::new();
        for line in mountinfo::lines(text) {
            let line = line.map_err(|error| error.at(&self.path))?;
            let point = self.as_host_sees(mountinfo::unescaped(line.point));
            // A later mount hides an earlier one at the same point, whether it is wanted or not.
            known.retain(|mount| mount.point != point);
            let is_remote = excluded::is_asked_apart(line.kind)
                || remote.iter().any(|above| is_below(&point, above));
            if is_remote {
                remote.push(point.clone());
            }
            if self.is_wanted(&point, line.kind)
                && let Some(path) = self.path_of(&point)
            {
                let asked = if is_remote {
                    Apart::of(&path, usage::of).map_or(Asked::Never, Asked::Apart)
                } else {
                    Asked::Here
                };
                known.push(Mount {
                    asked,
                    is_fresh: false,
                    path,
                    source: String::from_utf8_lossy(line.source).into(),
                    kind: String::from_utf8_lossy(line.kind).into(),
                    read_only: line.is_read_only(),
                    point,
                });
            }
        }
        Ok(known)
    }

    /// Whether the kernel has said that the table changed since this was asked last.
    fn has_changed(&self) -> bool {
        let mut poll = libc::pollfd {
            fd: self.file.as_raw_fd(),
            events: libc::POLLPRI,
            revents: 0,
        };
        // SAFETY: `poll` is one pollfd, alive for the call, which does not wait.
        let count = unsafe { libc::poll(&raw mut poll, 1, 0) };
        count > 0 && poll.revents & (libc::POLLPRI | libc::POLLERR) != 0
    }

    /// Reads the whole table into `next_text`. Unlike the files read at every tick it has lines of any
    /// length.
    fn read_text(&mut self) -> Result<(), ReadError> {
        let text = &mut self.next_text;
        text.clear();
        loop {
            let filled = text.len();
            if filled > MOUNTINFO_SIZE_MAX {
                return Err(ReadError::TooLong {
                    path: Arc::clone(&self.path),
                    limit: MOUNTINFO_SIZE_MAX,
                });
            }
            text.resize(filled + CHUNK_SIZE, 0);
            let result = self.file.read_at(&mut text[filled..], filled as u64);
            text.truncate(filled + *result.as_ref().unwrap_or(&0));
            match result {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadError::os(&self.path, &error)),
            }
        }
    }

    fn is_wanted(&self, point: &[u8], kind: &[u8]) -> bool {
        let settings = &self.settings;
        settings.includes(point)
            || (settings.keeps_type(kind, excluded::type_by_default)
                && settings.keeps(point, excluded::by_default))
    }

    /// A mount point of our own table lies below the relocated root; its host knows it without.
    fn as_host_sees(&self, point: Vec<u8>) -> Vec<u8> {
        match point.strip_prefix(self.root.as_os_str().as_bytes()) {
            Some([]) => b"/".to_vec(),
            Some(rest @ [b'/', ..]) => rest.to_vec(),
            _ => point,
        }
    }

    fn path_of(&self, point: &[u8]) -> Option<CString> {
        let below = point.strip_prefix(b"/").unwrap_or(point);
        let path = if below.is_empty() {
            self.root.to_path_buf()
        } else {
            self.root.join(OsStr::from_bytes(below))
        };
        CString::new(path.as_os_str().as_bytes()).ok()
    }
}

/// Whether the way to `point` leads over `above`.
fn is_below(point: &[u8], above: &[u8]) -> bool {
    point
        .strip_prefix(above)
        .is_some_and(|rest| rest.first() == Some(&b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata;

    fn known(roots: &Roots, settings: &Settings) -> Vec<Mount> {
        let mut mounts = Mounts::open(roots, settings).unwrap();
        mounts.refresh(Instant::now()).unwrap();
        mounts.known
    }

    fn points(mounts: &[Mount]) -> Vec<&str> {
        mounts
            .iter()
            .map(|mount| std::str::from_utf8(&mount.point).unwrap())
            .collect()
    }

    #[test]
    fn each_tree_has_the_mounts_that_hold_data() {
        for (tree, expected) in [
            (
                "linux-3.10",
                &["/run", "/", "/boot", "/srv/with space\ttab", "/mnt/archive"][..],
            ),
            ("linux-4.18", &["/", "/boot/efi", "/home"]),
            ("linux-5.15", &["/", "/run/user/1000", "/home/ann/cloud"]),
            ("linux-6.6", &["/"]),
            ("container", &["/", "/data"]),
        ] {
            let roots = testdata::tree(&format!("constructed/{tree}"));
            let mounts = known(&roots, &Settings::default());
            assert_eq!(points(&mounts), expected, "{tree}");
        }
    }

    #[test]
    fn what_is_read_only_is_known_and_the_network_is_asked_apart() {
        let roots = testdata::tree("constructed/linux-3.10");
        let mounts = known(&roots, &Settings::default());
        let apart = |mount: &Mount| matches!(mount.asked, Asked::Apart(_));
        let find = |point: &[u8]| mounts.iter().find(|mount| mount.point == point).unwrap();
        assert!(find(b"/mnt/archive").read_only && find(b"/boot").read_only);
        assert!(!find(b"/").read_only && !apart(find(b"/")));
        let nfs = find(b"/srv/with space\ttab");
        assert!(apart(nfs));
        assert_eq!(
            (&*nfs.kind, &*nfs.source),
            ("nfs4", r"server:/export\040one")
        );
        assert!(nfs.path.to_bytes().ends_with(b"root/srv/with space\ttab"));
    }

    #[test]
    fn patterns_of_points_and_of_types_replace_the_defaults() {
        let roots = testdata::tree("constructed/linux-5.15");
        let mut settings = Settings {
            exclude_types: Some(vec!["*fs".into()]),
            ..Settings::default()
        };
        assert_eq!(points(&known(&roots, &settings)), ["/"]);
        settings.include = vec!["/snap/*".into()];
        assert_eq!(points(&known(&roots, &settings)), ["/", "/snap/core20/1"]);
        settings.exclude = Some(vec!["/".into(), "/var/*".into()]);
        assert_eq!(points(&known(&roots, &settings)), ["/snap/core20/1"]);
    }

    /// Roots whose table of mounts is `text`, as process `pid` has it.
    fn roots_with(pid: &str, text: &str, root: &str) -> (tempfile::TempDir, Roots) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(pid)).unwrap();
        std::fs::write(folder.path().join(pid).join("mountinfo"), text).unwrap();
        let roots = Roots {
            proc: folder.path().into(),
            root: root.into(),
            ..Roots::default()
        };
        (folder, roots)
    }

    #[test]
    fn below_the_network_is_on_the_network_too() {
        let text = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:2 / /net rw - nfs a:/ rw\n3 2 8:2 / /net/local rw - ext4 /dev/sda2 rw\n4 1 8:3 / /network rw - ext4 /dev/sda3 rw\n";
        let (_folder, roots) = roots_with("1", text, "/nowhere");
        let apart: Vec<_> = known(&roots, &Settings::default())
            .iter()
            .map(|mount| matches!(mount.asked, Asked::Apart(_)))
            .collect();
        assert_eq!(apart, [false, true, true, false]);
    }

    #[test]
    fn the_upper_of_two_mounts_at_one_point_counts() {
        let text = "1 0 0:1 / / rw - rootfs rootfs rw\n2 1 8:1 / / rw - ext4 /dev/sda1 rw\n3 2 8:2 / /a rw - xfs /dev/sda2 rw\n4 2 0:5 / /a rw - overlay overlay rw\n";
        let (_folder, roots) = roots_with("1", text, "/");
        let mounts = known(&roots, &Settings::default());
        assert_eq!(points(&mounts), ["/"]);
        assert_eq!(mounts[0].source, "/dev/sda1");
    }

    #[test]
    fn our_own_mounts_below_the_relocated_root_lose_its_name() {
        let text = "1 0 8:1 / /host rw - ext4 /dev/sda1 rw\n2 1 8:2 / /host/data rw - ext4 /dev/sda2 rw\n3 1 8:3 / /hostile rw - ext4 /dev/sda3 rw\n";
        let (_folder, roots) = roots_with("self", text, "/host/");
        let mounts = known(&roots, &Settings::default());
        assert_eq!(points(&mounts), ["/", "/data", "/hostile"]);
        let paths: Vec<_> = mounts.iter().map(|mount| mount.path.to_bytes()).collect();
        assert_eq!(paths, [&b"/host"[..], b"/host/data", b"/host/hostile"]);
    }

    /// Puts this thread into a mount namespace of its own; false where that is not allowed.
    fn is_apart() -> bool {
        // SAFETY: unshare(2) takes a plain number, and changes this thread alone.
        if unsafe { libc::unshare(libc::CLONE_NEWNS) } != 0 {
            return false;
        }
        let (private, none) = (libc::MS_REC | libc::MS_PRIVATE, std::ptr::null());
        // SAFETY: the texts end in NUL; what is null may be.
        let done = unsafe { libc::mount(none, c"/".as_ptr(), none, private, none.cast()) };
        done == 0
    }

    #[test]
    fn a_new_mount_is_told_by_the_kernel() {
        let apart = std::thread::spawn(|| {
            if !is_apart() {
                eprintln!("not allowed to make a mount namespace: nothing was tried");
                return;
            }
            let folder = tempfile::tempdir().unwrap();
            let proc = folder.path().join("proc");
            std::fs::create_dir(&proc).unwrap();
            std::os::unix::fs::symlink("/proc/thread-self", proc.join("self")).unwrap();
            let roots = Roots {
                proc,
                ..Roots::default()
            };
            let mut mounts = Mounts::open(&roots, &Settings::default()).unwrap();
            let now = Instant::now();
            mounts.refresh(now).unwrap();
            assert!(!mounts.has_changed());
            let before = mounts.known.len();

            let point = CString::new(folder.path().join("proc").as_os_str().as_bytes()).unwrap();
            let tmpfs = c"tmpfs".as_ptr();
            // SAFETY: the texts end in NUL and are alive for the call; there are no options.
            let done = unsafe { libc::mount(tmpfs, point.as_ptr(), tmpfs, 0, std::ptr::null()) };
            assert_eq!(done, 0);
            mounts.refresh(now).unwrap();
            assert_eq!(mounts.known.len(), before + 1);
            // SAFETY: the text ends in NUL and is alive for the call.
            assert_eq!(unsafe { libc::umount(point.as_ptr()) }, 0);
            mounts.refresh(now).unwrap();
            assert_eq!(mounts.known.len(), before);
        });
        apart.join().unwrap();
    }
}
