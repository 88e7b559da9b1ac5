//! The sweep: every folder of `/proc` that is a number, and its `stat`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use super::{ProcessesSample, pid_stat};
use crate::attribute::Attribute;
use crate::error::ReadError;
use crate::folder::Folder;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;

/// As far as the twenty-fourth field: the process number, a name of at most 64 bytes (a worker's) in
/// brackets, a letter, and 21 numbers of twenty digits; what stands behind is not read.
const STAT_PREFIX_SIZE: usize = 600;
const _: () = assert!(STAT_PREFIX_SIZE > 21 + 64 + 3 + 2 + 21 * 21);

/// Counts processes.
pub struct ProcessesReader {
    proc: Folder,
    /// `/proc/`, and room for `<pid>/stat`.
    path: Vec<u8>,
    threads_max: Option<Attribute>,
    pid_max: Option<Attribute>,
    hung_tasks: Option<Attribute>,
}

impl ProcessesReader {
    /// Opens `/proc` and the limits.
    pub fn open(roots: &Roots, _settings: &Settings) -> Result<ProcessesReader, ReadError> {
        let kernel = roots.proc.join("sys/kernel");
        let mut path = roots.proc.join("").into_os_string().into_vec();
        path.reserve("18446744073709551615/stat".len());
        Ok(ProcessesReader {
            proc: Folder::open(&roots.proc)?,
            path,
            threads_max: Attribute::open_if_there(&kernel.join("threads-max"))?,
            pid_max: Attribute::open_if_there(&kernel.join("pid_max"))?,
            hung_tasks: Attribute::open_if_there(&kernel.join("hung_task_detect_count"))?,
        })
    }
}

impl Reader for ProcessesReader {
    type Sample = ProcessesSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &ProcessesSample)) -> Result<(), ReadError> {
        let mut sample = ProcessesSample::default();
        let prefix = self.path.len();
        let path = &mut self.path;
        let mut result = Ok(());
        let swept = self.proc.each(&mut |name| {
            if result.is_err() || !name.iter().all(u8::is_ascii_digit) {
                return;
            }
            path.truncate(prefix);
            path.extend_from_slice(name);
            path.extend_from_slice(b"/stat");
            result = count(Path::new(OsStr::from_bytes(path)), &mut sample);
        });
        path.truncate(prefix);
        swept.and(result)?;
        let read = |limit: &Option<Attribute>| limit.as_ref()?.read_unsigned().ok();
        sample.threads_max = read(&self.threads_max);
        sample.pid_max = read(&self.pid_max);
        sample.hung_tasks = read(&self.hung_tasks);
        row(b"", &sample);
        Ok(())
    }
}

/// Counts one process, unless it has ended meanwhile.
fn count(path: &Path, sample: &mut ProcessesSample) -> Result<(), ReadError> {
    let mut buffer = [0; STAT_PREFIX_SIZE];
    let length = match File::open(path).and_then(|mut file| file.read(&mut buffer)) {
        Ok(length) => length,
        Err(error) if is_gone(&error) => return Ok(()),
        Err(error) => return Err(ReadError::os(&path.into(), &error)),
    };
    let stat = pid_stat::parse(&buffer[..length]).map_err(|error| error.at(&path.into()))?;
    sample.processes += 1;
    sample.threads += stat.threads;
    sample.states.count(stat.state);
    Ok(())
}

/// Whether the process has ended, or (`hidepid`, proc(5)) is not ours to see.
fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::ENOENT | libc::ESRCH | libc::EACCES | libc::EPERM)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::{one_row, tree};

    #[test]
    fn every_process_is_counted_once_by_its_state() {
        let mut reader =
            ProcessesReader::open(&tree("captured/vm-6.18"), &Settings::default()).unwrap();
        let sample = one_row(&mut reader);
        assert_eq!(one_row(&mut reader), sample);
        let states = sample.states;
        assert_eq!(sample.processes, 4);
        assert_eq!((states.sleeping, states.idle), (3, 1));
        assert_eq!(
            (sample.threads_max, sample.pid_max),
            (Some(192_731), Some(32_768))
        );
    }

    #[test]
    fn this_process_and_its_threads_are_among_them() {
        let mut reader = ProcessesReader::open(&Roots::default(), &Settings::default()).unwrap();
        let theirs = procfs::process::all_processes().unwrap().count() as u64;
        let sample = one_row(&mut reader);
        // others come and go while both count
        assert!(sample.processes.abs_diff(theirs) < 50);
        assert!(sample.processes >= 1 && sample.threads >= sample.processes);
        let by_state = sample.states;
        let sum = by_state.running + by_state.sleeping + by_state.disk_sleep + by_state.zombie;
        let sum = sum + by_state.stopped + by_state.traced + by_state.idle + by_state.other;
        assert_eq!(sum, sample.processes);
        let pid_max = procfs::sys::kernel::pid_max().unwrap();
        assert_eq!(sample.pid_max, Some(u64::from(pid_max.unsigned_abs())));
        let threads_max = procfs::sys::kernel::threads_max().unwrap();
        assert_eq!(sample.threads_max, Some(u64::from(threads_max)));
    }
}
