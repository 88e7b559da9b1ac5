//! Graphite's lines to the stores that take them: carbon over TCP and UDP, dotted and tagged, and
//! VictoriaMetrics. Skipped where a store is not installed.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use goodall::query::Index;

use crate::running::Running;
use crate::ship_kit::{Samples, difference, until};
use crate::ship_store_kit::{
    Recorded, expected, exported, free_port, once, store, victoria_metrics,
};

const NS_A_SECOND: i64 = 1_000_000_000;

/// Carbon, which keeps what it is sent in `at`.
fn carbon(at: &Path) -> Option<Running> {
    let query = free_port();
    store("carbon-cache", |command, address, _| {
        fs::write(at.join("carbon.conf"), format!(
            "[cache]\nSTORAGE_DIR = {at}/\nLOCAL_DATA_DIR = {at}/whisper/\nCONF_DIR = {at}/\nLOG_DIR = {at}/\nPID_DIR = {at}/\n\
             USER =\nMAX_CACHE_SIZE = inf\nMAX_UPDATES_PER_SECOND = inf\nMAX_CREATES_PER_MINUTE = inf\nENABLE_TAGS = False\nTAG_HASH_FILENAMES = False\n\
             LINE_RECEIVER_INTERFACE = 127.0.0.1\nLINE_RECEIVER_PORT = {port}\nENABLE_UDP_LISTENER = True\n\
             UDP_RECEIVER_INTERFACE = 127.0.0.1\nUDP_RECEIVER_PORT = {port}\nPICKLE_RECEIVER_PORT = 0\n\
             CACHE_QUERY_INTERFACE = 127.0.0.1\nCACHE_QUERY_PORT = {query}\n",
            at = at.display(), port = address.port(),
        )).unwrap();
        fs::write(
            at.join("storage-schemas.conf"),
            "[all]\npattern = .*\nretentions = 1s:1h\n",
        )
        .unwrap();
        command
            .args(["--nodaemon", "--config"])
            .arg(at.join("carbon.conf"))
            .arg("start");
    })
}

fn recorded() -> Recorded {
    Recorded::new("1s", Duration::from_secs(4), "load,memory,uptime,cpu")
}

/// Ships the series that carbon has whisper files for.
fn ship(recorded: &Recorded, address: std::net::SocketAddr, more: &str) {
    let said = recorded.ship(&format!(
        "[[ship]]\nname = \"carbon\"\nkind = \"graphite\"\naddress = \"{address}\"\nhost = \"db\"\nmatch = [\"load.*\", \"memory.*\", \"uptime.*\", \"cpu.all.*\"]\ncatch-up-rate = 2000\nbatch = 60\n{more}\n"
    ));
    assert!(said.contains("samples sent"), "{said}");
}

fn is_shipped(name: &str) -> bool {
    ["load.", "memory.", "uptime.", "cpu.all."]
        .iter()
        .any(|start| name.starts_with(start))
}

/// As a dotted path, without the host.
fn dotted(index: &Index, series: u32) -> Option<String> {
    let name = index.name(series);
    is_shipped(name).then(|| name.to_owned())
}

/// `collector.field;cpu=all;host=db;instance=all`: the stores put tags in order.
fn tagged(index: &Index, series: u32) -> Option<String> {
    let track = index.track(series);
    let field = &index.described(series).spec.name;
    let labels = track.labels.iter();
    let mut tags: Vec<String> = labels
        .map(|label| format!(";{}={}", label.name, label.value))
        .collect();
    tags.push(";host=db".to_owned());
    if !track.instance_name.is_empty() {
        tags.push(format!(";instance={}", track.instance_name));
    }
    tags.sort();
    is_shipped(index.name(series)).then(|| format!("{}.{field}{}", track.collector, tags.concat()))
}

#[test]
fn carbon_has_every_sample_by_tcp_and_by_udp() {
    for protocol in ["tcp", "udp"] {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let Some(carbon) = carbon(at) else {
            return;
        };
        let recorded = recorded();
        ship(
            &recorded,
            carbon.address,
            &format!("protocol = \"{protocol}\""),
        );
        let expected = expected(&recorded.ring, NS_A_SECOND, dotted);
        until(|| difference(&expected, &whisper(&at.join("whisper/db"))));
    }
}

#[test]
fn carbon_takes_tags() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let Some(carbon) = carbon(at) else {
        return;
    };
    let recorded = recorded();
    ship(&recorded, carbon.address, "tagged = true");
    // two folders of a hash, then the name, whose dots it writes out
    let found = || {
        let found = whisper(&at.join("whisper/_tagged")).into_iter();
        let plain = |name: &str| {
            let name = name.splitn(3, '.').nth(2).unwrap_or(name);
            name.replace("_DOT_", ".")
        };
        found
            .map(|((name, second), value)| ((plain(&name), second), value))
            .collect::<Samples>()
    };
    let expected = expected(&recorded.ring, NS_A_SECOND, tagged);
    until(|| difference(&expected, &found()));
}

#[test]
fn victoria_metrics_takes_graphites_lines_dotted_and_tagged() {
    for (more, named) in [
        ("", dotted as fn(&Index, u32) -> Option<String>),
        ("tagged = true", tagged),
    ] {
        let port = free_port();
        let lines = format!("-graphiteListenAddr=127.0.0.1:{port}");
        let Some(victoria) = victoria_metrics(&[&lines]) else {
            return;
        };
        let recorded = recorded();
        ship(&recorded, ([127, 0, 0, 1], port).into(), more);
        let found = || {
            once(exported(&victoria).into_iter().map(|(metric, ms, value)| {
                let mut tags: Vec<String> = Vec::new();
                let metric = metric.as_object().unwrap();
                for (name, value) in metric.iter().filter(|(name, _)| *name != "__name__") {
                    tags.push(format!(";{name}={}", value.as_str().unwrap()));
                }
                tags.sort();
                let name = metric["__name__"].as_str().unwrap();
                let name = name.strip_prefix("db.").unwrap_or(name);
                (format!("{name}{}", tags.concat()), ms / 1000, value)
            }))
        };
        let expected = expected(&recorded.ring, NS_A_SECOND, named);
        until(|| difference(&expected, &found()));
    }
}

/// Everything in whisper files, read by whisper itself.
fn whisper(folder: &Path) -> Samples {
    const SCRIPT: &str = "
import os, sys, whisper
for folder, _, files in os.walk(sys.argv[1]):
    for name in files:
        path = os.path.join(folder, name)
        series = os.path.relpath(path, sys.argv[1])[:-4].replace('/', '.')
        (start, end, step), values = whisper.fetch(path, 0)
        for at, value in zip(range(start, end, step), values):
            if value is not None: print(series, at, repr(value))
";
    let output = Command::new("/usr/bin/python3")
        .args(["-c", SCRIPT])
        .arg(folder)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    once(text.lines().map(|line| {
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap().to_owned();
        (word(), word().parse().unwrap(), word().parse().unwrap())
    }))
}
