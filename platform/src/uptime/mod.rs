//! How long the machine has been up. Linux: `/proc/uptime`, proc_uptime(5).

#[cfg(target_os = "linux")]
mod linux;
pub mod proc_uptime;

#[cfg(target_os = "linux")]
pub use linux::UptimeReader;

/// The reader where there is no `/proc/uptime`.
#[cfg(not(target_os = "linux"))]
pub type UptimeReader = crate::absent::AbsentReader<UptimeSample>;

/// Time since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UptimeSample {
    /// Seconds since boot, suspend included.
    pub seconds: f64,
}
