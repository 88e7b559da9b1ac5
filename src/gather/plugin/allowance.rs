//! How much one connection may send: a token bucket of lines, above which they are read and dropped, and one of
//! bytes, above which nothing is read, so that the writer waits.

use std::time::{Duration, Instant};

/// Lines a second that are parsed, and as many at once.
const LINES_A_SECOND: u64 = 100_000;
/// Bytes a second that are read, and as many at once: reading and dropping them costs some hundredths of a core.
const BYTES_A_SECOND: u64 = 32 * 1024 * 1024;
/// From refill to refill, at the least.
const STEP: Duration = Duration::from_millis(2);

/// What a connection may still send.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    lines: u64,
    bytes: u64,
    refilled: Instant,
    is_bounded: bool,
}

impl Allowance {
    /// Full.
    pub fn new(now: Instant) -> Allowance {
        Allowance {
            lines: LINES_A_SECOND,
            bytes: BYTES_A_SECOND,
            refilled: now,
            is_bounded: true,
        }
    }

    /// Without bounds, to measure what can be taken.
    pub fn boundless(now: Instant) -> Allowance {
        Allowance {
            is_bounded: false,
            ..Allowance::new(now)
        }
    }

    /// Adds what time brought.
    pub fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.refilled);
        if elapsed < STEP {
            return;
        }
        let us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let more = |rate: u64| us.saturating_mul(rate) / 1_000_000;
        self.lines = self
            .lines
            .saturating_add(more(LINES_A_SECOND))
            .min(LINES_A_SECOND);
        self.bytes = self
            .bytes
            .saturating_add(more(BYTES_A_SECOND))
            .min(BYTES_A_SECOND);
        self.refilled = now;
    }

    /// Takes one line, if there is one.
    #[inline]
    pub fn line(&mut self) -> bool {
        if !self.is_bounded {
            return true;
        }
        let has = self.lines > 0;
        self.lines -= u64::from(has);
        has
    }

    /// Says that so many bytes were read.
    pub fn read(&mut self, bytes: usize) {
        if self.is_bounded {
            self.bytes = self.bytes.saturating_sub(bytes as u64);
        }
    }

    /// When it may be read again; none means now.
    pub fn held_until(&self) -> Option<Instant> {
        (self.bytes == 0).then(|| self.refilled + STEP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_taken_and_a_flood_at_the_rate() {
        let start = Instant::now();
        let mut allowance = Allowance::new(start);
        let taken = |allowance: &mut Allowance| (0..1_000_000).filter(|_| allowance.line()).count();
        assert_eq!(taken(&mut allowance), 100_000);
        allowance.refill(start + Duration::from_millis(10));
        assert_eq!(taken(&mut allowance), 1000);
        allowance.refill(start + Duration::from_secs(3600));
        assert_eq!(taken(&mut allowance), 100_000);
    }

    #[test]
    fn bytes_hold_the_writer_back() {
        let start = Instant::now();
        let mut allowance = Allowance::new(start);
        assert_eq!(allowance.held_until(), None);
        allowance.read(1 << 30);
        let until = allowance.held_until().unwrap();
        allowance.refill(until);
        assert_eq!(allowance.held_until(), None);
    }
}
