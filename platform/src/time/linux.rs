//! adjtimex(2), asked and not told.

use std::io;
use std::mem::MaybeUninit;

use super::{Discipline, TimeSample};
use crate::clock;
use crate::error::ReadError;
use crate::reader::{Reader, Settings};
use crate::roots::Roots;

/// adjtimex(2), NOTES: frequencies are parts per million with sixteen bits after the point.
const PPM_16_BITS: f64 = 1_000_000.0 * 65_536.0;
const NS_PER_US: i64 = 1000;

/// Reads the clock and its state.
#[derive(Debug)]
pub struct TimeReader {}

impl TimeReader {
    /// Nothing to open.
    pub fn open(_roots: &Roots, _settings: &Settings) -> Result<TimeReader, ReadError> {
        Ok(TimeReader {})
    }
}

impl Reader for TimeReader {
    type Sample = TimeSample;

    fn read(&mut self, row: &mut dyn FnMut(&[u8], &TimeSample)) -> Result<(), ReadError> {
        let sample = TimeSample {
            wall_ns: clock::now().wall_ns,
            discipline: discipline().ok(),
        };
        row(b"", &sample);
        Ok(())
    }
}

fn discipline() -> io::Result<Discipline> {
    let mut state = MaybeUninit::<libc::timex>::zeroed();
    // SAFETY: a timex of zeros has `modes` 0, which changes nothing; adjtimex(2) writes the rest.
    let result = unsafe { libc::adjtimex(state.as_mut_ptr()) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: timex is a struct of numbers, for which zeros are valid, and it began as zeros.
    let state = unsafe { state.assume_init() };
    Ok(from_timex(&state, result))
}

fn from_timex(state: &libc::timex, result: i32) -> Discipline {
    let ns = if state.status & libc::STA_NANO == 0 {
        NS_PER_US
    } else {
        1
    };
    Discipline {
        is_synchronised: result != libc::TIME_ERROR,
        offset_ns: state.offset.saturating_mul(ns),
        frequency_ratio: 1.0 + state.freq as f64 / PPM_16_BITS,
        maxerror_us: state.maxerror,
        esterror_us: state.esterror,
        status: i64::from(state.status),
        time_constant: state.constant,
        tick_us: state.tick,
        pps_frequency_hz: state.ppsfreq as f64 / PPM_16_BITS,
        pps_jitter_ns: state.jitter.saturating_mul(ns),
        pps_shift: i64::from(state.shift),
        pps_stability_hz: state.stabil as f64 / PPM_16_BITS,
        pps_jitter_count: state.jitcnt,
        pps_calibration_count: state.calcnt,
        pps_error_count: state.errcnt,
        pps_stability_count: state.stbcnt,
        tai_offset_s: i64::from(state.tai),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testdata::one_row;

    #[test]
    fn the_clock_is_the_systems_and_rises() {
        let mut reader = TimeReader::open(&Roots::default(), &Settings::default()).unwrap();
        let first = one_row(&mut reader);
        let second = one_row(&mut reader);
        assert!(first.wall_ns <= second.wall_ns);
        let discipline = first.discipline.expect("asking adjtimex needs no right");
        // 100 Hz of USER_HZ: 10 ms between ticks, give or take 10 % (adjtimex(2))
        assert!((9_000..=11_000).contains(&discipline.tick_us));
        assert!((discipline.frequency_ratio - 1.0).abs() < 0.001);
    }

    #[test]
    fn nanoseconds_and_microseconds_are_told_apart() {
        // SAFETY: timex is a struct of numbers, for which zeros are valid.
        let mut state: libc::timex = unsafe { std::mem::zeroed() };
        state.offset = -250;
        state.jitter = 3;
        state.freq = -65_536;
        assert_eq!(from_timex(&state, 0).offset_ns, -250_000);
        assert_eq!(from_timex(&state, 0).pps_jitter_ns, 3_000);
        state.status = libc::STA_NANO;
        assert_eq!(from_timex(&state, 0).offset_ns, -250);
        assert!((from_timex(&state, 0).frequency_ratio - 0.999_999).abs() < 1e-12);
        assert!(!from_timex(&state, libc::TIME_ERROR).is_synchronised);
    }
}
