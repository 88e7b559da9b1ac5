//! `/metrics` to its real readers: each `Accept` is given its text, the parsers of Prometheus' client take both, and a
//! Prometheus server scrapes the running recorder.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use goodall::format::Exposition;
use serde_json::Value;

use crate::client::{Response, ask, get};
use crate::prometheus_text::parsed;
use crate::running::{Running, wait_for};
use crate::skip::skip;

/// As Prometheus 2.42 asks.
const PROMETHEUS: &str =
    "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

fn metrics(address: SocketAddr, accept: &str) -> Response {
    let head = format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}");
    ask(address, &head)
}

/// The text once the collector that samples least often has a sample in it.
pub fn whole(address: SocketAddr, accept: &str) -> Response {
    wait_for(|| {
        let response = metrics(address, accept);
        let is_whole = response.body.contains("\nnode_processes_pids ");
        is_whole
            .then_some(response)
            .ok_or("no processes".to_owned())
    })
}

#[test]
fn a_scraper_is_given_what_it_accepts_and_clients_parsers_take_it() {
    let goodall = Running::goodall(&[]);
    for (accept, exposition) in [
        (PROMETHEUS, Exposition::OpenMetrics),
        ("text/plain;version=0.0.4", Exposition::Text),
        ("*/*", Exposition::Text),
        (
            "application/openmetrics-text;q=0.3,text/plain;q=0.5",
            Exposition::Text,
        ),
    ] {
        let response = whole(goodall.address, accept);
        assert_eq!(
            response.header("Content-Type"),
            Some(exposition.content_type()),
            "{accept}"
        );
        let is_open = exposition == Exposition::OpenMetrics;
        assert_eq!(response.body.ends_with("\n# EOF\n"), is_open, "{accept}");
        let Some((is_taken, said)) = parsed(exposition, &response.body) else {
            return skip("no python3 with prometheus_client");
        };
        assert!(is_taken, "{said}");
        let samples = response.body.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(said.lines().count(), samples.count());
    }
}

/// What the server answers to a query; what stands against it where it has nothing yet.
fn answered(server: SocketAddr, query: &str) -> Result<Vec<Value>, String> {
    let answer = get(server, &format!("/api/v1/query?query={query}"));
    if answer.status != 200 {
        return Err(answer.body); // it reads its log before it answers
    }
    let results = answer.json()["data"]["result"].as_array().cloned();
    results
        .filter(|results| !results.is_empty())
        .ok_or(answer.body)
}

/// The values of a range of one series.
fn values(series: &Value) -> Vec<f64> {
    let pairs = series["values"].as_array().unwrap().iter();
    pairs
        .map(|pair| pair[1].as_str().unwrap().parse().unwrap())
        .collect()
}

#[test]
fn a_prometheus_server_scrapes_the_recorder_without_a_fault() {
    let goodall = Running::goodall(&[]);
    whole(goodall.address, PROMETHEUS);
    let prometheus = |address: SocketAddr, folder: &Path| {
        let config = format!(
            "global: {{scrape_interval: 1s, scrape_timeout: 1s}}\n\
             scrape_configs: [{{job_name: goodall, static_configs: [{{targets: ['{}']}}]}}]\n",
            goodall.address
        );
        let path = folder.join("prometheus.yml");
        fs::write(&path, config).unwrap();
        let mut command = Command::new("prometheus");
        command
            .arg(format!("--config.file={}", path.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.join("data").display()
            ))
            .arg(format!("--web.listen-address={address}"))
            .arg("--log.level=warn");
        command
    };
    let Some(server) = Running::start(prometheus) else {
        return skip("no prometheus");
    };
    let loads = wait_for(|| {
        let loads = values(&answered(server.address, "node_load1[1m]")?[0]);
        (loads.len() >= 4).then_some(loads).ok_or(server.said())
    });

    let recorded = get(goodall.address, "/load.1m?since=1m").json();
    let recorded: Vec<f64> = recorded["Metrics"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|sample| sample["Value"].as_f64())
        .collect();
    for load in loads {
        assert!(recorded.contains(&load), "{load} is none of {recorded:?}");
    }
    let up = values(&answered(server.address, "up[1m]").unwrap()[0]);
    assert!(!up.contains(&0.0), "{up:?}: {}", server.said());
    let target = get(server.address, "/api/v1/targets").json();
    let target = &target["data"]["activeTargets"][0];
    assert_eq!(
        (&target["health"], &target["lastError"]),
        (&"up".into(), &"".into())
    );
    // such as samples given twice or out of order, of which it complains without calling the target down
    assert_eq!(server.said(), "");
}
