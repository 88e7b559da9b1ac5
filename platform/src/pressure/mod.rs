//! Time lost waiting for processors, memory, disks and interrupts. Linux: `/proc/pressure`, the kernel's
//! Documentation/accounting/psi.rst; since 4.20, `irq` since 6.1.

#[cfg(target_os = "linux")]
mod linux;
pub mod psi;

#[cfg(target_os = "linux")]
pub use linux::PressureReader;

/// The reader where there is none for this system yet.
#[cfg(not(target_os = "linux"))]
pub type PressureReader = crate::absent::AbsentReader<PressureSample>;

/// One resource: `some` is the time in which a task or more waited for it, `full` the time in which all did.
/// `cpu` has no `full` before 5.13, `irq` no `some`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PressureSample {
    /// A task or more waited.
    pub some: Option<Stall>,
    /// All tasks waited.
    pub full: Option<Stall>,
}

/// Time lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stall {
    /// Share of the last 10 s, in units of 1/10,000.
    pub avg10: u64,
    /// Share of the last 60 s, in units of 1/10,000.
    pub avg60: u64,
    /// Share of the last 300 s, in units of 1/10,000.
    pub avg300: u64,
    /// Since boot, microseconds.
    pub total_us: u64,
}
