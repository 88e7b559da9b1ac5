//! What the stories of plugins share: a daemon with plugins in its folder, and what the ring has of them.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Command;

use goodall::metric::{Decode, Value};
use goodall::ring::reader::Status;
use goodall::ring::{FrameNumber, Reader};

use crate::daemon::{Daemon, Home, wait_for};

/// Beside the plugins, one collector runs, so that there is one.
pub const COLLECTORS: [(&str, &str); 1] = [("load", "50ms")];

/// Writes the configuration: that one collector, and `first` before it.
pub fn configure(home: &Home, first: &str) {
    home.configure(&format!("interval = \"50ms\"\n{first}"), &COLLECTORS);
    fs::create_dir_all(home.path("conf.d")).unwrap();
}

/// Starts a daemon on that configuration.
pub fn start(home: &Home, more: &str) -> Daemon {
    let config = home.path("goodall.toml");
    home.start(&format!("--ring 1m --config {} {more}", config.display()))
}

/// Writes a script and makes it executable.
pub fn script(home: &Home, name: &str, text: &str) -> PathBuf {
    let path = home.path(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A plugin whose command is a script of the shell.
pub fn plugin(home: &Home, name: &str, keys: &str, text: &str) {
    let script = script(home, &format!("{name}.sh"), &format!("#!/bin/sh\n{text}\n"));
    let text = format!("command = [{:?}]\n{keys}\n", script.display().to_string());
    fs::write(home.path(&format!("conf.d/{name}.toml")), text).unwrap();
}

/// Connects to the plugins' socket and writes.
pub fn send(home: &Home, lines: &str) -> UnixStream {
    let mut socket = UnixStream::connect(home.path("goodall.sock")).unwrap();
    socket.write_all(lines.as_bytes()).unwrap();
    socket
}

/// All values that the ring has of a series, the oldest first.
pub fn values(reader: &Reader, name: &str) -> Vec<Value> {
    let mut values = Vec::new();
    for (index, track) in reader.tracks().iter().enumerate() {
        let prefix = format!("{}.{}.", track.collector, track.instance_name);
        let is_it = |field: &str| name.strip_prefix(&prefix) == Some(field);
        let Some(field) = track.fields.iter().position(|spec| is_it(&spec.name)) else {
            continue;
        };
        let (Some(oldest), Some(newest)) = (reader.oldest(track.clock), reader.newest(track.clock))
        else {
            continue;
        };
        let decode: Decode = track.fields[field].decode;
        let mut words = vec![0; track.fields.len()];
        for number in oldest.0..=newest.number.0 {
            let header = reader.header(track.clock, FrameNumber(number));
            if header.is_some_and(|header| reader.row(index, &header, &mut words).is_some()) {
                values.push(decode.value(words[field]));
            }
        }
    }
    values
}

/// The newest value of a series; 0 where there is none.
pub fn newest(home: &Home, name: &str) -> f64 {
    let newest = values(&home.reader(), name).pop();
    newest.and_then(Value::as_f64).unwrap_or(0.0)
}

/// The newest value of what goodall counts.
pub fn count(home: &Home, name: &str) -> u64 {
    match values(&home.reader(), name).pop() {
        Some(Value::Unsigned(count)) => count,
        _ => 0,
    }
}

/// What `goodall latest` says of series, as CSV.
pub fn latest(home: &Home, pattern: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_goodall"))
        .env_clear()
        .args(["latest", pattern, "--ring-file"])
        .arg(home.ring())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Waits until the newest value of a series is at least so much.
pub fn wait_for_value(home: &Home, name: &str, least: f64) {
    wait_for(name, || newest(home, name) >= least);
}

/// What the status area says of a collector or a plugin.
pub fn status(home: &Home, name: &str) -> Option<Status> {
    let all = home.reader().status();
    all.into_iter().find(|status| status.name == name)
}
