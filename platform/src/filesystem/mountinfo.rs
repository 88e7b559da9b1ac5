//! The text of `mountinfo`, proc_pid_mountinfo(5):
//! `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`. Fields are parted by
//! one space; a field may be empty. Space, tab, newline and backslash stand as `\040` and the like.

use crate::error::Malformed;

/// One mount. The texts are as they stand there, escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MountLine<'a> {
    /// Where it is mounted.
    pub point: &'a [u8],
    /// The mount's own options.
    pub options: &'a [u8],
    /// The file system's type.
    pub kind: &'a [u8],
    /// The device, or what stands for one.
    pub source: &'a [u8],
    /// The file system's options.
    pub super_options: &'a [u8],
}

/// Every line of the text.
pub fn lines(text: &[u8]) -> impl Iterator<Item = Result<MountLine<'_>, Malformed>> {
    let lines = text.split(|&byte| byte == b'\n').zip(1..);
    lines
        .filter(|(line, _)| !line.is_empty())
        .map(|(text, number)| {
            line(text).ok_or(Malformed {
                line: number,
                expected: "six fields, a hyphen and three fields",
            })
        })
}

fn line(text: &[u8]) -> Option<MountLine<'_>> {
    let mut fields = text.split(|&byte| byte == b' ');
    let point = fields.nth(4)?;
    let options = fields.next()?;
    // Any number of optional fields.
    fields.find(|field| *field == b"-")?;
    Some(MountLine {
        point,
        options,
        kind: fields.next()?,
        source: fields.next()?,
        super_options: fields.next()?,
    })
}

impl MountLine<'_> {
    /// Whether nothing can be written: by the mount's options, the file system's, or because ext4 met an
    /// error (`emergency_ro`).
    pub fn is_read_only(&self) -> bool {
        let has = |options: &[u8], wanted: &[u8]| {
            options
                .split(|&byte| byte == b',')
                .any(|option| option == wanted)
        };
        has(self.options, b"ro")
            || has(self.super_options, b"ro")
            || has(self.super_options, b"emergency_ro")
    }
}

/// A field with its escapes (`\040`) resolved; three octal digits follow each backslash of the kernel's.
pub fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(field.len());
    let mut rest = field;
    while let [first, after @ ..] = rest {
        if let [
            b'\\',
            a @ b'0'..=b'3',
            b @ b'0'..=b'7',
            c @ b'0'..=b'7',
            after @ ..,
        ] = rest
        {
            out.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
            rest = after;
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata;

    #[test]
    fn the_fields_stand_around_any_number_of_optional_ones() {
        for optional in ["", "shared:1 ", "shared:1 master:2 unbindable "] {
            let text = format!(
                "36 35 98:0 /mnt1 /mnt/with\\040space rw,noatime {optional}- ext3 /dev/root rw,errors=continue\n"
            );
            let found: Vec<_> = lines(text.as_bytes()).collect();
            let expected = MountLine {
                point: b"/mnt/with\\040space",
                options: b"rw,noatime",
                kind: b"ext3",
                source: b"/dev/root",
                super_options: b"rw,errors=continue",
            };
            assert_eq!(found, [Ok(expected)]);
        }
    }

    #[test]
    fn a_source_may_be_empty_and_a_line_may_be_broken() {
        let text = b"1 2 0:3 / /a rw - tmpfs  rw\n1 2 0:3 / /b rw tmpfs none rw\n\n1 2\n";
        let found: Vec<_> = lines(text).collect();
        assert_eq!(found[0].unwrap().source, b"");
        assert_eq!(found[1].unwrap_err().line, 2);
        assert_eq!(found[2].unwrap_err().line, 4);
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn escapes_are_resolved_and_what_is_none_stays() {
        assert_eq!(unescaped(br"/a\040b\011c\134d\012"), b"/a b\tc\\d\n");
        assert_eq!(unescaped(br"/a\04\9\400\"), br"/a\04\9\400\");
    }

    #[test]
    fn read_only_is_said_by_either_options_as_a_whole_word() {
        let is_read_only = |options: &str, super_options: &str| {
            let text = format!("1 2 0:3 / /a {options} - ext4 /dev/a {super_options}\n");
            lines(text.as_bytes())
                .next()
                .unwrap()
                .unwrap()
                .is_read_only()
        };
        assert!(is_read_only("ro,relatime", "rw"));
        assert!(is_read_only("rw", "ro"));
        assert!(is_read_only("rw", "discard,emergency_ro"));
        assert!(!is_read_only("rw,relatime", "rw,errors=remount-ro"));
    }

    #[test]
    fn no_bytes_are_taken_badly() {
        for (_, text) in testdata::each("proc/1/mountinfo") {
            testdata::each_damaged(&text, |text| {
                for line in lines(text).flatten() {
                    drop(unescaped(line.point));
                }
            });
        }
    }

    #[cfg(target_os = "linux")]
    mod oracle {
        use procfs::prelude::*;

        use super::*;

        fn of_procfs(mount: &procfs::process::MountInfo) -> (Vec<u8>, String, bool) {
            let is_read_only = mount.mount_options.contains_key("ro")
                || mount.super_options.contains_key("ro")
                || mount.super_options.contains_key("emergency_ro");
            (
                mount.mount_point.to_str().unwrap().as_bytes().to_vec(),
                mount.fs_type.clone(),
                is_read_only,
            )
        }

        fn ours(text: &[u8]) -> Vec<(Vec<u8>, String, bool)> {
            lines(text)
                .map(|line| {
                    let line = line.unwrap();
                    let kind = String::from_utf8(line.kind.to_vec()).unwrap();
                    // procfs leaves the escapes as they are.
                    (line.point.to_vec(), kind, line.is_read_only())
                })
                .collect()
        }

        #[test]
        fn every_tree_and_the_live_file_are_read_as_procfs_reads_them() {
            let live = (
                "live".to_owned(),
                std::fs::read("/proc/self/mountinfo").unwrap(),
            );
            let trees = testdata::each("proc/1/mountinfo");
            for (tree, text) in trees.iter().chain([&live]) {
                let theirs = procfs::process::MountInfos::from_read(&text[..]).unwrap();
                let expected: Vec<_> = theirs.iter().map(of_procfs).collect();
                assert_eq!(ours(text), expected, "{tree}");
            }
        }
    }
}
