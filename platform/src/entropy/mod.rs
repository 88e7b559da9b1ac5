//! The kernel's pool of random bits. Linux: `/proc/sys/kernel/random`, random(4). Since 5.18 both numbers
//! are 256 once the pool is filled.

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
pub use linux::EntropyReader;

/// The reader where there is no `/proc/sys/kernel/random`.
#[cfg(not(target_os = "linux"))]
pub type EntropyReader = crate::absent::AbsentReader<EntropySample>;

/// The pool, in bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntropySample {
    /// Bits that are there.
    pub available: u64,
    /// Bits that the pool holds.
    pub pool_size: u64,
}
