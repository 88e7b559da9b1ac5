//! The answers about now, to the byte: the newest samples of many series and of one, the list of series,
//! health; and which series a name, an alias or a glob means.

use goodall::format::{Exposition, Health, Latest, Metrics, SeriesList, Values};
use goodall::quantity::{BootNs, Moment, WallNs};
use goodall::query::{Format, QueryError};
use serde_json::Value;

use crate::recorder::{SECOND_NS, START, every_ms, read_all};
use crate::small_ring::{BOOT_NS, now, real, recorded};

#[test]
fn names_aliases_and_globs_find_their_series() {
    let (_recorder, index) = recorded();
    let names = |patterns: &[&str]| -> Vec<String> {
        let picks = index.select(patterns);
        picks
            .iter()
            .map(|&pick| index.name_of(pick).to_owned())
            .collect()
    };
    assert_eq!(names(&["load.*"]), ["load.1m", "load.5m"]);
    assert_eq!(
        names(&["*_total"]),
        ["spindle.sda.busy_total", "plugin.garnet.queue_total"]
    );
    assert_eq!(
        names(&["system_load_?"]),
        ["system_load_1", "system_load_5"]
    );
    assert_eq!(
        names(&["load.1m, system_load_1"]),
        ["load.1m", "system_load_1"]
    );
    assert_eq!(names(&["load"]), [""; 0]);
    assert_eq!(names(&["*"]), names(&[]));
    assert_eq!(names(&["*"]).len(), 5);
    assert_eq!(index.unmatched(&["load.*,gone.*", "other"]), Some("gone.*"));
    assert_eq!(index.unmatched(&["system_load_5", "*"]), None);
    let found = |name| index.find(name).map(|pick| index.name(pick.series));
    assert_eq!(found("system_load_5"), Some("load.5m"));
    assert_eq!(
        found("spindle.sda.read_bytes"),
        Some("spindle.sda.read_bytes")
    );
    assert_eq!(found("load.*"), None);
}

#[test]
fn latest_is_goodalls_json_every_series_then_the_aliases() {
    let (_recorder, index) = recorded();
    let latest = |patterns: &[&str], format| {
        read_all(Latest::new(index.clone(), patterns, format, now()), 100)
    };
    assert_eq!(
        latest(&[], Format::Json),
        r#"{"Timestamp":"2026-11-22T05:04:18.000Z","Metrics":[
{"Name":"load.1m","Value":1,"Timestamp":"2026-11-22T05:04:18.005Z"},
{"Name":"load.5m","Value":null,"Timestamp":"2026-11-22T05:04:18.005Z"},
{"Name":"spindle.sda.read_bytes","Value":1234567890123,"Timestamp":"2026-11-22T05:04:18.005Z"},
{"Name":"spindle.sda.busy_total","Value":3.5,"Timestamp":"2026-11-22T05:04:18.005Z"},
{"Name":"plugin.garnet.queue_total","Value":null,"Timestamp":"2026-11-22T05:04:18.005Z"},
{"Name":"system_load_1","Value":1,"Timestamp":"2026-11-22T05:04:18.005Z"},
{"Name":"system_load_5","Value":null,"Timestamp":"2026-11-22T05:04:18.005Z"}
]}
"#
    );
    assert_eq!(
        latest(&["load.1m", "system_load_1"], Format::Csv),
        "\
time,series,value
2026-11-22T05:04:18.005Z,load.1m,1
2026-11-22T05:04:18.005Z,system_load_1,1
"
    );
    assert_eq!(
        latest(&["no.such"], Format::Json),
        "{\"Timestamp\":\"2026-11-22T05:04:18.000Z\",\"Metrics\":[]}\n"
    );
}

#[test]
fn what_was_told_once_is_latest_for_a_while_and_not_for_prometheus() {
    let (mut recorder, _) = recorded();
    let mut seconds = 3..;
    let mut go_on = |count| {
        for second in seconds.by_ref().take(count) {
            let at = second * SECOND_NS;
            let (wall, boot) = (START.0.saturating_add_unsigned(at), BootNs(BOOT_NS + at));
            recorder.tick(every_ms(1000), WallNs(wall), boot);
            recorder.row(0, boot, &[real(1.0), real(1.0)]);
        }
        let index = recorder.index();
        let read = "spindle.sda.read_bytes";
        let csv = read_all(Latest::new(index.clone(), &[read], Format::Csv, now()), 512);
        let prometheus = read_all(Metrics::new(index, Exposition::Text, now()), 4096);
        (
            csv.lines().nth(1).map(str::to_owned),
            prometheus.contains("spindle"),
        )
    };
    let told = Some("2026-11-22T05:04:18.005Z,spindle.sda.read_bytes,1234567890123".to_owned());
    assert_eq!(go_on(3), (told.clone(), true));
    assert_eq!(go_on(1), (told.clone(), false));
    assert_eq!(go_on(59), (told, false));
    assert_eq!(go_on(1), (None, false));
}

#[test]
fn the_values_of_a_series_come_newest_first_under_the_name_asked_for() {
    let (_recorder, index) = recorded();
    let values = |name, count, since| {
        let range = (since, None);
        Values::new(index.clone(), name, count, range, Format::Csv, now())
            .map(|body| read_all(body, 10))
    };
    assert_eq!(
        values("spindle.sda.read_bytes", 10, None).unwrap(),
        "\
time,series,value
2026-11-22T05:04:18.005Z,spindle.sda.read_bytes,1234567890123
2026-11-22T05:04:16.005Z,spindle.sda.read_bytes,4096
"
    );
    assert_eq!(
        values("system_load_1", 2, None).unwrap(),
        "\
time,series,value
2026-11-22T05:04:18.005Z,system_load_1,1
2026-11-22T05:04:17.005Z,system_load_1,12.5
"
    );
    let since = Some(Moment::At(WallNs(START.0 + 2_005_000_000)));
    assert_eq!(values("load.1m", 10, since).unwrap().lines().count(), 2);
    let unknown = QueryError::UnknownSeries {
        name: "load.*".into(),
    };
    assert_eq!(values("load.*", 10, None), Err(unknown));
}

#[test]
fn the_list_of_series_says_what_each_is() {
    let (_recorder, index) = recorded();
    let whole = read_all(SeriesList::new(index.clone(), &[""; 0]), 65_536);
    assert_eq!(read_all(SeriesList::new(index.clone(), &[""; 0]), 1), whole);
    let list: Vec<Value> = serde_json::from_str(&whole).unwrap();
    assert_eq!(list.len(), 5);
    assert_eq!(
        list[0],
        serde_json::json!({
            "name": "load.1m", "collector": "load", "instance": "", "field": "1m", "unit": "",
            "kind": "gauge", "interval_ms": 1000, "labels": {}, "aliases": ["system_load_1"],
            "help": "Run queue, averaged over 1 minute.",
        })
    );
    assert_eq!(list[3]["labels"]["device"], "sd\"a\\");
    assert_eq!(list[3]["unit"], "seconds");
    assert_eq!(list[3]["kind"], "counter");
    let by_alias = read_all(SeriesList::new(index, &["system_load_1,load.1m"]), 512);
    assert_eq!(
        serde_json::from_str::<Vec<Value>>(&by_alias).unwrap().len(),
        1
    );
}

#[test]
fn health_names_the_collector_that_is_late() {
    let (recorder, _) = recorded();
    let mut slot = recorder.writer().status("load", every_ms(1000)).unwrap();
    let health = |now| {
        let body = Health::new(recorder.index().reader(), &[], now);
        let is_late = body.is_late();
        let text = read_all(body, 7);
        (is_late, serde_json::from_str::<Value>(&text).unwrap())
    };
    slot.set(START, 0, 2, 1, "a \"quoted\" message");
    let (is_late, body) = health(WallNs(START.0 + 2_500_000_000));
    assert!(!is_late);
    assert_eq!(
        body,
        serde_json::json!({
            "status": "ok",
            "collectors": [{
                "name": "load", "last": "2026-11-22T05:04:16.000Z", "late_ms": 1500, "missed": 2,
                "errors": 1, "message": "a \"quoted\" message",
            }],
            "ship": [],
        })
    );
    let (is_late, body) = health(WallNs(START.0 + 4_001_000_000));
    assert!(is_late);
    assert_eq!(body["status"], "late");
    assert!(
        !health(WallNs(START.0 - 3_600_000_000_000)).0,
        "a clock set back makes nobody late"
    );
}
