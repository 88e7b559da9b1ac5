//! What a client is answered, route by route, by a real reporter over a ring whose values are known:
//! `load.1m` is the number of its second.

use std::fs;
use std::time::{Duration, Instant};

use crate::client::{Client, ask, get};
use crate::reporter::Reporter;

#[test]
fn every_route_answers_in_its_kind_and_forbids_its_keeping() {
    let reporter = Reporter::start(120, 2, &[]);
    for (target, kind) in [
        ("/", "text/plain; charset=utf-8"),
        ("/latest", "application/json"),
        ("/latest?match=load.*&format=csv", "text/csv; charset=utf-8"),
        ("/load.1m", "application/json"),
        ("/system_load_1?format=csv", "text/csv; charset=utf-8"),
        ("/dump.csv", "text/csv; charset=utf-8"),
        ("/dump.json?shape=wide&step=10s&agg=max", "application/json"),
        ("/dump.ndjson?rate=1&since=1m", "application/x-ndjson"),
        ("/series", "application/json"),
        ("/health", "application/json"),
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
    ] {
        let answer = get(reporter.address, target);
        assert_eq!(answer.status, 200, "{target}: {}", answer.body);
        assert_eq!(answer.header("Content-Type"), Some(kind), "{target}");
        assert_eq!(answer.header("Cache-Control"), Some("no-store"));
        assert!(!answer.body.is_empty());
        if kind == "application/json" {
            answer.json();
        }
    }
}

#[test]
fn the_newest_values_are_the_newest_recorded() {
    let reporter = Reporter::start(120, 0, &[]);
    let latest = get(reporter.address, "/latest?match=load.1m").json();
    assert_eq!(latest["Metrics"][0]["Name"], "load.1m");
    assert_eq!(latest["Metrics"][0]["Value"], 120.0);
    let values = get(reporter.address, "/system_load_1?n=3").json();
    let values: Vec<_> = values["Metrics"].as_array().unwrap().iter().collect();
    let seen: Vec<_> = values
        .iter()
        .map(|one| one["Value"].as_f64().unwrap())
        .collect();
    assert_eq!(seen, [120.0, 119.0, 118.0]);
    assert_eq!(values[0]["Name"], "system_load_1");
    let ten = get(reporter.address, "/load.1m").json();
    assert_eq!(ten["Metrics"].as_array().unwrap().len(), 10);
}

#[test]
fn a_dump_is_whole_by_chunks_and_by_the_connections_end() {
    let reporter = Reporter::start(2000, 4, &[]);
    let chunked = get(reporter.address, "/dump.csv?match=made.*");
    assert_eq!(chunked.header("Transfer-Encoding"), Some("chunked"));
    assert_eq!(chunked.header("Connection"), Some("close"));
    let old = ask(reporter.address, "GET /dump.csv?match=made.* HTTP/1.0");
    assert_eq!(old.header("Transfer-Encoding"), None);
    assert_eq!(old.header("Content-Length"), None);
    assert_eq!(chunked.body, old.body);
    assert_eq!(chunked.body.lines().count(), 1 + 2000 * 4 * 12);
    let kept = "GET /dump.csv?match=made.* HTTP/1.0\r\nConnection: keep-alive";
    assert_eq!(ask(reporter.address, kept).body, old.body);
}

#[test]
fn a_connection_serves_many_small_answers() {
    let reporter = Reporter::start(60, 40, &[]);
    let mut client = Client::connect(reporter.address);
    for target in [
        "/latest",
        "/metrics",
        "/nothing.here",
        "/health",
        "/latest?match=load.*",
    ] {
        for _ in 0..20 {
            assert_ne!(client.get(target).status, 500);
        }
    }
    let mut old = Client::connect(reporter.address);
    for _ in 0..3 {
        old.send("GET /latest?match=load.* HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        let answer = old.read(true).unwrap();
        assert_eq!(answer.header("Connection"), Some("keep-alive"));
    }
    old.send("GET /latest HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    let too_long_for_the_buffer = old.read(true).unwrap();
    assert_eq!(too_long_for_the_buffer.header("Connection"), Some("close"));
    assert_eq!(
        too_long_for_the_buffer.json()["Metrics"]
            .as_array()
            .unwrap()
            .len(),
        3 + 40 * 12 + 3
    );
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let reporter = Reporter::start(60, 2, &[]);
    let mut client = Client::connect(reporter.address);
    let targets = ["/load.1m?n=1", "/load.5m?n=1", "/health", "/load.15m?n=1"];
    for target in targets {
        client.send(&format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    }
    for target in targets {
        let json = client.read(true).unwrap().json();
        match target.strip_suffix("?n=1") {
            Some(name) => assert_eq!(json["Metrics"][0]["Name"], name[1..]),
            None => assert!(json["collectors"].is_array()),
        }
    }
}

#[test]
fn head_is_get_without_the_body() {
    let reporter = Reporter::start(60, 2, &[]);
    for target in [
        "/",
        "/latest",
        "/load.1m",
        "/series",
        "/dump.csv",
        "/metrics",
        "/none.such",
    ] {
        let whole = get(reporter.address, target);
        let head = ask(
            reporter.address,
            &format!("HEAD {target} HTTP/1.1\r\nHost: localhost"),
        );
        assert_eq!(head.status, whole.status, "{target}");
        for name in ["Content-Type", "Transfer-Encoding"] {
            assert_eq!(head.header(name), whole.header(name), "{target}: {name}");
        }
        assert_eq!(
            head.header("Content-Length").is_some(),
            whole.header("Content-Length").is_some()
        );
    }
    let mut client = Client::connect(reporter.address);
    client.send("HEAD /latest HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(client.read(false).unwrap().status, 200);
    assert_eq!(client.get("/health").status, 200);
}

#[test]
fn a_wrong_question_is_told_what_would_have_been_right() {
    let reporter = Reporter::start(60, 0, &[]);
    for (target, status, said) in [
        ("/latest?mtach=load.*", 400, "did you mean `match`?"),
        ("/latest?format=xml", 400, "expected csv or json"),
        ("/dump.csv?since=yesterday", 400, "such as 10m"),
        ("/dump.csv?step=0s", 400, "step"),
        ("/dump.csv?step=10", 400, "a duration such as"),
        ("/dump.csv?agg=avg", 400, "step"),
        (
            "/dump.csv?agg=median&step=10s",
            400,
            "expected avg, min, max, last or sum",
        ),
        ("/dump.csv?shape=tall", 400, "expected long or wide"),
        ("/dump.csv?rate=maybe", 400, "expected 1, 0, true or false"),
        (
            "/dump.csv?since=1m&until=2m",
            400,
            "since lies behind until",
        ),
        ("/load.1m?n=0", 400, "expected a whole number from 1 on"),
        ("/load.1m?n=1&n=2", 400, "`n` is given twice"),
        ("/health?x=1", 400, "this route has none"),
        ("/latest?match=%zz", 400, "two hexadecimal digits"),
        ("/load.2m", 404, "GET /series the series"),
        ("/a/b/c", 404, "neither a route nor a series"),
        ("/dump.xml", 404, "GET / lists the routes"),
    ] {
        let answer = get(reporter.address, target);
        assert_eq!(answer.status, status, "{target}: {}", answer.body);
        assert!(answer.error().contains(said), "{target}: {}", answer.body);
    }
    let nothing = get(reporter.address, "/dump.csv?match=none.such");
    assert_eq!((nothing.status, nothing.body.lines().count()), (200, 1));
}

#[test]
fn what_lies_far_out_or_is_written_otherwise_is_understood() {
    let reporter = Reporter::start(60, 0, &[]);
    let body = |target: &str| {
        let answer = get(reporter.address, target);
        assert_eq!(answer.status, 200, "{target}: {}", answer.body);
        answer.body
    };
    let all = body("/dump.csv?match=load.1m");
    assert_eq!(all.lines().count(), 61);
    for range in [
        "since=0001-01-01T00:00:00Z&until=9999-12-31T23:59:59Z",
        "since=0&until=9999999999",
        "since=3660d",
    ] {
        assert_eq!(body(&format!("/dump.csv?match=load.1m&{range}")), all);
    }
    assert_eq!(body("/%64ump%2Ecsv?%6datch=load%2E1m"), all);
    for range in [
        "since=2999-01-01T00:00:00Z",
        "until=0",
        "since=100&until=100",
    ] {
        let nothing = body(&format!("/dump.csv?match=load.1m&{range}"));
        assert_eq!(nothing.lines().count(), 1, "{range}");
        let values = body(&format!("/load.1m?format=csv&{range}"));
        assert_eq!(values.lines().count(), 1, "{range}");
    }
    let values = body("/load%2e1m?format=csv&n=99999999999999999999999");
    assert_eq!(values.lines().count(), 61);
}

#[test]
fn other_methods_are_told_which_are_served() {
    let reporter = Reporter::start(60, 0, &[]);
    let address = reporter.address;
    let mut client = Client::connect(address);
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "BREW"] {
        client.send(&format!(
            "{method} /latest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"
        ));
        let answer = client.read(true).unwrap();
        assert_eq!(
            (answer.status, answer.header("Allow")),
            (405, Some("GET, HEAD"))
        );
        answer.error();
    }
    assert_eq!(client.get("/health").status, 200);
}

#[test]
fn a_page_of_another_site_learns_nothing() {
    let reporter = Reporter::start(60, 0, &["--allow-host", "recorder.example"]);
    let status = |host: &str| {
        let head = format!("GET /latest HTTP/1.1\r\nHost: {host}");
        ask(reporter.address, &head).status
    };
    assert_eq!(status("evil.example"), 403);
    assert_eq!(status("recorder.example:8080"), 200);
    assert_eq!(status("127.0.0.1"), 200);
    assert_eq!(ask(reporter.address, "GET /latest HTTP/1.0").status, 200);
    assert_eq!(status("127.0.0.1\r\nHost: evil.example"), 400);
    let proxied = "GET http://evil.example/latest HTTP/1.1\r\nHost: 127.0.0.1";
    assert_eq!(ask(reporter.address, proxied).status, 403);
}

#[test]
fn without_the_token_nothing_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, "s3cret-s3cret-s3\n").unwrap();
    let reporter = Reporter::start(60, 0, &["--token-file", file.to_str().unwrap()]);
    for target in ["/", "/latest", "/none.such", "/dump.csv"] {
        let answer = get(reporter.address, target);
        assert_eq!(answer.status, 401, "{target}");
        assert!(
            answer
                .header("WWW-Authenticate")
                .unwrap()
                .starts_with("Bearer")
        );
        assert!(!answer.body.contains("s3cret"));
        let head = format!(
            "GET {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer s3cret-s3cret-s3"
        );
        assert_ne!(ask(reporter.address, &head).status, 401, "{target}");
    }
}

#[test]
fn open_metrics_are_given_to_who_asks_and_end_as_they_must() {
    let reporter = Reporter::start(60, 1, &[]);
    let asked = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: application/openmetrics-text;version=1.0.0";
    let answer = ask(reporter.address, asked);
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(answer.header("Content-Type"), Some(kind));
    assert!(answer.body.ends_with("# EOF\n"));
    assert!(
        answer
            .body
            .contains("# TYPE goodall_http_requests counter\n")
    );
    assert!(answer.body.contains("\nnode_load1 60"));
    get(reporter.address, "/none.such");
    assert_eq!(
        reporter.counted("goodall_http_requests_total{code=\"404\"}"),
        1
    );
    // an answer is counted once it is sent, so that its client may be quicker
    let give_up = Instant::now() + Duration::from_secs(20);
    while reporter.counted("goodall_http_sent_bytes_total") <= answer.body.len() as u64 {
        assert!(Instant::now() < give_up, "what is sent is not counted");
    }
}

#[test]
fn a_ring_put_in_the_place_of_the_first_is_served_from_then_on() {
    let reporter = Reporter::start(60, 1, &[]);
    assert_eq!(
        get(reporter.address, "/load.1m?n=1").json()["Metrics"][0]["Value"],
        60.0
    );
    let other = reporter.folder.path().join("other");
    crate::recorded::record(&other, 90, 2);
    fs::rename(&other, reporter.folder.path().join("ring")).unwrap();
    let give_up = Instant::now() + Duration::from_secs(20);
    while get(reporter.address, "/load.1m?n=1").json()["Metrics"][0]["Value"] != 90.0 {
        assert!(Instant::now() < give_up, "the new ring is never seen");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(get(reporter.address, "/made.1.field_0").status, 200);
    assert_eq!(reporter.restarts(), 0);
}
