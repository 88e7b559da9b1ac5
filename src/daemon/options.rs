//! What a daemon is started with, and given anew on HUP: the configuration as its parts want it.

use std::ffi::OsString;
use std::path::PathBuf;

use goodall_platform::socket::Address;

use crate::config::{Config, Plugins};
use crate::gather::plugin;
use crate::gather::set::Wanted;
use crate::log::Level;
use crate::quantity::{Interval, Window};
use crate::report::Listen;
use crate::report::http::guard::Token;
use crate::ship::Destination;

/// What a daemon is started with.
#[derive(Clone)]
pub struct Options {
    /// The ring.
    pub ring_file: PathBuf,
    /// How far back.
    pub window: Window,
    /// The ring's largest size in bytes, where given.
    pub ring_max: Option<u64>,
    /// The interval of what has none of its own.
    pub interval: Interval,
    /// The collectors.
    pub wanted: Vec<Wanted>,
    /// The plugins.
    pub plugins: Vec<plugin::Wanted>,
    /// The names of plugins whose file has a mistake.
    pub broken_plugins: Vec<String>,
    /// Where the plugins' socket is; none where it is switched off.
    pub socket: Option<PathBuf>,
    /// The reporter's sockets; none for `goodall gather`.
    pub listen: Vec<Address>,
    /// The reporter's flags, besides its descriptors.
    pub reporter_args: Vec<OsString>,
    /// What clients must show, as the reporter's file has it: another is another reporter's.
    pub token: Option<Token>,
    /// Where is shipped to; nowhere for `goodall gather`.
    pub ship: Vec<Destination>,
    /// The shipper's flags, besides its descriptors.
    pub shipper_args: Vec<OsString>,
    /// What is logged.
    pub log_level: Level,
}

impl Options {
    /// From a configuration that was found sound, and what the plugins' folder says. `serves` is false for
    /// `goodall gather`.
    pub fn new(config: &Config, plugins: Plugins, serves: bool, token: Option<Token>) -> Options {
        let wanted = config.collectors.iter().map(|wanted| Wanted {
            collector: wanted.collector,
            interval: wanted.interval,
            settings: wanted.settings.clone(),
            is_explicit: wanted.by_name,
        });
        let address = |listen: &Listen| match listen {
            Listen::At(address) => Some(address.clone()),
            // only a reporter alone is handed its sockets
            Listen::Inherited(_) => None,
        };
        let listen = if serves {
            config.listen.iter().filter_map(address).collect()
        } else {
            Vec::new()
        };
        Options {
            ring_file: config.ring_file.clone(),
            window: config.window,
            ring_max: config.ring_max,
            interval: config.interval,
            wanted: wanted.collect(),
            plugins: plugins.wanted,
            broken_plugins: plugins.broken,
            socket: config.socket.as_ref().map(|given| given.value.clone()),
            listen,
            reporter_args: reporter_args(config),
            token,
            ship: if serves {
                config.ship.clone()
            } else {
                Vec::new()
            },
            shipper_args: shipper_args(config),
            log_level: config.log_level,
        }
    }
}

/// All that the reporter needs, as flags: it reads no configuration of its own, so that a file that is
/// being edited cannot keep it from being started again.
fn reporter_args(config: &Config) -> Vec<OsString> {
    let mut args: Vec<OsString> = vec!["--config".into(), "/dev/null".into()];
    let mut flag = |name: &str, value: OsString| args.extend([name.into(), value]);
    flag("--ring-file", config.ring_file.clone().into());
    flag("--log-level", config.log_level.name().into());
    for host in &config.allow_hosts {
        flag("--allow-host", host.into());
    }
    if let Some(path) = &config.token_file {
        flag("--token-file", path.clone().into());
    }
    args
}

/// The same for the shipper; its destinations come by its standard input, since credentials are among them.
fn shipper_args(config: &Config) -> Vec<OsString> {
    vec![
        "--config".into(),
        "/dev/stdin".into(),
        "--ring-file".into(),
        config.ring_file.clone().into(),
        "--log-level".into(),
        config.log_level.name().into(),
    ]
}
