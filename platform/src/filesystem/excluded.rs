//! What is left out by default, as node_exporter has it: mount points
//! `^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)` and types
//! that hold no data of anybody's. Besides, which types are on the network.

/// Left out by default.
const TYPES: [&str; 25] = [
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "erofs",
    "fusectl",
    "hugetlbfs",
    "iso9660",
    "mqueue",
    "nsfs",
    "overlay",
    "proc",
    "procfs",
    "pstore",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "squashfs",
    "sysfs",
    "tracefs",
];

/// Another machine answers for these, or a program: the question may never come back.
const APART: [&str; 25] = [
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "davfs",
    "fuse",
    "gfs2",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "orangefs",
    "panfs",
    "prl_fs",
    "pvfs2",
    "smb3",
    "smbfs",
    "vboxsf",
    "virtiofs",
    "vmhgfs",
];

/// Whether a mount point is left out by default.
pub fn by_default(point: &[u8]) -> bool {
    let Some(path) = point.strip_prefix(b"/") else {
        return false;
    };
    let is_at_or_below = |folder: &[u8]| {
        path.strip_prefix(folder)
            .is_some_and(|rest| matches!(rest, [] | [b'/', ..]))
    };
    let is_below = |folder: &[u8]| path.strip_prefix(folder).is_some_and(has_name);
    is_at_or_below(b"dev")
        || is_at_or_below(b"proc")
        || is_at_or_below(b"sys")
        || is_below(b"run/credentials/")
        || is_below(b"var/lib/docker/")
        || is_below(b"var/lib/containers/storage/")
}

/// Whether it is `.+($|/)`, where a dot is anything but a newline.
fn has_name(rest: &[u8]) -> bool {
    match rest.iter().position(|&byte| byte == b'\n') {
        None => !rest.is_empty(),
        Some(end) => rest[..end].iter().skip(1).any(|&byte| byte == b'/'),
    }
}

/// Whether file systems of this type are left out by default.
pub fn type_by_default(kind: &[u8]) -> bool {
    TYPES.iter().any(|known| known.as_bytes() == kind)
}

/// Whether file systems of this type are asked on a thread of their own.
pub fn is_asked_apart(kind: &[u8]) -> bool {
    kind.starts_with(b"fuse.") || APART.iter().any(|known| known.as_bytes() == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_points_left_out_are_those_of_node_exporters_expression() {
        let oracle = regex::bytes::Regex::new(
            "(?-u)^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)",
        )
        .unwrap();
        let pieces = [
            "",
            "/",
            "dev",
            "proc",
            "sys",
            "run",
            "/run/credentials/",
            "/var/lib/docker/",
            "/var/lib/containers/storage/",
            "a",
            "/a",
            "\n",
        ];
        let mut left_out = 0;
        let mut points = vec![String::new()];
        for _ in 0..4 {
            points = points
                .iter()
                .flat_map(|point| pieces.iter().map(move |piece| format!("{point}{piece}")))
                .collect();
            points.sort_unstable();
            points.dedup();
            for point in &points {
                let expected = oracle.is_match(point.as_bytes());
                left_out += usize::from(expected);
                assert_eq!(by_default(point.as_bytes()), expected, "{point:?}");
            }
        }
        assert!(left_out > 100);
    }

    #[test]
    fn the_types_left_out_are_those_of_node_exporters_expression() {
        let oracle = regex::bytes::Regex::new(
            "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$",
        )
        .unwrap();
        let others = [
            "ext4",
            "xfs",
            "tmpfs",
            "nfs4",
            "fuse.sshfs",
            "cgroup3",
            "",
            "rootfs",
        ];
        for kind in TYPES.iter().chain(&others) {
            let expected = oracle.is_match(kind.as_bytes());
            assert_eq!(type_by_default(kind.as_bytes()), expected, "{kind}");
        }
    }

    #[test]
    fn what_another_machine_or_a_program_answers_for_is_asked_apart() {
        for kind in [
            "nfs",
            "nfs4",
            "cifs",
            "fuse.sshfs",
            "fuse.glusterfs",
            "9p",
            "ceph",
        ] {
            assert!(is_asked_apart(kind.as_bytes()), "{kind}");
        }
        for kind in ["ext4", "fuseblk", "tmpfs", "fusectl", "btrfs"] {
            assert!(!is_asked_apart(kind.as_bytes()), "{kind}");
        }
    }
}
