//! `struct statfs` of macOS' sys/mount.h, one a mount: what getfsstat(2) answers.

use super::{FilesystemSample, Usage};
use crate::bytes::Bytes;

/// The structure's size.
pub const SIZE: usize = 2168;
/// Where `f_bsize`, `f_blocks`, `f_bfree`, `f_bavail`, `f_files`, `f_ffree` stand.
pub const BLOCK_SIZE: usize = 0;
/// ... the last five in a row, eight bytes each.
pub const BLOCKS: usize = 8;
/// Where `f_flags` stands.
pub const FLAGS: usize = 64;
/// Where `f_fstypename` stands, and its size.
pub const KIND: usize = 72;
const KIND_SIZE: usize = 16;
/// Where `f_mntonname` stands.
pub const POINT: usize = 88;
/// Where `f_mntfromname` stands.
pub const SOURCE: usize = 1112;
/// The size of both.
const PATH_SIZE: usize = 1024;
/// `MNT_RDONLY`.
const READ_ONLY: u32 = 1;

/// One mount.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mount<'a> {
    /// Where.
    pub point: &'a [u8],
    /// What.
    pub source: &'a [u8],
    /// The file system's type.
    pub kind: &'a [u8],
    /// How full.
    pub sample: FilesystemSample,
}

/// Reads the structure.
pub fn parse(bytes: &[u8]) -> Option<Mount<'_>> {
    let bytes = Bytes(bytes);
    let block_size = u64::from(bytes.u32(BLOCK_SIZE)?);
    let number = |index: usize| bytes.u64(BLOCKS + 8 * index);
    let size = |index: usize| Some(number(index)?.saturating_mul(block_size));
    let read_only = bytes.u32(FLAGS)? & READ_ONLY != 0;
    let usage = Usage {
        total: size(0)?,
        free: size(1)?,
        available: size(2)?,
        files: number(3)?,
        files_free: number(4)?,
        read_only,
    };
    Some(Mount {
        point: bytes.text(POINT, PATH_SIZE)?,
        source: bytes.text(SOURCE, PATH_SIZE)?,
        kind: bytes.text(KIND, KIND_SIZE)?,
        sample: FilesystemSample {
            usage: Some(usage),
            read_only: u64::from(read_only),
            device_error: 0,
        },
    })
}

/// Mount points that node_exporter leaves out there: `^/(dev)($|/)`.
pub fn point_by_default(point: &[u8]) -> bool {
    matches!(point.strip_prefix(b"/dev"), Some([] | [b'/', ..]))
}

/// Types that node_exporter leaves out there, and what automount(8) has not mounted yet.
pub fn kind_by_default(kind: &[u8]) -> bool {
    matches!(kind, b"devfs" | b"autofs")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::each_damaged;

    fn structure() -> Vec<u8> {
        let mut bytes = vec![0; SIZE];
        let mut put = |at: usize, text: &[u8]| bytes[at..at + text.len()].copy_from_slice(text);
        put(BLOCK_SIZE, &4096_u32.to_le_bytes());
        for (index, number) in [1000_u64, 400, 300, 77, 66].iter().enumerate() {
            put(BLOCKS + 8 * index, &number.to_le_bytes());
        }
        put(FLAGS, &0x4000_9001_u32.to_le_bytes());
        put(KIND, b"apfs");
        put(POINT, b"/System/Volumes/Data");
        put(SOURCE, b"/dev/disk3s5");
        bytes
    }

    #[test]
    fn a_mount_is_read_whole() {
        let bytes = structure();
        let mount = parse(&bytes).unwrap();
        let names = (mount.point, mount.source, mount.kind);
        let expected = (
            &b"/System/Volumes/Data"[..],
            &b"/dev/disk3s5"[..],
            &b"apfs"[..],
        );
        assert_eq!(names, expected);
        let usage = mount.sample.usage.unwrap();
        assert_eq!((usage.total, usage.used()), (4_096_000, 600 * 4096));
        assert_eq!((usage.available, usage.files), (300 * 4096, 77));
        assert_eq!((usage.files_free, mount.sample.read_only), (66, 1));
    }

    #[test]
    fn no_bytes_are_taken_badly() {
        assert_eq!(parse(&structure()[..SOURCE + 1023]), None);
        each_damaged(&structure()[..POINT], |bytes| _ = parse(bytes));
    }

    #[test]
    fn what_is_left_out_is_what_node_exporter_leaves_out() {
        let left_out = [&b"/dev"[..], b"/dev/fd"].map(point_by_default);
        assert_eq!(left_out, [true, true]);
        let kept = [&b"/"[..], b"/devices", b"/System/Volumes/Data"].map(point_by_default);
        assert_eq!(kept, [false; 3]);
        assert!(kind_by_default(b"devfs") && !kind_by_default(b"apfs"));
    }
}
