//! `/proc/<pid>/stat` and `smaps_rollup`, kept open. What is dear is taken every 30 s and kept between: of this process
//! all that getrusage(2) has not, of another what `stat` has not; and its `stat` where it ran since the last sample.

use std::fs;
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};

use super::{ProcessSample, smaps_rollup};
use crate::attribute::if_there;
use crate::clock;
use crate::error::ReadError;
use crate::folder::Folder;
use crate::page::page_size;
use crate::proc_file::ProcFile;
use crate::processes::pid_stat::{self, PidStat};

/// 52 numbers of twenty digits, and a name of 64 bytes.
const STAT_SIZE_MAX: usize = 1200;
const _: () = assert!(STAT_SIZE_MAX > 52 * 21 + 64 + 3);
/// A line of addresses, and 25 lines of 30 bytes.
const SMAPS_ROLLUP_SIZE_MAX: usize = 2048;
/// `smaps_rollup` walks the page tables: 40 us for a small process.
const DEAR_EVERY_NS: u64 = 30_000_000_000;
/// The second time: once what a start needs has been given back.
const DEAR_SOON_NS: u64 = 6_000_000_000;
const NS_PER_SECOND: u64 = 1_000_000_000;

/// Reads one process for as long as it lives.
pub struct ProcessReader {
    pid: u32,
    is_own: bool,
    stat: ProcFile,
    smaps_rollup: Option<ProcFile>,
    descriptors: Descriptors,
    cpu_clock: Option<libc::clockid_t>,
    ns_per_tick: u64,
    page_size: u64,
    /// The next time, since boot, at which what is dear is taken, and what was found last.
    dear_due_ns: u64,
    known: PidStat,
    cpu_ns: Option<u64>,
    proportional: Option<u64>,
    descriptor_count: Option<u64>,
}

/// How open descriptors are counted.
enum Descriptors {
    /// The size of `/proc/<pid>/fd`, which is their number since 6.2.
    Size(PathBuf),
    /// Its entries.
    Entries(Folder),
    /// Not ours to see.
    Hidden,
}

impl ProcessReader {
    /// Opens the files of that process. They are those of `/proc`, wherever the host's may stand: the
    /// number is one of our own.
    pub fn new(pid: u32) -> Result<ProcessReader, ReadError> {
        let folder = Path::new("/proc").join(pid.to_string());
        Ok(ProcessReader {
            pid,
            is_own: pid == std::process::id(),
            stat: ProcFile::open(&folder.join("stat"))?,
            smaps_rollup: if_there(ProcFile::open(&folder.join("smaps_rollup"))).unwrap_or(None),
            descriptors: Descriptors::of(folder.join("fd")),
            cpu_clock: cpu_clock(pid),
            ns_per_tick: NS_PER_SECOND / ticks_per_second(),
            page_size: page_size(),
            dear_due_ns: 0,
            known: PidStat::default(),
            cpu_ns: None,
            proportional: None,
            descriptor_count: None,
        })
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Takes a sample; an error of the system once the process has ended.
    pub fn read(&mut self) -> Result<ProcessSample, ReadError> {
        let (now, cpu_ns) = (clock::boot_ns(), self.cpu_clock.and_then(cpu_ns));
        let is_due = now >= self.dear_due_ns;
        // what has not run since has changed nothing; of what has ended there is no clock
        let has_run = cpu_ns.is_none() || cpu_ns != self.cpu_ns;
        self.cpu_ns = cpu_ns;
        if is_due || (has_run && !self.is_own) {
            self.known = self.read_stat()?;
        }
        if is_due {
            let is_first = self.dear_due_ns == 0;
            self.dear_due_ns = now
                + if is_first {
                    DEAR_SOON_NS
                } else {
                    DEAR_EVERY_NS
                };
            self.proportional = self.read_proportional();
            self.descriptor_count = self.descriptors.count();
        }
        let stat = self.known;
        let mut sample = ProcessSample {
            cpu_ns,
            user_ns: stat.user_ticks.saturating_mul(self.ns_per_tick),
            system_ns: stat.system_ticks.saturating_mul(self.ns_per_tick),
            resident: stat.resident_pages.saturating_mul(self.page_size),
            proportional: self.proportional,
            threads: stat.threads,
            descriptors: self.descriptor_count,
            minor_faults: stat.minor_faults,
            major_faults: stat.major_faults,
            voluntary_switches: None,
            involuntary_switches: None,
            footprint: None,
        };
        if self.is_own {
            refine(&mut sample);
        }
        Ok(sample)
    }

    fn read_stat(&self) -> Result<PidStat, ReadError> {
        let mut buffer = [0; STAT_SIZE_MAX];
        let text = self.stat.read(&mut buffer)?;
        pid_stat::parse(text).map_err(|error| error.at(self.stat.path()))
    }

    fn read_proportional(&self) -> Option<u64> {
        let mut buffer = [0; SMAPS_ROLLUP_SIZE_MAX];
        smaps_rollup::proportional(self.smaps_rollup.as_ref()?.read(&mut buffer).ok()?)
    }
}

impl Descriptors {
    fn of(path: PathBuf) -> Descriptors {
        match fs::metadata(&path) {
            Ok(folder) if folder.len() > 0 => Descriptors::Size(path),
            Ok(_) => Folder::open(&path).map_or(Descriptors::Hidden, Descriptors::Entries),
            Err(_) => Descriptors::Hidden,
        }
    }

    fn count(&mut self) -> Option<u64> {
        match self {
            Descriptors::Size(path) => fs::metadata(path).ok().map(|folder| folder.len()),
            Descriptors::Entries(folder) => {
                let mut count = 0;
                folder.each(&mut |_| count += 1).ok()?;
                Some(count)
            }
            Descriptors::Hidden => None,
        }
    }
}

/// What getrusage(2) knows of this process.
fn refine(sample: &mut ProcessSample) {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: getrusage(2) writes the struct that it is given, and nothing else.
    if unsafe { libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) } != 0 {
        return;
    }
    // SAFETY: rusage is a struct of numbers, for which zeros are valid, and it began as zeros.
    let usage = unsafe { usage.assume_init() };
    let ns = |time: libc::timeval| {
        time.tv_sec.unsigned_abs() * NS_PER_SECOND + time.tv_usec.unsigned_abs() * 1000
    };
    sample.user_ns = ns(usage.ru_utime);
    sample.system_ns = ns(usage.ru_stime);
    sample.minor_faults = usage.ru_minflt.unsigned_abs();
    sample.major_faults = usage.ru_majflt.unsigned_abs();
    sample.voluntary_switches = Some(usage.ru_nvcsw.unsigned_abs());
    sample.involuntary_switches = Some(usage.ru_nivcsw.unsigned_abs());
}

fn ticks_per_second() -> u64 {
    // SAFETY: sysconf(3) only reads its argument.
    let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    u64::try_from(ticks).unwrap_or(0).max(1)
}

/// The clock that counts the processor time of a process, to the nanosecond.
fn cpu_clock(pid: u32) -> Option<libc::clockid_t> {
    let mut clock = 0;
    let pid = libc::pid_t::try_from(pid).ok()?;
    // SAFETY: clock_getcpuclockid(3) writes the clock's number and nothing else.
    let result = unsafe { libc::clock_getcpuclockid(pid, &raw mut clock) };
    (result == 0).then_some(clock)
}

fn cpu_ns(clock: libc::clockid_t) -> Option<u64> {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a timespec that lives over the call; clock_gettime(2) writes it and nothing else.
    let result = unsafe { libc::clock_gettime(clock, &raw mut time) };
    let ns = time.tv_sec.unsigned_abs() * NS_PER_SECOND + time.tv_nsec.unsigned_abs();
    (result == 0).then_some(ns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_what_procfs_reads() {
        let mut reader = ProcessReader::new(std::process::id()).unwrap();
        let _file = fs::File::open("/proc/self/stat").unwrap();
        let before = reader.read().unwrap();
        let theirs = procfs::process::Process::myself().unwrap();
        let stat = theirs.stat().unwrap();
        let after = reader.read().unwrap();
        assert!(before.minor_faults <= stat.minflt && stat.minflt <= after.minor_faults);
        assert!(before.cpu_ns.unwrap() > 0 && before.cpu_ns <= after.cpu_ns);
        assert!(before.user_ns + before.system_ns > 0);
        let (pages, mine) = (stat.rss * page_size(), after.resident);
        assert!(mine.abs_diff(pages) < 64 << 20 && mine > 0);
        assert!(before.proportional.unwrap() > 0);
        assert!(before.descriptors.unwrap() >= 3);
        assert!(before.voluntary_switches.is_some());
        assert!(before.threads >= 1);
    }

    #[test]
    fn what_is_dear_of_this_process_is_kept_for_a_while() {
        let mut reader = ProcessReader::new(std::process::id()).unwrap();
        let before = reader.read().unwrap();
        let due = reader.dear_due_ns;
        let memory = std::hint::black_box(vec![1_u8; 16 << 20]);
        let after = reader.read().unwrap();
        assert_eq!(memory.len(), 16 << 20);
        if reader.dear_due_ns == due {
            assert_eq!(before.resident, after.resident);
        }
        assert!(before.minor_faults < after.minor_faults);
    }

    #[test]
    fn the_text_of_a_child_is_read_again_once_it_has_run() {
        use std::process::Command;
        use std::time::{Duration, Instant};

        let mut child = Command::new("sleep").arg("600").spawn().unwrap();
        let pid = libc::pid_t::try_from(child.id()).unwrap();
        // SAFETY: kill(2) takes plain numbers; the child is not waited for yet, so that the number is its own.
        let tell = |signal| assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
        let mut reader = ProcessReader::new(child.id()).unwrap();
        tell(libc::SIGSTOP);
        let give_up = Instant::now() + Duration::from_secs(20);
        // a child that is stopped runs no more, however slowly it came to that
        let mut before = reader.read().unwrap();
        loop {
            std::thread::sleep(Duration::from_millis(50));
            let now = reader.read().unwrap();
            let state = reader.read_stat().unwrap().state;
            if state == b'T' && now.cpu_ns == before.cpu_ns {
                break;
            }
            before = now;
            assert!(Instant::now() < give_up, "it runs on");
        }
        let empty = tempfile::NamedTempFile::new().unwrap();
        reader.stat = ProcFile::open(empty.path()).unwrap();
        reader.dear_due_ns = u64::MAX;
        let now = reader.read().unwrap();
        assert_eq!((now.threads, now.resident), (1, before.resident));
        tell(libc::SIGCONT);
        while reader.read().is_ok() {
            assert!(Instant::now() < give_up, "its text is not read any more");
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
