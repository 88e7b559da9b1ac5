//! The documentation and the parser know the same keys.

use super::super::*;
use super::{CPU, DISK, FILESYSTEM, NETWORK, PROCESSES, names};

/// The complete example in the documentation.
fn documented() -> &'static str {
    let text = include_str!("../../../docs/configuration.md");
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
        assert!(is_said, "{key} is not in the example");
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
