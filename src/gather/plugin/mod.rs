//! Plugins: collectors in any language. Each has a thread of its own, which runs its command, takes what it writes
//! to its standard output and to the socket, and records it; see docs/plugins.md.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::lines::Format;
use super::sampler::panic_text;
use crate::metric::TOTALS;
use crate::quantity::Interval;

mod allowance;
mod door;
mod input;
mod quick;
mod recorder;
mod registry;
mod run;
mod said;
mod series;
mod set;
mod times;
mod word;
mod worker;

pub use input::{Input, Inputs};
pub use recorder::{Parts, Recorder};
pub use set::{Plugins, Shared};

/// The first part of the names of what plugins bring.
pub const COLLECTOR: &str = "plugin";
/// Under which name lines of processes that belong to no plugin are recorded.
pub const SOCKET: &str = "socket";
/// Longest name of a plugin, so that its place in the status area holds it.
pub const NAME_SIZE_MAX: usize = 48;
/// Series that a plugin may have where nothing is said.
pub const SERIES_MAX_DEFAULT: usize = 256;

/// Does one turn of a thread's work; what it said if it panicked, after a pause, since it may do so again.
fn caught(turn: impl FnOnce()) -> Result<(), String> {
    const PAUSE: Duration = Duration::from_millis(100);
    catch_unwind(AssertUnwindSafe(turn)).map_err(|panic| {
        TOTALS.panics.fetch_add(1, Relaxed);
        std::thread::sleep(PAUSE);
        let what = panic_text(&*panic);
        format!("panicked: {what}; this is a fault of goodall's")
    })
}

/// How a plugin's command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Once at each tick, to its end.
    Run,
    /// On and on; started again when it ends.
    Stream,
}

impl Mode {
    /// Every mode, the default first.
    pub const ALL: [Mode; 2] = [Mode::Run, Mode::Stream];

    /// What the configuration calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Mode::Run => "run",
            Mode::Stream => "stream",
        }
    }
}

/// A plugin as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name: `[A-Za-z0-9_-]`, at most [`NAME_SIZE_MAX`] bytes.
    pub name: String,
    /// The executable, found already, and its arguments.
    pub command: Vec<OsString>,
    /// How it runs.
    pub mode: Mode,
    /// How often, and of which interval's frames its rows are.
    pub interval: Interval,
    /// How long a run may take.
    pub timeout: Duration,
    /// What its lines look like.
    pub format: Format,
    /// Who it runs as; none is who goodall runs as.
    pub user: Option<String>,
    /// What stands in its environment besides.
    pub env: Vec<(String, String)>,
    /// Series that it may have.
    pub series_max: usize,
}
