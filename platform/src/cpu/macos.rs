//! `host_processor_info(PROCESSOR_CPU_LOAD_INFO)`, whose answer the kernel maps into this process.

use std::mem::offset_of;
use std::ptr;

use super::load_ticks::{self, Core, STATES};
use super::{CPUS_MAX, CpuSample};
use crate::error::ReadError;
use crate::mach::{self, OutOfLine};
use crate::reader::{Label, Labels, Reader, Settings};
use crate::roots::Roots;

const CALL: &str = "host_processor_info";

// mach/processor_info.h, mach/machine.h: an array of numbers by state.
const _: () = assert!(size_of::<libc::processor_cpu_load_info>() == STATES * 4);
const _: () = assert!(offset_of!(libc::processor_cpu_load_info, cpu_ticks) == 0);
const _: () = assert!(libc::CPU_STATE_USER == 0 && libc::CPU_STATE_SYSTEM == 1);
const _: () = assert!(libc::CPU_STATE_IDLE == 2 && libc::CPU_STATE_NICE == 3);

/// Reads all cores together (instance `all`) and each core (`0`, `1`, ...).
pub struct CpuReader {
    cores: Vec<(Box<[u8]>, Core)>,
    samples: Vec<CpuSample>,
}

impl CpuReader {
    /// Asks once: how many cores there are.
    pub fn open(_roots: &Roots, _settings: &Settings) -> Result<CpuReader, ReadError> {
        let mut reader = CpuReader {
            cores: Vec::new(),
            samples: Vec::new(),
        };
        reader.take()?;
        Ok(reader)
    }

    fn take(&mut self) -> Result<(), ReadError> {
        let answer = ask()?;
        self.samples.clear();
        for (number, ticks) in load_ticks::cores(answer.numbers())
            .take(CPUS_MAX)
            .enumerate()
        {
            if number == self.cores.len() {
                let name = number.to_string().into_bytes().into();
                self.cores.push((name, Core::default()));
            }
            self.samples.push(self.cores[number].1.take(ticks));
        }
        Ok(())
    }
}

fn ask() -> Result<OutOfLine, ReadError> {
    let (mut cores, mut start, mut count) = (0, ptr::null_mut(), 0);
    // SAFETY: the three pointers are to locals, which the call writes.
    let code = unsafe {
        libc::host_processor_info(
            mach::host(),
            libc::PROCESSOR_CPU_LOAD_INFO,
            &raw mut cores,
            &raw mut start,
            &raw mut count,
        )
    };
    mach::done(code, CALL)?;
    // SAFETY: the call was done, so `start` is a mapping of `count` numbers of 32 bits, which is the caller's to give
    // back (mach/processor_info.h, host_processor_info).
    Ok(unsafe { OutOfLine::new(start.cast(), count as usize) })
}

impl Reader for CpuReader {
    type Sample = CpuSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &CpuSample)) -> Result<(), ReadError> {
        self.take()?;
        row(b"all", &load_ticks::sum(&self.samples));
        for ((name, _), sample) in self.cores.iter().zip(&self.samples) {
            row(name, sample);
        }
        Ok(())
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        vec![Label::of("cpu", instance)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::rows;

    #[test]
    fn each_core_counts_and_all_is_their_sum() {
        let mut reader = CpuReader::open(&Roots::default(), &Settings::default()).unwrap();
        let rows = rows(&mut reader);
        let cores = std::thread::available_parallelism().unwrap().get();
        assert!(rows.len() > cores);
        assert_eq!(rows[0].0, "all");
        let idle: u64 = rows[1..].iter().map(|(_, core)| core.idle).sum();
        assert!(rows[0].1.idle == idle && idle > 0);
    }
}
