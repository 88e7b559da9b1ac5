//! The word to stop, for a thread that waits for its next tick: one wait serves the tick and a prompt end. It
//! takes no lock and allocates nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Thread, park_timeout};
use std::time::Instant;

/// The word, said or not yet.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

/// Says it to a thread when it is dropped.
#[derive(Debug)]
pub struct Stopper {
    stop: Stop,
    thread: Thread,
}

impl Stop {
    /// What says the word to `thread`, which waits for it.
    pub fn said_to(self, thread: &Thread) -> Stopper {
        Stopper {
            stop: self,
            thread: thread.clone(),
        }
    }

    /// Waits until `due`; true if told to stop, meanwhile or before.
    pub fn wait(&self, due: Instant) -> bool {
        // a thread is woken for nothing now and then
        loop {
            if self.0.load(Ordering::Acquire) {
                return true;
            }
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            park_timeout(left);
        }
    }
}

impl Drop for Stopper {
    fn drop(&mut self) {
        self.stop.0.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn a_wait_ends_at_its_deadline_however_often_the_thread_is_woken() {
        let stop = Stop::default();
        let due = Instant::now() + Duration::from_millis(20);
        std::thread::current().unpark();
        assert!(!stop.wait(due));
        assert!(Instant::now() >= due);
        assert!(!stop.wait(due), "one that is over");
    }

    #[test]
    fn a_stopper_that_is_dropped_ends_a_wait_long_before_its_deadline() {
        let stop = Stop::default();
        let heard = stop.clone();
        let due = Instant::now() + LONG;
        let thread = std::thread::spawn(move || heard.wait(due) && heard.wait(due));
        drop(stop.said_to(thread.thread()));
        assert!(thread.join().unwrap());
        assert!(Instant::now() < due);
    }
}
