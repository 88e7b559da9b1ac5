//! Names of plugins that would clash in Prometheus' text, with each other's or with goodall's own: what comes out is valid
//! by the parsers of Prometheus' client, and nothing of goodall's own gives way.

use std::time::Duration;

use goodall::format::{Exposition, Metrics};
use goodall::metric::{Kind, Repr, Unit, collector};
use goodall::quantity::{BootNs, WallNs};
use goodall::ring::{FieldSpec, TrackSpec};

use crate::prometheus_text::parsed;
use crate::recorder::{Recorder, SECOND_NS, START, every_ms, field, read_all, track};
use crate::skip::skip;

/// A plugin's value, and what it is.
const VALUES: [(&str, &str, Kind); 11] = [
    // before goodall's own in the directory
    ("web", "LINES", Kind::Counter),
    ("web", "Series", Kind::Counter),
    ("web", "Lines", Kind::Gauge),
    ("web", "requests", Kind::Counter),
    ("api", "requests", Kind::Gauge),
    ("api", "requests.value", Kind::Gauge),
    ("api", "a-b", Kind::Gauge),
    ("api", "a_b", Kind::Gauge),
    ("api", "x", Kind::Gauge),
    ("api", "x.value", Kind::Counter),
    ("web", "x", Kind::Counter),
];

fn text(exposition: Exposition) -> String {
    let second = every_ms(1000);
    let mut specs: Vec<TrackSpec> = Vec::new();
    for (plugin, name, kind) in VALUES {
        let spec = field(name, kind, Unit::None, Repr::U64, 1);
        specs.push(track("plugin", plugin, &[], second, vec![spec]));
    }
    let own = collector("plugin").unwrap().fields.iter();
    let own: Vec<FieldSpec> = own.map(FieldSpec::from).collect();
    let count = own.len() as u64;
    specs.push(track("plugin", "web", &[], second, own));
    let last = specs.len() - 1;
    let mut recorder = Recorder::new(Duration::from_secs(60), specs);
    let boot = BootNs(5 * SECOND_NS);
    recorder.tick(second, START, boot);
    for at in 0..last {
        recorder.row(at, boot, &[at as u64]);
    }
    let words: Vec<u64> = (100..100 + count).collect();
    recorder.row(last, boot, &words);
    let now = WallNs(START.0 + 1);
    read_all(Metrics::new(recorder.index(), exposition, now), 4096)
}

#[test]
fn series_that_would_clash_are_renamed_or_left_out_and_goodalls_own_stay() {
    let expected = [
        "goodall_plugin_a_b{plugin=\"api\"} 6",
        "goodall_plugin_lines_total{plugin=\"web\"} 106",
        "goodall_plugin_lines_value{plugin=\"web\"} 2",
        "goodall_plugin_requests_total{plugin=\"web\"} 3",
        // what is renamed comes behind what had that name
        "goodall_plugin_requests_value{plugin=\"api\"} 4",
        "goodall_plugin_series{plugin=\"web\"} 105",
        "goodall_plugin_series_value_total{plugin=\"web\"} 1",
        "goodall_plugin_x_total{plugin=\"web\"} 10",
        "goodall_plugin_x_value_total{plugin=\"api\"} 9",
        "goodall_plugin_x_value_value{plugin=\"api\"} 8",
    ];
    for exposition in [Exposition::Text, Exposition::OpenMetrics] {
        let text = text(exposition);
        let told = |family: &str| {
            expected
                .iter()
                .any(|line| line.split('{').next() == Some(family))
        };
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let found: Vec<&str> = lines
            .filter(|line| line.split('{').next().is_some_and(told))
            .collect();
        assert_eq!(found, expected, "{text}");
        assert_eq!(text.matches("# TYPE goodall_plugin_a_b ").count(), 1);
        match parsed(exposition, &text) {
            Some((is_taken, said)) => assert!(is_taken, "{said}"),
            None => skip("no python3 with prometheus_client"),
        }
    }
}
