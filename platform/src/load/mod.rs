//! Load averages and the tasks behind them. Linux: `/proc/loadavg`, proc_loadavg(5). macOS: sysctl `vm.loadavg`.

pub mod averages;
#[cfg(target_os = "linux")]
mod linux;
pub mod loadavg;
#[cfg(target_os = "macos")]
mod macos;

#[cfg(target_os = "linux")]
pub use linux::LoadReader;
#[cfg(target_os = "macos")]
pub use macos::LoadReader;

/// The run queue, averaged with a decay of 1, 5 and 15 minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LoadSample {
    /// Over 1 minute, tasks.
    pub one: f64,
    /// Over 5 minutes, tasks.
    pub five: f64,
    /// Over 15 minutes, tasks.
    pub fifteen: f64,
    /// Scheduling entities that can run now; Linux only.
    pub runnable: Option<u64>,
    /// Scheduling entities that exist; Linux only.
    pub entities: Option<u64>,
}
