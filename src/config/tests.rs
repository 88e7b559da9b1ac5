//! The configuration from end to end: what is said, what holds, and the exact words where it does not.

mod documented;
mod mistakes;
mod places;
mod plugins;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use goodall_platform::ReadError;

use super::*;
use crate::metric::{Every, Field};
use goodall_platform::socket::Address;

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
    assert_eq!(config.listen, [Listen::DEFAULT]);
    assert_eq!(config.log_level, Level::Info);
    let conf_d = config.collectors_dir.as_ref().unwrap();
    assert_eq!(conf_d.value, folder.join("conf.d"));
    let socket = config.socket.as_ref().unwrap();
    assert_eq!(
        socket.value,
        Path::new("/home/u/.local/state/goodall/goodall.sock")
    );
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
    let socket = Listen::At(Address::Unix(folder.join("s")));
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
