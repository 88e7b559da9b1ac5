//! What goodall asks of the operating system: readers of its metrics, the map of the ring file,
//! clocks, signals and children. The only crate of the project with `unsafe` and `target_os`.

pub mod alloc;
pub mod child;
pub mod clock;
pub mod confine;
pub mod connection;
pub mod error;
pub mod glob;
pub mod inherit;
pub mod load;
pub mod map;
pub mod proc_file;
pub mod reader;
pub mod roots;
pub mod signals;
pub mod socket;
pub mod text;
pub mod tty;

pub use error::ReadError;
pub use reader::{Label, Labels, Reader, Settings};
pub use roots::Roots;
