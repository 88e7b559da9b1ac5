//! How each destination of `goodall ship` stands: the file that the shipper writes and the reporter reads.
//! A line each, fields between tabs, and a last line with a check of all before it, since it is written in
//! place and may be read while it is.

use std::path::{Path, PathBuf};

use super::escape::push_json;
use super::number::{self, Custom};
use crate::client::said;
use crate::quantity::WallNs;
use crate::query::Cell;

/// A status file that was not written for so long is of a shipper that is gone.
const FRESH_NS: i64 = 15_000_000_000;
const NS_A_SECOND: f64 = 1e9;

/// How a destination is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing was sent yet.
    #[default]
    Starting,
    /// All that is due was sent.
    Ok,
    /// There is more than one batch to send.
    CatchingUp,
    /// The last batch did not get through; it is tried again.
    Retrying,
    /// The store refuses us: a token, an address, a name. It is tried again, slowly.
    Refused,
    /// No shipper is running.
    Stopped,
}

impl State {
    const ALL: [State; 6] = [
        State::Starting,
        State::Ok,
        State::CatchingUp,
        State::Retrying,
        State::Refused,
        State::Stopped,
    ];

    /// As it stands in the file and in answers.
    pub const fn name(self) -> &'static str {
        match self {
            State::Starting => "starting",
            State::Ok => "ok",
            State::CatchingUp => "catching up",
            State::Retrying => "retrying",
            State::Refused => "refused",
            State::Stopped => "stopped",
        }
    }
}

/// How a destination stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Its name in the configuration.
    pub name: String,
    /// `graphite`, `influx` and so on.
    pub kind: String,
    /// How it is.
    pub state: State,
    /// The oldest tick that is due and was not acknowledged; `None` where nothing waits.
    pub waiting: Option<WallNs>,
    /// Samples that were acknowledged.
    pub shipped: u64,
    /// Batches that were tried again.
    pub retried: u64,
    /// Samples that the store would not have.
    pub rejected: u64,
    /// Samples that were overwritten before they were sent.
    pub lost: u64,
    /// What the store, or the system, said last that was not yes.
    pub words: String,
}

impl Delivery {
    /// How many nanoseconds what it has is behind what it should have.
    pub fn lag_ns(&self, now: WallNs) -> u64 {
        let waiting = self.waiting.unwrap_or(now);
        now.0.saturating_sub(waiting.0).max(0).unsigned_abs()
    }

    /// The same in seconds.
    pub fn lag_seconds(&self, now: WallNs) -> f64 {
        self.lag_ns(now) as f64 / NS_A_SECOND
    }

    /// Keeps what was said.
    pub fn say(&mut self, words: &str) {
        self.words = said(words);
    }
}

/// The folder of the shipper's own files: beside the ring.
pub fn folder_beside(ring_file: &Path) -> PathBuf {
    let mut name = ring_file.as_os_str().to_owned();
    name.push(".ship");
    name.into()
}

/// The same in another folder, where the ring's cannot be written to.
pub fn folder_in(state: &Path, ring_file: &Path) -> PathBuf {
    let beside = folder_beside(ring_file);
    state.join(beside.file_name().unwrap_or_default())
}

/// The status file in that folder.
pub fn status_file(folder: &Path) -> PathBuf {
    folder.join("status")
}

/// The text of the file.
pub fn write(deliveries: &[Delivery], now: WallNs, out: &mut String) {
    use std::fmt::Write;
    out.clear();
    let _ = writeln!(out, "goodall ship 1\t{}", now.0);
    for at in deliveries {
        let waiting = at.waiting.map_or(0, |waiting| waiting.0);
        let _ = writeln!(
            out,
            "{}\t{}\t{}\t{waiting}\t{}\t{}\t{}\t{}\t{}",
            at.name,
            at.kind,
            at.state.name(),
            at.shipped,
            at.retried,
            at.rejected,
            at.lost,
            at.words
        );
    }
    let check = check(out.as_bytes());
    let _ = writeln!(out, "check {check:016x}");
}

/// What the file says; `None` where it is not whole.
pub fn read(text: &str, now: WallNs) -> Option<Vec<Delivery>> {
    let end = text.find("check ")?;
    let (body, sealed) = text.split_at(end);
    let sealed = sealed.get("check ".len()..)?.get(..16)?;
    if u64::from_str_radix(sealed, 16).ok()? != check(body.as_bytes()) {
        return None;
    }
    let mut lines = body.lines();
    let written = lines.next()?.strip_prefix("goodall ship 1\t")?;
    let written: i64 = written.parse().ok()?;
    let is_fresh = now.0.saturating_sub(written) < FRESH_NS;
    lines
        .map(|line| {
            let mut delivery = read_line(line)?;
            if !is_fresh {
                delivery.state = State::Stopped;
                delivery.waiting.get_or_insert(WallNs(written));
            }
            Some(delivery)
        })
        .collect()
}

fn read_line(line: &str) -> Option<Delivery> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [
        name,
        kind,
        state,
        waiting,
        shipped,
        retried,
        rejected,
        lost,
        words,
    ] = *fields
    else {
        return None;
    };
    let waiting: i64 = waiting.parse().ok()?;
    Some(Delivery {
        name: name.to_owned(),
        kind: kind.to_owned(),
        state: State::ALL.into_iter().find(|at| at.name() == state)?,
        waiting: (waiting != 0).then_some(WallNs(waiting)),
        shipped: shipped.parse().ok()?,
        retried: retried.parse().ok()?,
        rejected: rejected.parse().ok()?,
        lost: lost.parse().ok()?,
        words: words.to_owned(),
    })
}

/// FNV-1a: against a file that was half written, not against anybody.
pub fn check(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Appends a destination as `/health` has it.
pub fn push_health(at: &Delivery, now: WallNs, out: &mut Vec<u8>) {
    for (key, value) in [
        ("{\"name\":", &*at.name),
        (",\"kind\":", &*at.kind),
        (",\"state\":", at.state.name()),
    ] {
        out.extend_from_slice(key.as_bytes());
        push_json(value.as_bytes(), out);
    }
    // to the millisecond
    let lag = (at.lag_seconds(now) * 1e3).round() / 1e3;
    for (key, cell) in [
        (",\"lag_seconds\":", Cell::Real(lag)),
        (",\"shipped\":", Cell::Unsigned(at.shipped)),
        (",\"retried\":", Cell::Unsigned(at.retried)),
        (",\"rejected\":", Cell::Unsigned(at.rejected)),
        (",\"lost\":", Cell::Unsigned(at.lost)),
    ] {
        out.extend_from_slice(key.as_bytes());
        number::push(cell, Custom::Json, out);
    }
    out.extend_from_slice(b",\"message\":");
    push_json(at.words.as_bytes(), out);
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: WallNs = WallNs(1_795_323_856_000_000_000);

    fn two() -> Vec<Delivery> {
        let mut first = Delivery {
            name: "metrics".to_owned(),
            kind: "influx".to_owned(),
            state: State::Retrying,
            waiting: Some(WallNs(NOW.0 - 2_500_000_000)),
            shipped: 1,
            retried: 2,
            rejected: 3,
            lost: 4,
            words: String::new(),
        };
        first.say("400:\tno\nsuch  field");
        let second = Delivery {
            name: "archive".to_owned(),
            kind: "file".to_owned(),
            state: State::Ok,
            ..Delivery::default()
        };
        vec![first, second]
    }

    #[test]
    fn what_is_written_is_read_back_and_a_half_written_file_is_not() {
        let mut text = String::new();
        write(&two(), NOW, &mut text);
        let read_back = read(&text, NOW).unwrap();
        assert_eq!(read_back, two());
        assert_eq!(read_back[0].words, "400: no such field");
        assert!((read_back[0].lag_seconds(NOW) - 2.5).abs() < 1e-9);
        for end in 0..text.len() - 1 {
            assert_eq!(read(&text[..end], NOW), None, "{end} bytes");
        }
        let other = text.replacen("\t1\t", "\t9\t", 1);
        assert_eq!(read(&other, NOW), None);
        // a shorter text over a longer one
        assert_eq!(read(&format!("{text}left over"), NOW), Some(two()));
    }

    #[test]
    fn a_file_that_nobody_writes_any_more_is_of_a_shipper_that_stopped() {
        let mut text = String::new();
        write(&two(), NOW, &mut text);
        let later = WallNs(NOW.0 + 60_000_000_000);
        let stopped = read(&text, later).unwrap();
        assert_eq!(stopped[1].state, State::Stopped);
        assert!((stopped[1].lag_seconds(later) - 60.0).abs() < 1e-9);
    }
}
