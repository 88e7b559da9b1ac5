//! Processes by state, threads, and the limits of both. Linux: a sweep of `/proc/<pid>/stat`,
//! proc_pid_stat(5), and `/proc/sys/kernel`. macOS: sysctl `KERN_PROC`.

pub mod kinfo;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
pub mod pid_stat;

#[cfg(target_os = "linux")]
pub use linux::ProcessesReader;
#[cfg(target_os = "macos")]
pub use macos::ProcessesReader;

/// All processes, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessesSample {
    /// Processes.
    pub processes: u64,
    /// Threads of all processes.
    pub threads: u64,
    /// Processes by the state of their first thread.
    pub states: States,
    /// Threads that may exist.
    pub threads_max: Option<u64>,
    /// The largest process number, so that as many processes may exist.
    pub pid_max: Option<u64>,
    /// Processes that may exist; macOS only.
    pub processes_max: Option<u64>,
    /// Tasks found hung since boot (`hung_task_timeout_secs`); since 6.13.
    pub hung_tasks: Option<u64>,
}

/// Processes by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct States {
    /// `R`: running, or ready to.
    pub running: u64,
    /// `S`: sleeping, can be woken by a signal.
    pub sleeping: u64,
    /// `D`: sleeping, cannot be woken, most often for a disk.
    pub disk_sleep: u64,
    /// `Z`: ended, its parent has not asked how.
    pub zombie: u64,
    /// `T`: stopped by a signal.
    pub stopped: u64,
    /// `t`: stopped by a debugger.
    pub traced: u64,
    /// `I`: a kernel thread that idles.
    pub idle: u64,
    /// Any other: `X`, dead, and what old kernels had.
    pub other: u64,
}

impl States {
    /// Counts a process in that state.
    pub fn count(&mut self, state: u8) {
        *match state {
            b'R' => &mut self.running,
            b'S' => &mut self.sleeping,
            b'D' => &mut self.disk_sleep,
            b'Z' => &mut self.zombie,
            b'T' => &mut self.stopped,
            b't' => &mut self.traced,
            b'I' => &mut self.idle,
            _ => &mut self.other,
        } += 1;
    }
}
