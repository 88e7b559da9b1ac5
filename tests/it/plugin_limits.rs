//! What a plugin may have, and what becomes of the rest: series, lines, times, names.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use goodall::metric::Value;

use crate::daemon::{Home, wait_for};
use crate::plugin_kit::{configure, count, newest, plugin, send, start, values, wait_for_value};
use crate::skip::skip;

/// A line for each of so many series.
fn lines(kind: &str, count: usize) -> String {
    use std::fmt::Write;
    let mut lines = String::new();
    for at in 0..count {
        writeln!(lines, "{kind}.s{at} 1").unwrap();
    }
    lines
}

#[test]
fn of_ten_thousand_series_over_one_connection_256_are_taken() {
    let home = Home::new();
    configure(&home, "");
    let _daemon = start(&home, "");
    let lines = lines("many", 10_000);
    let mut socket = send(&home, &lines);
    wait_for("all are seen", || {
        count(&home, "plugin.socket.lines") == 10_000
    });
    assert_eq!(count(&home, "plugin.socket.series"), 256);
    assert_eq!(count(&home, "plugin.socket.refused"), 10_000 - 256);
    // the connection goes on, and those that have a place are recorded
    socket.write_all(b"many.s255 7000\nmany.s256 1\n").unwrap();
    wait_for_value(&home, "plugin.socket.many.s255", 7000.0);
    assert!(values(&home.reader(), "plugin.socket.many.s256").is_empty());
    let log = home.log();
    assert_eq!(log.matches("max-series").count(), 1, "{log}");
}

#[test]
fn a_series_that_ages_out_of_the_window_leaves_its_place_to_another() {
    let home = Home::new();
    configure(&home, "");
    let config = home.path("goodall.toml");
    let _daemon = home.start(&format!("--ring 1s --config {}", config.display()));
    let push = |kind: &str| {
        drop(send(&home, &lines(kind, 256)));
        wait_for_value(&home, &format!("plugin.socket.{kind}.s255"), 1.0);
    };
    push("first");
    let (tracks, length) = (
        home.reader().tracks().len(),
        home.ring().metadata().unwrap().len(),
    );
    wait_for("they age out", || count(&home, "plugin.socket.series") == 0);
    push("second");
    assert_eq!(
        home.reader().tracks().len(),
        tracks,
        "no more tracks than before"
    );
    assert_eq!(
        home.ring().metadata().unwrap().len(),
        length,
        "the file has not grown"
    );
    assert!(values(&home.reader(), "plugin.socket.first.s255").is_empty());
    assert!(!home.log().contains("max-series"), "{}", home.log());
}

#[test]
fn nothing_that_is_sent_ends_the_connection() {
    let home = Home::new();
    configure(&home, "");
    let _daemon = start(&home, "");
    let mut socket = send(&home, "before 1\n");
    let endless = format!("{} 1\n", "n".repeat(10 * 1024));
    let hostile: [&[u8]; 12] = [
        endless.as_bytes(),
        b" 1\n",
        b"a..b 1\n",
        b".a 1\n",
        b"a. 1\n",
        b"\xff\xfe;\xff=\xff 1\n",
        b"nan nan\n",
        b"infinite inf\n",
        b"before.christ 1 -62135596800\n",
        b"far.off 1 253402300799\n",
        b"\0\0\0\n",
        b"\xf0\x9f\xa6\x8d\n",
    ];
    for line in hostile {
        socket.write_all(line).unwrap();
    }
    // of another year: recorded as of now, and counted
    socket.write_all(b"old 1 1000000000\nafter 1").unwrap();
    drop(socket);
    wait_for_value(&home, "plugin.socket.after", 1.0);
    wait_for_value(&home, "plugin.socket.old", 1.0);
    wait_for("it is counted", || {
        count(&home, "plugin.socket.mistimed") == 1
    });
    assert!(count(&home, "plugin.socket.rejected") >= 9);
    let log = home.log();
    assert!(!log.contains('\u{fffd}') && !log.contains('\0'), "{log}");
}

#[test]
fn whole_numbers_are_exact_and_a_series_may_turn_to_fractions() {
    let home = Home::new();
    configure(&home, "");
    let _daemon = start(&home, "");
    let mut socket = send(&home, "x 18446744073709551615\n");
    let name = "plugin.socket.x";
    wait_for("it is exact", || {
        values(&home.reader(), name).contains(&Value::Unsigned(u64::MAX))
    });
    socket.write_all(b"x 0.5\n").unwrap();
    wait_for("and turns", || {
        values(&home.reader(), name).contains(&Value::Real(0.5))
    });
    // a name that goodall itself counts by
    socket.write_all(b"lines -7\n").unwrap();
    wait_for("it has a name of its own", || {
        newest(&home, "plugin.socket.lines~2") < -6.0
    });
}

#[test]
fn of_two_values_in_a_tick_the_last_is_recorded_whatever_kind_of_number_each_is() {
    let home = Home::new();
    configure(&home, "");
    let _daemon = start(&home, "");
    let mut socket = send(&home, "x 0.5\n");
    let name = "plugin.socket.x";
    wait_for("a fraction", || values(&home.reader(), name).len() == 1);
    socket.write_all(b"x 0.25\nx 9007199254740993\n").unwrap();
    wait_for("a whole number", || values(&home.reader(), name).len() > 1);
    socket.write_all(b"x 1.5\n").unwrap();
    wait_for("a fraction again", || {
        values(&home.reader(), name).contains(&Value::Real(1.5))
    });
    let told = values(&home.reader(), name);
    assert!(told.contains(&Value::Unsigned(9_007_199_254_740_993)));
    assert!(!told.contains(&Value::Real(0.25)), "{told:?}");
}

#[test]
fn collectds_clients_are_answered() {
    let home = Home::new();
    configure(&home, "");
    let _daemon = start(&home, "");
    let mut socket = UnixStream::connect(home.path("goodall.sock")).unwrap();
    let mut answers = BufReader::new(socket.try_clone().unwrap());
    for (line, expected) in [
        (
            "PUTVAL host/ups/voltage N:231.5",
            "0 Success: 1 value has been dispatched.\n",
        ),
        ("PUTVAL host/ups/voltage", "-1 "),
        ("LISTVAL", "0 Values found\n"),
    ] {
        writeln!(socket, "{line}").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert!(answer.starts_with(expected), "{line}: {answer}");
    }
    wait_for_value(&home, "plugin.socket.ups.voltage", 231.5);
}

#[test]
fn a_plugin_runs_as_the_user_that_it_names() {
    if !goodall_platform::tty::is_root() {
        return skip("only root runs commands as others");
    }
    let home = Home::new();
    configure(&home, "");
    plugin(&home, "own", "", "echo uid $(id -u)");
    let text = "command = [\"/bin/sh\", \"-c\", \"echo uid $(id -u); echo gid $(id -g)\"]\nuser = \"nobody\"\n";
    std::fs::write(home.path("conf.d/other.toml"), text).unwrap();
    let nobody = "command = [\"/bin/true\"]\nuser = \"nobody-of-that-name\"\n";
    std::fs::write(home.path("conf.d/unknown.toml"), nobody).unwrap();
    let _daemon = start(&home, "");
    wait_for_value(&home, "plugin.other.uid", 1.0);
    wait_for_value(&home, "plugin.other.gid", 1.0);
    wait_for("root's", || {
        !values(&home.reader(), "plugin.own.uid").is_empty()
    });
    assert!(newest(&home, "plugin.own.uid") < 1.0);
    let log = home.log();
    assert!(
        log.contains("unknown.toml:2: user: \"nobody-of-that-name\": no such user"),
        "{log}"
    );
}

#[test]
fn values_that_a_full_ring_has_no_place_for_are_counted_each_time() {
    let home = Home::new();
    configure(&home, "ring-max = \"1M\"\n");
    let text = "i=0; while [ $i -lt 250 ]; do echo \"s$i 1\"; i=$((i + 1)); done";
    plugin(&home, "many", "", text);
    let _daemon = start(&home, "");
    wait_for("each time", || count(&home, "plugin.many.refused") > 500);
    let placed = count(&home, "plugin.many.series");
    assert!((1..250).contains(&placed), "{placed}");
}
