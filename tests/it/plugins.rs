//! Plugins from end to end: a program says values, and they are read back by the commands and over HTTP.

use std::fs;

use goodall::metric::Value;

use crate::daemon::{Home, wait_for};
use crate::plugin_kit::{
    configure, count, latest, plugin, send, start, status, values, wait_for_value,
};

#[test]
fn a_scripts_values_are_read_back_by_the_command_and_over_http() {
    let home = Home::new();
    configure(&home, "");
    let text = "echo temperature.oven 71.5 $(date +%s)\necho 'used;mount=/ 18446744073709551615'\n\
                echo what is this\necho aside >&2";
    plugin(&home, "kitchen", "", text);
    let mut daemon = start(&home, "");
    let mut all = String::new();
    wait_for("it is told", || {
        // a reader may come while the second of the two is entered
        all = latest(&home, "plugin.kitchen.*");
        ["temperature.oven,71.5", "used.mount__,", "exit_code,0"]
            .iter()
            .all(|told| all.contains(told))
    });
    assert!(
        all.contains("plugin.kitchen.used.mount__,18446744073709551615"),
        "{all}"
    );

    let body = home
        .ask("/plugin.kitchen.temperature.oven?n=1")
        .unwrap()
        .json();
    assert_eq!(body["Metrics"][0]["Value"], 71.5, "{body}");
    let body = home
        .ask("/series?match=plugin.kitchen.used.*")
        .unwrap()
        .json();
    assert_eq!(body[0]["labels"]["mount"], "/", "{body}");
    let health = home.ask("/health").unwrap().json().to_string();
    assert!(health.contains("\"plugin.kitchen\""), "{health}");

    let status = status(&home, "plugin.kitchen").unwrap();
    assert_eq!((status.errors, &*status.message), (0, ""));
    assert!(count(&home, "plugin.kitchen.rejected") >= 1);
    let log = home.log();
    assert_eq!(log.matches("what is this").count(), 1, "{log}");
    assert!(log.contains("plugin.kitchen: says: aside"), "{log}");

    daemon.signal("TERM");
    assert!(daemon.wait().success());
    assert!(
        !home.path("goodall.sock").exists(),
        "the socket goes with it"
    );
}

#[test]
fn who_belongs_to_no_plugin_writes_to_the_socket_under_its_name() {
    let home = Home::new();
    configure(&home, "");
    let _daemon = start(&home, "");
    assert!(values(&home.reader(), "plugin.socket.lines").is_empty());
    let _socket = send(&home, "passers.by 3\nnot a line\npassers.by 4");
    let mut ended = send(&home, "");
    std::io::Write::write_all(&mut ended, b"without.newline 9").unwrap();
    drop(ended);
    wait_for_value(&home, "plugin.socket.passers.by", 3.0);
    wait_for_value(&home, "plugin.socket.without.newline", 9.0);
    wait_for_value(&home, "plugin.socket.lines", 2.0);
    assert_eq!(count(&home, "plugin.socket.rejected"), 1);
}

#[test]
fn what_a_plugins_process_writes_to_the_socket_is_the_plugins_own() {
    let home = Home::new();
    configure(&home, "");
    // the last argument and the environment name the same socket; a child of the script writes to it
    let text = "[ \"$1\" = \"$GOODALL_SOCKET\" ] && [ \"$GOODALL_PLUGIN $GOODALL_INTERVAL\" = 'far 0.05' ] && \
                echo environment 1\n\
                python3 -c 'import socket, sys, time\n\
                s = socket.socket(socket.AF_UNIX)\n\
                s.connect(sys.argv[1])\n\
                s.sendall(b\"through.socket 5\\nexact -9223372036854775807\\n\")\n\
                time.sleep(0.2)' \"$1\"";
    plugin(&home, "far", "", text);
    let _daemon = start(&home, "");
    wait_for_value(&home, "plugin.far.through.socket", 5.0);
    wait_for_value(&home, "plugin.far.environment", 1.0);
    let exact = values(&home.reader(), "plugin.far.exact");
    assert_eq!(exact[0], Value::Signed(-9_223_372_036_854_775_807));
    assert!(values(&home.reader(), "plugin.socket.through.socket").is_empty());
    // the runs take longer than the interval: those between are skipped, none is piled up
    wait_for_value(&home, "plugin.far.skipped", 1.0);
}

#[test]
fn a_program_that_runs_on_is_started_again_with_pauses() {
    let home = Home::new();
    configure(&home, "");
    plugin(
        &home,
        "steady",
        "mode = \"stream\"",
        "while :; do echo beat 1; sleep 0.02; done",
    );
    plugin(&home, "brief", "mode = \"stream\"", "echo lives 1");
    let _daemon = start(&home, "");
    wait_for_value(&home, "plugin.steady.lines", 10.0);
    wait_for_value(&home, "plugin.brief.restarts", 2.0);
    assert_eq!(count(&home, "plugin.steady.restarts"), 0);
    let log = home.log();
    assert_eq!(log.matches("plugin.brief: ended with").count(), 1, "{log}");
}

#[test]
fn a_broken_plugin_is_left_out_with_its_line_and_the_others_run() {
    let home = Home::new();
    configure(&home, "");
    plugin(&home, "sound", "", "echo well 1");
    plugin(&home, "broken", "intervall = \"1s\"", "echo never 1");
    let _daemon = start(&home, "");
    wait_for_value(&home, "plugin.sound.well", 1.0);
    let log = home.log();
    let place = format!(
        "{}:2: unknown key intervall; did you mean interval?",
        home.path("conf.d/broken.toml").display()
    );
    assert!(log.contains(&place), "{log}");
    assert_eq!(status(&home, "plugin.broken"), None);
    assert!(fs::read(home.ring()).is_ok());
}
