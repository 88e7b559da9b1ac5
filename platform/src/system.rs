//! The systems that goodall knows.

/// A system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Linux.
    Linux,
    /// macOS.
    MacOs,
}

impl System {
    /// The one that this is built for.
    #[cfg(target_os = "linux")]
    pub const HERE: System = System::Linux;
    /// The one that this is built for.
    #[cfg(target_os = "macos")]
    pub const HERE: System = System::MacOs;
}
