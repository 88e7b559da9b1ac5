//! The sockets that the reporter serves: those of socket activation, or else what `--listen` names, bound here
//! or handed over open. Started anew, the program finds the ones that it had.

use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::process::Command;

use goodall_platform::inherit;
use goodall_platform::socket::{Address, Listener};

use super::listen::{Listen, is_local};
use super::{Options, ReportError};

/// A listening socket.
#[derive(Debug)]
pub struct Socket {
    /// The socket itself.
    pub listener: Listener,
    origin: Origin,
}

/// Where a socket is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// Socket activation: these are served in place of addresses.
    Activated,
    /// We bound it.
    Bound,
    /// Handed over by that number.
    Handed(RawFd),
}

/// Opens every socket that is to be served.
pub fn open(options: &Options, has_token: bool) -> Result<Vec<Socket>, ReportError> {
    let (mut sockets, mut bound) = found()?;
    let is_activated = !sockets.is_empty();
    for socket in &sockets {
        let address = socket.listener.address().map_err(inherited("LISTEN_FDS"))?;
        refuse_exposed(&address, options, has_token)?;
    }
    for listen in &options.listen {
        match listen {
            Listen::At(_) if is_activated => {}
            Listen::At(address) => {
                refuse_exposed(address, options, has_token)?;
                let kept = bound.iter().position(|socket| socket.is_at(address));
                let socket = match kept {
                    Some(kept) => Ok(bound.swap_remove(kept)),
                    None => Listener::bind(address).map(|listener| Socket {
                        listener,
                        origin: Origin::Bound,
                    }),
                };
                sockets.push(socket.map_err(|source| ReportError::Bind {
                    address: listen.to_string(),
                    source,
                })?);
            }
            Listen::Inherited(fd) => {
                let listener = inherit::take(*fd).and_then(Listener::inherited);
                sockets.push(Socket {
                    listener: listener.map_err(inherited(&format!("--listen {listen}")))?,
                    origin: Origin::Handed(*fd),
                });
            }
        }
    }
    // what this program had in its life before, and is not to have any more
    bound.iter().for_each(Socket::remove_path);
    if sockets.is_empty() {
        return Err(ReportError::Nowhere);
    }
    Ok(sockets)
}

/// The sockets that this process was started with: of socket activation, and those that it bound before it was
/// started anew.
fn found() -> Result<(Vec<Socket>, Vec<Socket>), ReportError> {
    const WHAT: &str = "LISTEN_FDS";
    let kept = inherit::kept().map_err(inherited(inherit::KEPT_VARIABLE))?;
    let (fds, origin) = match kept {
        Some(kept) if !kept.are_activated => (kept.fds, Origin::Bound),
        Some(kept) => (kept.fds, Origin::Activated),
        None => {
            let activated = inherit::activated().map_err(inherited(WHAT))?;
            (activated, Origin::Activated)
        }
    };
    let listeners = fds.into_iter().map(Listener::inherited);
    let sockets = listeners.map(|listener| {
        Ok(Socket {
            listener: listener?,
            origin,
        })
    });
    let sockets = sockets
        .collect::<io::Result<Vec<_>>>()
        .map_err(inherited(WHAT))?;
    Ok(match origin {
        Origin::Activated => (sockets, Vec::new()),
        _ => (Vec::new(), sockets),
    })
}

/// Has the program that `command` puts in this one's place find `sockets`; where there are none yet, what this
/// one was started with. Where that comes to nothing, [`close_on_exec`] takes it back.
pub fn keep(sockets: &[Socket], command: &mut Command) -> io::Result<()> {
    if sockets.is_empty() {
        return Ok(());
    }
    let are_activated = sockets
        .iter()
        .any(|socket| socket.origin == Origin::Activated);
    let found_again = sockets
        .iter()
        .filter(|socket| !matches!(socket.origin, Origin::Handed(_)))
        .map(Socket::number);
    inherit::keep(command, found_again, are_activated);
    sockets
        .iter()
        .try_for_each(|socket| inherit::set_open_over_exec(socket.number(), true))
}

/// Closes them, as ever, where another program takes this one's place.
pub fn close_on_exec(sockets: &[Socket]) {
    for socket in sockets {
        let _ = inherit::set_open_over_exec(socket.number(), false);
    }
}

impl Socket {
    /// The same socket again.
    pub fn try_clone(&self) -> io::Result<Socket> {
        Ok(Socket {
            listener: self.listener.try_clone()?,
            origin: self.origin,
        })
    }

    /// Where the next program finds it: one that was handed over by its number, by that.
    fn number(&self) -> RawFd {
        match self.origin {
            Origin::Handed(fd) => fd,
            Origin::Activated | Origin::Bound => self.listener.as_fd().as_raw_fd(),
        }
    }

    /// Whether it is what binding that address would give.
    fn is_at(&self, wanted: &Address) -> bool {
        match (self.listener.address(), wanted) {
            (Ok(Address::Tcp(address)), Address::Tcp(wanted)) => {
                let is_port = wanted.port() == 0 || wanted.port() == address.port();
                is_port && address.ip() == wanted.ip()
            }
            (Ok(address), wanted) => address == *wanted,
            (Err(_), _) => false,
        }
    }

    /// Removes the path of a Unix socket that we bound: who finds one may think that somebody answers.
    pub fn remove_path(&self) {
        if self.origin == Origin::Bound
            && let Ok(Address::Unix(path)) = self.listener.address()
        {
            let _ = std::fs::remove_file(path);
        }
    }
}

fn inherited(what: &str) -> impl FnOnce(io::Error) -> ReportError {
    let what = what.to_owned();
    move |source| ReportError::Inherited { what, source }
}

fn refuse_exposed(
    address: &Address,
    options: &Options,
    has_token: bool,
) -> Result<(), ReportError> {
    if !is_local(address) && !has_token && !options.insecure_listen {
        return Err(ReportError::Exposed(address.to_string()));
    }
    Ok(())
}
