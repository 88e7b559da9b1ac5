//! When the next tick is due: at multiples of the interval of wall time, so that collectors line up, but
//! waited for and counted by the monotonic clock, so that a set clock neither hurries nor stalls anybody.

use std::time::{Duration, Instant};

use crate::quantity::{Interval, Now, WallNs};

/// The ticks of one thread.
#[derive(Clone, Copy, Debug)]
pub struct Ticks {
    interval: Interval,
    /// How long before the tick the thread wakes; below 0 it wakes behind it.
    lead_ns: i64,
    due: Instant,
    /// The tick taken at once stands where it likes: the next multiple is never too near to it.
    is_aligned: bool,
}

impl Ticks {
    /// The first tick is at once. A thread that must be ready when the others come wakes `lead` before
    /// each tick.
    pub fn new(interval: Interval, lead: Duration, start: Instant) -> Ticks {
        Ticks {
            interval,
            lead_ns: ns(lead).cast_signed(),
            due: start,
            is_aligned: false,
        }
    }

    /// The thread wakes behind each tick but the one at once.
    pub fn behind(mut self, by: Duration) -> Ticks {
        self.lead_ns = -ns(by).cast_signed();
        self
    }

    /// The first tick is the next multiple of the interval.
    pub fn starting_at_next(mut self, now: Now, instant: Instant) -> Ticks {
        self.advance(now, instant);
        self
    }

    /// When to wake.
    pub fn due(&self) -> Instant {
        self.due
    }

    /// How late `instant` is for the tick.
    pub fn lateness(&self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.due)
    }

    /// The tick is done: sets the next, the first multiple of the interval after now that is not just the
    /// one that was taken a little early. Gives how many ticks were passed over. A thread with a lead
    /// asks [`Ticks::tick`] first: the tick named there is done.
    pub fn advance(&mut self, now: Now, instant: Instant) -> u64 {
        let interval = self.interval.ns();
        let phase = (now.wall.0 + self.lead_ns).rem_euclid(interval.cast_signed());
        let mut wait = interval - phase.cast_unsigned();
        let elapsed = ns(instant.saturating_duration_since(self.due));
        let behind = self.lead_ns.min(0).unsigned_abs();
        // the one at once came behind a multiple: that one is no tick of its own
        if !self.is_aligned && elapsed + wait <= behind {
            wait += interval;
        }
        let was_named = self.lead_ns > 0 && wait <= early(interval);
        if self.is_aligned && (elapsed + wait < interval / 2 || was_named) {
            wait += interval;
        }
        self.due = instant + Duration::from_nanos(wait);
        let passed = elapsed + wait;
        if std::mem::replace(&mut self.is_aligned, true) {
            ((passed + interval / 2) / interval).saturating_sub(1)
        } else {
            // every multiple between where it stood and the next
            (passed - behind - 1) / interval
        }
    }

    /// The tick's own time by both clocks, as the frame's header gives it: the multiple of the interval
    /// that `now` and its lead have just come to, however late; one that is still to come is named when it
    /// is due, so that none is named twice. `is_first` is the tick taken at once, which is now.
    pub fn tick(&self, now: Now, is_first: bool) -> Now {
        if is_first {
            return now;
        }
        let interval = self.interval.ns().cast_signed();
        let aimed = now.wall.0 + self.lead_ns;
        let early = early(self.interval.ns()).cast_signed();
        let wall = (aimed + early).div_euclid(interval) * interval;
        let boot = now.boot.0.saturating_add_signed(wall - now.wall.0);
        Now {
            wall: WallNs(wall),
            boot: crate::quantity::BootNs(boot),
        }
    }
}

/// By how much a thread may come before its tick, in ns: the clock that it waits by and the wall clock, while
/// that is slewed, differ by 500 ppm.
fn early(interval: u64) -> u64 {
    interval / 64
}

fn ns(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::BootNs;

    const SECOND: Interval = Interval::of(Duration::from_secs(1)).unwrap();

    fn at(wall_ms: i64, boot_ms: u64) -> Now {
        Now {
            wall: WallNs(wall_ms * 1_000_000),
            boot: BootNs(boot_ms * 1_000_000),
        }
    }

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn the_first_tick_is_at_once_and_the_next_at_a_multiple() {
        let start = Instant::now();
        let mut ticks = Ticks::new(SECOND, Duration::ZERO, start);
        assert_eq!(ticks.due(), start);
        assert_eq!(ticks.advance(at(10_300, 0), start + ms(1)), 0);
        assert_eq!(ticks.due(), start + ms(701));
        let mut ticks = Ticks::new(SECOND, Duration::ZERO, start);
        assert_eq!(ticks.advance(at(10_900, 0), start), 0);
        assert_eq!(ticks.due(), start + ms(100));
    }

    #[test]
    fn a_tick_taken_a_little_early_is_not_taken_twice() {
        let start = Instant::now();
        let mut ticks = Ticks::new(SECOND, Duration::ZERO, start);
        ticks.advance(at(10_000, 0), start);
        let due = ticks.due();
        assert_eq!(ticks.advance(at(10_999, 0), due), 0);
        assert_eq!(ticks.due(), due + ms(1001));
    }

    #[test]
    fn a_slow_sample_counts_what_it_missed_and_nothing_is_made_up() {
        let start = Instant::now();
        let mut ticks = Ticks::new(SECOND, Duration::ZERO, start);
        ticks.advance(at(10_000, 0), start);
        let due = ticks.due();
        assert_eq!(ticks.advance(at(14_200, 0), due + ms(3200)), 3);
        assert_eq!(ticks.due(), due + ms(4000));
    }

    #[test]
    fn a_clock_set_by_an_hour_misses_no_tick() {
        for hour in [3_600_000, -3_600_000] {
            let start = Instant::now();
            let mut ticks = Ticks::new(SECOND, Duration::ZERO, start);
            ticks.advance(at(10_000_000, 0), start);
            let due = ticks.due();
            assert_eq!(ticks.advance(at(10_001_000 + hour, 1000), due), 0);
            assert_eq!(ticks.due(), due + ms(1000));
        }
    }

    #[test]
    fn a_thread_that_stays_behind_wakes_behind_each_multiple_and_is_not_late_for_that() {
        let start = Instant::now();
        let mut ticks = Ticks::new(SECOND, Duration::ZERO, start).behind(ms(12));
        assert_eq!(ticks.due(), start, "the first is at once");
        assert_eq!(ticks.advance(at(10_300, 0), start), 0);
        assert_eq!(ticks.due(), start + ms(712));
        assert_eq!(ticks.lateness(start + ms(713)), ms(1));
        assert_eq!(ticks.advance(at(11_013, 0), start + ms(713)), 0);
        assert_eq!(ticks.due(), start + ms(1_712));
        // just before it is due, by the wall clock: not the same tick once more
        assert_eq!(ticks.advance(at(12_011, 0), ticks.due()), 0);
        assert_eq!(ticks.due(), start + ms(2_713));
    }

    #[test]
    fn a_thread_that_stays_behind_takes_no_tick_that_was_before_its_first() {
        let start = Instant::now();
        let ticks = Ticks::new(SECOND, Duration::ZERO, start).behind(ms(12));
        for (first, done, due, missed) in [
            (10_005, 10_006, 1_007, 0),
            (9_995, 10_006, 17, 0),
            (9_995, 10_013, 1_017, 1),
        ] {
            let elapsed = ms(u64::try_from(done - first).unwrap());
            let mut one = ticks;
            assert_eq!(one.advance(at(done, 0), start + elapsed), missed);
            assert_eq!(one.due(), start + ms(due), "first at {first}");
        }
        let waits = ticks.starting_at_next(at(10_005, 0), start);
        assert_eq!(waits.due(), start + ms(1_007));
    }

    #[test]
    fn a_clock_thread_wakes_ahead_and_names_the_tick_to_come() {
        let start = Instant::now();
        let mut ticks = Ticks::new(SECOND, ms(2), start);
        assert_eq!(ticks.tick(at(10_300, 500), true), at(10_300, 500));
        ticks.advance(at(10_300, 500), start);
        assert_eq!(ticks.due(), start + ms(698));
        assert_eq!(ticks.tick(at(10_998, 1198), false), at(11_000, 1200));
        assert_eq!(ticks.tick(at(11_001, 1201), false), at(11_000, 1200));
    }

    #[test]
    fn however_late_the_clock_thread_wakes_no_tick_is_named_twice() {
        for late in [
            0, 1, 400, 499, 500, 501, 900, 980, 990, 997, 998, 999, 1000, 1500,
        ] {
            let start = Instant::now();
            let mut ticks = Ticks::new(SECOND, ms(2), start);
            ticks.advance(at(9_500, 0), start);
            ticks.advance(at(9_998, 498), ticks.due());
            let (mut wall, mut named) = (10_998 + late, Vec::new());
            for _ in 0..3 {
                let now = at(wall, wall.cast_unsigned());
                named.push(ticks.tick(now, false).wall.0);
                let instant = start + ms(wall.cast_unsigned() - 9_500);
                ticks.advance(now, instant);
                wall += i64::try_from((ticks.due() - instant).as_millis()).unwrap();
            }
            named.dedup();
            assert_eq!(named.len(), 3, "{late} ms late");
        }
    }

    #[test]
    fn ticks_passed_over_before_the_first_multiple_are_counted() {
        for (first, done, missed) in [
            (10_600, 10_900, 0),
            (10_600, 11_100, 1),
            (10_100, 12_900, 2),
        ] {
            let start = Instant::now();
            let mut ticks = Ticks::new(SECOND, Duration::ZERO, start);
            let elapsed = u64::try_from(done - first).unwrap();
            assert_eq!(ticks.advance(at(done, 0), start + ms(elapsed)), missed);
        }
    }
}
