//! Destinations as the tables that say the same, for a child that reads no file of its own: one that is
//! being edited cannot keep it from being started again.

use std::fmt::Write as _;

use super::KEYS;
use crate::query::{Agg, Format, Word};
use crate::ship::{Destination, Protocol};

/// The tables of these destinations.
pub fn to_toml(destinations: &[Destination]) -> String {
    let mut all = String::new();
    for at in destinations {
        all.push_str("[[ship]]\n");
        let known = KEYS.iter().filter(|(_, kinds)| kinds.contains(&at.kind));
        for (key, _) in known {
            let value = text(at, key).map(|text| quoted(&text));
            if let Some(value) = value.or_else(|| other(at, key)) {
                let _ = writeln!(all, "{key} = {value}");
            }
        }
    }
    all
}

/// The keys whose values are texts, where they are set.
fn text(at: &Destination, key: &str) -> Option<String> {
    let path = |path: &std::path::Path| path.display().to_string();
    match key {
        "name" => Some(at.name.clone()),
        "kind" => Some(at.kind.name().to_owned()),
        "address" => Some(at.address.clone()),
        "step" => at.request.step.map(|step| format!("{}ns", step.ns())),
        "agg" => at.request.agg.map(|agg| word_of(agg).to_owned()),
        "prefix" => Some(at.prefix.clone()),
        "host" => at.host.clone(),
        "protocol" if at.protocol == Protocol::Udp => Some("udp".to_owned()),
        "token" => at.token.clone(),
        "token-file" => at.token_file.as_deref().map(path),
        "user" => at.user.clone(),
        "database" => at.database.clone(),
        "org" => at.org.clone(),
        "bucket" => at.bucket.clone(),
        "path" => Some(path(&at.path)),
        "format" if at.format == Format::Ndjson => Some("ndjson".to_owned()),
        "timeout" => Some(format!("{}ms", at.timeout.as_millis())),
        _ => None,
    }
}

/// The keys whose values are no texts.
fn other(at: &Destination, key: &str) -> Option<String> {
    match key {
        "rate" => Some(at.request.rate.to_string()),
        "tagged" => Some(at.tagged.to_string()),
        "gzip" => Some(at.gzip.to_string()),
        "rotate-size" => Some(at.rotate_size.to_string()),
        "rotate-keep" => Some(at.rotate_keep.to_string()),
        "batch" => Some(at.batch.to_string()),
        "catch-up-rate" => Some(at.catch_up_rate.to_string()),
        "match" => {
            let patterns = at.request.patterns.iter().map(|text| quoted(text));
            Some(format!("[{}]", patterns.collect::<Vec<_>>().join(", ")))
        }
        "tags" if !at.tags.is_empty() => {
            let pair =
                |(name, value): &(String, String)| format!("{} = {}", quoted(name), quoted(value));
            let tags: Vec<String> = at.tags.iter().map(pair).collect();
            Some(format!("{{ {} }}", tags.join(", ")))
        }
        _ => None,
    }
}

fn word_of(agg: Agg) -> &'static str {
    let word = Agg::WORDS.iter().find(|(_, meaning)| *meaning == agg);
    word.map_or("avg", |(word, _)| word)
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            letter if letter.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::file;

    fn read(text: &str) -> Vec<Destination> {
        let mut problems = Vec::new();
        let layer = file::parse(Path::new("/f/goodall.toml"), text, &mut problems);
        assert_eq!(problems, []);
        layer.ship.into_iter().map(|given| given.value).collect()
    }

    #[test]
    fn what_is_written_is_read_back_as_the_same_destinations() {
        let text = "
[[ship]]
name = \"a\"
kind = \"influx\"
address = \"http://db:8086\"
bucket = \"b \\\"c\\\\\"
org = \"o\\tp\"
token = \"secret\"
tags = { \"a.b\" = \"x = \\\"y\\\"\", c = \"d\" }
match = [\"cpu.*\", \"load.1m\"]
step = \"1500ms\"
agg = \"max\"
rate = true
gzip = false
timeout = \"3s\"
[[ship]]
name = \"b\"
kind = \"graphite\"
address = \"[::1]:2003\"
protocol = \"udp\"
tagged = true
host = \"\"
prefix = \"p.q.\"
catch-up-rate = 0
[[ship]]
name = \"c\"
kind = \"file\"
path = \"out\"
format = \"ndjson\"
rotate-size = \"1M\"
rotate-keep = 0
batch = 17
[[ship]]
name = \"d\"
kind = \"prometheus-remote-write\"
address = \"http://db\"
token-file = \"t\"
";
        let destinations = read(text);
        assert_eq!(destinations.len(), 4);
        assert_eq!(destinations[2].path, Path::new("/f/out"));
        assert_eq!(destinations[1].prefix, "p.q");
        assert!(read(&to_toml(&destinations)) == destinations);
    }
}
