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

    /// What a thread that reads metrics needs of stack, bytes; only what is touched is resident. CoreFoundation takes
    /// properties apart on the stack.
    pub const READER_STACK_SIZE: usize = match System::HERE {
        System::Linux => 64 * 1024,
        System::MacOs => 256 * 1024,
    };
}
