//! Whether the collectors keep up: `{"status":"ok"|"late","collectors":[{"name":,"last":,"late_ms":,
//! "missed":,"errors":,"message":},...],"ship":[...]}`, from the ring's status area and the shipper's own.

use super::Body;
use super::delivery::{Delivery, push_health};
use super::escape::push_json;
use super::number::{self, Custom};
use super::time::Stamp;
use crate::quantity::{Interval, WallNs};
use crate::query::Cell;
use crate::ring::reader::Status;
use crate::ring::{ClockId, FrameNumber, Reader};

/// Intervals by which a collector may be late before that is ill.
pub const LATE_INTERVALS: u64 = 3;
const NS_A_MS: i64 = 1_000_000;

/// The health of the collectors: a small answer, made at once.
pub struct Health {
    is_late: bool,
    text: Vec<u8>,
    handed: usize,
}

impl Health {
    /// The health as of `now`.
    pub fn new(reader: &Reader, ship: &[Delivery], now: WallNs) -> Health {
        let collectors = reader.status();
        let is_ill = |status: &Status| is_late(reader, status, now);
        let is_late = collectors.iter().any(is_ill);
        let mut text = Vec::new();
        let status = if is_late { "late" } else { "ok" };
        text.extend_from_slice(b"{\"status\":");
        push_json(status.as_bytes(), &mut text);
        text.extend_from_slice(b",\"collectors\":[");
        for (at, status) in collectors.iter().enumerate() {
            text.extend_from_slice(if at == 0 { b"\n" } else { b",\n" });
            push_collector(status, now, &mut text);
        }
        if !collectors.is_empty() {
            text.push(b'\n');
        }
        text.extend_from_slice(b"],\"ship\":[");
        for (at, delivery) in ship.iter().enumerate() {
            text.extend_from_slice(if at == 0 { b"\n" } else { b",\n" });
            push_health(delivery, now, &mut text);
        }
        if !ship.is_empty() {
            text.push(b'\n');
        }
        text.extend_from_slice(b"]}\n");
        Health {
            is_late,
            text,
            handed: 0,
        }
    }

    /// Whether an enabled collector is more than three intervals late: HTTP's 503.
    pub fn is_late(&self) -> bool {
        self.is_late
    }
}

impl Body for Health {
    fn fill(&mut self, out: &mut Vec<u8>) -> bool {
        let left = &self.text[self.handed..];
        let part = &left[..left.len().min(out.capacity() - out.len())];
        out.extend_from_slice(part);
        self.handed += part.len();
        self.handed < self.text.len()
    }
}

fn push_collector(status: &Status, now: WallNs, text: &mut Vec<u8>) {
    text.extend_from_slice(b"{\"name\":");
    push_json(status.name.as_bytes(), text);
    text.extend_from_slice(b",\"last\":");
    match status.last {
        Some(last) => push_json(Stamp::new().text(last), text),
        None => text.extend_from_slice(b"null"),
    }
    let late_ms = status.last.map_or(Cell::Missing, |last| {
        Cell::Unsigned(late_ns(last, status.interval, now).unsigned_abs() / NS_A_MS.unsigned_abs())
    });
    for (key, cell) in [
        ("late_ms", late_ms),
        ("missed", Cell::Unsigned(status.missed)),
        ("errors", Cell::Unsigned(status.errors)),
    ] {
        text.push(b',');
        push_json(key.as_bytes(), text);
        text.push(b':');
        number::push(cell, Custom::Json, text);
    }
    text.extend_from_slice(b",\"message\":");
    push_json(status.message.as_bytes(), text);
    text.push(b'}');
}

/// How long ago the sample that is due should have come; 0 while none is due.
fn late_ns(last: WallNs, interval: Interval, now: WallNs) -> i64 {
    now.0
        .saturating_sub(last.0)
        .saturating_sub_unsigned(interval.ns())
        .max(0)
}

/// Whether a collector is ill. One without any sample is, once its clock has gone on for so long.
fn is_late(reader: &Reader, status: &Status, now: WallNs) -> bool {
    match status.last {
        Some(last) => {
            let allowed = (LATE_INTERVALS * status.interval.ns()).cast_signed();
            late_ns(last, status.interval, now) > allowed
        }
        None => has_run_for(reader, status.interval, LATE_INTERVALS + 1),
    }
}

/// Whether this run of the writer has opened more than `frames` frames of an interval.
fn has_run_for(reader: &Reader, interval: Interval, frames: u64) -> bool {
    let clock = reader.clocks().iter().position(|&clock| clock == interval);
    let Some(clock) = clock.and_then(|clock| u16::try_from(clock).ok()) else {
        return false;
    };
    let Some(newest) = reader.newest(ClockId(clock)) else {
        return false;
    };
    (1..=frames)
        .filter_map(|back| newest.number.0.checked_sub(back))
        .filter_map(|number| reader.header(ClockId(clock), FrameNumber(number)))
        .filter(|header| header.salt == newest.salt)
        .count() as u64
        == frames
}
