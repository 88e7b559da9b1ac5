//! `/metrics` to the byte, and what its readers say of it: promtool, and the parsers of Prometheus' own client.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use goodall::format::{Exposition, Metrics};
use goodall::metric::{COLLECTORS, MISSING, collector};
use goodall::quantity::{BootNs, WallNs};
use goodall::ring::{FieldSpec, TrackSpec};
use goodall_platform::Label;

use crate::recorder::{Recorder, SECOND_NS, START, every_ms, read_all};
use crate::skip::skip;
use crate::small_ring::{BOOT_NS, now, real, recorder};

const TEXT: &str = r#"# HELP goodall_plugin_queue_total_value Recorded by goodall.
# TYPE goodall_plugin_queue_total_value gauge
goodall_plugin_queue_total_value{plugin="garnet"} -3
# HELP goodall_spindle_busy_seconds_total Recorded by goodall.
# TYPE goodall_spindle_busy_seconds_total counter
goodall_spindle_busy_seconds_total{device="sd\"a\\"} 1.25
# HELP goodall_spindle_read_bytes_total Recorded by goodall.
# TYPE goodall_spindle_read_bytes_total counter
goodall_spindle_read_bytes_total{device="sd\"a\\"} 4096
# HELP node_load1 1m load average.
# TYPE node_load1 gauge
node_load1 0.42
# HELP node_load5 5m load average.
# TYPE node_load5 gauge
node_load5 +Inf
"#;

/// The metrics after the first second.
fn metrics(exposition: Exposition) -> String {
    let mut recorder = recorder();
    recorder.tick(every_ms(1000), START, BootNs(BOOT_NS));
    recorder.tick(every_ms(2000), START, BootNs(BOOT_NS));
    let taken = BootNs(BOOT_NS);
    recorder.row(0, taken, &[real(0.42), real(f64::INFINITY)]);
    recorder.row(1, taken, &[4096, 1250]);
    recorder.row(2, taken, &[(-3_i64).cast_unsigned()]);
    let index = recorder.index();
    let of = |now, size| read_all(Metrics::new(index.clone(), exposition, now), size);
    let whole = of(now(), 65_536);
    assert_eq!(of(now(), 1), whole);
    let old = of(WallNs(START.0 + 60_000_000_000), 512);
    assert!(
        !old.contains("node_load1"),
        "what is a minute old is not shown as if it were now"
    );
    whole
}

#[test]
fn prometheus_text_has_node_exporters_names_where_the_catalogue_knows_them() {
    assert_eq!(metrics(Exposition::Text), TEXT);
    let open = metrics(Exposition::OpenMetrics);
    assert!(open.ends_with("\n# EOF\n"));
    assert!(open.contains("# TYPE goodall_spindle_busy_seconds counter\n"));
    assert!(open.contains("\ngoodall_spindle_busy_seconds_total{"));
}

/// Runs a program on a text; whether it ended well, and what it said. `None` where there is no such program.
pub fn judged(program: &str, arguments: &[&str], text: &str) -> Option<(bool, String)> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    Some((
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    ))
}

#[test]
fn promtool_has_nothing_to_say() {
    match judged(
        "promtool",
        &["check", "metrics"],
        &metrics(Exposition::Text),
    ) {
        Some(verdict) => assert_eq!(verdict, (true, String::new())),
        None => skip("no promtool"),
    }
}

/// What the parser of Prometheus' own client makes of a text: a line a sample. `None` where it is not there.
pub fn parsed(exposition: Exposition, text: &str) -> Option<(bool, String)> {
    let module = match exposition {
        Exposition::Text => "prometheus_client.parser",
        Exposition::OpenMetrics => "prometheus_client.openmetrics.parser",
    };
    let has_client = judged("python3", &["-c", "import prometheus_client"], "");
    has_client.filter(|(has, _)| *has)?;
    let script = format!(
        "import sys\nfrom {module} import text_string_to_metric_families as families\n\
         for family in families(sys.stdin.read()):\n    for sample in family.samples:\n        \
         print(sample.name, sorted(sample.labels.items()), float(sample.value))"
    );
    judged("python3", &["-c", &script], text)
}

#[test]
fn prometheus_clients_parsers_take_both_texts() {
    for exposition in [Exposition::Text, Exposition::OpenMetrics] {
        let Some((is_taken, said)) = parsed(exposition, &metrics(exposition)) else {
            return skip("no python3 with prometheus_client");
        };
        assert!(is_taken, "{said}");
        assert_eq!(
            said.lines().next(),
            Some("goodall_plugin_queue_total_value [('plugin', 'garnet')] -3.0")
        );
        assert!(said.contains("goodall_spindle_read_bytes_total [('device', 'sd\"a\\\\')] 4096.0"));
        assert_eq!(said.lines().count(), 5);
    }
}

#[test]
fn a_family_named_for_its_instance_has_that_instances_help() {
    let second = every_ms(1000);
    let pressure = collector("pressure").unwrap();
    let track = |instance: &str| TrackSpec {
        collector: pressure.name.to_owned(),
        instance: instance.into(),
        labels: Vec::new(),
        fields: pressure.fields.iter().map(FieldSpec::from).collect(),
        interval: second,
    };
    let specs = vec![track("io"), track("irq")];
    let mut recorder = Recorder::new(Duration::from_secs(60), specs);
    recorder.tick(second, START, BootNs(BOOT_NS));
    let words = vec![1; pressure.fields.len()];
    recorder.row(0, BootNs(BOOT_NS), &words);
    recorder.row(1, BootNs(BOOT_NS), &words);
    let metrics = Metrics::new(recorder.index(), Exposition::Text, now());
    let text = read_all(metrics, 4096);
    for line in [
        "# HELP node_pressure_io_waiting_seconds_total Total time in seconds that processes have waited due to IO congestion",
        "# HELP goodall_pressure_some_avg10_ratio Share",
        "goodall_pressure_some_avg10_ratio{pressure=\"irq\"} 0.0001",
    ] {
        assert!(text.contains(line), "{line}\nin\n{text}");
    }
}

#[test]
fn what_is_gone_or_missing_is_not_shown() {
    let second = every_ms(1000);
    let disk = collector("disk").unwrap();
    let track = |device: &str| TrackSpec {
        collector: disk.name.to_owned(),
        instance: device.into(),
        labels: vec![Label {
            name: "device".to_owned(),
            value: device.to_owned(),
        }],
        fields: disk.fields.iter().map(FieldSpec::from).collect(),
        interval: second,
    };
    let specs = vec![track("sda"), track("sdb")];
    let mut recorder = Recorder::new(Duration::from_secs(60), specs);
    let mut words = vec![1; disk.fields.len()];
    words[1] = MISSING;
    for tick in 0..=4 {
        let boot = BootNs(BOOT_NS + tick * SECOND_NS);
        let wall = WallNs(START.0.saturating_add_unsigned(tick * SECOND_NS));
        recorder.tick(second, wall, boot);
        recorder.row(0, boot, &words);
        if tick == 0 {
            // unplugged a second later
            recorder.row(1, boot, &words);
        }
    }
    let metrics = Metrics::new(recorder.index(), Exposition::Text, now());
    let text = read_all(metrics, 4096);
    let line = "\nnode_disk_reads_completed_total{device=\"sda\"} 1\n";
    assert!(text.contains(line), "{text}");
    assert!(!text.contains("sdb"), "{text}");
    assert!(!text.contains("node_disk_reads_merged_total"), "{text}");
}

/// Every field of every collector, with a value of its own, as text.
fn catalogue(exposition: Exposition) -> String {
    let second = every_ms(1000);
    let specs: Vec<TrackSpec> = COLLECTORS
        .iter()
        .map(|collector| TrackSpec {
            collector: collector.name.to_owned(),
            instance: if collector.has_instances {
                b"one".to_vec()
            } else {
                Vec::new()
            },
            labels: Vec::new(),
            fields: collector.fields.iter().map(FieldSpec::from).collect(),
            interval: second,
        })
        .collect();
    let mut recorder = Recorder::new(Duration::from_secs(60), specs);
    recorder.tick(second, START, BootNs(BOOT_NS));
    for (track, collector) in COLLECTORS.iter().enumerate() {
        let words: Vec<u64> = (1..=collector.fields.len() as u64).collect();
        recorder.row(track, BootNs(BOOT_NS), &words);
    }
    let index = recorder.index();
    let exposed = index.exposed().lines().len();
    assert!(exposed > 0 && exposed <= index.len() as usize);
    read_all(Metrics::new(index, exposition, now()), 4096)
}

#[test]
fn every_metric_of_the_catalogue_is_taken_by_prometheus() {
    let text = catalogue(Exposition::Text);
    match judged("promtool", &["check", "metrics"], &text) {
        // node_exporter's own names are not as promtool would have them; ours are, and all is well-formed
        Some((_, said)) => {
            let ours = |line: &&str| !line.starts_with("node_");
            let ours: Vec<&str> = said.lines().filter(ours).collect();
            assert_eq!(ours, [""; 0]);
        }
        None => skip("no promtool"),
    }
    for exposition in [Exposition::Text, Exposition::OpenMetrics] {
        match parsed(exposition, &catalogue(exposition)) {
            Some((is_taken, said)) => assert!(is_taken, "{said}"),
            None => skip("no python3 with prometheus_client"),
        }
    }
}
