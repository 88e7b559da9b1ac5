//! What goodall is to do: the command line over the environment over the file over the defaults, settled into
//! one plain [`Config`]. Every problem is found in one pass and names the flag, the variable or the line.

use std::path::PathBuf;

use goodall_platform::Settings;

use crate::log::Level;
use crate::metric::Collector;
use crate::quantity::{Interval, Window};
use crate::report::Listen;
use crate::ship::Destination;

mod collectors;
mod file;
mod layer;
mod mirror;
mod nearest;
mod origin;
mod place;
mod plugins;
mod program;
mod settle;
mod ship;
mod source;
#[cfg(test)]
mod tests;

pub use layer::{Choice, CollectorTable, Layer, SOCKET_OFF};
pub use mirror::mirror_options;
pub use nearest::{hint, nearest};
pub use origin::{EXIT_CONFIG, EXIT_USAGE, Given, Origin, Problem};
pub use place::{ROOT_RING_FILE, Surroundings};
pub use plugins::{Plugins, read_plugins};
pub use settle::{Effective, Settled, settle};
pub use ship::to_toml;
pub use source::{read_token, ring_file};

/// What the command line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// Everything that the environment and the file can say as well.
    pub layer: Layer,
}

impl Flags {
    /// The arguments that say the same, for a child process.
    pub fn to_args(&self) -> Vec<std::ffi::OsString> {
        let mut args = self.layer.to_args();
        if let Some(path) = &self.config {
            let mut arg = std::ffi::OsString::from("--config=");
            arg.push(path);
            args.push(arg);
        }
        args
    }
}

/// What goodall is to do.
#[derive(Clone)]
pub struct Config {
    /// How far back the ring reaches.
    pub window: Window,
    /// From tick to tick, where a collector has no interval of its own.
    pub interval: Interval,
    /// The ring file.
    pub ring_file: PathBuf,
    /// Whether nobody named the ring file: its folder is then made if it is missing.
    pub ring_folder_is_ours: bool,
    /// The ring file's largest size in bytes; `None` leaves it to the ring.
    pub ring_max: Option<u64>,
    /// Where HTTP is served; at least one.
    pub listen: Vec<Listen>,
    /// Hosts that a request may name besides literal addresses and `localhost`; lower case.
    pub allow_hosts: Vec<String>,
    /// The file with the bearer token that requests must bring.
    pub token_file: Option<PathBuf>,
    /// How much is logged.
    pub log_level: Level,
    /// The collectors that are to run, in the catalogue's order.
    pub collectors: Vec<CollectorConfig>,
    /// Where what is recorded is sent to.
    pub ship: Vec<Destination>,
    /// The folder of the plugins' files.
    pub collectors_dir: Option<Given<PathBuf>>,
    /// The plugins' socket; none where it is switched off.
    pub socket: Option<Given<PathBuf>>,
}

/// A collector that is to run.
#[derive(Clone)]
pub struct CollectorConfig {
    /// Its entry in the catalogue.
    pub collector: &'static Collector,
    /// Whether it was asked for by name: it is then an error worth a line where this machine has no such thing.
    pub by_name: bool,
    /// How often.
    pub interval: Interval,
    /// For its reader.
    pub settings: Settings,
}

impl Config {
    /// Makes the ring file's folder where its place is goodall's own choice; a folder that somebody named is
    /// never made, so that a typing error does not fill the wrong disk.
    pub fn make_ring_folder(&self) -> std::io::Result<()> {
        match self.ring_file.parent() {
            Some(folder) if self.ring_folder_is_ours => std::fs::create_dir_all(folder),
            _ => Ok(()),
        }
    }
}
