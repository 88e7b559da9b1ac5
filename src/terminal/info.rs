//! `goodall info` on a terminal or in a pipe: the ring file, its intervals, its collectors.

use super::units::{bytes, span_text};
use super::{Paint, Style, harmless, padded};

/// A ring file as it is described.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// Its path.
    pub path: String,
    /// The host that it was recorded on.
    pub host: String,
    /// How far back it reaches.
    pub window: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Whether somebody is recording.
    pub is_live: bool,
    /// Tracks and their fields.
    pub tracks: usize,
    /// Series, over all tracks.
    pub series: usize,
    /// One for each interval.
    pub clocks: Vec<Clock>,
    /// One for each collector.
    pub collectors: Vec<Collector>,
    /// What reading every row found, where it was asked for.
    pub verified: Option<Verified>,
}

/// The frames of one interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The interval.
    pub interval: String,
    /// Frames that are there.
    pub frames: u64,
    /// Stretches of time without a frame.
    pub gaps: u64,
    /// How long these are together, in nanoseconds.
    pub gap_ns: u64,
    /// The oldest frame's time, as text; empty without a frame.
    pub oldest: String,
    /// The newest frame's time.
    pub newest: String,
    /// How old the newest is, in nanoseconds.
    pub age_ns: u64,
}

/// A collector's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collector {
    /// Its name.
    pub name: String,
    /// Its interval.
    pub interval: String,
    /// How old its newest sample is, in nanoseconds; `None` before the first.
    pub age_ns: Option<u64>,
    /// Whether that is too old.
    pub is_late: bool,
    /// Ticks taken late.
    pub late: u64,
    /// Ticks not taken.
    pub missed: u64,
    /// Samples that failed.
    pub errors: u64,
    /// The newest error, or empty.
    pub message: String,
}

/// What reading every row found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Rows that are whole.
    pub rows: u64,
    /// Rows of frames that are there, which are missing: never written, or cut.
    pub missing: u64,
    /// Values in the rows that are whole.
    pub values: u64,
}

/// The description, some dozens of lines.
pub fn render(info: &Described, style: Style) -> String {
    let mut text = String::new();
    let every = |clock: &Clock| format!("every {}", clock.interval);
    let longest = info.clocks.iter().map(|clock| every(clock).len()).max();
    let width = longest.unwrap_or(0).max("verified".len()) + 1;
    let mut pair = |name: &str, value: &str| {
        text.push_str(&style.paint(Paint::Bold, &padded(name, width)));
        text.push_str(value);
        text.push('\n');
    };
    pair("file", &harmless(&info.path));
    pair("host", &harmless(&info.host));
    pair("window", &info.window);
    pair("size", &bytes(info.bytes));
    let state = if info.is_live {
        style.paint(Paint::Good, "recording")
    } else {
        style.paint(Paint::Bad, "nobody is recording")
    };
    pair("state", &state);
    pair(
        "series",
        &format!("{} in {} tracks", info.series, info.tracks),
    );
    for clock in &info.clocks {
        pair(&every(clock), &frames(clock));
    }
    if let Some(verified) = &info.verified {
        pair(
            "verified",
            &format!(
                "{} rows whole, {} missing; {} values",
                verified.rows, verified.missing, verified.values
            ),
        );
    }
    text.push_str(&collectors(&info.collectors, style));
    text
}

fn frames(clock: &Clock) -> String {
    if clock.newest.is_empty() {
        return "no frame yet".to_owned();
    }
    let gaps = match clock.gaps {
        0 => "no gap".to_owned(),
        1 => format!("1 gap of {}", span_text(clock.gap_ns)),
        gaps => format!("{gaps} gaps of {} together", span_text(clock.gap_ns)),
    };
    format!(
        "{} frame{}, {gaps}; {} to {}, {} ago",
        clock.frames,
        if clock.frames == 1 { "" } else { "s" },
        clock.oldest,
        clock.newest,
        span_text(clock.age_ns)
    )
}

fn collectors(collectors: &[Collector], style: Style) -> String {
    if collectors.is_empty() {
        return String::new();
    }
    let name = collectors.iter().map(|at| at.name.chars().count());
    let name = name.max().unwrap_or(0).max("COLLECTOR".len());
    let title = format!(
        "{} {:>8} {:>8} {:>8} {:>8} {:>8}",
        padded("COLLECTOR", name),
        "EVERY",
        "LAST",
        "LATE",
        "MISSED",
        "ERRORS"
    );
    let mut text = format!("\n{}\n", style.paint(Paint::Bold, &title));
    for at in collectors {
        let last = at.age_ns.map_or_else(|| "-".to_owned(), span_text);
        let last = format!("{last:>8}");
        let last = if at.is_late {
            style.paint(Paint::Bad, &last)
        } else {
            last
        };
        let line = format!(
            "{} {:>8} {last} {:>8} {:>8} {:>8} {}",
            padded(&harmless(&at.name), name),
            at.interval,
            at.late,
            at.missed,
            at.errors,
            harmless(&at.message)
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_described_on_one_screen() {
        let info = Described {
            path: "/var/lib/goodall/goodall.ring".to_owned(),
            host: "db1".to_owned(),
            window: "4h".to_owned(),
            bytes: 42_000_000,
            is_live: false,
            tracks: 2,
            series: 15,
            clocks: vec![
                Clock {
                    interval: "1s".to_owned(),
                    frames: 14_399,
                    gaps: 1,
                    gap_ns: 1_000_000_000,
                    oldest: "2026-11-22T01:04:17.000Z".to_owned(),
                    newest: "2026-11-22T05:04:16.000Z".to_owned(),
                    age_ns: 600_000_000,
                },
                Clock {
                    interval: "10s".to_owned(),
                    frames: 0,
                    gaps: 0,
                    gap_ns: 0,
                    oldest: String::new(),
                    newest: String::new(),
                    age_ns: 0,
                },
            ],
            collectors: vec![Collector {
                name: "load".to_owned(),
                interval: "1s".to_owned(),
                age_ns: Some(600_000_000),
                is_late: false,
                late: 0,
                missed: 1,
                errors: 0,
                message: "a\x1b[31mb".to_owned(),
            }],
            verified: Some(Verified {
                rows: 28_798,
                missing: 0,
                values: 215_985,
            }),
        };
        let style = Style {
            is_coloured: false,
            is_unicode: true,
            width: 80,
        };
        assert_eq!(
            render(&info, style),
            "\
file      /var/lib/goodall/goodall.ring
host      db1
window    4h
size      40 MiB
state     nobody is recording
series    15 in 2 tracks
every 1s  14399 frames, 1 gap of 1.0 s; 2026-11-22T01:04:17.000Z to 2026-11-22T05:04:16.000Z, 600 ms ago
every 10s no frame yet
verified  28798 rows whole, 0 missing; 215985 values

COLLECTOR    EVERY     LAST     LATE   MISSED   ERRORS
load            1s   600 ms        0        1        0 a [31mb
"
        );
    }
}
