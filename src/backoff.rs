//! The one restart policy: exponential back-off with jitter, forgotten after a while of health.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, Instant};

/// How soon to try again.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// The first pause.
    pub first: Duration,
    /// The longest.
    pub longest: Duration,
    /// After so long without a failure the next pause is the first again.
    pub healthy: Duration,
}

/// For collectors, plugins and destinations.
pub const SOURCES: Policy = Policy {
    first: Duration::from_millis(100),
    longest: Duration::from_secs(30),
    healthy: Duration::from_secs(60),
};

/// For the reporter, whose absence every client sees.
pub const REPORTER: Policy = Policy {
    first: Duration::from_millis(100),
    longest: Duration::from_secs(1),
    healthy: Duration::from_secs(60),
};

/// From try to try where another system refuses us: somebody has to change something first.
pub const REFUSED_PAUSE: Duration = Duration::from_secs(30);
/// The longest that another system may ask us to wait.
pub const ASKED_MAX: Duration = Duration::from_secs(300);

/// The state of one thing that is restarted.
#[derive(Debug)]
pub struct Backoff {
    policy: Policy,
    pause: Duration,
    failed: Option<Instant>,
    random: u64,
}

impl Backoff {
    /// Healthy so far.
    pub fn new(policy: Policy) -> Backoff {
        let random = RandomState::new().build_hasher().finish() | 1;
        Backoff {
            policy,
            pause: policy.first,
            failed: None,
            random,
        }
    }

    /// It failed at `now`: how long to wait before it is tried again, half to all of the pause.
    pub fn failed(&mut self, now: Instant) -> Duration {
        let rested = self
            .failed
            .is_none_or(|then| now.duration_since(then) > self.policy.healthy);
        if rested {
            self.pause = self.policy.first;
        }
        self.failed = Some(now);
        let pause = self.pause;
        self.pause = (pause * 2).min(self.policy.longest);
        // xorshift64: only spreads restarts, so its quality is of no account
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let share = (self.random % 512) as u32;
        pause / 2 + pause * share / 1024
    }

    /// The same, but not before what the other side asked for, up to a bound.
    pub fn asked(&mut self, now: Instant, asked: Option<Duration>) -> Duration {
        let asked = asked.unwrap_or_default().min(ASKED_MAX);
        self.failed(now).max(asked)
    }

    /// It failed in a way that trying soon does not mend.
    pub fn refused(&mut self, now: Instant) -> Duration {
        self.failed(now);
        REFUSED_PAUSE
    }

    /// Whether the last failure is the first since it was healthy: the one that is logged.
    pub fn is_first(&self) -> bool {
        self.pause <= self.policy.first * 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_the_longest_and_are_forgotten_in_health() {
        let mut backoff = Backoff::new(SOURCES);
        let mut now = Instant::now();
        for expected in [
            100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000,
        ] {
            let pause = backoff.failed(now).as_millis();
            assert!(
                pause >= expected / 2 && pause <= expected,
                "{pause} of {expected} ms"
            );
            now += Duration::from_secs(30);
        }
        assert!(!backoff.is_first());
        now += Duration::from_secs(61);
        assert!(backoff.failed(now).as_millis() <= 100);
        assert!(backoff.is_first());
    }
    #[test]
    fn the_other_side_asks_for_a_longer_pause_within_bounds() {
        let mut backoff = Backoff::new(SOURCES);
        let now = Instant::now();
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert!(backoff.asked(now, None) <= Duration::from_millis(100));
        assert_eq!(backoff.asked(now, seconds(7)), Duration::from_secs(7));
        assert_eq!(backoff.asked(now, seconds(86_400)), ASKED_MAX);
        assert!(backoff.asked(now, seconds(0)) >= Duration::from_millis(400));
        assert_eq!(backoff.refused(now), REFUSED_PAUSE);
    }
}
