//! The commands that read a ring file which nobody is writing: what they write, to the letter.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use goodall::cli::{self, Command};
use goodall::command::{Failure, Session, dump, info, latest, series};
use goodall::config::Surroundings;
use goodall::quantity::{BootNs, WallNs};
use goodall::terminal::Style;

use super::sample_ring::{START, SampleRing};
use super::series_moved::{load, other, tick};
use crate::recorder::{Recorder, every_ms};

const TERMINAL: Style = Style {
    is_coloured: false,
    is_unicode: true,
    width: 60,
};

/// What a command wrote to standard output and standard error, and how it ended; `now` is 30 s behind the
/// ring's first tick.
fn run(
    line: &str,
    ring: &SampleRing,
    terminal: Option<Style>,
) -> (String, String, Result<(), Failure>) {
    run_on(line, ring.path(), terminal)
}

/// The same on any ring file.
fn run_on(
    line: &str,
    ring: &Path,
    terminal: Option<Style>,
) -> (String, String, Result<(), Failure>) {
    let mut args: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
    args.push("--ring-file".into());
    args.push(ring.into());
    let (mut out, mut error) = (Vec::new(), Vec::new());
    let mut session = Session {
        out: &mut out,
        error: &mut error,
        terminal,
        shows_progress: false,
        around: Surroundings {
            variable: &|_| None,
            is_root: false,
        },
        now: WallNs(START.0 + 30_000_000_000),
    };
    let done = match cli::parse(args).unwrap() {
        Command::Dump(reading) => dump::run(&reading, &mut session),
        Command::Latest(reading) => latest::run(&reading, &mut session),
        Command::Series(reading) => series::run(&reading, &mut session),
        Command::Info(reading) => info::run(&reading, &mut session),
        other => panic!("{other:?} does not read a ring"),
    };
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(out), text(error), done)
}

fn out(line: &str, ring: &SampleRing, terminal: Option<Style>) -> String {
    let (out, _, done) = run(line, ring, terminal);
    done.unwrap();
    out
}

#[test]
fn latest_on_a_terminal_shows_rates_and_the_last_minutes() {
    let ring = SampleRing::new(20, &[10, 11, 12, 13]);
    assert_eq!(
        out("latest", &ring, Some(TERMINAL)),
        "\
db1, 2026-11-22T05:04:35.000Z, 11 s ago, nobody is recording; lines show 20 s

load
    1m               0.25               █▁█▁█▁█▁█▁    █▁█▁█▁

disk.sda
    read_bytes        1.0 MiB/s          ▁▁▁▁▁▁▁▁▁     ▁▁▁▁▁
    io_time            10 %              ▁▁▁▁▁▁▁▁▁     ▁▁▁▁▁
"
    );
}

#[test]
fn latest_on_a_terminal_without_room_for_lines_shows_the_same_values() {
    let ring = SampleRing::new(20, &[]);
    let narrow = Style {
        width: 30,
        ..TERMINAL
    };
    assert_eq!(
        out("latest", &ring, Some(narrow)),
        "\
db1, 2026-11-22T05:04:35.000Z, 11 s ago, nobody is recording

load
    1m               0.25

disk.sda
    read_bytes        1.0 MiB/s
    io_time            10 %
"
    );
}

#[test]
fn a_change_of_the_interval_does_not_break_a_line_of_the_last_minutes() {
    let (one, two) = (every_ms(1000), every_ms(2000));
    let mut recorder = Recorder::new(Duration::from_secs(3600), vec![load(one), other()]);
    for second in 0..24 {
        if second == 16 {
            recorder.change(0, load(two));
        }
        let clocks = if second < 16 { 1 } else { 2 };
        let boot = tick(&mut recorder, second, &[one, two][..clocks]);
        if second < 16 || second % 2 == 0 {
            let words = [(second as f64).to_bits(), 10 * second];
            recorder.row(0, BootNs(boot.0 + 1_000_000), &words);
        }
    }
    recorder.stop();
    let (said, _, done) = run_on("latest load.*", recorder.path(), Some(TERMINAL));
    done.unwrap();
    let line = |name: &str| said.lines().find(|line| line.contains(name)).unwrap();
    // twelve points of two seconds each, eight of them from before
    assert!(line("    1m").ends_with(" ▁▂▂▃▄▄▅▅▆▇▇█"), "{said}");
    assert!(line("forks").contains(" 10 /s"), "{said}");
    assert!(line("forks").ends_with(" ▁▁▁▁▁▁▁▁▁▁▁"), "{said}");
    assert!(said.contains("lines show 24 s\n"), "{said}");
    let (said, _, done) = run_on("info --format json", recorder.path(), None);
    done.unwrap();
    let about: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&about["series"], &about["tracks"]), (&3.into(), &3.into()));
}

#[test]
fn latest_in_a_pipe_is_csv_in_base_units() {
    let ring = SampleRing::new(20, &[]);
    assert_eq!(
        out("latest", &ring, None),
        "\
time,series,value
2026-11-22T05:04:35.000Z,load.1m,0.25
2026-11-22T05:04:35.000Z,disk.sda.read_bytes,19922944
2026-11-22T05:04:35.000Z,disk.sda.io_time,1.9
2026-11-22T05:04:35.000Z,system_load_1,0.25
"
    );
    assert_eq!(
        out("latest --format csv load.1m", &ring, Some(TERMINAL)),
        "time,series,value\n2026-11-22T05:04:35.000Z,load.1m,0.25\n"
    );
    let json: serde_json::Value =
        serde_json::from_str(&out("latest --format json disk.*", &ring, None)).unwrap();
    assert_eq!(json["Metrics"].as_array().unwrap().len(), 2);
}

#[test]
fn a_dump_of_a_ring_that_nobody_writes_counts_from_its_newest_sample_and_says_so() {
    let ring = SampleRing::new(20, &[]);
    let (out, error, done) = run("dump load.* --since 2s", &ring, None);
    done.unwrap();
    assert_eq!(
        out,
        "\
time,series,value
2026-11-22T05:04:33.000Z,load.1m,0.25
2026-11-22T05:04:34.000Z,load.1m,0.5
2026-11-22T05:04:35.000Z,load.1m,0.25
"
    );
    assert_eq!(
        error,
        "goodall: nobody is recording: a duration ago counts from the newest sample, 2026-11-22T05:04:35.000Z\n"
    );
}

#[test]
fn a_dump_takes_every_flag_to_the_query() {
    let ring = SampleRing::new(20, &[]);
    let line = "dump disk.*.read_bytes load.1m --rate --shape wide --step 10s --agg max \
                --since 2026-11-22T05:04:20Z --until 2026-11-22T05:04:40Z";
    assert_eq!(
        out(line, &ring, None),
        "\
time,load.1m,disk.sda.read_bytes
2026-11-22T05:04:20.000Z,0.5,1048576
2026-11-22T05:04:30.000Z,0.5,1048576
"
    );
    let (_, _, done) = run("dump --agg max", &ring, None);
    let failure = done.unwrap_err();
    assert_eq!(failure.exit_code(), 64);
    assert_eq!(
        failure.to_string(),
        "agg without step: there are no buckets to aggregate; add a step such as 10s"
    );
}

#[test]
fn a_pattern_that_matches_nothing_is_refused_by_name() {
    let ring = SampleRing::new(2, &[]);
    for command in ["dump", "latest", "series"] {
        let line = format!("{command} load.1m laod.*");
        let (out, _, done) = run(&line, &ring, None);
        let failure = done.unwrap_err();
        assert_eq!(failure.exit_code(), 64, "{command}");
        assert_eq!(
            failure.to_string(),
            "laod.*: no series matches; goodall series lists them all"
        );
        assert_eq!(out, "", "{command}");
    }
}

#[test]
fn series_are_listed_for_people_and_for_programs() {
    let ring = SampleRing::new(2, &[]);
    let table = out("series", &ring, Some(TERMINAL));
    assert!(
        table.starts_with("SERIES              KIND    UNIT    EVERY HELP\n"),
        "{table}"
    );
    assert_eq!(table.lines().count(), 4);
    let csv = out("series disk.*", &ring, None);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 3, "{csv}");
    assert_eq!(
        lines[0],
        "series,collector,instance,field,unit,kind,interval_ms,alias,help"
    );
    assert!(
        lines[1].starts_with("disk.sda.read_bytes,disk,sda,read_bytes,bytes,counter,1000,,"),
        "{csv}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&out("series --format json", &ring, None)).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 3);
}

#[test]
fn info_finds_the_range_the_gaps_and_the_collectors() {
    let ring = SampleRing::new(20, &[10, 11, 12, 13]);
    let text = out("info --verify", &ring, Some(TERMINAL));
    for line in [
        "host     db1",
        "window   1h",
        "state    nobody is recording",
        "series   3 in 2 tracks",
        "every 1s 16 frames, 1 gap of 4.0 s; 2026-11-22T05:04:16.000Z to 2026-11-22T05:04:35.000Z, 11 s ago",
        "verified 32 rows whole, 0 missing; 48 values",
        "load            1s     11 s        0        1        0",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line}\nin\n{text}"
        );
    }
    let json = out("info --format json --verify", &ring, Some(TERMINAL));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["host"], "db1");
    assert_eq!(json["recording"], false);
    assert_eq!(json["window_ms"], 3_600_000);
    assert_eq!(json["intervals"][0]["frames"], 16);
    assert_eq!(json["intervals"][0]["gap_ms"], 4000);
    assert_eq!(json["intervals"][0]["newest"], "2026-11-22T05:04:35.000Z");
    assert_eq!(json["collectors"][0]["missed"], 1);
    assert_eq!(json["verified"]["rows"], 32);
}
