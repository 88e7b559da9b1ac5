//! The time zone of this moment, localtime(3).

use std::ffi::CStr;
use std::mem::MaybeUninit;

use super::InfoSample;
use crate::clock;
use crate::reader::{Label, Labels};

const NS_PER_SECOND: i64 = 1_000_000_000;
/// What a zone's instance begins with.
const PREFIX: &[u8] = b"timezone/";
/// The prefix and the longest zone's name.
const INSTANCE_SIZE_MAX: usize = 32;
/// A zone's abbreviation is short: RFC 8536 has "at least three" letters, POSIX six at most.
const NAME_SIZE_MAX: usize = 16;

/// The zone in force now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    name: [u8; NAME_SIZE_MAX],
    /// Seconds east of UTC.
    pub offset_s: i64,
}

impl Zone {
    /// Its abbreviation: `UTC`, `CEST`.
    pub fn name(&self) -> &[u8] {
        let end = self.name.iter().position(|&byte| byte == 0);
        &self.name[..end.unwrap_or(NAME_SIZE_MAX)]
    }
}

/// The zone at that time, in seconds since 1970.
fn zone(seconds: i64) -> Option<Zone> {
    let mut time = MaybeUninit::<libc::tm>::zeroed();
    // SAFETY: both pointers are valid over the call; localtime_r(3) reads the one and writes the other.
    let result = unsafe { libc::localtime_r(&raw const seconds, time.as_mut_ptr()) };
    if result.is_null() {
        return None;
    }
    // SAFETY: localtime_r has filled it in.
    let time = unsafe { time.assume_init() };
    if time.tm_zone.is_null() {
        return None;
    }
    // SAFETY: tm_zone points to a text of the C library that ends in NUL and stays until tzset(3) is called
    // with another zone in the environment, which nobody does.
    let text = unsafe { CStr::from_ptr(time.tm_zone) }.to_bytes();
    let mut name = [0; NAME_SIZE_MAX];
    let size = text.len().min(NAME_SIZE_MAX);
    name[..size].copy_from_slice(&text[..size]);
    Some(Zone {
        name,
        offset_s: time.tm_gmtoff,
    })
}

/// The zone's row: summer and winter are two.
pub fn show(row: &mut dyn FnMut(&[u8], &InfoSample)) {
    let Some(zone) = zone(clock::now().wall_ns / NS_PER_SECOND) else {
        return;
    };
    let mut instance = [0; INSTANCE_SIZE_MAX];
    let size = PREFIX.len() + zone.name().len();
    instance[..PREFIX.len()].copy_from_slice(PREFIX);
    instance[PREFIX.len()..size].copy_from_slice(zone.name());
    row(
        &instance[..size],
        &InfoSample {
            zone_offset_s: Some(zone.offset_s),
            ..InfoSample::NONE
        },
    );
}

/// The labels of a zone's instance; `None` for another's.
pub fn labels(instance: &[u8]) -> Option<Labels> {
    let zone = instance.strip_prefix(PREFIX)?;
    Some(vec![Label::of("time_zone", zone)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_is_the_one_of_date() {
        let date = std::process::Command::new("date")
            .arg("+%Z %z")
            .output()
            .unwrap();
        let date = String::from_utf8(date.stdout).unwrap();
        let (name, offset) = date.trim().split_once(' ').unwrap();
        let zone = zone(clock::now().wall_ns / 1_000_000_000).unwrap();
        assert_eq!(zone.name(), name.as_bytes());
        let offset: i64 = offset.parse().unwrap();
        assert_eq!(zone.offset_s, (offset / 100 * 60 + offset % 100) * 60);
    }
}
