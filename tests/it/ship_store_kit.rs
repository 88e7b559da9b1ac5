//! Real stores from the system's packages, started on loopback and asked what they hold; and rings with what
//! this machine's collectors recorded.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use goodall::quantity::WallNs;
use goodall::query::{Index, Request, Rows};
use goodall::ring::Reader;
use goodall::ring::reader::Access;
use serde_json::Value;
use tempfile::TempDir;

use crate::client::{Client, Response};
use crate::running::Running;
use crate::ship_kit::Samples;

/// A store, where it is installed.
pub fn store(
    program: &str,
    command: impl FnOnce(&mut Command, SocketAddr, &Path),
) -> Option<Running> {
    let start = |address: SocketAddr, folder: &Path| {
        let mut started = Command::new(program);
        command(&mut started, address, folder);
        started
    };
    let running = Running::start(start);
    if running.is_none() {
        crate::skip::skip(&format!("{program} is not installed"));
    }
    running
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

pub fn victoria_metrics(more: &[&str]) -> Option<Running> {
    store("victoria-metrics", |command, address, folder| {
        command
            .arg(format!("-httpListenAddr={address}"))
            .arg(format!(
                "-storageDataPath={}",
                folder.join("data").display()
            ))
            .args(["-retentionPeriod=100y", "-search.latencyOffset=0s"])
            .args(more);
    })
}

/// Puts samples under keys, each of which may come but once.
pub fn once(all: impl Iterator<Item = (String, i64, f64)>) -> Samples {
    let mut samples = Samples::new();
    for (name, time, value) in all {
        let before = samples.insert((name, time), value);
        assert_eq!(before, None, "twice in the store");
    }
    samples
}

/// Everything that it holds: labels and milliseconds.
pub fn exported(victoria: &Running) -> Vec<(Value, i64, f64)> {
    let flushed = get(victoria.address, "/internal/force_flush");
    assert_eq!(flushed.status, 200);
    let text = get(
        victoria.address,
        "/api/v1/export?match[]=%7B__name__!%3D%22%22%7D",
    )
    .body;
    let mut all = Vec::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let times = line["timestamps"].as_array().unwrap();
        for (time, value) in times.iter().zip(line["values"].as_array().unwrap()) {
            let value = value.as_f64().unwrap();
            all.push((line["metric"].clone(), time.as_i64().unwrap(), value));
        }
    }
    all
}

pub fn influxdb(folder: &Path, address: SocketAddr) -> Command {
    let config = folder.join("influxdb.conf");
    let text = format!(
        "reporting-disabled = true\nbind-address = \"127.0.0.1:{}\"\n[meta]\ndir = \"{at}/meta\"\n\
         [data]\ndir = \"{at}/data\"\nwal-dir = \"{at}/wal\"\nmax-series-per-database = 0\n\
         [http]\nbind-address = \"{address}\"\nlog-enabled = false\n[monitor]\nstore-enabled = false\n",
        free_port(),
        at = folder.display()
    );
    fs::write(&config, text).unwrap();
    let mut command = Command::new("influxd");
    command
        .arg("run")
        .arg("-config")
        .arg(config)
        .env("HOME", folder);
    command
}

/// One statement, asked of Influx.
pub fn influx_query(address: SocketAddr, statement: &str) -> Value {
    let mut query = String::new();
    for byte in statement.bytes() {
        let _ = write!(query, "%{byte:02X}");
    }
    let target = format!("/query?db=goodall&epoch=ns&q={query}");
    let mut client = Client::connect(address);
    let verb = if statement.starts_with("CREATE") {
        "POST"
    } else {
        "GET"
    };
    client.send(&format!(
        "{verb} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
    ));
    client.read(true).unwrap().json()
}

/// Everything that it holds.
pub fn influx_samples(address: SocketAddr) -> Samples {
    let answer = influx_query(address, "SELECT * FROM /.*/ GROUP BY *");
    let mut all = Samples::new();
    for series in answer["results"][0]["series"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let instance = series["tags"]["instance"].as_str().unwrap_or("");
        let columns = series["columns"].as_array().unwrap();
        for row in series["values"].as_array().unwrap() {
            let time = row[0].as_i64().unwrap();
            for (column, value) in columns.iter().zip(row.as_array().unwrap()).skip(1) {
                if let Some(value) = value.as_f64() {
                    let name = format!(
                        "{} {instance} {}",
                        series["name"].as_str().unwrap(),
                        column.as_str().unwrap()
                    );
                    all.insert((name, time), value);
                }
            }
        }
    }
    all
}

pub fn get(address: SocketAddr, target: &str) -> Response {
    crate::client::get(address, target)
}

/// A ring that this machine's collectors wrote, and is not written to any more.
pub struct Recorded {
    pub folder: TempDir,
    pub ring: PathBuf,
}

impl Recorded {
    pub fn new(interval: &str, span: Duration, collectors: &str) -> Recorded {
        let folder = tempfile::tempdir().unwrap();
        let ring = folder.path().join("ring");
        let mut child = Command::new(env!("CARGO_BIN_EXE_goodall"))
            .args(["gather", "--ring", "10m", "--interval", interval])
            .args([
                "--collectors",
                collectors,
                "--config",
                "/dev/null",
                "--socket",
                "off",
            ])
            .arg("--ring-file")
            .arg(&ring)
            .stderr(fs::File::create(folder.path().join("said")).unwrap())
            .spawn()
            .unwrap();
        thread::sleep(span);
        let told = Command::new("kill").arg(child.id().to_string()).status();
        assert!(told.unwrap().success());
        assert!(child.wait().unwrap().success());
        Recorded { folder, ring }
    }

    /// `goodall ship --once` with a destination; what it said.
    pub fn ship(&self, destination: &str) -> String {
        let config = self.folder.path().join("goodall.toml");
        fs::write(&config, destination).unwrap();
        ship_once(&self.ring, &config)
    }
}

/// `goodall ship --once`, which must succeed; what it said.
pub fn ship_once(ring: &Path, config: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_goodall"))
        .args(["ship", "--once", "--ring-file"])
        .arg(ring)
        .arg("--config")
        .arg(config)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    said
}

/// Everything that a ring holds under names that `name` makes of a series (none leaves it out), at times in
/// units of `unit_ns`.
pub fn expected(
    ring: &Path,
    unit_ns: i64,
    name: impl Fn(&Index, u32) -> Option<String>,
) -> Samples {
    let reader = Reader::open(ring, Access::Pread).unwrap();
    let index = Arc::new(Index::new(Arc::new(reader)));
    let mut rows = Rows::new(Arc::clone(&index), &Request::default(), WallNs(0)).unwrap();
    let mut all = Samples::new();
    while let Some(row) = rows.next_row() {
        let cells = rows.cells(row.columns.clone());
        for (column, cell) in row.columns.clone().zip(cells) {
            let Some(value) = cell.as_f64() else { continue };
            let series = rows.pick(column).unwrap().series;
            if let Some(name) = name(&index, series) {
                all.insert((name, row.time.0.div_euclid(unit_ns)), value);
            }
        }
    }
    assert!(all.len() > 100, "{} samples show nothing", all.len());
    all
}

/// `collector instance field`.
#[allow(
    clippy::unnecessary_wraps,
    reason = "one way to name series, of which others leave some out"
)]
pub fn parts(index: &Index, series: u32) -> Option<String> {
    let track = index.track(series);
    let instance = String::from_utf8_lossy(&track.instance);
    let field = &index.described(series).spec.name;
    Some(format!("{} {instance} {field}", track.collector))
}
