//! How long the machine has been up. Linux: `/proc/uptime`, proc_uptime(5). macOS: sysctl `kern.boottime`.

pub mod boottime;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
pub mod proc_uptime;

#[cfg(target_os = "linux")]
pub use linux::UptimeReader;
#[cfg(target_os = "macos")]
pub(crate) use macos::BootTime;
#[cfg(target_os = "macos")]
pub use macos::UptimeReader;

/// Time since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UptimeSample {
    /// Seconds since boot, suspend included.
    pub seconds: f64,
}
