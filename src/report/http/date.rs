//! The `Date` of an answer (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.

/// Bytes of a date.
pub const SIZE: usize = 29;

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb",
];

/// The date last asked for: it changes once a second.
pub struct Date {
    second: u64,
    text: [u8; SIZE],
}

impl Date {
    /// Nothing asked for yet.
    pub fn new() -> Date {
        Date {
            second: 0,
            text: written(0),
        }
    }

    /// The date of that Unix second.
    pub fn at(&mut self, second: u64) -> &[u8; SIZE] {
        if second != self.second {
            *self = Date {
                second,
                text: written(second),
            };
        }
        &self.text
    }
}

/// Years run from March, so that a leap day is the last: 146,097 days are four centuries, 153 five months.
fn written(second: u64) -> [u8; SIZE] {
    let (days, time) = (second / 86_400, second % 86_400);
    let from_march_0 = days + 719_468;
    let (era, day_of_era) = (from_march_0 / 146_097, from_march_0 % 146_097);
    let leap = day_of_era / 1_460;
    let year_of_era = (day_of_era - leap + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year_of_era + u64::from(month >= 10);

    let mut text = *b"Thu, 01 Jan 1970 00:00:00 GMT";
    text[..3].copy_from_slice(DAYS[index(days % 7)].as_bytes());
    text[8..11].copy_from_slice(MONTHS[index(month)].as_bytes());
    put(&mut text[5..7], day);
    put(&mut text[12..16], year);
    put(&mut text[17..19], time / 3600);
    put(&mut text[20..22], time / 60 % 60);
    put(&mut text[23..25], time % 60);
    text
}

fn index(small: u64) -> usize {
    usize::try_from(small).expect("a day or a month")
}

fn put(digits: &mut [u8], mut number: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).expect("a digit");
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_as_date_1_writes_them() {
        // date -u -d @N '+%a, %d %b %Y %H:%M:%S GMT'
        let mut date = Date::new();
        for (second, text) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_795_323_856, "Sun, 22 Nov 2026 05:04:16 GMT"),
            (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] {
            assert_eq!(date.at(second), text.as_bytes(), "{second}");
        }
    }
}
