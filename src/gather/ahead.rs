//! Touches pages ahead of clocks whose interval is short, on a thread of its own. Where the ring stands on a
//! file system with a journal, the first store to a page waits now and then for a commit, some milliseconds:
//! more than a tick of 1 ms has. So it is made 100 ms ahead, where nobody waits for it.

use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::quantity::Interval;
use crate::ring::writer::Toucher;
use crate::warning;

/// Intervals below this are looked after: longer ones can wait for a commit.
const SHORT_NS: u64 = 50_000_000;
/// How far ahead.
const SPAN_NS: u64 = 100_000_000;
/// How often.
const EVERY: Duration = Duration::from_millis(25);
/// Clocks that may be handed over while the thread is stalled.
const WAITING_MAX: usize = 16;
const STACK_SIZE: usize = 64 * 1024;

/// The thread; none before the first short interval, or where it could not be had.
#[derive(Default)]
pub struct Ahead {
    running: Option<(Sender<Toucher>, JoinHandle<()>)>,
}

impl Ahead {
    /// Whether it looks after a clock.
    pub fn is_at_work(&self) -> bool {
        self.running.is_some()
    }

    /// Looks after a clock, if its interval is short.
    pub fn add(&mut self, interval: Interval, toucher: Toucher) {
        if interval.ns() >= SHORT_NS {
            return;
        }
        if self.running.is_none() {
            let (sender, receiver) = bounded(WAITING_MAX);
            let builder = Builder::new().name("ahead".to_owned());
            match builder.stack_size(STACK_SIZE).spawn(move || run(&receiver)) {
                Ok(thread) => self.running = Some((sender, thread)),
                Err(error) => warning!("no thread to touch pages ahead: {error}"),
            }
        }
        if let Some((sender, _)) = &self.running {
            // where it is stalled and the channel full, the clock touches its own pages
            let _ = sender.try_send(toucher);
        }
    }
}

impl Drop for Ahead {
    /// Waits for the thread, whose share of the ring keeps the file locked; not for a disk that is stalled.
    fn drop(&mut self) {
        let Some((sender, thread)) = self.running.take() else {
            return;
        };
        drop(sender);
        let give_up = Instant::now() + Duration::from_millis(200);
        while !thread.is_finished() && Instant::now() < give_up {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn run(clocks: &Receiver<Toucher>) {
    let mut touchers = Vec::new();
    loop {
        match clocks.recv_timeout(EVERY) {
            Ok(toucher) => touchers.push(toucher),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        for toucher in &mut touchers {
            toucher.touch(SPAN_NS);
        }
    }
}
