//! proc_pidinfo(`PROC_PIDTASKINFO`), which says of a task what task_info does and needs no port of it; proc_pid_rusage;
//! of this process getrusage(2) besides. What is dear is taken every 30 s and kept between.

use std::io;
use std::mem::{MaybeUninit, offset_of};
use std::path::Path;
use std::sync::Arc;

use super::ProcessSample;
use super::task_info::{self, FOOTPRINT, Faults, RUSAGE_SIZE, SIZE, Timebase};
use crate::bytes::Aligned;
use crate::clock;
use crate::error::ReadError;

const DEAR_EVERY_NS: u64 = 30_000_000_000;
/// The size of `struct proc_fdinfo`: a descriptor and its kind.
const DESCRIPTOR_SIZE: usize = 8;
/// Descriptors that are counted; the gatherer and the reporter have far fewer.
const DESCRIPTORS_MAX: usize = 1024;

// sys/proc_info.h
const _: () = assert!(size_of::<libc::proc_taskinfo>() == SIZE);
const _: () = assert!(offset_of!(libc::proc_taskinfo, pti_resident_size) == 8);
const _: () = assert!(offset_of!(libc::proc_taskinfo, pti_total_system) == 24);
const _: () = assert!(offset_of!(libc::proc_taskinfo, pti_faults) == 52);
const _: () = assert!(offset_of!(libc::proc_taskinfo, pti_threadnum) == 84);
// sys/resource.h
const _: () = assert!(size_of::<libc::rusage_info_v2>() == RUSAGE_SIZE);
const _: () = assert!(offset_of!(libc::rusage_info_v2, ri_phys_footprint) == FOOTPRINT);

/// Reads one process for as long as it lives.
pub struct ProcessReader {
    pid: u32,
    id: libc::pid_t,
    path: Arc<Path>,
    timebase: Timebase,
    faults: Faults,
    /// The next time, since boot, at which what is dear is taken, and what was found last.
    dear_due_ns: u64,
    descriptor_count: Option<u64>,
    descriptors: Box<[u8]>,
}

impl ProcessReader {
    /// Asks once.
    pub fn new(pid: u32) -> Result<ProcessReader, ReadError> {
        let path = Path::new(&format!("proc_pidinfo {pid}")).into();
        let mut reader = ProcessReader {
            pid,
            id: libc::pid_t::try_from(pid).unwrap_or(-1),
            path,
            timebase: timebase()?,
            faults: Faults::default(),
            dear_due_ns: 0,
            descriptor_count: None,
            descriptors: vec![0; DESCRIPTORS_MAX * DESCRIPTOR_SIZE].into(),
        };
        reader.read()?;
        Ok(reader)
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Takes a sample; an error of the system once the process has ended.
    pub fn read(&mut self) -> Result<ProcessSample, ReadError> {
        let mut answer = Aligned([0; SIZE]);
        let size = info(self.id, libc::PROC_PIDTASKINFO, &mut answer.0);
        let size = size.map_err(|error| ReadError::os(&self.path, &error))?;
        let sample = self
            .faults
            .sample(&answer.0[..size.min(SIZE)], self.timebase);
        let mut sample = sample.ok_or_else(|| ReadError::Unexpected {
            path: Arc::clone(&self.path),
            expected: "struct proc_taskinfo",
        })?;
        let now = clock::boot_ns();
        if now >= self.dear_due_ns {
            self.dear_due_ns = now + DEAR_EVERY_NS;
            let size = info(self.id, libc::PROC_PIDLISTFDS, &mut self.descriptors);
            self.descriptor_count = size.ok().map(|size| (size / DESCRIPTOR_SIZE) as u64);
        }
        sample.descriptors = self.descriptor_count;
        sample.footprint = footprint(self.id);
        if self.pid == std::process::id() {
            refine(&mut sample);
        }
        Ok(sample)
    }
}

/// What the system says of a process, as one of its structures: how many bytes of it.
fn info(pid: libc::pid_t, flavor: libc::c_int, answer: &mut [u8]) -> io::Result<usize> {
    let size = libc::c_int::try_from(answer.len()).unwrap_or(libc::c_int::MAX);
    // SAFETY: proc_pidinfo writes at most `size` bytes at `answer`, which has so many.
    let written = unsafe { libc::proc_pidinfo(pid, flavor, 0, answer.as_mut_ptr().cast(), size) };
    match usize::try_from(written) {
        Ok(written) if written > 0 => Ok(written),
        _ => Err(io::Error::last_os_error()),
    }
}

fn footprint(pid: libc::pid_t) -> Option<u64> {
    let mut answer = Aligned([0; RUSAGE_SIZE]);
    // SAFETY: with RUSAGE_INFO_V2 proc_pid_rusage writes one `rusage_info_v2`, whatever the pointer's type says; the
    // buffer has its size and alignment.
    let result =
        unsafe { libc::proc_pid_rusage(pid, libc::RUSAGE_INFO_V2, answer.0.as_mut_ptr().cast()) };
    (result == 0).then(|| task_info::footprint(&answer.0))?
}

fn timebase() -> Result<Timebase, ReadError> {
    let mut info = mach2::mach_time::mach_timebase_info { numer: 0, denom: 0 };
    // SAFETY: the call writes the struct that it is given, and nothing else.
    let code = unsafe { mach2::mach_time::mach_timebase_info(&raw mut info) };
    crate::mach::done(code, "mach_timebase_info")?;
    Ok(Timebase {
        numerator: info.numer,
        denominator: info.denom,
    })
}

/// What getrusage(2) knows of this process besides.
fn refine(sample: &mut ProcessSample) {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: getrusage(2) writes the struct that it is given, and nothing else.
    if unsafe { libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) } != 0 {
        return;
    }
    // SAFETY: rusage is a struct of numbers, for which zeros are valid, and it began as zeros.
    let usage = unsafe { usage.assume_init() };
    sample.voluntary_switches = Some(usage.ru_nvcsw.unsigned_abs());
    sample.involuntary_switches = Some(usage.ru_nivcsw.unsigned_abs());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_costs_something() {
        let mut reader = ProcessReader::new(std::process::id()).unwrap();
        let before = reader.read().unwrap();
        assert!(before.resident > 0 && before.threads >= 1);
        assert!(before.footprint > Some(0) && before.descriptors >= Some(3));
        let spun: u64 = (0..20_000_000_u64).map(std::hint::black_box).sum();
        let after = reader.read().unwrap();
        assert!(spun > 0 && before.cpu_ns < after.cpu_ns);
    }
}
