//! What goodall asks of the operating system: readers of its metrics, the map of the ring file,
//! clocks, signals and children. The only crate of the project with `unsafe` and `target_os`.

pub mod alloc;
pub mod child;
pub mod clock;
pub mod confine;
pub mod cpu;
pub mod disk;
pub mod error;
pub mod glob;
pub mod host;
pub mod inherit;
pub mod load;
pub mod map;
pub mod memory;
pub mod network;
pub mod pressure;
pub mod proc_file;
pub mod reader;
pub mod roots;
pub mod roster;
pub mod signals;
pub mod socket;
pub mod stat;
#[cfg(target_os = "linux")]
pub mod sys_dir;
#[cfg(test)]
mod testdata;
pub mod text;
pub mod tty;
pub mod vmstat;

pub use error::ReadError;
pub use reader::{Label, Labels, Reader, Settings};
pub use roots::Roots;
