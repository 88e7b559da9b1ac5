//! All that writes rows: the built-in collectors, the plugins, and the socket that plugins and others write to.

use std::os::fd::AsFd;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use goodall_platform::host;
use goodall_platform::socket::Address;

use super::socket::Socket;
use super::{Fault, Options};
use crate::gather::clock::{Command, TimeSource};
use crate::gather::plugin::{Plugins, Shared};
use crate::gather::set::Set;
use crate::ring::writer::Writer;

/// Collectors and plugins at work.
pub struct Sources {
    /// The collectors.
    pub set: Set,
    /// The plugins.
    pub plugins: Plugins,
    /// As long as it is kept the path is there.
    socket: Option<Arc<Socket>>,
}

/// Binds the plugins' socket.
pub fn bind_socket(path: &Path) -> Result<Arc<Socket>, Fault> {
    Socket::bind(&Address::Unix(path.to_owned())).map_err(|source| Fault::PluginSocket {
        path: path.to_owned(),
        source,
    })
}

impl Sources {
    /// The collectors of `set`, and no plugin yet.
    pub fn new(
        set: Set,
        writer: &Arc<Writer>,
        time: Arc<dyn TimeSource>,
        socket: Option<Arc<Socket>>,
    ) -> Sources {
        let path = socket.as_ref().map(|socket| socket.address());
        let plugins = Plugins::new(Shared {
            writer: Arc::clone(writer),
            time,
            socket: path.and_then(|address| match address {
                Address::Unix(path) => Some(path.clone()),
                Address::Tcp(_) => None,
            }),
            host: host::name(),
        });
        Sources {
            set,
            plugins,
            socket,
        }
    }

    /// Opens the socket and starts the plugins. A new interval's clock is handed to the clock thread by `add`.
    pub fn start(&mut self, options: &Options, add: &mut dyn FnMut(Command)) -> Result<(), Fault> {
        if let Some(socket) = &self.socket {
            let ticker = self.set.ticker_of(options.interval, add)?;
            let fd = socket.as_fd().try_clone_to_owned();
            fd.and_then(|fd| {
                self.plugins
                    .open(UnixListener::from(fd), options.interval, ticker)
            })
            .map_err(|source| Fault::System {
                what: "the plugins' socket cannot be listened on",
                source,
            })?;
        }
        for wanted in &options.plugins {
            let set = &mut self.set;
            self.plugins
                .start(wanted.clone(), &mut |interval| set.ticker_of(interval, add));
        }
        Ok(())
    }

    /// Brings what runs to what is wanted.
    pub fn apply(&mut self, options: &Options, add: &mut dyn FnMut(Command)) {
        self.set.apply(&options.wanted, add);
        let (set, kept) = (&mut self.set, &options.broken_plugins);
        self.plugins.apply(&options.plugins, kept, &mut |interval| {
            set.ticker_of(interval, add)
        });
    }

    /// Stops all; the plugins, which take the longest, are told first, and none is left before it had its time.
    pub fn stop(self, patience: Duration) {
        let give_up = Instant::now() + patience;
        self.plugins.end();
        self.set.stop(patience);
        let left = give_up.saturating_duration_since(Instant::now());
        self.plugins.stop(left.max(patience / 4));
    }
}
