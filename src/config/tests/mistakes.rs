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
fn everything_that_is_wrong_with_a_destination_is_said() {
    let file = "\
[[ship]]
name = \"a b\"
kind = \"graphit\"
addres = \"x\"
batch = 0
gzip = 1
[[ship]]
name = 7
kind = \"graphite\"
address = \"nowhere\"
agg = \"avg\"
bucket = \"b\"
tags = { \"a b\" = \"c\" }
timeout = \"1ms\"
[[ship]]
name = \"i\"
kind = \"influx\"
database = \"d\"
token = \"t\"
step = \"1x\"
agg = \"max\"
bucket = \"b\"
token-file = \"f\"
[[ship]]
name = \"i\"
kind = \"file\"
[[ship]]
kind = [\"file\"]
path = \"out\"
[[ship]]
name = \"sound\"
kind = \"file\"
path = \"out\"
";
    let kinds = "graphite, metrics20, influx, prometheus-remote-write, otlp, statsd, file";
    assert_eq!(
        problems(&[], &[], file),
        [
            format!("3: ship.kind: unknown kind graphit; did you mean graphite?; there are {kinds}"),
            "2: ship.name: \"a b\": expected letters, digits, - and _, 64 at most".to_owned(),
            "4: unknown key ship.addres; did you mean address?".to_owned(),
            "5: ship.batch: 0: expected 1 to 100000 samples".to_owned(),
            "6: ship.gzip: expected true or false, found an integer".to_owned(),
            "8: ship.name: expected a text in quotes, found an integer".to_owned(),
            "12: ship.bucket: influx knows it, graphite does not".to_owned(),
            "13: ship.tags: \"a b\": expected letters, digits, _ . and - in a tag's name".to_owned(),
            "14: ship.timeout: \"1ms\": expected 100ms to 10m".to_owned(),
            "10: ship: address \"nowhere\": expected HOST:PORT, such as graphite.example.org:2003".to_owned(),
            "11: ship: agg without step: there is nothing to aggregate".to_owned(),
            "20: ship.step: \"1x\": it has an unknown unit; expected a duration such as 500ms, 1s, 10m, 4h or 30d".to_owned(),
            "16: ship.i: address is missing; expected a URL, such as http://metrics.example.org:8428".to_owned(),
            "22: ship.i: give database (Influx 1) or bucket (Influx 2), and not both".to_owned(),
            "23: ship.i: give token or token-file, and not both".to_owned(),
            "25: ship.name: i is the name of another destination already".to_owned(),
            "25: ship: path is missing".to_owned(),
            "28: ship.kind: expected a text in quotes, found an array".to_owned(),
            "28: ship: name is missing; its cursor is called by it".to_owned(),
        ]
        .map(|text| format!("78 goodall.toml:{text}"))
    );
}

#[test]
fn a_file_is_one_destination_s() {
    let file = "\
[[ship]]
name = \"a\"
kind = \"file\"
path = \"/var/log/out.csv\"
[[ship]]
name = \"b\"
kind = \"file\"
path = \"/var/log/other.csv\"
[[ship]]
name = \"c\"
kind = \"file\"
path = \"/var/log//out.csv\"
";
    assert_eq!(
        problems(&[], &[], file),
        ["78 goodall.toml:12: ship.c: path /var/log//out.csv is that of ship.a already"]
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
