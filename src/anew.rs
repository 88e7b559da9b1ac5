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
pub fn start(prepare: impl FnOnce(&mut Command) -> io::Result<()>) -> io::Error {
    match env::current_exe() {
        Ok(program) => {
            let mut command = Command::new(program);
            command.args(env::args_os().skip(1));
            match prepare(&mut command) {
                Ok(()) => command.exec(),
                Err(error) => error,
            }
        }
        Err(error) => error,
    }
}

/// Has `start` called on each HUP, if the configuration would do. HUP must be blocked already.
pub fn on_hup(is_sound: IsSound, start: impl Fn() + Send + 'static) -> io::Result<()> {
    on_signals(is_sound, start, || ())
}

/// The same, and `end` on TERM and INT. Where these are blocked in every thread, they stay so in the program that
/// takes this one's place: what is sent while none of the two waits for it is taken by the next.
pub fn on_signals(
    is_sound: IsSound,
    start: impl Fn() + Send + 'static,
    end: impl Fn() + Send + 'static,
) -> io::Result<()> {
    let obey = move || {
        loop {
            match signals::wait() {
                Signal::Child => {}
                Signal::End => end(),
                Signal::Hup => match is_sound() {
                    Ok(()) => {
                        info!("the configuration is read again");
                        start();
                    }
                    Err(error) => error!("{error}; the running configuration stays in force"),
                },
            }
        }
    };
    let thread = Builder::new().name("signals".to_owned());
    thread.stack_size(STACK_SIZE).spawn(obey).map(drop)
}
