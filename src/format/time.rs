//! RFC 3339 in UTC with milliseconds: `2026-11-22T05:04:16.395Z`. The second before is kept, so that the
//! next time costs three digits. Days by Howard Hinnant's `civil_from_days`.

use crate::quantity::WallNs;

/// The length of every time that nanoseconds in an `i64` can name.
pub const TIME_SIZE: usize = 24;

const NS_A_SECOND: i64 = 1_000_000_000;
const SECONDS_A_DAY: i64 = 86_400;

/// The text of a time, renewed in place.
#[derive(Clone, Debug)]
pub struct Stamp {
    text: [u8; TIME_SIZE],
    second: i64,
    day: i64,
}

impl Stamp {
    /// The text of the epoch.
    pub const fn new() -> Stamp {
        Stamp {
            text: *b"1970-01-01T00:00:00.000Z",
            second: 0,
            day: 0,
        }
    }

    /// The text of `wall`, what is finer than a millisecond cut off.
    #[inline]
    pub fn text(&mut self, wall: WallNs) -> &[u8; TIME_SIZE] {
        let second = wall.0.div_euclid(NS_A_SECOND);
        if second != self.second {
            self.set_second(second);
        }
        let ms = wall.0.rem_euclid(NS_A_SECOND) / 1_000_000;
        self.text[20] = digit(ms / 100);
        self.text[21] = digit(ms / 10);
        self.text[22] = digit(ms);
        &self.text
    }

    fn set_second(&mut self, second: i64) {
        self.second = second;
        let day = second.div_euclid(SECONDS_A_DAY);
        if day != self.day {
            self.set_day(day);
        }
        let of_day = second.rem_euclid(SECONDS_A_DAY);
        self.two(11, of_day / 3_600);
        self.two(14, of_day / 60 % 60);
        self.two(17, of_day % 60);
    }

    fn set_day(&mut self, day: i64) {
        self.day = day;
        // days from 0000-03-01, so that a leap day ends its year, in eras of 400 years
        let shifted = day + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let from_march = (5 * of_year + 2) / 153;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        let year = year + era * 400 + i64::from(month <= 2);
        self.two(0, year / 100);
        self.two(2, year % 100);
        self.two(5, month);
        self.two(8, of_year - (153 * from_march + 2) / 5 + 1);
    }

    fn two(&mut self, at: usize, value: i64) {
        self.text[at] = digit(value / 10);
        self.text[at + 1] = digit(value);
    }
}

impl Default for Stamp {
    fn default() -> Stamp {
        Stamp::new()
    }
}

/// The last digit of a number from 0.
fn digit(value: i64) -> u8 {
    b'0' + (value % 10).to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Moment;
    use proptest::prelude::*;

    fn text(wall: i64) -> String {
        String::from_utf8(Stamp::new().text(WallNs(wall)).to_vec()).unwrap()
    }

    #[test]
    fn known_times_have_their_text() {
        for (wall, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_795_323_856_395_999_999, "2026-11-22T05:04:16.395Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999_000_000, "2000-02-29T23:59:59.999Z"),
            (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (i64::MAX, "2262-04-11T23:47:16.854Z"),
            (i64::MIN, "1677-09-21T00:12:43.145Z"),
        ] {
            assert_eq!(text(wall), expected);
        }
    }

    proptest! {
        #[test]
        fn a_text_is_read_back_as_its_millisecond(wall: i64) {
            let ms = wall.div_euclid(1_000_000);
            prop_assume!(ms.checked_mul(1_000_000).is_some());
            prop_assert_eq!(Moment::parse(&text(wall)), Ok(Moment::At(WallNs(ms * 1_000_000))));
        }

        #[test]
        fn a_kept_stamp_is_a_fresh_one(first: i64, steps in prop::collection::vec(-100_000_000_000_000_i64..100_000_000_000_000, 1..20)) {
            let mut kept = Stamp::new();
            let mut wall = first;
            for step in steps {
                wall = wall.saturating_add(step);
                let fresh = text(wall);
                prop_assert_eq!(kept.text(WallNs(wall)), fresh.as_bytes());
            }
        }
    }
}
