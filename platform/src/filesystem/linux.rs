//! Each mount that is not left out: where it is from `mountinfo`, how full by statvfs(3).

use std::time::{Duration, Instant};

use super::apart::Answer;
use super::mounts::{Asked, Mount, Mounts};
use super::{FilesystemSample, Usage, usage};
use crate::error::ReadError;
use crate::reader::{Label, Labels, Reader, Settings};
use crate::roots::Roots;

/// How long a sample waits for servers, all together. What comes later counts for no sample.
const PATIENCE: Duration = Duration::from_millis(100);

/// Reads each mount that is not left out; the instance is its mount point.
pub struct FilesystemReader {
    mounts: Mounts,
    /// Whether the flags of statvfs are the host's, not those of a mount of its root in a container.
    is_own_root: bool,
}

impl FilesystemReader {
    /// Opens the table of mounts.
    pub fn open(roots: &Roots, settings: &Settings) -> Result<FilesystemReader, ReadError> {
        Ok(FilesystemReader {
            mounts: Mounts::open(roots, settings)?,
            is_own_root: roots.root.as_os_str() == "/",
        })
    }

    fn sample(&self, mount: &Mount, now: Instant) -> FilesystemSample {
        // A server that let one sample wait does not hold up the next.
        let patience = if mount.is_fresh {
            PATIENCE
        } else {
            Duration::ZERO
        };
        let (usage, has_failed) = match &mount.asked {
            Asked::Here => {
                let usage = usage::of(&mount.path).ok();
                (usage, usage.is_none())
            }
            Asked::Apart(apart) => match apart.answer(now + patience) {
                Answer::Usage(usage) => (Some(usage), false),
                Answer::Waiting => (None, false),
                Answer::Error | Answer::Stuck => (None, true),
            },
            Asked::Never => (None, true),
        };
        let is_now = |usage: &Usage| self.is_own_root && usage.read_only;
        FilesystemSample {
            usage,
            read_only: u64::from(mount.read_only || usage.as_ref().is_some_and(is_now)),
            device_error: u64::from(has_failed),
        }
    }
}

impl Reader for FilesystemReader {
    type Sample = FilesystemSample;
    const SELECTS: bool = true;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &FilesystemSample)) -> Result<(), ReadError> {
        let now = Instant::now();
        self.mounts.refresh(now)?;
        for mount in &mut self.mounts.known {
            if let Asked::Apart(apart) = &mount.asked {
                mount.is_fresh = apart.ask(now);
            }
        }
        for mount in &self.mounts.known {
            row(&mount.point, &self.sample(mount, now));
        }
        Ok(())
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        let find = |mount: &&Mount| mount.point == instance;
        let Some(mount) = self.mounts.known.iter().find(find) else {
            return Labels::new();
        };
        let label = |name: &str, value: &str| Label {
            name: name.into(),
            value: value.into(),
        };
        vec![
            label("device", &mount.source),
            label("fstype", &mount.kind),
            label("mountpoint", &String::from_utf8_lossy(instance)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata;

    fn rows(reader: &mut FilesystemReader) -> Vec<(String, FilesystemSample)> {
        let mut rows = Vec::new();
        reader
            .read(&mut |name, sample| {
                rows.push((String::from_utf8(name.to_vec()).unwrap(), *sample));
            })
            .unwrap();
        rows
    }

    #[test]
    fn the_live_root_has_a_size_and_labels() {
        let settings = Settings {
            include: vec!["/".into()],
            ..Settings::default()
        };
        let mut reader = FilesystemReader::open(&Roots::default(), &settings).unwrap();
        let rows = rows(&mut reader);
        let (_, root) = rows.iter().find(|(point, _)| point == "/").unwrap();
        let usage = root.usage.unwrap();
        assert!(usage.total > 0 && usage.used() + usage.free == usage.total);
        assert_eq!(root.device_error, 0);
        let labels = reader.labels(b"/");
        let names: Vec<_> = labels.iter().map(|label| &*label.name).collect();
        assert_eq!(names, ["device", "fstype", "mountpoint"]);
        assert_eq!(labels[2].value, "/");
    }

    #[test]
    fn a_host_is_read_through_its_root_and_what_is_not_there_is_an_error() {
        let roots = testdata::tree("constructed/container");
        let mut reader = FilesystemReader::open(&roots, &Settings::default()).unwrap();
        let found = rows(&mut reader);
        assert_eq!(found[0].0, "/");
        assert_eq!(found[1].0, "/data");
        assert!(
            found
                .iter()
                .all(|(_, sample)| sample.usage.is_some() && sample.device_error == 0)
        );
        let roots = testdata::tree("constructed/linux-4.18");
        let mut reader = FilesystemReader::open(&roots, &Settings::default()).unwrap();
        let home = rows(&mut reader).pop().unwrap();
        let expected = FilesystemSample {
            usage: None,
            read_only: 1,
            device_error: 1,
        };
        assert_eq!(home, ("/home".into(), expected));
    }

    #[test]
    fn what_is_asked_apart_answers_like_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("1")).unwrap();
        let text = "1 0 0:2 / / rw - nfs a:/ rw\n2 1 0:3 / /none rw - cifs b rw\n";
        std::fs::write(folder.path().join("1/mountinfo"), text).unwrap();
        let roots = Roots {
            proc: folder.path().into(),
            root: folder.path().into(),
            ..Roots::default()
        };
        let mut reader = FilesystemReader::open(&roots, &Settings::default()).unwrap();
        // A loaded machine may take longer than a sample waits: then the next one asks.
        let answered = (0..1000).any(|_| {
            let rows = rows(&mut reader);
            rows[0].1.usage.is_some() && rows[1].1.device_error == 1
        });
        assert!(answered);
    }
}
