//! The gatherer: one thread a collector writes rows, the main thread opens the frames they stand in. `lines`
//! are the formats in which plugins say theirs.

mod ahead;
pub mod clock;
pub mod lines;
pub mod plugin;
pub mod rows;
pub mod sampler;
pub mod set;
mod stop;
mod ticks;
mod wanted;
