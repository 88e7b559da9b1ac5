//! getfsstat(2) with `MNT_NOWAIT`, which getmntinfo(3) is made of: what the kernel knows already, so that no dead server
//! holds anything up.

use std::io;
use std::mem::offset_of;
use std::path::Path;
use std::ptr;
use std::sync::Arc;

use super::FilesystemSample;
use super::statfs::{self, BLOCK_SIZE, BLOCKS, FLAGS, KIND, Mount, POINT, SIZE, SOURCE};
use crate::bytes::Aligned;
use crate::error::ReadError;
use crate::reader::{Label, Labels, Reader, Settings};
use crate::roots::Roots;

/// Mounts that may come between the question how many there are and the answer.
const SPARE: usize = 4;

// sys/mount.h
const _: () = assert!(size_of::<libc::statfs>() == SIZE);
const _: () = assert!(size_of::<Aligned<[u8; SIZE]>>() == SIZE);
const _: () = assert!(align_of::<libc::statfs>() <= align_of::<Aligned<[u8; SIZE]>>());
const _: () = assert!(offset_of!(libc::statfs, f_bsize) == BLOCK_SIZE);
const _: () = assert!(offset_of!(libc::statfs, f_blocks) == BLOCKS);
const _: () = assert!(offset_of!(libc::statfs, f_ffree) == BLOCKS + 32);
const _: () = assert!(offset_of!(libc::statfs, f_flags) == FLAGS);
const _: () = assert!(offset_of!(libc::statfs, f_fstypename) == KIND);
const _: () = assert!(offset_of!(libc::statfs, f_mntonname) == POINT);
const _: () = assert!(offset_of!(libc::statfs, f_mntfromname) == SOURCE);

/// Reads each mount that is not left out; the instance is its mount point.
pub struct FilesystemReader {
    settings: Settings,
    path: Arc<Path>,
    buffer: Vec<Aligned<[u8; SIZE]>>,
    /// How many the last answer had.
    count: usize,
}

impl FilesystemReader {
    /// Asks once.
    pub fn open(_roots: &Roots, settings: &Settings) -> Result<FilesystemReader, ReadError> {
        let mut reader = FilesystemReader {
            settings: settings.clone(),
            path: Path::new("getfsstat").into(),
            buffer: Vec::new(),
            count: 0,
        };
        reader.ask()?;
        Ok(reader)
    }

    fn ask(&mut self) -> Result<(), ReadError> {
        let refused = |path: &Arc<Path>| ReadError::os(path, &io::Error::last_os_error());
        // SAFETY: without a buffer getfsstat(2) just says how many mounts there are.
        let mounts = unsafe { libc::getfsstat(ptr::null_mut(), 0, libc::MNT_NOWAIT) };
        let mounts = usize::try_from(mounts).map_err(|_| refused(&self.path))?;
        if mounts > self.buffer.len() {
            self.buffer.resize(mounts + SPARE, Aligned([0; SIZE]));
        }
        let size = libc::c_int::try_from(self.buffer.len() * SIZE).unwrap_or(libc::c_int::MAX);
        // SAFETY: getfsstat(2) writes at most `size` bytes of whole structures; the buffer has so many, each aligned as
        // the structure is.
        let answered =
            unsafe { libc::getfsstat(self.buffer.as_mut_ptr().cast(), size, libc::MNT_NOWAIT) };
        let answered = usize::try_from(answered).map_err(|_| refused(&self.path))?;
        self.count = answered.min(self.buffer.len());
        Ok(())
    }

    fn mounts(&self) -> impl Iterator<Item = Mount<'_>> {
        self.buffer[..self.count]
            .iter()
            .filter_map(|mount| statfs::parse(&mount.0))
            .filter(|mount| {
                self.settings.includes(mount.point)
                    || (self.settings.keeps(mount.point, statfs::point_by_default)
                        && self
                            .settings
                            .keeps_type(mount.kind, statfs::kind_by_default))
            })
    }
}

impl Reader for FilesystemReader {
    type Sample = FilesystemSample;
    const SELECTS: bool = true;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &FilesystemSample)) -> Result<(), ReadError> {
        self.ask()?;
        for mount in self.mounts() {
            row(mount.point, &mount.sample);
        }
        Ok(())
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        let found = self.mounts().find(|mount| mount.point == instance);
        found.map_or_else(Labels::new, |mount| {
            vec![
                Label::of("device", mount.source),
                Label::of("fstype", mount.kind),
                Label::of("mountpoint", mount.point),
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::rows;

    #[test]
    fn the_root_has_a_size_and_labels() {
        let mut reader = FilesystemReader::open(&Roots::default(), &Settings::default()).unwrap();
        let rows = rows(&mut reader);
        let (_, root) = rows.iter().find(|(point, _)| point == "/").unwrap();
        assert!(root.usage.unwrap().total > 0);
        assert_eq!(reader.labels(b"/")[2].value, "/");
        assert!(rows.iter().all(|(point, _)| point != "/dev"));
    }
}
