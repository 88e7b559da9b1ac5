//! What the documents say of the metrics is what the catalogue says: docs/metrics.md has every field, README.md every
//! collector, each between two markers. The test makes both anew and compares; `GOODALL_RENEW=1` writes them.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use goodall::cli::FLAGS;
use goodall::metric::field::{Prom, PromType};
use goodall::metric::{COLLECTORS, Collector, Every, FieldInfo, Kind};

const BEGIN: &str = "<!-- from the catalogue: renewed by tests/it/metrics_doc.rs -->\n";
const END: &str = "<!-- end of the catalogue -->\n";
const RENEW: &str = "GOODALL_RENEW=1 cargo test -p goodall --test it metrics_doc";

/// The text with what stands between the markers replaced.
fn renewed(text: &str, made: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{made}{END}{after}"))
}

/// Holds a document equal to what is made, or renews it where that is asked for.
fn hold(document: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{document}: {error}"));
    let renewed = renewed(&text, made)
        .unwrap_or_else(|| panic!("{document}: expected the lines\n{BEGIN}{END}"));
    if text == renewed {
        return;
    }
    if env::var_os("GOODALL_RENEW").is_some() {
        fs::write(&path, renewed).unwrap();
        return;
    }
    let mut lines = text.lines().zip(renewed.lines()).enumerate();
    let first = lines.find(|(_, (old, new))| old != new);
    let (line, (old, new)) = first.expect("unequal texts have a line that differs");
    panic!(
        "{document}:{}: the catalogue says otherwise; renew it:\n    {RENEW}\nit says\n    {old}\nit should say\n    {new}",
        line + 1
    );
}

/// How often a collector samples where nothing is configured.
fn interval(collector: &Collector) -> String {
    match collector.every {
        Every::Tick => {
            let flag = FLAGS.iter().find(|flag| flag.name == "--interval");
            flag.unwrap().default.to_owned()
        }
        Every::Seconds(seconds) => format!("{seconds}s"),
    }
}

/// Text in a cell: a `|` would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
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
            alias.unwrap_or_default(),
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
    hold("docs/metrics.md", &format!("{made}\n"));
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
    hold("README.md", &format!("{made}\n"));
}

#[test]
fn only_what_stands_between_the_markers_is_renewed() {
    let text = format!("head\n{BEGIN}old\n{END}tail\n");
    let expected = format!("head\n{BEGIN}new\n{END}tail\n");
    assert_eq!(renewed(&text, "new\n"), Some(expected));
    assert_eq!(renewed("head\n", "new\n"), None);
}
