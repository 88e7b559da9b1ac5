//! When a value was taken, and in which frame it stands.

use crate::quantity::{BootNs, Interval, Now, WallNs};
use crate::ring::writer::Tick;

/// Where values go that come now.
#[derive(Clone, Copy)]
pub struct Times {
    /// Now.
    pub now: Now,
    /// The frame that is open.
    pub current: Tick,
    /// The one before.
    pub previous: Option<Tick>,
}

/// A value's place in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Whether it belongs to the frame before the open one.
    pub is_late: bool,
    /// When it was taken.
    pub taken: BootNs,
    /// Whether its own time was of no use.
    pub is_mistimed: bool,
}

impl Times {
    /// Which frame a value belongs to, and when it was taken. Its own time counts if it is within an interval of now;
    /// one before the open frame's tick stands in the frame before.
    pub fn place(&self, time: Option<WallNs>, interval: Interval) -> Placed {
        let now = self.now;
        let here = Placed {
            is_late: false,
            taken: now.boot,
            is_mistimed: false,
        };
        let Some(time) = time else {
            return here;
        };
        let ago = i128::from(now.wall.0) - i128::from(time.0);
        if ago.unsigned_abs() > u128::from(interval.ns()) {
            return Placed {
                is_mistimed: true,
                ..here
            };
        }
        // the interval is 30 minutes at most, so that both fit
        let taken = i128::from(now.boot.0) - ago;
        Placed {
            is_late: self.previous.is_some() && time < self.current.wall,
            taken: BootNs(u64::try_from(taken).unwrap_or(0)),
            is_mistimed: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ring::FrameNumber;

    const SECOND_NS: i64 = 1_000_000_000;

    fn tick(number: u64) -> Tick {
        Tick {
            number: FrameNumber(number),
            wall: WallNs(number.cast_signed() * SECOND_NS),
            boot: BootNs(number * SECOND_NS.cast_unsigned()),
            salt: 1,
        }
    }

    #[test]
    fn a_time_within_an_interval_is_kept_and_any_other_becomes_now() {
        let now = Now {
            wall: WallNs(100_200_000_000),
            boot: BootNs(100_200_000_000),
        };
        let times = Times {
            now,
            current: tick(100),
            previous: Some(tick(99)),
        };
        let second = Interval::of(Duration::from_secs(1)).unwrap();
        for (time, is_late, taken, is_mistimed) in [
            (None, false, 100_200_000_000, false),
            (Some(100_000_000_000), false, 100_000_000_000, false),
            (Some(99_999_999_999), true, 99_999_999_999, false),
            (Some(99_200_000_000), true, 99_200_000_000, false),
            (Some(101_200_000_000), false, 101_200_000_000, false),
            (Some(99_199_999_999), false, 100_200_000_000, true),
            (Some(101_200_000_001), false, 100_200_000_000, true),
            (Some(0), false, 100_200_000_000, true),
            (Some(i64::MAX), false, 100_200_000_000, true),
            (Some(i64::MIN), false, 100_200_000_000, true),
        ] {
            let expected = Placed {
                is_late,
                taken: BootNs(taken),
                is_mistimed,
            };
            assert_eq!(times.place(time.map(WallNs), second), expected, "{time:?}");
        }
    }
}
