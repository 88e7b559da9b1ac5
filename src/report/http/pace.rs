//! Whether a reader takes its answer fast enough to be kept. Time is given as a span since some start, so
//! that the rule can be tested without a clock.

use std::time::Duration;

/// What a reader must keep up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Without a byte that it takes or acknowledges for so long, it is cut.
    pub still: Duration,
    /// Its rate is judged over spans of this length ...
    pub span: Duration,
    /// ... in each of which it takes at least so many bytes.
    pub bytes_a_span: u64,
}

/// Of a reader of a long answer, which has a thread of its own: 1 KiB/s over 60 s. One that takes 8 KiB each
/// second through buffers of the usual size acknowledges only each 12 to 15 s.
pub const LONG: Rule = Rule {
    still: Duration::from_secs(18),
    span: Duration::from_secs(60),
    bytes_a_span: 60 << 10,
};

/// Of a reader of a small answer, which holds up one of the few threads for all: mostly the kernel takes
/// all of it at once.
pub const SMALL: Rule = Rule {
    still: Duration::from_secs(2),
    span: Duration::from_secs(10),
    bytes_a_span: 64 << 10,
};

/// One reader's progress.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    rule: Rule,
    progressed: Duration,
    span_start: Duration,
    span_bytes: u64,
}

impl Pace {
    /// A reader that is held to `rule` from `now` on.
    pub fn new(rule: Rule, now: Duration) -> Pace {
        Pace {
            rule,
            progressed: now,
            span_start: now,
            span_bytes: 0,
        }
    }

    /// Notes a sign of the reader that is no byte taken: one more acknowledged.
    pub fn heard(&mut self, now: Duration) {
        self.progressed = now;
    }

    /// Notes that the reader took `bytes`, perhaps none, up to `now`. False if it is to be cut.
    #[must_use]
    pub fn took(&mut self, bytes: usize, now: Duration) -> bool {
        self.span_bytes += bytes as u64;
        if bytes > 0 {
            self.progressed = now;
        } else if now.saturating_sub(self.progressed) >= self.rule.still {
            return false;
        }
        if now.saturating_sub(self.span_start) >= self.rule.span {
            if self.span_bytes < self.rule.bytes_a_span {
                return false;
            }
            self.span_start = now;
            self.span_bytes = 0;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many seconds a reader is kept that takes `bytes` each `every` seconds.
    fn kept(bytes: usize, every: u64) -> u64 {
        let mut pace = Pace::new(LONG, Duration::ZERO);
        for second in 1..1000 {
            let taken = if second % every == 0 { bytes } else { 0 };
            if !pace.took(taken, Duration::from_secs(second)) {
                return second;
            }
        }
        1000
    }

    #[test]
    fn a_still_reader_is_cut_after_eighteen_seconds() {
        assert_eq!(kept(0, 1), 18);
        assert_eq!(kept(1 << 20, 20), 18);
        assert_eq!(kept(1 << 20, 15), 1000);
    }

    #[test]
    fn a_sign_without_a_byte_counts_for_stillness_and_not_for_the_rate() {
        let mut pace = Pace::new(LONG, Duration::ZERO);
        let cut = (1..1000).find(|&second| {
            let now = Duration::from_secs(second);
            if second % 15 == 0 {
                pace.heard(now);
            }
            !pace.took(0, now)
        });
        assert_eq!(cut, Some(60));
    }

    #[test]
    fn a_reader_just_fast_enough_is_kept() {
        assert_eq!(kept(1024, 1), 1000);
        assert_eq!(kept(5 << 10, 5), 1000);
    }

    #[test]
    fn a_trickle_is_cut_after_a_minute() {
        assert_eq!(kept(1023, 1), 60);
        assert_eq!(kept(1, 1), 60);
    }

    #[test]
    fn a_fast_minute_buys_no_slow_one() {
        let mut pace = Pace::new(LONG, Duration::ZERO);
        assert!(pace.took(1 << 30, Duration::from_secs(60)));
        let last = (61..200).find(|&second| !pace.took(1, Duration::from_secs(second)));
        assert_eq!(last, Some(120));
    }
}
