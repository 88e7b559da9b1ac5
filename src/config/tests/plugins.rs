//! The plugins' folder: what may stand in a file, and the exact words where it may not.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::settled;
use crate::config::{Plugins, read_plugins};
use crate::gather::plugin::Mode;

/// What the folder says that holds these files; paths as from the folder.
fn plugins(files: &[(&str, &str)]) -> (Plugins, Vec<String>) {
    let (folder, settled) = settled(&[], &[], "interval = \"2s\"");
    let conf_d = folder.path().join("conf.d");
    fs::create_dir(&conf_d).unwrap();
    for (name, text) in files {
        fs::write(conf_d.join(name), text).unwrap();
    }
    for (name, mode) in [("yes", 0o755), ("no", 0o644)] {
        let path = folder.path().join(name);
        fs::write(&path, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let plugins = read_plugins(&settled.unwrap().config).unwrap();
    let base = format!("{}/", conf_d.display());
    let problems = plugins.problems.iter();
    let problems = problems
        .map(|problem| problem.to_string().replace(&base, ""))
        .collect();
    (plugins, problems)
}

/// The first problem of one file of that text.
fn problem(text: &str) -> String {
    let (plugins, mut problems) = plugins(&[("p.toml", text)]);
    assert_eq!(plugins.broken, ["p"], "{text}");
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

#[test]
fn a_file_is_a_plugin_named_for_it() {
    let all = "\
enabled = true
command = [\"../yes\", \"-v\"]
mode = \"stream\"
interval = \"10s\"
format = \"graphite\"
user = \"nobody\"
env = { A = \"1\", B = \"\" }
max-series = 7
";
    let (plugins, problems) = plugins(&[
        ("all.toml", all),
        ("few words.toml", "command = [\"sh\"]"),
        ("off.toml", "enabled = false\ncommand = [\"sh\"]"),
        (".hidden.toml", "nonsense"),
        ("README", "nonsense"),
    ]);
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(plugins.wanted.len(), 2);
    let all = &plugins.wanted[0];
    assert_eq!((&*all.name, all.mode), ("all", Mode::Stream));
    assert!(Path::new(&all.command[0]).is_absolute());
    assert!(all.command[0].to_str().unwrap().ends_with("yes"));
    assert_eq!(all.command[1], "-v");
    assert_eq!(all.interval.to_string(), "10s");
    assert_eq!(all.user.as_deref(), Some("nobody"));
    assert_eq!(all.env.len(), 2);
    assert_eq!(all.series_max, 7);
    let few = &plugins.wanted[1];
    assert_eq!((&*few.name, few.mode), ("few_words", Mode::Run));
    assert_eq!(few.interval.to_string(), "2s");
    assert_eq!(few.timeout.as_secs(), 5);
    assert_eq!(few.series_max, 256);
}

/// A file's text and what is wrong with it.
const MISTAKES: [(&str, &str); 19] = [
    (
        "",
        "p.toml:1: command: it is missing; expected a list such as [\"/usr/local/bin/probe\", \"-v\"]",
    ),
    (
        "\ncomand = [\"sh\"]",
        "p.toml:2: unknown key comand; did you mean command?",
    ),
    (
        "command = \"sh\"",
        "p.toml:1: command: expected a list of texts, the program and its arguments, found a string",
    ),
    (
        "command = []",
        "p.toml:1: command: the list is empty; expected a program first",
    ),
    (
        "command = [\"../missing\"]",
        "p.toml:1: command: ../missing: no such file",
    ),
    (
        "command = [\"../no\"]",
        "p.toml:1: command: ../no: not executable; chmod +x it",
    ),
    (
        "command = [\"..\"]",
        "p.toml:1: command: ..: no such program in PATH; give its whole path",
    ),
    (
        "command = [\"/tmp\"]",
        "p.toml:1: command: /tmp: not a file; expected a program",
    ),
    (
        "command = [\"no-such-program\"]",
        "p.toml:1: command: no-such-program: no such program in PATH; give its whole path",
    ),
    (
        "command = [\"sh\"]\nmode = \"steam\"",
        "p.toml:2: mode: \"steam\": expected one of run, stream; did you mean stream?",
    ),
    (
        "command = [\"sh\"]\ninterval = \"5h\"",
        "p.toml:2: interval: \"5h\": it is too long; expected 1ms to 30m",
    ),
    (
        "command = [\"sh\"]\ntimeout = \"0s\"",
        "p.toml:2: timeout: \"0s\": it is too short; expected 1ms or more",
    ),
    (
        "command = [\"sh\"]\nmode = \"stream\"\ntimeout = \"1s\"",
        "p.toml:3: timeout: a plugin with mode = \"stream\" runs on; take the key out",
    ),
    (
        "command = [\"sh\"]\nmax-series = 0",
        "p.toml:2: max-series: expected a whole number from 1 to 100000",
    ),
    (
        "command = [\"sh\"]\nmax-series = \"9\"",
        "p.toml:2: max-series: expected a whole number, found a string",
    ),
    (
        "command = [\"sh\"]\nuser = \"\"",
        "p.toml:2: user: it is empty; expected a user's name",
    ),
    (
        "command = [\"sh\"]\nenabled = 1",
        "p.toml:2: enabled: expected true or false, found an integer",
    ),
    (
        "command = [\"sh\"]\nenv = { A = 1 }",
        "p.toml:2: env.A: expected a text in quotes, found an integer",
    ),
    (
        "command = [\"sh\"]\nenv = { \"A=B\" = \"1\" }",
        "p.toml:2: env.A=B: not a variable's name",
    ),
];

#[test]
fn every_mistake_is_named_with_its_line_and_a_way_out() {
    for (text, expected) in MISTAKES {
        assert_eq!(problem(text), expected, "{text}");
    }
    assert!(problem("command = [\"sh\"").starts_with("p.toml:1: "));
    let format = problem("command = [\"sh\"]\nformat = \"grafite\"");
    assert!(format.ends_with("; did you mean graphite?"), "{format}");
}

#[test]
fn two_files_of_one_name_are_a_mistake_of_the_second() {
    let text = "command = [\"sh\"]";
    let (plugins, problems) = plugins(&[
        ("a b.toml", text),
        ("a_b.toml", text),
        ("socket.toml", text),
    ]);
    assert_eq!(plugins.wanted.len(), 1);
    assert_eq!(plugins.broken, ["a_b", "socket"]);
    assert!(
        problems[0].starts_with("a_b.toml: the plugin is called a_b, as that of "),
        "{problems:?}"
    );
    assert!(
        problems[0].ends_with("a b.toml is; rename one of the files"),
        "{problems:?}"
    );
    assert!(
        problems[1].starts_with("socket.toml: socket is what lines of other"),
        "{problems:?}"
    );
    let long = format!("{}.toml", "n".repeat(49));
    let (plugins, _) = self::plugins(&[(&long, text)]);
    assert_eq!(plugins.broken.len(), 1);
}

#[test]
fn what_is_no_file_costs_its_plugin_and_is_not_waited_for() {
    let (folder, settled) = settled(&[], &[], "");
    let conf_d = folder.path().join("conf.d");
    fs::create_dir_all(conf_d.join("folder.toml")).unwrap();
    let pipe = std::process::Command::new("mkfifo")
        .arg(conf_d.join("pipe.toml"))
        .status();
    assert!(pipe.unwrap().success());
    let plugins = read_plugins(&settled.unwrap().config).unwrap();
    assert_eq!(plugins.broken, ["folder", "pipe"]);
    for problem in &plugins.problems {
        let why = "cannot be read: it is not a regular file; take it away, or name it otherwise";
        assert!(problem.to_string().ends_with(why), "{problem}");
    }
}

#[test]
fn what_a_plugin_that_is_switched_off_would_need_may_be_missing_and_mistakes_may_not() {
    let off = "enabled = false\ncommand = [\"../missing\"]\nuser = \"no such user\"";
    let (read, problems) = plugins(&[("off.toml", off)]);
    assert_eq!(problems, [""; 0]);
    assert!(read.wanted.is_empty() && read.broken.is_empty());
    let on = off.replace("false", "true");
    let (_, problems) = plugins(&[("on.toml", &on)]);
    assert_eq!(
        problems,
        [
            "on.toml:2: command: ../missing: no such file",
            "on.toml:3: user: \"no such user\": no such user; make it, or name another",
        ]
    );
    let wrong = format!("{off}\nmode = \"steam\"");
    let (read, problems) = plugins(&[("off.toml", &wrong)]);
    assert_eq!((read.broken.len(), problems.len()), (1, 1), "{problems:?}");
}
