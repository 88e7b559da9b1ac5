//! Shipping to the real stores: every sample that the ring holds is in the store, once, with its time and its
//! value. Skipped where a store is not installed.

use std::fs;
use std::process::Command;
use std::time::Duration;

use goodall::quantity::{BootNs, Now, WallNs};
use goodall::query::Index;
use serde_json::Value;

use crate::ring_kit::track;
use crate::running::Running;
use crate::ship_kit::{Samples, Shipped, assert_same, difference, until};
use crate::ship_store_kit::{
    Recorded, expected, exported, get, influx_query, influx_samples, influxdb, once, parts,
    ship_once, store, victoria_metrics,
};

const NS_A_MS: i64 = 1_000_000;
const NS_A_SECOND: i64 = 1_000_000_000;
/// Everything but what says nothing here and would make a series for each name.
const COLLECTORS: &str = "-info,-disk_info,-network_info";

fn recorded() -> Recorded {
    Recorded::new("100ms", Duration::from_secs(3), COLLECTORS)
}

#[test]
fn influxdb_has_every_sample() {
    let folder = tempfile::tempdir().unwrap();
    let Some(influx) = Running::start(|address, _| influxdb(folder.path(), address)) else {
        return crate::skip::skip("influxd is not installed");
    };
    influx_query(influx.address, "CREATE DATABASE goodall");
    let recorded = recorded();
    for gzip in [false, true] {
        let said = recorded.ship(&format!(
            "[[ship]]\nname = \"influx-{gzip}\"\nkind = \"influx\"\naddress = \"http://{}\"\ndatabase = \"goodall\"\ngzip = {gzip}\n",
            influx.address
        ));
        assert!(!said.contains("refused"), "{said}");
        assert_same(
            &expected(&recorded.ring, 1, parts),
            &influx_samples(influx.address),
        );
        influx_query(influx.address, "CREATE DATABASE goodall");
    }
    // a database that is not there is quoted
    let config = recorded.folder.path().join("goodall.toml");
    fs::write(&config, format!("[[ship]]\nname = \"no\"\nkind = \"influx\"\naddress = \"http://{}\"\ndatabase = \"none\"\n", influx.address)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_goodall"))
        .args(["ship", "--once", "--ring-file"])
        .arg(&recorded.ring)
        .arg("--config")
        .arg(&config)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("refused: 404: ") && said.contains("database not found"),
        "{said}"
    );
}

#[test]
fn victoria_metrics_takes_influx_lines_by_either_path() {
    for how in [
        "database = \"goodall\"",
        "bucket = \"b\"\norg = \"o\"\ntoken = \"t\"",
    ] {
        let Some(victoria) = victoria_metrics(&[]) else {
            return;
        };
        let recorded = recorded();
        recorded.ship(&format!(
            "[[ship]]\nname = \"victoria\"\nkind = \"influx\"\naddress = \"http://{}\"\n{how}\n",
            victoria.address
        ));
        let text = |metric: &Value, label: &str| metric[label].as_str().unwrap_or("").to_owned();
        let found = || {
            once(exported(&victoria).into_iter().map(|(metric, ms, value)| {
                let name = format!(
                    "{} {}",
                    text(&metric, "__name__"),
                    text(&metric, "instance")
                );
                (name, ms, value)
            }))
        };
        let named = |index: &Index, series: u32| {
            let track = index.track(series);
            let instance = String::from_utf8_lossy(&track.instance);
            let field = &index.described(series).spec.name;
            Some(format!("{}_{field} {instance}", track.collector))
        };
        // what it took it shows a moment later
        let expected = expected(&recorded.ring, NS_A_MS, named);
        until(|| difference(&expected, &found()));
    }
}

/// A series as `/metrics` names it, with what remote write adds, as text.
fn exposed(index: &Index, series: u32) -> Option<String> {
    let exposed = index.exposed();
    let line = exposed.lines().iter().find(|line| line.series == series)?;
    let line = exposed.line(*line).trim_end();
    let (name, labels) = line.split_once('{').unwrap_or((line, "}"));
    let labels = labels.trim_end_matches('}');
    let mut labels: Vec<String> = labels
        .split("\",")
        .map(|label| label.trim_end_matches('"').replace('"', ""))
        .filter(|label| !label.is_empty() && !label.ends_with('='))
        .collect();
    labels.push(format!("instance={}", index.reader().host()));
    labels.push("job=goodall".to_owned());
    labels.sort();
    Some(format!("{name} {}", labels.join(",")))
}

/// The same of what a store says.
fn labelled(metric: &Value) -> String {
    let metric = metric.as_object().unwrap();
    let labels = metric.iter().filter(|(name, _)| *name != "__name__");
    let mut labels: Vec<String> = labels
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
        .collect();
    labels.sort();
    format!(
        "{} {}",
        metric["__name__"].as_str().unwrap(),
        labels.join(",")
    )
}

#[test]
fn victoria_metrics_takes_remote_write() {
    let Some(victoria) = victoria_metrics(&[]) else {
        return;
    };
    let recorded = recorded();
    recorded.ship(&format!(
        "[[ship]]\nname = \"victoria\"\nkind = \"prometheus-remote-write\"\naddress = \"http://{}\"\n",
        victoria.address
    ));
    let expected = expected(&recorded.ring, NS_A_MS, exposed);
    until(|| difference(&expected, &remote_written(&victoria)));
}

/// What it holds, each sample once.
fn remote_written(victoria: &Running) -> Samples {
    let all = exported(victoria).into_iter();
    once(all.map(|(metric, ms, value)| (labelled(&metric), ms, value)))
}

fn prometheus() -> Option<Running> {
    store("prometheus", |command, address, folder| {
        let config = folder.join("prometheus.yml");
        fs::write(
            &config,
            "global: {}\nstorage:\n  tsdb:\n    out_of_order_time_window: 1h\n",
        )
        .unwrap();
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.join("data").display()
            ))
            .arg(format!("--web.listen-address={address}"))
            .arg("--web.enable-remote-write-receiver");
    })
}

#[test]
fn prometheus_shows_a_series_no_longer_that_has_ended() {
    let Some(prometheus) = prometheus() else {
        return;
    };
    let tracks = ["sda", "sdb"].map(|disk| track("disk", disk, 1));
    let shipped = Shipped::of(3600, tracks.to_vec(), 0);
    let now = goodall_platform::clock::now();
    let second_ns = 1_000_000_000;
    let writer = shipped.open();
    let mut clock = writer.clock(tracks[0].interval).unwrap();
    let mut disks = tracks.map(|spec| writer.track(&spec).unwrap());
    let start = now.wall_ns / NS_A_SECOND - 200;
    for second in 0..200 {
        let tick = clock.open_frame(Now {
            wall: WallNs((start + second) * NS_A_SECOND),
            boot: BootNs(now.boot_ns - (200 - second.cast_unsigned()) * second_ns),
        });
        disks[0].write(&tick, tick.boot, &[1]);
        if second < 100 {
            disks[1].write(&tick, tick.boot, &[2]);
        }
    }
    writer.checkpoint(true).unwrap();
    drop((clock, disks, writer));
    shipped.configure(&format!(
        "[[ship]]\nname = \"prometheus\"\nkind = \"prometheus-remote-write\"\naddress = \"http://{}\"\n",
        prometheus.address
    ));
    shipped.once_well();
    let shown = |second: i64, window: &str| {
        let target = format!(
            "/api/v1/query?time={}&query=%7Bjob%3D%22goodall%22%7D{window}",
            start + second
        );
        get(prometheus.address, &target).json()["data"]["result"].clone()
    };
    let devices = |second| -> Vec<String> {
        let series = shown(second, "");
        let series = series.as_array().unwrap().iter();
        let names = series.map(|series| labelled(&series["metric"]));
        names
            .map(|name| if name.contains("sdb") { "sdb" } else { "sda" }.to_owned())
            .collect()
    };
    // well within the five minutes for which it would be shown otherwise
    assert_eq!(devices(130).len(), 2, "{}", shown(130, ""));
    assert_eq!(devices(199), ["sda"], "{}", shown(199, ""));
    let values = shown(199, "%5B1h%5D");
    let counts = values.as_array().unwrap().iter();
    let counts = counts.map(|series| series["values"].as_array().unwrap().len());
    assert_eq!(counts.sum::<usize>(), 300, "{values}");
}

#[test]
fn prometheus_takes_remote_write() {
    let Some(prometheus) = prometheus() else {
        return;
    };
    let recorded = recorded();
    recorded.ship(&format!(
        "[[ship]]\nname = \"prometheus\"\nkind = \"prometheus-remote-write\"\naddress = \"http://{}\"\n",
        prometheus.address
    ));
    let target = "/api/v1/query?query=%7B__name__%3D~%22.%2B%22%7D%5B1h%5D";
    let answer = get(prometheus.address, target).json();
    let series = answer["data"]["result"].as_array().unwrap().iter();
    let found = once(series.flat_map(|series| {
        let name = labelled(&series["metric"]);
        let values = series["values"].as_array().unwrap().iter();
        values.map(move |at| {
            let ms = (at[0].as_f64().unwrap() * 1e3).round();
            let value = at[1].as_str().unwrap().parse().unwrap();
            #[allow(clippy::cast_possible_truncation, reason = "milliseconds of this age")]
            (name.clone(), ms as i64, value)
        })
    }));
    assert_same(&expected(&recorded.ring, NS_A_MS, exposed), &found);
}

#[test]
fn a_second_run_from_a_copied_ring_changes_nothing() {
    let Some(victoria) = victoria_metrics(&[]) else {
        return;
    };
    let recorded = recorded();
    let destination = format!(
        "[[ship]]\nname = \"victoria\"\nkind = \"prometheus-remote-write\"\naddress = \"http://{}\"\n",
        victoria.address
    );
    recorded.ship(&destination);
    let copy = recorded.folder.path().join("copy");
    fs::copy(&recorded.ring, &copy).unwrap();
    let said = ship_once(&copy, &recorded.folder.path().join("goodall.toml"));
    assert!(
        said.contains("begins at the ring's oldest sample"),
        "{said}"
    );
    // it keeps both of a sample that came twice, and shows them as one series' values at one time
    let expected = expected(&recorded.ring, NS_A_MS, exposed);
    until(|| {
        let all = exported(&victoria).into_iter();
        let found = all.map(|(metric, ms, value)| ((labelled(&metric), ms), value));
        difference(&expected, &found.collect())
    });
}
