//! sysctl `KERN_PROC_ALL`, and Mach's own count of threads.

use super::{ProcessesSample, kinfo};
use crate::error::ReadError;
use crate::mach;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;
use crate::sysctl::Sysctl;

/// Room for processes that come between the question how many there are and the answer.
const SPARE: usize = 64 * kinfo::SIZE;

/// Reads what processes there are.
pub struct ProcessesReader {
    all: Sysctl,
    buffer: Vec<u8>,
    threads_max: Option<Sysctl>,
    processes_max: Option<Sysctl>,
}

impl ProcessesReader {
    /// Asks how many there are.
    pub fn open(_roots: &Roots, _settings: &Settings) -> Result<ProcessesReader, ReadError> {
        let all = Sysctl::numbered(
            &[libc::CTL_KERN, libc::KERN_PROC, libc::KERN_PROC_ALL],
            "KERN_PROC_ALL",
        );
        Ok(ProcessesReader {
            buffer: vec![0; all.size()? + SPARE],
            all,
            threads_max: Sysctl::named(c"kern.num_threads").ok(),
            processes_max: Sysctl::named(c"kern.maxproc").ok(),
        })
    }
}

impl Reader for ProcessesReader {
    type Sample = ProcessesSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &ProcessesSample)) -> Result<(), ReadError> {
        let size = self.all.size()?;
        if size > self.buffer.len() {
            self.buffer.resize(size + SPARE, 0);
        }
        let (processes, states) = kinfo::count(self.all.read(&mut self.buffer)?);
        let number = |value: &Option<Sysctl>| value.as_ref().map(Sysctl::number).transpose();
        let sample = ProcessesSample {
            processes,
            threads: mach::threads()?,
            states,
            threads_max: number(&self.threads_max)?,
            processes_max: number(&self.processes_max)?,
            ..ProcessesSample::default()
        };
        row(b"", &sample);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::one_row;

    #[test]
    fn there_are_more_threads_than_processes() {
        let mut reader = ProcessesReader::open(&Roots::default(), &Settings::default()).unwrap();
        let all = one_row(&mut reader);
        assert!(all.processes > 1 && all.threads > all.processes);
        assert!(all.processes_max >= Some(all.processes));
    }
}
