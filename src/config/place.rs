//! Where the configuration and the ring file stand when nobody says so. What the system gives a service
//! (`STATE_DIRECTORY`, `CONFIGURATION_DIRECTORY`: systemd.exec(5)) comes first, then root's own places, then
//! those of the XDG base directories.

use std::ffi::OsString;
use std::path::PathBuf;

/// The ring file of a goodall that root started.
pub const ROOT_RING_FILE: &str = "/var/lib/goodall/goodall.ring";

/// What the process was started with, besides its arguments.
pub struct Surroundings<'a> {
    /// A variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// Whether it runs as root.
    pub is_root: bool,
}

impl Surroundings<'_> {
    /// A variable that is set to something.
    pub fn set(&self, name: &str) -> Option<OsString> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    /// The first of the folders that systemd lists in a variable.
    fn first_folder(&self, name: &str) -> Option<PathBuf> {
        let list = self.set(name)?;
        std::env::split_paths(&list).find(|folder| folder.is_absolute())
    }

    /// The folder that the service manager made for sockets.
    pub fn runtime_folder(&self) -> Option<PathBuf> {
        self.first_folder("RUNTIME_DIRECTORY")
    }

    /// The folder that systemd gives a service for what it keeps.
    pub fn state_folder(&self) -> Option<PathBuf> {
        self.first_folder("STATE_DIRECTORY")
    }

    /// A folder of the XDG base directories, which must be absolute to count.
    fn xdg(&self, name: &str, below_home: &str) -> Option<PathBuf> {
        let absolute = |name| {
            self.set(name)
                .map(PathBuf::from)
                .filter(|folder| folder.is_absolute())
        };
        absolute(name).or_else(|| Some(absolute("HOME")?.join(below_home)))
    }

    /// The configuration file that is read if it is there; `None` without a home.
    pub fn config_file(&self) -> Option<PathBuf> {
        let folder = match self.first_folder("CONFIGURATION_DIRECTORY") {
            Some(folder) => folder,
            None if self.is_root => "/etc/goodall".into(),
            None => self.xdg("XDG_CONFIG_HOME", ".config")?.join("goodall"),
        };
        Some(folder.join("goodall.toml"))
    }

    /// The ring file; `None` without a home.
    pub fn ring_file(&self) -> Option<PathBuf> {
        let folder = match self.state_folder() {
            Some(folder) => folder,
            None if self.is_root => return Some(ROOT_RING_FILE.into()),
            None => self.xdg("XDG_STATE_HOME", ".local/state")?.join("goodall"),
        };
        Some(folder.join("goodall.ring"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case<'a> = (
        &'a [(&'a str, &'a str)],
        bool,
        Option<&'a str>,
        Option<&'a str>,
    );
    const CASES: [Case; 7] = [
        (
            &[
                ("STATE_DIRECTORY", "/s1:/s2"),
                ("CONFIGURATION_DIRECTORY", "/c"),
                ("HOME", "/h"),
            ],
            true,
            Some("/s1/goodall.ring"),
            Some("/c/goodall.toml"),
        ),
        (
            &[("HOME", "/root")],
            true,
            Some("/var/lib/goodall/goodall.ring"),
            Some("/etc/goodall/goodall.toml"),
        ),
        (
            &[("HOME", "/h")],
            false,
            Some("/h/.local/state/goodall/goodall.ring"),
            Some("/h/.config/goodall/goodall.toml"),
        ),
        (
            &[
                ("HOME", "/h"),
                ("XDG_STATE_HOME", "/x"),
                ("XDG_CONFIG_HOME", "/y"),
            ],
            false,
            Some("/x/goodall/goodall.ring"),
            Some("/y/goodall/goodall.toml"),
        ),
        (
            &[
                ("HOME", "/h"),
                ("XDG_STATE_HOME", "relative"),
                ("STATE_DIRECTORY", ""),
            ],
            false,
            Some("/h/.local/state/goodall/goodall.ring"),
            Some("/h/.config/goodall/goodall.toml"),
        ),
        (
            &[("XDG_STATE_HOME", "/x")],
            false,
            Some("/x/goodall/goodall.ring"),
            None,
        ),
        (&[], false, None, None),
    ];

    #[test]
    fn the_service_manager_comes_before_root_and_root_before_home() {
        for (variables, is_root, ring, config) in CASES {
            let lookup = |name: &str| {
                let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
                Some(OsString::from(value))
            };
            let around = Surroundings {
                variable: &lookup,
                is_root,
            };
            assert_eq!(around.ring_file(), ring.map(PathBuf::from), "{variables:?}");
            assert_eq!(
                around.config_file(),
                config.map(PathBuf::from),
                "{variables:?}"
            );
        }
    }
}
