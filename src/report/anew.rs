//! This program in its own place once more: with small stacks, as the gatherer starts it, and where it runs
//! alone on HUP, to read its configuration again. The process stays the same.

use std::env;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread::Builder;

use goodall_platform::child;
use goodall_platform::inherit;
use goodall_platform::signals::{self, Signal};

use super::ReportError;
use crate::{error, info};

/// The stack of each connection's thread, in bytes: std reads it from the environment.
pub const STACK_VARIABLE: &str = "RUST_MIN_STACK";
const STACK_BYTES: &str = "65536";
/// The configuration's parser wants more than an answer does.
const STACK_SIZE: usize = 512 * 1024;

/// Says whether the configuration as it stands now would do, or what is wrong with it.
pub type IsSound = fn() -> Result<(), String>;

/// Starts this program anew with the size of stacks in its environment; returns only where that fails.
pub fn start(sockets: &[OwnedFd]) -> ReportError {
    let doing = "starting this program anew";
    let source = match env::current_exe() {
        Ok(program) => {
            let mut command = Command::new(program);
            command.args(env::args_os().skip(1));
            command.env(STACK_VARIABLE, STACK_BYTES);
            if !sockets.is_empty() {
                let sockets: Vec<_> = sockets.iter().map(AsFd::as_fd).collect();
                child::hand_over(&mut command, &sockets);
                inherit::mark(&mut command, sockets.len());
            }
            command.exec()
        }
        Err(error) => error,
    };
    ReportError::System { doing, source }
}

/// Starts it anew on each HUP, if the configuration would do, with the sockets of socket activation that it
/// was handed. Those that it bound itself are closed, and bound again.
pub fn start_on_hup(sockets: Vec<OwnedFd>, is_sound: IsSound) -> io::Result<()> {
    let on_hup = move || {
        loop {
            if signals::wait() != Signal::Hup {
                continue;
            }
            match is_sound() {
                Ok(()) => {
                    info!("the configuration is read again");
                    error!("{}", start(&sockets));
                }
                Err(error) => error!("{error}; the running configuration stays in force"),
            }
        }
    };
    let thread = Builder::new().name("hup".to_owned());
    thread.stack_size(STACK_SIZE).spawn(on_hup).map(drop)
}
