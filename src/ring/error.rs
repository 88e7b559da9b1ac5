//! Why a ring cannot be opened or written, by what the user can do about it.

use std::io;
use std::path::PathBuf;

/// Why a ring cannot be used. [`RingError::exit_code`] is the contract of the command line.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// The system refused.
    #[error("{}: {doing}: {source}; {hint}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried: `cannot be opened`.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
        /// The way out.
        hint: &'static str,
    },
}

impl RingError {
    /// The exit code that the command line promises for it.
    pub fn exit_code(&self) -> u8 {
        match self {
            RingError::Io { .. } => 1,
        }
    }
}
