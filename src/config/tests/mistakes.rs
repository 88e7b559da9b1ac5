//! What is wrong, in the exact words.

use super::problems;

#[test]
fn every_problem_is_found_and_names_its_line() {
    let file = "\
rign = \"4h\"
interval = 5
ring = \"4x\"
ring-max = true
listen = \"0.0.0.0:80\"

[collectors.cpu]
exclud = []
enabled = \"yes\"
interval = \"1d\"
[collectors.load]
exclude = [\"a\"]
exclude-types = [3]
[collectors.disc]
[[ship]]
name = \"a\"
";
    assert_eq!(
        problems(&[], &[], file),
        [
            "78 goodall.toml:1: unknown key rign; did you mean ring?",
            "78 goodall.toml:2: interval: expected a text in quotes, found an integer",
            "78 goodall.toml:3: ring: \"4x\": it has an unknown unit; expected a duration such as 500ms, 1s, 10m, 4h or 30d",
            "78 goodall.toml:4: ring-max: expected a size in quotes, or a whole number of bytes, found a boolean",
            "78 goodall.toml:8: unknown key collectors.cpu.exclud; did you mean exclude?",
            "78 goodall.toml:9: collectors.cpu.enabled: expected true or false, found a string",
            "78 goodall.toml:10: collectors.cpu.interval: \"1d\": it is too long; expected 1ms to 30m",
            "78 goodall.toml:13: collectors.load.exclude-types: expected a list of texts, found an integer",
            "78 goodall.toml:16: ship: kind is missing; there are graphite, metrics20, influx, prometheus-remote-write, otlp, statsd, file",
            "78 goodall.toml:5: listen: 0.0.0.0:80 can be reached from other machines; give --token-file FILE, or --insecure-listen to serve everyone",
            "78 goodall.toml:12: collectors.load: it has no instances to exclude or include",
            "78 goodall.toml:13: collectors.load.exclude-types: only filesystem has types",
            "78 goodall.toml:14: unknown collector disc; there are cpu, load, filesystem, processes",
        ]
    );
}

#[test]
fn a_broken_line_does_not_hide_the_problems_of_others() {
    let found = problems(&[], &[], "ring = \nintervall = \"1s\"\n");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("78 goodall.toml:1: "), "{found:?}");
    assert_eq!(
        found[1],
        "78 goodall.toml:2: unknown key intervall; did you mean interval?"
    );
}

#[test]
fn contradictions_name_both_sides_and_exit_by_where_they_stand() {
    type Case<'a> = (
        &'a [(&'static str, &'a str)],
        &'a [(&'a str, &'a str)],
        &'a str,
        &'a str,
    );
    let cases: [Case; 9] = [
        (
            &[("--interval", "2m"), ("--ring", "1m")],
            &[],
            "",
            "64 --interval: 2m (--interval) is longer than the window of 1m (ring, --ring); shorten it or lengthen the window",
        ),
        (
            &[],
            &[],
            "ring = \"10s\"\n[collectors.cpu]\ninterval = \"1m\"",
            "78 goodall.toml:3: collectors.cpu.interval: 1m (goodall.toml:3) is longer than the window of 10s (ring, goodall.toml:1); shorten it or lengthen the window",
        ),
        (
            &[("--listen", "0.0.0.0:80")],
            &[],
            "",
            "64 --listen: 0.0.0.0:80 can be reached from other machines; give --token-file FILE, or --insecure-listen to serve everyone",
        ),
        (
            &[("--collectors", "cpu,laod")],
            &[],
            "",
            "64 --collectors: unknown collector laod; did you mean load?; there are cpu, load, filesystem, processes",
        ),
        (
            &[("--collectors", "-cpu,-load,-filesystem,-processes")],
            &[],
            "",
            "64 --collectors: all are off; nothing would be recorded",
        ),
        (
            &[],
            &[("GOODALL_PORT", "http")],
            "",
            "64 GOODALL_PORT: http: expected a whole number",
        ),
        (
            &[],
            &[("GOODALL_PORT", "65536")],
            "",
            "64 GOODALL_PORT: \"65536\": there is no such port; expected ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:8080, a port, or unix:/path",
        ),
        (
            &[],
            &[("GOODALL_RETENTION_MIN", "0")],
            "",
            "64 GOODALL_RETENTION_MIN: \"0m\": it is too short; expected 1s to 3660d",
        ),
        (
            &[],
            &[],
            "listen = []",
            "78 goodall.toml:1: listen: the list is empty; leave it out for the default",
        ),
    ];
    for (flags, variables, file, expected) in cases {
        assert_eq!(problems(flags, variables, file), [expected]);
    }
}

#[test]
fn an_open_address_is_served_with_a_token_or_when_it_is_said_to_be_open() {
    for file in [
        "listen = \"0.0.0.0:80\"\ntoken-file = \"t\"",
        "listen = \"0.0.0.0:80\"\ninsecure-listen = true",
    ] {
        assert_eq!(problems(&[], &[], file), [""; 0]);
    }
    let refused = problems(&[], &[], "listen = \"0.0.0.0:80\"\ninsecure-listen = false");
    assert_eq!(refused.len(), 1);
}
