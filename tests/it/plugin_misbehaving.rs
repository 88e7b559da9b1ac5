//! Plugins that hang, flood, say nonsense and fork: no built-in collector misses a tick for them, memory stays within
//! 64 KB a plugin, and when goodall ends nothing of them is left. The long form (`GOODALL_LONG=1`) takes a minute.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::daemon::{Daemon, Home, children, is_gone, unwaited, wait_for};
use crate::plugin_kit::{configure, count, newest, plugin, start, wait_for_value};
use crate::skip::{long, skip};

const HANGING: usize = 5;
const PLUGINS: u64 = HANGING as u64 + 3;
/// Frames of the stack are larger where nothing is optimised.
const PLUGIN_KB: u64 = if cfg!(debug_assertions) { 96 } else { 64 };

/// Writes the plugins' files.
fn misbehave(home: &Home) {
    for number in 0..HANGING {
        // TERM does not end it
        let text = "trap '' TERM\nsleep 600 &\nwhile :; do wait; done";
        plugin(
            home,
            &format!("hangs{number}"),
            "interval = \"300ms\"\ntimeout = \"400ms\"",
            text,
        );
    }
    plugin(
        home,
        "floods",
        "mode = \"stream\"",
        "exec yes 'flood.value 1'",
    );
    plugin(
        home,
        "babbles",
        "interval = \"200ms\"",
        "head -c 20000 /dev/urandom",
    );
    let text = "for child in 1 2 3 4 5 6 7 8; do sleep 600 & done\necho forked 8";
    plugin(home, "forks", "interval = \"300ms\"", text);
}

/// All built-in collectors, ten times a second, and the plugins' folder, empty so far.
fn configure_all(home: &Home) {
    configure(home, "");
    let text = format!(
        "interval = \"100ms\"\ncollectors-dir = {:?}\n",
        home.path("conf.d").display().to_string()
    );
    fs::write(home.path("goodall.toml"), text).unwrap();
}

/// Ticks that built-in collectors of the fast interval have missed, and how many there are of these.
fn missed(home: &Home) -> (u64, usize) {
    let all = home.reader().status();
    let built_in = all.iter().filter(|status| {
        !status.name.starts_with("plugin.") && status.interval.ns() == 100_000_000
    });
    let counts: Vec<u64> = built_in.map(|status| status.missed).collect();
    (counts.iter().sum(), counts.len())
}

/// Memory of the process's own, in kB.
fn own_kb(daemon: &Daemon) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/smaps_rollup", daemon.pid())).unwrap();
    let line = text.lines().find(|line| line.starts_with("Pss_Anon:"));
    let number = line.and_then(|line| line.split_ascii_whitespace().nth(1));
    number.unwrap().parse().unwrap()
}

/// Processes that have this home's socket in their environment: those of its plugins.
fn left(home: &Home) -> Vec<String> {
    let mark = format!("GOODALL_SOCKET={}\0", home.path("goodall.sock").display());
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let has_mark = |path: &std::path::Path| {
        let environ = fs::read(path.join("environ")).unwrap_or_default();
        environ
            .windows(mark.len())
            .any(|part| part == mark.as_bytes())
    };
    entries
        .filter(|entry| has_mark(&entry.path()))
        .map(|entry| fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default())
        .collect()
}

#[test]
fn plugins_that_misbehave_cost_no_collector_a_tick_and_leave_nothing_behind() {
    let home = Home::new();
    configure_all(&home);
    let mut daemon = start(&home, "");
    // what reading the configuration takes is not the plugins'
    daemon.signal("HUP");
    wait_for("it is read", || {
        home.log().contains("configuration read again")
    });
    thread::sleep(Duration::from_secs(1));
    let before_kb = own_kb(&daemon);
    misbehave(&home);
    let (missed_before, _) = missed(&home);
    let load_before = load();
    daemon.signal("HUP");
    wait_for("they hang", || count(&home, "plugin.hangs0.timeouts") >= 1);
    thread::sleep(Duration::from_secs(if long() { 60 } else { 3 }));
    let (missed_after, collectors) = missed(&home);
    let kb = own_kb(&daemon);

    for number in 0..HANGING {
        let name = format!("plugin.hangs{number}");
        wait_for(&name, || count(&home, &format!("{name}.timeouts")) >= 2);
        assert!(count(&home, &format!("{name}.skipped")) >= 1, "{name}");
    }
    wait_for("a flood", || {
        count(&home, "plugin.floods.dropped") > 100_000
    });
    assert!(count(&home, "plugin.floods.lines") > 50_000);
    wait_for("nonsense", || count(&home, "plugin.babbles.rejected") > 10);
    wait_for("forks", || count(&home, "plugin.forks.lines") >= 2);
    assert!(collectors > 10, "{collectors}");
    let most_kb = before_kb + PLUGINS * PLUGIN_KB;
    assert!(kb <= most_kb, "{kb} kB, before the plugins {before_kb} kB");

    assert!(!left(&home).is_empty(), "they run");
    daemon.signal("TERM");
    assert!(daemon.wait().success());
    assert_eq!(left(&home), Vec::<String>::new(), "processes are left");
    assert!(!home.path("goodall.sock").exists());
    let log = home.log();
    // a random line may be of any kind, and so may what `head` says; none is told again and again
    assert!(log.lines().count() < 200, "{log}");
    assert!(!log.contains("panicked"), "{log}");
    drop(daemon);
    judge(missed_after - missed_before, load_before);
}

/// Ticks may be missed where the machine has more to do than it has cores, or where it misses some without any plugin
/// too; else none is.
fn judge(missed_ticks: u64, load: f64) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    if missed_ticks == 0 || !long() {
        return;
    }
    #[allow(clippy::cast_precision_loss, reason = "cores are few")]
    if load > cores as f64 {
        return eprintln!(
            "{missed_ticks} ticks missed, at a load of {load} before it began: not judged"
        );
    }
    let home = Home::new();
    configure_all(&home);
    let _daemon = start(&home, "");
    thread::sleep(Duration::from_secs(1));
    let (before, _) = missed(&home);
    thread::sleep(Duration::from_secs(15));
    let control = 4 * (missed(&home).0 - before);
    assert!(
        missed_ticks <= 2 * control,
        "{missed_ticks} ticks missed in a minute, {control} without the plugins"
    );
}

/// What waits to run on this machine, over the last minute.
fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn half_a_line_of_a_run_that_is_ended_is_not_recorded() {
    let home = Home::new();
    configure(&home, "");
    let keys = "interval = \"100ms\"\ntimeout = \"100ms\"";
    plugin(&home, "hangs", keys, "printf 'a 1\\nb 12'\nexec sleep 600");
    plugin(&home, "ends", keys, "printf 'a 1\\nb 12'");
    let _daemon = start(&home, "");
    wait_for("it is ended", || count(&home, "plugin.hangs.timeouts") >= 3);
    wait_for_value(&home, "plugin.ends.b", 12.0);
    assert_eq!(count(&home, "plugin.hangs.series"), 1);
}

#[test]
fn a_gatherer_that_is_killed_leaves_no_plugin_behind() {
    let home = Home::new();
    configure(&home, "");
    // a child that is waited for, one whose parent is gone, and the shell itself
    let text = "sleep 600 &\necho child $!\n(sleep 600 & echo orphan $!)\necho shell $$\nwait";
    plugin(&home, "stays", "mode = \"stream\"", text);
    plugin(&home, "runs", "interval = \"1m\"\ntimeout = \"1m\"", text);
    let mut daemon = start(&home, "");
    let mut pids: Vec<u32> = Vec::new();
    for name in ["stays", "runs"] {
        for process in ["child", "orphan", "shell"] {
            let series = format!("plugin.{name}.{process}");
            wait_for_value(&home, &series, 1.0);
            pids.push(newest(&home, &series).to_string().parse().unwrap());
        }
    }
    assert!(!pids.iter().any(|&pid| is_gone(pid)), "they run");
    daemon.kill();
    for pid in pids {
        wait_for("what it started is gone", || is_gone(pid));
    }
}

#[test]
fn the_first_process_of_a_container_waits_for_what_runs_leave_behind() {
    let home = Home::new();
    configure(&home, "");
    let text = "(sleep 600 >/dev/null 2>&1 &)\necho a 1";
    plugin(&home, "forks", "interval = \"100ms\"", text);
    let config = home.path("goodall.toml");
    let inner = home.run(&format!("--ring 1m --config {}", config.display()));
    let mut unshare = Command::new("unshare");
    unshare.args(["--pid", "--fork", "--kill-child=KILL"]);
    if !unshare
        .arg("true")
        .status()
        .is_ok_and(|status| status.success())
    {
        return skip("no namespace of processes can be made here; run as root");
    }
    let mut command = Command::new("unshare");
    command
        .args(["--pid", "--fork", "--kill-child=KILL"])
        .arg(inner.get_program())
        .args(inner.get_args());
    let mut daemon = home.spawn(&mut command);
    home.wait_until_it_answers(&mut daemon);
    let first = children(daemon.pid())[0];
    wait_for("runs", || count(&home, "plugin.forks.lines") >= 5);
    wait_for("all are waited for", || unwaited(first) == 0);
}
