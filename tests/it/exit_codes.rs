//! The executable's exit codes and last words, as the documentation promises them.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::daemon::tool;
use super::sample_ring::SampleRing;

/// The executable with nothing of this environment.
fn goodall(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goodall"));
    command
        .env_clear()
        .env("HOME", home)
        .env("XDG_STATE_HOME", home);
    command
}

fn output(home: &Path, line: &str) -> Output {
    goodall(home)
        .args(line.split_whitespace())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn every_mistake_has_its_exit_code_and_names_the_way_out() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().display();
    std::fs::write(
        home.path().join("bad.toml"),
        "\nrign = 1\ninterval = \"1x\"\n",
    )
    .unwrap();
    std::fs::write(home.path().join("text.ring"), vec![b'a'; 10_000]).unwrap();
    for (line, code, words) in [
        (
            "--rng 4h".to_owned(),
            64,
            "goodall: --rng: unknown flag; did you mean --ring? (see goodall -h)\n".to_owned(),
        ),
        (
            "ship".to_owned(),
            78,
            "goodall: no destination is configured; add a [[ship]] table to the configuration\n"
                .to_owned(),
        ),
        (
            format!("check --config {folder}/bad.toml"),
            78,
            format!(
                "goodall: {folder}/bad.toml:2: unknown key rign; did you mean ring?\n\
                 goodall: {folder}/bad.toml:3: interval: \"1x\": it has an unknown unit; \
                 expected a duration such as 500ms, 1s, 10m, 4h or 30d\n"
            ),
        ),
        (
            format!("check --config {folder}/missing.toml"),
            78,
            format!(
                "goodall: {folder}/missing.toml: the configuration cannot be read: \
                 No such file or directory (os error 2)\n"
            ),
        ),
        (
            "run --listen fd:3".to_owned(),
            64,
            "goodall: --listen: fd:3: only goodall report takes a socket that is open\n".to_owned(),
        ),
        (
            "check --listen 0.0.0.0:80".to_owned(),
            64,
            "goodall: --listen: 0.0.0.0:80 can be reached from other machines; \
             give --token-file FILE, or --insecure-listen to serve everyone\n"
                .to_owned(),
        ),
    ] {
        let output = output(home.path(), &line);
        assert_eq!(String::from_utf8_lossy(&output.stderr), words, "{line}");
        assert_eq!(output.status.code(), Some(code), "{line}");
        assert_eq!(output.stdout, b"", "{line}");
    }
}

#[test]
fn a_ring_file_that_is_missing_or_none_is_said_to_be_so() {
    let home = tempfile::tempdir().unwrap();
    let text = home.path().join("text.ring");
    std::fs::write(&text, vec![b'a'; 10_000]).unwrap();
    let pipe = home.path().join("pipe.ring");
    tool("mkfifo", &[pipe.as_os_str()]).unwrap();
    for command in ["dump", "latest", "series", "info"] {
        let missing = home.path().join("missing.ring");
        let line = format!("{command} --ring-file {}", missing.display());
        let found = output(home.path(), &line);
        let words = String::from_utf8_lossy(&found.stderr).into_owned();
        let expected = format!(
            "goodall: {}: there is no ring file; start goodall to record one, or give --ring-file ",
            missing.display()
        );
        assert!(words.starts_with(&expected), "{words}");
        assert_eq!(found.status.code(), Some(1), "{command}");

        for none in [&text, &pipe] {
            let line = format!("{command} --ring-file {}", none.display());
            let found = output(home.path(), &line);
            let words = String::from_utf8_lossy(&found.stderr).into_owned();
            let expected = format!("goodall: {}: not a ring file", none.display());
            assert!(words.starts_with(&expected), "{words}");
            assert_eq!(found.status.code(), Some(2), "{command}");
        }
    }
}

#[test]
fn what_works_exits_with_nothing_on_standard_error() {
    let home = tempfile::tempdir().unwrap();
    let ring = SampleRing::new(20, &[]);
    let path = ring.path().display();
    for line in [
        "--help".to_owned(),
        "-h".to_owned(),
        "help dump".to_owned(),
        "--version".to_owned(),
        "check".to_owned(),
        format!("latest --ring-file {path}"),
        format!("dump --ring-file {path}"),
        format!("series --ring-file {path}"),
        format!("info --ring-file {path}"),
    ] {
        let output = output(home.path(), &line);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
        assert_eq!(output.status.code(), Some(0), "{line}");
        assert!(!output.stdout.is_empty(), "{line}");
    }
}

#[test]
fn the_variable_of_the_ring_file_reaches_the_readers() {
    let home = tempfile::tempdir().unwrap();
    let ring = SampleRing::new(3, &[]);
    let output = goodall(home.path())
        .args(["dump", "load.1m"])
        .env("GOODALL_DB_PATH", ring.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 4);
}

#[test]
fn a_reader_of_the_pipe_that_had_enough_is_no_error() {
    let home = tempfile::tempdir().unwrap();
    // more than a pipe holds
    let ring = SampleRing::new(3000, &[]);
    let mut child = goodall(home.path())
        .arg("dump")
        .arg("--ring-file")
        .arg(ring.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 5];
    let mut pipe = child.stdout.take().unwrap();
    pipe.read_exact(&mut first).unwrap();
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    assert_eq!(&first, b"time,");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}
