//! The command line from end to end: what each line means, and the exact words where it means nothing.

use std::path::Path;

use super::*;
use crate::quantity::WallNs;

fn parsed(line: &str) -> Result<Command, String> {
    parse(line.split_whitespace()).map_err(|usage| usage.to_string())
}

fn reading(line: &str) -> Reading {
    match parsed(line) {
        Ok(
            Command::Dump(reading)
            | Command::Latest(reading)
            | Command::Series(reading)
            | Command::Info(reading),
        ) => reading,
        other => panic!("{line}: {other:?}"),
    }
}

fn daemon(line: &str) -> Flags {
    match parsed(line) {
        Ok(
            Command::Run(flags)
            | Command::Gather(flags)
            | Command::Report(flags, _)
            | Command::Check(flags, false),
        ) => flags,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn without_a_command_it_runs() {
    assert_eq!(parsed(""), Ok(Command::Run(Flags::default())));
    assert_eq!(parsed("run"), parsed(""));
    assert_eq!(parsed("--ring 4h"), parsed("run --ring 4h"));
    let shipping = |once| Shipping {
        once,
        ..Shipping::default()
    };
    assert_eq!(parsed("ship"), Ok(Command::Ship(shipping(false))));
    assert_eq!(parsed("ship --once"), Ok(Command::Ship(shipping(true))));
    assert_eq!(
        parsed("check --ship"),
        Ok(Command::Check(Flags::default(), true))
    );
}

#[test]
fn every_flag_of_the_daemon_reaches_its_value() {
    let flags = daemon(
        "gather --ring 1h --interval=500ms --ring-file /r --ring-max 1G --listen 1 --listen unix:/s \
         --allow-host A.example --token-file /t --insecure-listen --collectors cpu,load \
         --collectors disk --log-level debug --config /c",
    );
    assert_eq!(flags.config.as_deref(), Some(Path::new("/c")));
    let layer = &flags.layer;
    assert_eq!(layer.ring.as_ref().unwrap().value.to_string(), "1h");
    assert_eq!(layer.interval.as_ref().unwrap().value.to_string(), "500ms");
    assert_eq!(layer.ring_file.as_ref().unwrap().value, Path::new("/r"));
    assert_eq!(layer.ring_max.as_ref().unwrap().value, 1 << 30);
    assert_eq!(layer.listen.as_ref().unwrap().value.len(), 2);
    assert_eq!(layer.allow_host.as_ref().unwrap().value, ["a.example"]);
    assert_eq!(layer.token_file.as_ref().unwrap().value, Path::new("/t"));
    assert!(layer.insecure_listen.as_ref().unwrap().value);
    assert_eq!(layer.collectors.as_ref().unwrap().value.len(), 3);
    assert_eq!(
        layer.log_level.as_ref().unwrap().value,
        crate::log::Level::Debug
    );
}

#[test]
fn a_child_that_is_given_the_flags_again_is_told_the_same() {
    let line = "--ring 90m --interval 1500ms --ring-file r --ring-max 1000 --listen [::1]:0 \
                --listen unix:/s --allow-host a --token-file t --insecure-listen \
                --collectors -cpu,load --log-level warn --config c";
    let flags = daemon(line);
    match parse(flags.to_args()) {
        Ok(Command::Run(again)) => assert_eq!(again, flags),
        other => panic!("{other:?}"),
    }
    assert_eq!(
        parsed("report --listen fd:3 --parent-pipe 4 --tally 5").map(|command| match command {
            Command::Report(_, handed) => (handed.parent_pipe, handed.tally),
            _ => (None, None),
        }),
        Ok((Some(4), Some(5)))
    );
}

#[test]
fn every_flag_of_a_reader_reaches_its_value() {
    let dump = reading(
        "dump load.* --since 10m --until 1795323856 --format ndjson --shape wide --step 10s --agg max \
         --rate mem_used --ring-file r",
    );
    assert_eq!(dump.patterns, ["load.*", "mem_used"]);
    assert_eq!(dump.since, Some(Moment::Ago(600_000_000_000)));
    assert_eq!(
        dump.until,
        Some(Moment::At(WallNs(1_795_323_856_000_000_000)))
    );
    assert_eq!(dump.step, Some(Duration::from_secs(10)));
    assert_eq!(
        (dump.format, dump.shape, dump.agg, dump.rate),
        (Some("ndjson"), Some("wide"), Some("max"), true)
    );
    assert!(reading("info --verify --format json").verify);
    assert_eq!(
        reading("--ring-file r latest a.b"),
        reading("latest --ring-file r a.b")
    );
    assert_eq!(reading("latest -- -a.b").patterns, ["-a.b"]);
}

#[test]
fn help_and_version_are_found_wherever_they_stand() {
    use Length::{Long, Short};
    for (line, expected) in [
        ("-h", Command::Help(None, Short)),
        ("--help", Command::Help(None, Long)),
        ("help", Command::Help(None, Long)),
        ("help dump", Command::Help(Some(Verb::Dump), Long)),
        ("dump --help", Command::Help(Some(Verb::Dump), Long)),
        ("dump --since 1h -h", Command::Help(Some(Verb::Dump), Short)),
        ("--help dump", Command::Help(Some(Verb::Dump), Long)),
        ("-V", Command::Version),
        ("latest --version", Command::Version),
    ] {
        assert_eq!(parsed(line), Ok(expected), "{line}");
    }
}

#[test]
fn what_means_nothing_is_refused_with_the_nearest_that_does() {
    for (line, expected) in [
        (
            "--rng 4h",
            "--rng: unknown flag; did you mean --ring? (see goodall -h)",
        ),
        (
            "dump --sicne 4h",
            "--sicne: unknown flag; did you mean --since? (see goodall dump -h)",
        ),
        ("--xyzzy", "--xyzzy: unknown flag (see goodall -h)"),
        (
            "-x",
            "-x: unknown flag; only -h and -V are short (see goodall -h)",
        ),
        ("recrod", "recrod: unknown command (see goodall -h)"),
        (
            "lastet",
            "lastet: unknown command; did you mean latest? (see goodall -h)",
        ),
        (
            "load.1m",
            "load.1m: unknown command; to see a series: goodall latest 'load.1m' (see goodall -h)",
        ),
        (
            "info load.1m",
            "load.1m: info takes flags only (see goodall info -h)",
        ),
        (
            "dump --ring 4h",
            "--ring: not a flag of dump, but of run, gather, report, check (see goodall dump -h)",
        ),
        (
            "--parent-pipe 3",
            "--parent-pipe: unknown flag (see goodall -h)",
        ),
        ("--ring", "--ring: its DURATION is missing (see goodall -h)"),
        (
            "dump --rate=1",
            "--rate: takes no value, found 1 (see goodall dump -h)",
        ),
        (
            "--ring 4",
            "--ring: \"4\": it has no unit; expected a duration such as 500ms, 1s, 10m, 4h or 30d (see goodall -h)",
        ),
        (
            "dump --format jsno",
            "--format: \"jsno\": expected one of csv, json, ndjson; did you mean json? (see goodall dump -h)",
        ),
        (
            "info --format csv",
            "--format: \"csv\": expected one of text, json (see goodall info -h)",
        ),
        (
            "--log-level loud",
            "--log-level: \"loud\": no such level; expected one of error, warning, info, debug (see goodall -h)",
        ),
        (
            "dump --since -10m",
            "--since: \"-10m\": it starts with a minus; expected a time such as 2026-11-22T05:04:16Z, Unix seconds, or a duration ago such as 10m (see goodall dump -h)",
        ),
        (
            "--ring-file=",
            "--ring-file: the path is empty (see goodall -h)",
        ),
    ] {
        assert_eq!(parsed(line), Err(expected.to_owned()), "{line}");
    }
    assert_eq!(Usage::EXIT_CODE, 64);
}

#[test]
fn every_flag_is_in_the_short_and_the_long_help_of_its_commands() {
    for about in ABOUT {
        for length in [Length::Short, Length::Long] {
            let page = help(Some(about.verb), length, 80, false);
            for flag in FLAGS.iter().filter(|flag| flag.of.contains(&about.verb)) {
                let is_named = page
                    .lines()
                    .any(|line| line.trim_start().split(' ').next() == Some(flag.name));
                assert_eq!(is_named, flag.is_shown, "{} in {}", flag.name, about.name);
            }
        }
    }
}

#[test]
fn every_flag_of_the_table_is_taken_by_its_commands() {
    for flag in FLAGS {
        let values: &[&str] = match flag.takes {
            Takes::Nothing => &[""],
            Takes::OneOf(words) => words,
            Takes::Text("DURATION") => &["10s"],
            Takes::Text("SIZE") => &["1G"],
            Takes::Text("ADDRESS") => &["8080"],
            Takes::Text("TIME") => &["10m"],
            Takes::Text("FD") => &["3"],
            Takes::Text(_) => &["a"],
        };
        for verb in flag.of {
            for value in values {
                let of_mirror = if *verb == Verb::Mirror { "web1" } else { "" };
                let line = format!("{} {of_mirror} {} {value}", verb.about().name, flag.name);
                assert!(parsed(&line).is_ok(), "{line}: {:?}", parsed(&line));
            }
        }
    }
}

#[test]
fn help_keeps_to_its_width_and_the_short_one_to_a_screen() {
    for verb in [None]
        .into_iter()
        .chain(ABOUT.iter().map(|about| Some(about.verb)))
    {
        for length in [Length::Short, Length::Long] {
            let page = help(verb, length, 80, false);
            for line in page.lines() {
                // an example is typed as it stands
                let is_example = line.starts_with("    goodall") || !line.trim().contains(' ');
                assert!(line.chars().count() <= 80 || is_example, "{line}");
                assert_eq!(line, line.trim_end());
            }
            assert!(
                length == Length::Long || page.lines().count() <= 45,
                "{verb:?}"
            );
        }
    }
    assert!(help(None, Length::Short, 80, true).contains("\x1b[1mUSAGE\x1b[0m"));
}

#[test]
fn a_mirror_takes_one_url_that_is_an_address() {
    let Ok(Command::Mirror(mirroring)) = parsed("mirror http://web1:9 --once --ring-max 2G") else {
        panic!("it is well said");
    };
    assert_eq!(mirroring.address.to_string(), "http://web1:9/ring");
    assert!(mirroring.once);
    for (line, why) in [
        ("mirror", "its URL is missing"),
        ("mirror a b", "b: one URL"),
        ("mirror https://web1", "no TLS"),
        (
            "mirror web1 --listen 8080",
            "--listen: not a flag of mirror",
        ),
    ] {
        let usage = parsed(line).unwrap_err();
        assert!(usage.contains(why), "{line}: {usage}");
        assert!(usage.ends_with("(see goodall mirror -h)"), "{usage}");
    }
}
