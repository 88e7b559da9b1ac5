//! What the documents say of the metrics is what the catalogue says: docs/metrics.md has every field, README.md every
//! collector, each between two markers. The test makes both anew and compares; `GOODALL_RENEW=1` writes them.

use std::fmt::Write;

use goodall::cli::FLAGS;
use goodall::metric::field::{Prom, PromType};
use goodall::metric::{COLLECTORS, Collector, Every, FieldInfo, Kind};

use crate::documents::{cell, hold};

const BY: &str = "metrics_doc";

fn tick() -> String {
    let flag = FLAGS.iter().find(|flag| flag.name == "--interval");
    flag.unwrap().default.to_owned()
}

/// How often a collector samples where nothing is configured.
fn interval(collector: &Collector) -> String {
    match collector.every {
        Every::Tick => tick(),
        Every::Behind(ms) => format!("{}, {ms} ms behind the tick", tick()),
        Every::Seconds(seconds) => format!("{seconds}s"),
    }
}

fn names(collector: &Collector) -> String {
    let instance = if collector.has_instances {
        ".INSTANCE"
    } else {
        ""
    };
    format!("`{}{instance}.FIELD`", collector.name)
}

/// node_exporter's name and labels, and its type where that is not the field's kind.
fn exposed(field: &FieldInfo) -> String {
    let Some(Prom {
        name, labels, kind, ..
    }) = field.prom
    else {
        return String::new();
    };
    let mut text = format!("`{name}");
    for (index, (label, value)) in labels.iter().enumerate() {
        let separator = if index == 0 { '{' } else { ',' };
        let _ = write!(text, "{separator}{label}=\"{value}\"");
    }
    text.push_str(if labels.is_empty() { "`" } else { "}`" });
    text.push_str(match (kind, field.kind) {
        (PromType::Untyped, _) => " (untyped)",
        (PromType::Gauge, Kind::Counter) => " (gauge)",
        (PromType::Counter, Kind::Gauge) => " (counter)",
        _ => "",
    });
    text
}

fn table(collector: &Collector) -> String {
    let mut text = format!(
        "\n## {}\n\n{} {}, every {}.\n\n| field | unit | kind | node_exporter's name | help |\n| --- | --- | --- | --- | --- |\n",
        collector.name,
        collector.help,
        names(collector),
        interval(collector)
    );
    for field in collector.fields.iter() {
        let alias = field.alias.map(|alias| format!(" (also `{alias}`)"));
        let _ = writeln!(
            text,
            "| `{}`{} | {} | {} | {} | {} |",
            field.name,
            alias.unwrap_or_default() + if field.is_macos_only { " (macOS)" } else { "" },
            field.unit.name(),
            field.kind.name(),
            cell(&exposed(field)),
            cell(field.help)
        );
    }
    text
}

#[test]
fn the_list_of_metrics_is_the_catalogues() {
    let made: String = COLLECTORS
        .iter()
        .map(|collector| table(collector))
        .collect();
    hold(BY, "docs/metrics.md", &format!("{made}\n"));
}

#[test]
fn the_readmes_collectors_are_the_catalogues() {
    let mut made = "\n| collector | what | every |\n| --- | --- | --- |\n".to_owned();
    for collector in COLLECTORS {
        let name = collector.name;
        let _ = writeln!(
            made,
            "| [`{name}`](docs/metrics.md#{name}) | {} | {} |",
            cell(collector.help),
            interval(collector)
        );
    }
    hold(BY, "README.md", &format!("{made}\n"));
}
