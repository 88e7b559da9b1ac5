//! What one source says: the command line, the environment or the file, each value optional and each with
//! its origin. All three are read by one function, so that a value means the same wherever it stands.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use goodall_platform::Settings;
use goodall_platform::socket::Address;

use super::nearest::hint;
use super::origin::{Given, Origin};
use crate::log::Level;
use crate::quantity::{Interval, Window, parse};
use crate::report::Listen;
use crate::ship::Destination;

/// What stands for the path of the socket where there is to be none.
pub const SOCKET_OFF: &str = "off";

/// One name of a list of collectors: on, or with a dash in front, off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The collector's name.
    pub name: String,
    /// Whether it is to run.
    pub on: bool,
}

impl fmt::Display for Choice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dash = if self.on { "" } else { "-" };
        write!(out, "{dash}{}", self.name)
    }
}

/// A table `[collectors.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectorTable {
    /// The collector's name, where it stands.
    pub name: Given<String>,
    /// Whether it is to run.
    pub enabled: Option<Given<bool>>,
    /// How often.
    pub interval: Option<Given<Interval>>,
    /// For its reader.
    pub settings: Settings,
    /// Where `exclude` or `include` stand, if they do.
    pub instances: Option<Origin>,
    /// Where `exclude-types` stands, if it does.
    pub types: Option<Origin>,
}

/// What one source says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layer {
    /// `--ring`.
    pub ring: Option<Given<Window>>,
    /// `--interval`.
    pub interval: Option<Given<Interval>>,
    /// `--ring-file`.
    pub ring_file: Option<Given<PathBuf>>,
    /// `--ring-max`, in bytes.
    pub ring_max: Option<Given<u64>>,
    /// `--listen`.
    pub listen: Option<Given<Vec<Listen>>>,
    /// `--allow-host`.
    pub allow_host: Option<Given<Vec<String>>>,
    /// `--token-file`.
    pub token_file: Option<Given<PathBuf>>,
    /// `--insecure-listen`.
    pub insecure_listen: Option<Given<bool>>,
    /// `--collectors`.
    pub collectors: Option<Given<Vec<Choice>>>,
    /// `--log-level`.
    pub log_level: Option<Given<Level>>,
    /// `--collectors-dir`.
    pub collectors_dir: Option<Given<PathBuf>>,
    /// `--socket`: a path, or `off`.
    pub socket: Option<Given<PathBuf>>,
    /// `[collectors.NAME]`, in the file alone.
    pub tables: Vec<CollectorTable>,
    /// `[[ship]]`, in the file alone.
    pub ship: Vec<Given<Destination>>,
}

impl Layer {
    /// Takes in one value by its key; of a list, one value more. Says what is wrong with a text that is not
    /// such a value.
    pub fn put(&mut self, key: &str, text: &OsStr, origin: Origin) -> Result<(), String> {
        let path = |text: &OsStr| {
            if text.is_empty() {
                Err("the path is empty".to_owned())
            } else {
                Ok(Some(Given::new(PathBuf::from(text), origin.clone())))
            }
        };
        match key {
            "ring-file" => self.ring_file = path(text)?,
            "token-file" => self.token_file = path(text)?,
            "collectors-dir" => self.collectors_dir = path(text)?,
            "socket" => self.socket = path(text)?,
            _ => {
                let Some(text) = text.to_str() else {
                    return Err(format!("{}: not valid UTF-8", text.display()));
                };
                self.put_text(key, text, origin)?;
            }
        }
        Ok(())
    }

    fn put_text(&mut self, key: &str, text: &str, origin: Origin) -> Result<(), String> {
        let plain = |error: parse::ParseError| error.to_string();
        match key {
            "ring" => self.ring = Some(Given::new(parse::window(text).map_err(plain)?, origin)),
            "interval" => {
                self.interval = Some(Given::new(parse::interval(text).map_err(plain)?, origin));
            }
            "ring-max" => {
                self.ring_max = Some(Given::new(parse::size(text).map_err(plain)?, origin));
            }
            "listen" => push(&mut self.listen, Listen::parse(text)?, origin),
            "allow-host" => push(&mut self.allow_host, host(text)?, origin),
            "insecure-listen" => {
                self.insecure_listen = Some(Given::new(text == "true", origin));
            }
            "log-level" => {
                let level = level_of(text).ok_or_else(|| {
                    let names = Level::ALL.map(Level::name);
                    format!(
                        "{text:?}: no such level; expected one of {}{}",
                        names.join(", "),
                        hint(text, names)
                    )
                })?;
                self.log_level = Some(Given::new(level, origin));
            }
            "collectors" => {
                for name in text.split(',') {
                    push(&mut self.collectors, choice(name.trim())?, origin.clone());
                }
            }
            _ => unreachable!("the key {key} stands in no table of keys"),
        }
        Ok(())
    }

    /// What this source says, and where it is silent what `below` says.
    pub fn over(self, below: Layer) -> Layer {
        Layer {
            ring: self.ring.or(below.ring),
            interval: self.interval.or(below.interval),
            ring_file: self.ring_file.or(below.ring_file),
            ring_max: self.ring_max.or(below.ring_max),
            listen: self.listen.or(below.listen),
            allow_host: self.allow_host.or(below.allow_host),
            token_file: self.token_file.or(below.token_file),
            insecure_listen: self.insecure_listen.or(below.insecure_listen),
            collectors: self.collectors.or(below.collectors),
            log_level: self.log_level.or(below.log_level),
            collectors_dir: self.collectors_dir.or(below.collectors_dir),
            socket: self.socket.or(below.socket),
            tables: if self.tables.is_empty() {
                below.tables
            } else {
                self.tables
            },
            ship: if self.ship.is_empty() {
                below.ship
            } else {
                self.ship
            },
        }
    }

    /// Makes relative paths relative to `folder`: those in a file are meant from where the file stands.
    pub fn rebase(&mut self, folder: &Path) {
        for path in [
            &mut self.ring_file,
            &mut self.token_file,
            &mut self.collectors_dir,
        ]
        .into_iter()
        .flatten()
        {
            path.value = folder.join(&path.value);
        }
        if let Some(path) = &mut self.socket
            && path.value != Path::new(SOCKET_OFF)
        {
            path.value = folder.join(&path.value);
        }
        for given in &mut self.ship {
            let Destination {
                path, token_file, ..
            } = &mut given.value;
            if !path.as_os_str().is_empty() {
                *path = folder.join(&path);
            }
            if let Some(token_file) = token_file {
                *token_file = folder.join(&token_file);
            }
        }
        for address in self.listen.iter_mut().flat_map(|given| &mut given.value) {
            if let Listen::At(Address::Unix(path)) = address {
                *path = folder.join(&path);
            }
        }
    }

    /// The flags that say the same, for a child.
    pub fn to_args(&self) -> Vec<OsString> {
        let mut args = Vec::new();
        let mut flag = |name: &str, value: OsString| {
            let mut arg = OsString::from(format!("--{name}="));
            arg.push(value);
            args.push(arg);
        };
        if let Some(ring) = &self.ring {
            flag("ring", ring.value.to_string().into());
        }
        if let Some(interval) = &self.interval {
            flag("interval", interval.value.to_string().into());
        }
        if let Some(path) = &self.ring_file {
            flag("ring-file", path.value.clone().into());
        }
        if let Some(bytes) = &self.ring_max {
            flag("ring-max", bytes.value.to_string().into());
        }
        for address in self.listen.iter().flat_map(|given| &given.value) {
            match address {
                Listen::At(Address::Unix(path)) => {
                    let mut text = OsString::from("unix:");
                    text.push(path);
                    flag("listen", text);
                }
                _ => flag("listen", address.to_string().into()),
            }
        }
        for host in self.allow_host.iter().flat_map(|given| &given.value) {
            flag("allow-host", host.into());
        }
        if let Some(path) = &self.token_file {
            flag("token-file", path.value.clone().into());
        }
        for (name, path) in [
            ("collectors-dir", &self.collectors_dir),
            ("socket", &self.socket),
        ] {
            if let Some(path) = path {
                flag(name, path.value.clone().into());
            }
        }
        for choice in self.collectors.iter().flat_map(|given| &given.value) {
            flag("collectors", choice.to_string().into());
        }
        if let Some(level) = &self.log_level {
            flag("log-level", level.value.name().into());
        }
        if self
            .insecure_listen
            .as_ref()
            .is_some_and(|given| given.value)
        {
            args.push("--insecure-listen".into());
        }
        args
    }
}

/// Lists grow by what the same source says again.
fn push<T>(list: &mut Option<Given<Vec<T>>>, value: T, origin: Origin) {
    list.get_or_insert_with(|| Given::new(Vec::new(), origin))
        .value
        .push(value);
}

fn level_of(text: &str) -> Option<Level> {
    let name = if text == "warn" { "warning" } else { text };
    Level::ALL.into_iter().find(|level| level.name() == name)
}

fn choice(text: &str) -> Result<Choice, String> {
    let (name, on) = match text.strip_prefix('-') {
        Some(name) => (name, false),
        None => (text, true),
    };
    if name.is_empty() {
        return Err("a name is empty; expected names separated by commas".to_owned());
    }
    Ok(Choice {
        name: name.to_owned(),
        on,
    })
}

fn host(text: &str) -> Result<String, String> {
    let named = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if text.is_empty() || !named {
        return Err(format!(
            "{text:?}: expected a host's name without port, such as monitor.example.org"
        ));
    }
    Ok(text.to_ascii_lowercase())
}
