//! This program in its own place once more: with small stacks, as the gatherer starts the reporter, and where
//! a part runs alone on HUP, to read its configuration again. The process stays the same.

use std::env;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread::Builder;

use goodall_platform::signals::{self, Signal};

use crate::{error, info};

/// The configuration's parser wants more than an answer does.
const STACK_SIZE: usize = 512 * 1024;

/// Says whether the configuration as it stands now would do, or what is wrong with it.
pub type IsSound = fn() -> Result<(), String>;

/// Starts this program anew, with what `prepare` adds; returns only where that fails.
pub fn start(prepare: impl FnOnce(&mut Command)) -> io::Error {
    match env::current_exe() {
        Ok(program) => {
            let mut command = Command::new(program);
            command.args(env::args_os().skip(1));
            prepare(&mut command);
            command.exec()
        }
        Err(error) => error,
    }
}

/// Has `start` called on each HUP, if the configuration would do. HUP must be blocked already.
pub fn on_hup(is_sound: IsSound, start: impl Fn() + Send + 'static) -> io::Result<()> {
    let on_hup = move || {
        loop {
            if signals::wait() != Signal::Hup {
                continue;
            }
            match is_sound() {
                Ok(()) => {
                    info!("the configuration is read again");
                    start();
                }
                Err(error) => error!("{error}; the running configuration stays in force"),
            }
        }
    };
    let thread = Builder::new().name("hup".to_owned());
    thread.stack_size(STACK_SIZE).spawn(on_hup).map(drop)
}
