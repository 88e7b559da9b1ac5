//! How a series is called in Prometheus' text: its family's name and its labels.

use goodall_platform::Label;

use super::cell::Described;
use crate::metric::field::labels_of;
use crate::metric::{Kind, Unit, collector};
use crate::ring::reader::Track;

/// Endings that mean something in Prometheus' text and so are no gauge's own.
const RESERVED: [&str; 6] = ["_total", "_count", "_sum", "_bucket", "_info", "_created"];

/// Appends the family's name.
pub(super) fn push_name(track: &Track, described: Described<'_>, text: &mut String) {
    if let Some(prom) = described.info.and_then(|info| info.prom) {
        let mut parts = prom.name.split("{instance}");
        text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            push_sane(&String::from_utf8_lossy(&track.instance), text);
            text.push_str(part);
        }
        return;
    }
    let start = text.len();
    text.push_str("goodall_");
    push_sane(&track.collector.to_lowercase(), text);
    text.push('_');
    let spec = described.spec;
    let field = match described.info {
        Some(_) => spec.name.to_lowercase(),
        None => without_tags(&spec.name, &track.labels).to_lowercase(),
    };
    let is_counter = spec.kind == Kind::Counter;
    let field = match field.strip_suffix("_total") {
        Some(stem) if is_counter => stem,
        _ => &field,
    };
    push_sane(field, text);
    let unit = spec.unit.name();
    if spec.unit != Unit::None && !has_word(field, unit) {
        text.push('_');
        push_sane(unit, text);
    }
    if is_counter {
        text.push_str("_total");
    } else if RESERVED.iter().any(|end| text[start..].ends_with(end)) {
        text.push_str("_value");
    }
}

/// The name of a plugin's series without the parts that stand for its tags, `key_value` one after another in the
/// order of the keys: the tags are labels here. Whole where it has no such parts.
fn without_tags(name: &str, tags: &[Label]) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    let stands_for = |part: &str, tag: &Label| {
        let key = tag.name.bytes().map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => byte,
            _ => b'-',
        });
        part.bytes().take(tag.name.len() + 1).eq(key.chain([b'_']))
    };
    let run = |start: &usize| {
        let parts = parts.get(*start..*start + tags.len());
        parts.is_some_and(|parts| {
            parts
                .iter()
                .zip(tags)
                .all(|(part, tag)| stands_for(part, tag))
        })
    };
    match (1..parts.len()).find(run) {
        Some(start) if !tags.is_empty() => {
            let (before, rest) = parts.split_at(start);
            [before, &rest[tags.len()..]].concat().join(".")
        }
        _ => name.to_owned(),
    }
}

/// Whether a name has the unit in it as a word: `read_bytes`, `bytes`.
fn has_word(name: &str, unit: &str) -> bool {
    name.strip_suffix(unit)
        .is_some_and(|stem| stem.is_empty() || stem.ends_with('_'))
}

/// Appends the labels in their brackets, if there are any.
pub(super) fn push_labels(track: &Track, described: Described<'_>, text: &mut String) {
    let before = text.len();
    let mut separator = '{';
    let mut push = |name: &str, value: &str, text: &mut String| {
        let start = text.len();
        text.push(separator);
        push_sane(name, text);
        text.push_str("=\"");
        // a name given twice is no label set
        let name = text[start + 1..].to_owned();
        if text[before..start].contains(&format!("{{{name}"))
            || text[before..start].contains(&format!(",{name}"))
        {
            text.truncate(start);
            return;
        }
        push_escaped(value, text);
        text.push('"');
        separator = ',';
    };
    match described.info {
        Some(info) => {
            for (name, value) in labels_of(&track.labels, info) {
                push(name, value, text);
            }
        }
        None => {
            for label in &track.labels {
                push(&label.name, &label.value, text);
            }
        }
    }
    let has_name = described.info.is_some_and(|info| info.prom.is_some());
    // the labels of a plugin's own series are its tags, and say nothing of the instance
    let is_own = described.info.is_none() && collector(&track.collector).is_some();
    let has_place = is_own || track.labels.is_empty();
    if !has_name && has_place && !track.instance.is_empty() {
        // not `instance`, which Prometheus keeps for the host that it scrapes
        let mut name = track.collector.to_lowercase();
        if track.labels.iter().any(|label| label.name == name) {
            name.insert_str(0, "goodall_");
        }
        push(&name, &String::from_utf8_lossy(&track.instance), text);
    }
    if text.len() > before {
        text.push('}');
    }
}

/// Metric and label names: letters, digits and `_`, no digit first.
fn push_sane(name: &str, text: &mut String) {
    if name.starts_with(|first: char| first.is_ascii_digit())
        && !text.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '_')
    {
        text.push('_');
    }
    text.extend(name.chars().map(|letter| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '_'
        }
    }));
}

fn push_escaped(value: &str, text: &mut String) {
    for letter in value.chars() {
        match letter {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            _ => text.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_name_that_stand_for_tags_are_left_to_the_labels() {
        let tags = |keys: &[&str]| -> Vec<Label> {
            let tag = |key: &&str| Label {
                name: (*key).to_owned(),
                value: String::new(),
            };
            keys.iter().map(tag).collect()
        };
        for (name, keys, expected) in [
            ("disk.used", &[][..], "disk.used"),
            ("disk.used.host_web.path__", &["host", "path"], "disk.used"),
            ("cpu.cpu_cpu0.host_web.idle", &["cpu", "host"], "cpu.idle"),
            ("http.status-code_200", &["status_code"], "http"),
            // collectd's names have no parts for what is in them already
            ("cpu-0.cpu-idle", &["host", "plugin"], "cpu-0.cpu-idle"),
            ("host_web.host_web", &["host"], "host_web"),
            ("host_web", &["host"], "host_web"),
        ] {
            assert_eq!(without_tags(name, &tags(keys)), expected, "{name}");
        }
    }
}
