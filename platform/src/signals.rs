//! HUP and CHLD taken by one thread: blocked in all, waited for by sigwait(3). INT and TERM are the
//! crate `ctrlc`'s, which cannot tell HUP apart; where they must not be lost over an exec, they are taken so too.

use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// What the waiting thread is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Re-read the configuration.
    Hup,
    /// A child changed its state.
    Child,
    /// End in peace: TERM or INT.
    End,
}

/// Whether INT and TERM are blocked as well.
static ALL: AtomicBool = AtomicBool::new(false);

/// Blocks HUP and CHLD in this thread and in all that it starts from now on: call it first in `main`.
pub fn block() {
    let set = set();
    // SAFETY: `set` was initialised by sigemptyset(3); the old mask is not asked for.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, ptr::null_mut()) };
}

/// The same for INT and TERM too. What is blocked stays so in a program that takes this one's place (exec), and
/// what was sent meanwhile waits for it.
pub fn block_all() {
    ALL.store(true, Relaxed);
    block();
}

/// Waits for the next of the blocked signals.
pub fn wait() -> Signal {
    let set = set();
    loop {
        let mut signal = 0;
        // SAFETY: both pointers are to locals; sigwait(3) reads one and writes the other.
        let result = unsafe { libc::sigwait(&raw const set, &raw mut signal) };
        match (result, signal) {
            (0, libc::SIGHUP) => return Signal::Hup,
            (0, libc::SIGCHLD) => return Signal::Child,
            (0, libc::SIGINT | libc::SIGTERM) => return Signal::End,
            _ => {}
        }
    }
}

/// Leaves INT to the parent: a terminal sends it to the whole foreground group.
pub fn ignore_interrupt() {
    // SAFETY: SIG_IGN is a handler that runs no code (signal(2)).
    unsafe { libc::signal(libc::SIGINT, libc::SIG_IGN) };
}

/// Sends CHLD to this process, so that the thread in [`wait`] looks around.
pub fn wake() {
    let pid = std::process::id().cast_signed();
    // SAFETY: kill(2) takes numbers only; a process may always signal itself.
    unsafe { libc::kill(pid, libc::SIGCHLD) };
}

fn set() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: sigemptyset(3) initialises the whole set that it is given.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: initialised just above.
    let mut set = unsafe { set.assume_init() };
    let signals = [libc::SIGHUP, libc::SIGCHLD, libc::SIGINT, libc::SIGTERM];
    let count = if ALL.load(Relaxed) { 4 } else { 2 };
    for &signal in &signals[..count] {
        // SAFETY: an initialised set and the number of a signal that exists.
        unsafe { libc::sigaddset(&raw mut set, signal) };
    }
    set
}
