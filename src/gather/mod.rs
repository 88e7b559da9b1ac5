//! The gatherer: one thread a collector writes rows, the main thread opens the frames they stand in.

pub mod backoff;
pub mod clock;
mod rows;
pub mod sampler;
pub mod set;
mod ticks;
