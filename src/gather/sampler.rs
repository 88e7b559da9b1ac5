//! One collector's thread: wait for the tick, sample, record, say how it went. Whatever a collector does
//! (fail, panic, hang) stays in its thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use goodall_platform::ReadError;

use super::clock::{TimeSource, be_exact};
use super::rows::Rows;
use super::stop::Stop;
use super::ticks::Ticks;
use crate::backoff::{Backoff, SOURCES};
use crate::metric::{Collector, Every, Source, TOTALS};
use crate::quantity::{Interval, WallNs};
use crate::ring::FrameNumber;
use crate::ring::writer::{StatusSlot, Tick, Ticker};
use crate::{debug, error, info, warning};

/// How a source is opened, and opened again after a failure.
pub type OpenSource = Box<dyn FnMut() -> Result<Box<dyn Source>, ReadError> + Send>;

/// What a sampler is made of.
pub struct Parts {
    /// The collector.
    pub collector: &'static Collector,
    /// How often.
    pub interval: Interval,
    /// A source that is open already, for the first run.
    pub source: Option<Box<dyn Source>>,
    /// Opens it again.
    pub open: OpenSource,
    /// Where its rows go.
    pub rows: Rows,
    /// The interval's open frame.
    pub ticker: Ticker,
    /// The clocks.
    pub time: Arc<dyn TimeSource>,
    /// The word to stop.
    pub stop: Stop,
}

/// One collector at work.
pub struct Sampler {
    parts: Parts,
    status: StatusSlot,
    ticks: Ticks,
    backoff: Backoff,
    late: u64,
    missed: u64,
    errors: u64,
    last: WallNs,
    /// Where the newest sample stands.
    frame: Option<FrameNumber>,
    failing: Option<String>,
}

/// Why a run of samples ended.
enum End {
    Stopped,
    Failed(ReadError),
}

impl Sampler {
    /// Ready to run in a thread of its own.
    pub fn new(parts: Parts, status: StatusSlot) -> Sampler {
        let (now, instant) = (parts.time.now(), Instant::now());
        let ticks = Ticks::new(parts.interval, Duration::ZERO, instant)
            .behind(behind(parts.collector, parts.interval));
        Sampler {
            status,
            ticks: if parts.ticker.waits() {
                ticks.starting_at_next(now, instant)
            } else {
                ticks
            },
            backoff: Backoff::new(SOURCES),
            late: 0,
            missed: 0,
            errors: 0,
            last: WallNs(0),
            frame: None,
            failing: None,
            parts,
        }
    }

    /// Its place in the status area, at its end.
    pub fn into_status(self) -> StatusSlot {
        self.status
    }

    /// Samples until told to stop. Boxed, and what is rare apart, so that a collector that waits
    /// or samples does so within the first page or two of its stack.
    pub fn run(mut self: Box<Self>) -> Box<Sampler> {
        be_exact(self.parts.interval);
        loop {
            let ended = catch_unwind(AssertUnwindSafe(|| self.run_once()));
            if self.is_over(ended) {
                return self;
            }
        }
    }

    /// A run of samples ended: whether that was wanted; if not, once the pause before the next is over.
    #[cold]
    #[inline(never)]
    fn is_over(&mut self, ended: std::thread::Result<End>) -> bool {
        match ended {
            Ok(End::Stopped) => return true,
            Ok(End::Failed(error)) => self.fail(error.to_string()),
            Err(panic) => {
                TOTALS.panics.fetch_add(1, Relaxed);
                let what = panic_text(&*panic);
                self.fail(format!("panicked: {what}; this is a fault of goodall's"));
            }
        }
        self.parts.source = None;
        let pause = self.backoff.failed(Instant::now());
        let name = self.parts.collector.name;
        debug!("{name}: tried again in {} ms", pause.as_millis());
        self.parts.stop.wait(Instant::now() + pause)
    }

    /// Opens the source and samples at every tick until told to stop or the system refuses.
    #[inline(never)]
    fn run_once(&mut self) -> End {
        let mut source = match self.parts.source.take() {
            Some(source) => source,
            None => match (self.parts.open)() {
                Ok(source) => source,
                Err(error) => return End::Failed(error),
            },
        };
        loop {
            if self.parts.stop.wait(self.ticks.due()) {
                return End::Stopped;
            }
            let result = self.take(&mut *source);
            let (now, instant) = (self.parts.time.now(), Instant::now());
            let missed = self.ticks.advance(now, instant);
            self.missed += missed;
            TOTALS.missed.fetch_add(missed, Relaxed);
            match result {
                Ok(()) => self.recover(),
                // The device, the file system or the module went away: what is open is of no use.
                Err(error @ (ReadError::Os { .. } | ReadError::Absent { .. })) => {
                    return End::Failed(error);
                }
                Err(error) => self.fail(error.to_string()),
            }
        }
    }

    /// Takes one sample into the frame of its tick.
    fn take(&mut self, source: &mut dyn Source) -> Result<(), ReadError> {
        let lateness = self.ticks.lateness(Instant::now());
        let lateness_ns = u64::try_from(lateness.as_nanos()).unwrap_or(u64::MAX);
        TOTALS.lateness_max_ns.fetch_max(lateness_ns, Relaxed);
        if lateness_ns > self.parts.interval.ns() / 2 {
            self.late += 1;
            TOTALS.late.fetch_add(1, Relaxed);
        }
        let Some(tick) = self.frame(lateness_ns) else {
            self.missed += 1;
            TOTALS.missed.fetch_add(1, Relaxed);
            return Ok(());
        };
        let now = self.parts.time.now();
        self.frame = Some(tick.number);
        self.parts.rows.record(source, &tick, now.boot)?;
        self.last = now.wall;
        TOTALS.samples.fetch_add(1, Relaxed);
        Ok(())
    }

    /// The frame of this tick or of a later one, never one that has a sample already. Where the clock thread
    /// is behind (a loaded machine, a stalled disk) it is waited for, a quarter of the interval at most, or
    /// half of a short one, where a quarter is no more than threads are late by; then an older frame serves, if
    /// it is still free: the row's offset says when it was taken.
    fn frame(&self, lateness_ns: u64) -> Option<Tick> {
        let interval = self.parts.interval.ns();
        // not now: who is late by more than half has a frame of its own all the same
        let due = self.parts.time.now().boot.0.saturating_sub(lateness_ns);
        let step = Duration::from_nanos((interval / 16).clamp(50_000, 5_000_000));
        let patience = (interval / 4).max((interval / 2).min(5_000_000));
        let give_up = Instant::now() + Duration::from_nanos(patience);
        loop {
            let free = self
                .parts
                .ticker
                .current()
                .filter(|tick| Some(tick.number) != self.frame);
            match free {
                Some(tick) if tick.boot.0 + interval / 2 > due => return free,
                _ => {}
            }
            let now = Instant::now();
            if now >= give_up || self.parts.stop.wait(now + step) {
                return free;
            }
        }
    }

    /// The sample is lost: counted, shown in the status, and logged if it is news.
    #[cold]
    #[inline(never)]
    fn fail(&mut self, message: String) {
        self.errors += 1;
        TOTALS.errors.fetch_add(1, Relaxed);
        if self.failing.as_deref() != Some(&message) {
            let name = self.parts.collector.name;
            if message.starts_with("panicked") {
                error!("{name}: {message}");
            } else {
                warning!("{name}: {message}");
            }
            self.failing = Some(message);
        }
        self.show();
    }

    fn recover(&mut self) {
        if self.failing.is_some() {
            self.tell_recovered();
        }
        self.show();
    }

    #[cold]
    #[inline(never)]
    fn tell_recovered(&mut self) {
        self.failing = None;
        info!("{}: samples again", self.parts.collector.name);
    }

    fn show(&mut self) {
        let message = self.failing.as_deref().unwrap_or("");
        self.status
            .set(self.last, self.late, self.missed, self.errors, message);
    }
}

/// How long behind its tick a collector samples: not at an interval of which that would be much.
fn behind(collector: &Collector, interval: Interval) -> Duration {
    const SHORT_NS: u64 = 100_000_000;
    match collector.every {
        Every::Behind(ms) if interval.ns() >= SHORT_NS => Duration::from_millis(u64::from(ms)),
        _ => Duration::ZERO,
    }
}

/// What a panic said.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a word")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::collector;

    #[test]
    fn what_counts_threads_stays_behind_its_tick_unless_the_next_is_near() {
        let behind_ms = |name, interval_ms| {
            let interval = Interval::of(Duration::from_millis(interval_ms)).unwrap();
            behind(collector(name).unwrap(), interval).as_millis()
        };
        assert_eq!(behind_ms("load", 100), 12);
        assert_eq!(behind_ms("load", 99), 0);
        assert_eq!(behind_ms("uptime", 1000), 0);
        // or each would count the other
        assert!(behind_ms("stat", 1000) > behind_ms("load", 1000));
    }
}
