//! Plugins at the start and on HUP: what did not change goes on, what is broken keeps its old form, and what cannot
//! start says why by its exit code.

use std::fs;
use std::os::unix::net::UnixListener;

use goodall::metric::Value;

use crate::daemon::{Home, refused, wait_for};
use crate::plugin_kit::{configure, count, newest, plugin, start, status, values, wait_for_value};

#[test]
fn only_plugins_whose_files_changed_are_started_anew() {
    let home = Home::new();
    configure(&home, "");
    let beat = "while :; do echo process $$; sleep 0.02; done";
    plugin(&home, "stays", "mode = \"stream\"", beat);
    plugin(&home, "breaks", "mode = \"stream\"", beat);
    plugin(&home, "changes", "", "echo version 1");
    plugin(&home, "goes", "", "echo here 1");
    let daemon = start(&home, "");
    for name in [
        "stays.process",
        "breaks.process",
        "changes.version",
        "goes.here",
    ] {
        wait_for_value(&home, &format!("plugin.{name}"), 1.0);
    }
    let path = home.path("conf.d/breaks.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}\nformta = \"graphite\"\n")).unwrap();
    plugin(
        &home,
        "changes",
        "env = { V = \"2\" }",
        "echo version ${V:-1}",
    );
    fs::remove_file(home.path("conf.d/goes.toml")).unwrap();
    plugin(&home, "comes", "", "echo new 1");
    daemon.signal("HUP");
    wait_for_value(&home, "plugin.changes.version", 2.0);
    wait_for_value(&home, "plugin.comes.new", 1.0);
    wait_for("it is gone", || status(&home, "plugin.goes").is_none());

    let log = home.log();
    let place = format!(
        "{}:4: unknown key formta; did you mean format?",
        path.display()
    );
    assert!(log.contains(&place), "{log}");
    for kept in ["stays", "breaks"] {
        let lines = count(&home, &format!("plugin.{kept}.lines"));
        wait_for("it goes on", || {
            count(&home, &format!("plugin.{kept}.lines")) > lines + 5
        });
        let processes = values(&home.reader(), &format!("plugin.{kept}.process"));
        let first = processes[0];
        assert!(
            processes.iter().all(|process| *process == first),
            "{kept}: one process"
        );
        assert!(matches!(first, Value::Real(_)));
        let name = format!("plugin.{kept}");
        assert!(!log.contains(&format!("{name}: st")), "{log}");
        // its thread lost no tick: one that was started anew would have begun to count again
        assert_eq!(status(&home, &name).unwrap().errors, 0);
    }
    let gone = values(&home.reader(), "plugin.goes.here").len();
    assert!(newest(&home, "plugin.changes.version") > 1.0);
    assert_eq!(values(&home.reader(), "plugin.goes.here").len(), gone);
}

#[test]
fn the_socket_that_cannot_be_made_is_exit_12() {
    let home = Home::new();
    configure(&home, "");
    let taken = home.path("goodall.sock");
    let _daemon = start(&home, "");
    let other = Home::new();
    let too_long = other.path(&"s".repeat(120));
    let file = other.path("file");
    fs::write(&file, "kept").unwrap();
    for (path, word) in [
        (&taken, "in use"),
        (&too_long, "of 107 that a socket's may have"),
        (&file, "no socket"),
        (&other.path("missing/socket"), "No such file"),
    ] {
        let (code, said) = refused(other.run("--ring 1m --collectors load --socket").arg(path));
        assert_eq!(code, Some(12), "{said}");
        assert!(
            said.contains(word) && said.contains("--socket off"),
            "{said}"
        );
        assert!(said.contains(&path.display().to_string()), "{said}");
    }
    assert_eq!(fs::read_to_string(file).unwrap(), "kept");
}

#[test]
fn a_socket_left_behind_is_replaced_and_it_may_be_switched_off() {
    let home = Home::new();
    configure(&home, "");
    let path = home.path("goodall.sock");
    drop(UnixListener::bind(&path).unwrap());
    let mut daemon = start(&home, "");
    assert!(std::os::unix::net::UnixStream::connect(&path).is_ok());
    daemon.signal("TERM");
    daemon.wait();
    plugin(
        &home,
        "alone",
        "",
        "[ $# = 0 ] && [ -z \"$GOODALL_SOCKET\" ] && echo alone 1",
    );
    let _daemon = start(&home, "--socket off");
    wait_for_value(&home, "plugin.alone.alone", 1.0);
    assert!(!path.exists());
}

#[test]
fn a_folder_that_is_named_must_be_there_and_check_finds_every_mistake() {
    let home = Home::new();
    configure(&home, "");
    let missing = home.path("missing");
    let (code, said) = refused(home.run("--ring 1m --collectors-dir").arg(&missing));
    assert_eq!(code, Some(64), "{said}");
    assert!(
        said.contains("collectors-dir") && said.contains("make the folder"),
        "{said}"
    );
    configure(
        &home,
        &format!("collectors-dir = {:?}", missing.display().to_string()),
    );
    let config = home.path("goodall.toml");
    let mut check = home.command("check");
    let (code, said) = refused(check.arg("--config").arg(&config));
    assert_eq!(code, Some(78), "{said}");
    assert!(said.contains("goodall.toml:2: collectors-dir"), "{said}");

    configure(&home, "");
    plugin(&home, "good", "", "true");
    fs::write(
        home.path("conf.d/bad.toml"),
        "command = [\"/no/such/program\"]\n",
    )
    .unwrap();
    let mut check = home.command("check");
    let (code, said) = refused(check.arg("--config").arg(&config));
    assert_eq!(code, Some(78), "{said}");
    let expected = "conf.d/bad.toml:1: command: /no/such/program: no such file\n";
    assert!(said.ends_with(expected), "{said}");
}
