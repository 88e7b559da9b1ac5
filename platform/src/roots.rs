//! Where the system's trees stand. `HOST_PROC`, `HOST_SYS`, `HOST_ETC` and `HOST_ROOT` relocate them
//! (a container that watches its host), with the meaning that gopsutil gave them.

use std::env;
use std::path::PathBuf;

/// The folders that readers read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    /// `/proc`.
    pub proc: PathBuf,
    /// `/sys`.
    pub sys: PathBuf,
    /// `/etc`.
    pub etc: PathBuf,
    /// `/`, prefixed to mount points.
    pub root: PathBuf,
}

impl Default for Roots {
    fn default() -> Roots {
        Roots {
            proc: "/proc".into(),
            sys: "/sys".into(),
            etc: "/etc".into(),
            root: "/".into(),
        }
    }
}

impl Roots {
    /// The roots as the environment relocates them.
    pub fn from_env() -> Roots {
        let or = |name: &str, default: PathBuf| match env::var_os(name) {
            Some(value) if !value.is_empty() => value.into(),
            _ => default,
        };
        let default = Roots::default();
        Roots {
            proc: or("HOST_PROC", default.proc),
            sys: or("HOST_SYS", default.sys),
            etc: or("HOST_ETC", default.etc),
            root: or("HOST_ROOT", default.root),
        }
    }

    /// The network namespace's files: `/proc/net` is `self`'s, which in a container that watches its
    /// host is the container's; the host's are process 1's.
    pub fn proc_net(&self) -> PathBuf {
        if self.proc.as_os_str() == "/proc" {
            self.proc.join("net")
        } else {
            self.proc.join("1/net")
        }
    }
}
