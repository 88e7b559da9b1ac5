//! The configuration from end to end: what is said, what holds, and the exact words where it does not.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use goodall_platform::ReadError;

use super::*;
use crate::metric::{Every, Field};

type F = Field<()>;

static FIELDS: &[F] = &[F::u64("value", |()| 0, "A value.")];

const fn collector(name: &'static str, every: Every, has_instances: bool) -> Collector {
    Collector {
        name,
        help: "",
        every,
        has_instances,
        prom_skips: None,
        fields: &FIELDS,
        open: |_, _| {
            let path: std::sync::Arc<Path> = Path::new("/").into();
            let why = "a test";
            Err(ReadError::Absent { path, why })
        },
    }
}

static CPU: Collector = collector("cpu", Every::Tick, true);
static LOAD: Collector = collector("load", Every::Tick, false);
static FILESYSTEM: Collector = collector("filesystem", Every::Tick, true);
static PROCESSES: Collector = collector("processes", Every::Seconds(30), false);
static DISK: Collector = collector("disk", Every::Tick, true);
static NETWORK: Collector = collector("network", Every::Tick, true);
static ALL: [&Collector; 4] = [&CPU, &LOAD, &FILESYSTEM, &PROCESSES];

/// Settles flags (`key=value`), variables and the text of a file.
fn settled(
    flags: &[(&'static str, &str)],
    variables: &[(&str, &str)],
    text: &str,
) -> (tempfile::TempDir, Result<Settled, Vec<String>>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("goodall.toml");
    std::fs::write(&path, text).unwrap();
    let mut given = Flags {
        config: Some(path),
        layer: Layer::default(),
    };
    for (key, value) in flags {
        let origin = Origin::Flag(key);
        let key = key.trim_start_matches('-');
        given.layer.put(key, OsStr::new(value), origin).unwrap();
    }
    let lookup = |name: &str| match variables.iter().find(|(known, _)| *known == name) {
        Some((_, value)) => Some(OsString::from(value)),
        None if name == "HOME" => Some("/home/u".into()),
        None => None,
    };
    let around = Surroundings {
        variable: &lookup,
        is_root: false,
    };
    let settled = settle(&given, &around, &ALL).map_err(|problems| {
        let base = format!("{}/", folder.path().display());
        let plain = |problem: &Problem| {
            let code = problem.origin.exit_code();
            format!("{code} {}", problem.to_string().replace(&base, ""))
        };
        problems.iter().map(plain).collect()
    });
    (folder, settled)
}

fn config(
    flags: &[(&'static str, &str)],
    variables: &[(&str, &str)],
    text: &str,
) -> (PathBuf, Config) {
    let (folder, settled) = settled(flags, variables, text);
    (folder.path().to_owned(), settled.unwrap().config)
}

fn problems(flags: &[(&'static str, &str)], variables: &[(&str, &str)], text: &str) -> Vec<String> {
    settled(flags, variables, text).1.err().unwrap_or_default()
}

fn names(config: &Config) -> Vec<&'static str> {
    config
        .collectors
        .iter()
        .map(|config| config.collector.name)
        .collect()
}

#[test]
fn nothing_said_is_the_documented_default() {
    let (folder, config) = config(&[], &[], "");
    assert_eq!(config.window.to_string(), "4h");
    assert_eq!(config.interval.to_string(), "1s");
    assert_eq!(
        config.ring_file,
        Path::new("/home/u/.local/state/goodall/goodall.ring")
    );
    assert!(config.ring_folder_is_ours);
    assert_eq!(config.ring_max, None);
    assert_eq!(config.listen, [ListenAddress::DEFAULT]);
    assert_eq!(config.log_level, Level::Info);
    assert_eq!(config.collectors_dir, Some(folder.join("conf.d")));
    assert_eq!(names(&config), ["cpu", "load", "filesystem", "processes"]);
    assert!(config.collectors.iter().all(|config| !config.by_name));
    assert_eq!(config.collectors[3].interval.to_string(), "30s");
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file() {
    let file = "ring = \"1h\"\ninterval = \"2s\"\nring-file = \"/file\"\nlisten = [\"127.0.0.1:1\", \"unix:s\"]";
    let (folder, from_file) = config(&[], &[], file);
    assert_eq!(from_file.window.to_string(), "1h");
    assert_eq!(from_file.interval.to_string(), "2s");
    assert_eq!(from_file.ring_file, Path::new("/file"));
    assert!(!from_file.ring_folder_is_ours);
    let socket = ListenAddress::Unix(folder.join("s"));
    assert_eq!(from_file.listen[1], socket);

    let variables = [
        ("GOODALL_RETENTION_MIN", "90"),
        ("GOODALL_COLLECTION_MS", "500"),
        ("GOODALL_DB_PATH", "/variable"),
        ("GOODALL_PORT", "9000"),
    ];
    let (_, from_environment) = config(&[], &variables, file);
    assert_eq!(from_environment.window.to_string(), "90m");
    assert_eq!(from_environment.interval.to_string(), "500ms");
    assert_eq!(from_environment.ring_file, Path::new("/variable"));
    assert_eq!(from_environment.listen.len(), 1);
    assert_eq!(from_environment.listen[0].to_string(), "127.0.0.1:9000");

    let flags = [
        ("--ring", "10m"),
        ("--interval", "100ms"),
        ("--ring-file", "flag"),
        ("--listen", "[::1]:1"),
        ("--listen", "[::1]:2"),
    ];
    let (_, from_flags) = config(&flags, &variables, file);
    assert_eq!(from_flags.window.to_string(), "10m");
    assert_eq!(from_flags.interval.to_string(), "100ms");
    assert_eq!(from_flags.ring_file, Path::new("flag"));
    assert_eq!(from_flags.listen.len(), 2);
}

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
            "78 goodall.toml:15: ship: this build does not ship yet; take the table out",
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
            "64 --interval: interval: 2m (--interval) is longer than the window of 1m (ring, --ring); shorten it or lengthen the window",
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
            "64 --listen: listen: 0.0.0.0:80 can be reached from other machines; give --token-file FILE, or --insecure-listen to serve everyone",
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
            "64 --collectors: collectors: all are off; nothing would be recorded",
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

#[test]
fn a_list_of_collectors_is_all_there_is_unless_it_starts_by_leaving_one_out() {
    let off = "[collectors.load]\nenabled = false";
    for (list, expected) in [
        ("cpu,load", &["cpu", "load"][..]),
        ("load", &["load"]),
        ("-cpu", &["filesystem", "processes"]),
        ("-cpu,load", &["load", "filesystem", "processes"]),
        ("cpu,-cpu,load", &["load"]),
    ] {
        let (_, config) = config(&[("--collectors", list)], &[], off);
        assert_eq!(names(&config), expected, "{list}");
    }
    let (_, config) = config(&[], &[], "collectors = [\"cpu\", \"load\"]");
    assert_eq!(names(&config), ["cpu", "load"]);
    assert!(config.collectors.iter().all(|config| config.by_name));
}

#[test]
fn a_collectors_table_reaches_its_reader() {
    let file = "\
[collectors.filesystem]
interval = \"5s\"
exclude = [\"/mnt/*\"]
include = [\"/proc\"]
exclude-types = [\"tmpfs\"]
";
    let (_, config) = config(&[], &[], file);
    let filesystem = &config.collectors[2];
    assert_eq!(filesystem.interval.to_string(), "5s");
    assert_eq!(
        filesystem.settings,
        Settings {
            exclude: Some(vec!["/mnt/*".to_owned()]),
            include: vec!["/proc".to_owned()],
            exclude_types: Some(vec!["tmpfs".to_owned()]),
        }
    );
    assert!(!filesystem.by_name);
}

#[test]
fn a_slow_collector_never_outlasts_the_window_nor_outruns_the_tick() {
    for (ring, interval, expected) in [
        ("10s", "1s", "10s"),
        ("4h", "1m", "1m"),
        ("4h", "1s", "30s"),
    ] {
        let flags = [("--ring", ring), ("--interval", interval)];
        let (_, config) = config(&flags, &[], "");
        assert_eq!(config.collectors[3].interval.to_string(), expected);
    }
}

#[test]
fn a_named_file_must_be_there_and_the_usual_one_need_not() {
    let home = tempfile::tempdir().unwrap();
    let lookup = |name: &str| (name == "HOME").then(|| home.path().as_os_str().to_owned());
    let around = Surroundings {
        variable: &lookup,
        is_root: false,
    };
    let mut flags = Flags::default();
    let settled = settle(&flags, &around, &ALL).unwrap();
    assert_eq!(settled.file, None);
    assert_eq!(settled.config.collectors_dir, None);

    let missing = home.path().join("missing.toml");
    flags.config = Some(missing.clone());
    let problems = settle(&flags, &around, &ALL).err().unwrap();
    assert_eq!(
        problems[0].to_string(),
        format!(
            "{}: the configuration cannot be read: No such file or directory (os error 2)",
            missing.display()
        )
    );
    assert_eq!(problems[0].origin.exit_code(), EXIT_CONFIG);
    assert_eq!(ring_file(&flags, &around).unwrap_err(), problems[0]);
}

#[test]
fn without_a_home_the_ring_file_must_be_named() {
    let around = Surroundings {
        variable: &|_| None,
        is_root: false,
    };
    let problems = settle(&Flags::default(), &around, &ALL).err().unwrap();
    assert_eq!(problems.len(), 1);
    assert_eq!(
        problems[0].to_string(),
        "no place for the ring file: neither STATE_DIRECTORY, XDG_STATE_HOME nor HOME is set; give --ring-file"
    );
    assert_eq!(problems[0].origin.exit_code(), EXIT_USAGE);
}

#[test]
fn a_reader_of_the_ring_file_is_not_stopped_by_problems_elsewhere_in_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("goodall.toml");
    let around = Surroundings {
        variable: &|_| None,
        is_root: true,
    };
    let flags = Flags {
        config: Some(path.clone()),
        layer: Layer::default(),
    };
    std::fs::write(&path, "ring = \"4x\"\nring-file = \"a.ring\"").unwrap();
    assert_eq!(ring_file(&flags, &around), Ok(folder.path().join("a.ring")));
    std::fs::write(&path, "").unwrap();
    let usual = PathBuf::from("/var/lib/goodall/goodall.ring");
    assert_eq!(ring_file(&flags, &around), Ok(usual));
    std::fs::write(&path, "\nring-file = 3").unwrap();
    assert_eq!(
        ring_file(&flags, &around).unwrap_err().to_string(),
        format!(
            "{}:2: ring-file: expected a text in quotes, found an integer",
            path.display()
        )
    );
}

#[test]
fn only_the_folder_of_the_default_ring_file_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let (_, mut config) = config(&[], &[], "");
    config.ring_file = folder.path().join("deep/er/goodall.ring");
    config.ring_folder_is_ours = false;
    config.make_ring_folder().unwrap();
    assert!(!folder.path().join("deep").exists());
    config.ring_folder_is_ours = true;
    config.make_ring_folder().unwrap();
    assert!(folder.path().join("deep/er").is_dir());
}

#[test]
fn a_token_is_one_line_of_visible_characters() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "0123456789abcdef\n").unwrap();
    assert_eq!(read_token(&path), Ok("0123456789abcdef".to_owned()));
    for bad in ["", "short", "0123456789 abcdef", "0123456789abcdef\nmore"] {
        std::fs::write(&path, bad).unwrap();
        assert!(
            read_token(&path).unwrap_err().to_string().ends_with(
                "expected a token of at least 16 visible ASCII characters on one line; \
                 make one with `openssl rand -hex 32`"
            ),
            "{bad:?}"
        );
    }
}

/// The complete example in the documentation.
fn documented() -> &'static str {
    let text = include_str!("../../docs/configuration.md");
    let (_, behind) = text.split_once("```toml\n").unwrap();
    let (example, _) = behind.split_once("```").unwrap();
    example
}

#[test]
fn the_documented_example_is_what_the_parser_reads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("goodall.toml");
    std::fs::write(&path, documented()).unwrap();
    let around = Surroundings {
        variable: &|_| None,
        is_root: true,
    };
    let flags = Flags {
        config: Some(path),
        layer: Layer::default(),
    };
    let known = [&CPU, &DISK, &FILESYSTEM, &NETWORK, &PROCESSES];
    let settled = settle(&flags, &around, &known).map_err(|problems| format!("{problems:#?}"));
    let settled = settled.unwrap();
    let config = &settled.config;
    assert_eq!(names(config), ["cpu", "disk", "filesystem", "network"]);
    assert_eq!(config.token_file, Some(folder.path().join("token")));
    assert_eq!(config.listen.len(), 2);
    let intervals = config.collectors.iter().map(|at| at.interval.to_string());
    assert_eq!(intervals.collect::<Vec<_>>(), ["1s", "5s", "10s", "1s"]);
    let from_file = |at: &&Effective| matches!(at.origin, Origin::Line(..));
    let said: Vec<&str> = settled
        .effective
        .iter()
        .filter(from_file)
        .map(|at| at.key.as_str())
        .collect();
    for key in file::KEYS.map(|(key, _)| key) {
        let is_said = said.iter().any(|said| said.split('.').next() == Some(key));
        assert!(is_said || key == "ship", "{key} is not in the example");
    }
}

#[test]
fn every_flag_of_the_daemon_is_a_key_of_the_file() {
    use crate::cli::{FLAGS, Verb};
    let keys = file::KEYS.map(|(key, _)| key);
    for flag in FLAGS
        .iter()
        .filter(|flag| flag.is_shown && flag.of.contains(&Verb::Run))
    {
        let key = &flag.name[2..];
        assert!(keys.contains(&key) || key == "config", "{key}");
    }
}
