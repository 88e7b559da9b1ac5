//! `[[ship]]`: a destination a table. Which keys a kind knows stands in one list; a key of another kind is a
//! mistake like any other.

use std::borrow::Cow;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::{Reading, in_order, unexpected};
use super::nearest::hint;
use super::origin::Given;
use crate::quantity::parse;
use crate::query::{Agg, Format, Step, Word};
use crate::ship::{Destination, Kind, Protocol};

mod faults;
mod written;

use faults::{Fault, faults};
pub use written::to_toml;

const GRAPHITE: &[Kind] = &[Kind::Graphite, Kind::Metrics20];
const HTTP: &[Kind] = &[Kind::Influx, Kind::RemoteWrite, Kind::Otlp];
const NETWORK: &[Kind] = &[
    Kind::Graphite,
    Kind::Metrics20,
    Kind::Influx,
    Kind::RemoteWrite,
    Kind::Otlp,
    Kind::Statsd,
];
const ACKNOWLEDGED: &[Kind] = &[
    Kind::Graphite,
    Kind::Metrics20,
    Kind::Influx,
    Kind::RemoteWrite,
    Kind::Otlp,
];
const INFLUX: &[Kind] = &[Kind::Influx];
const FILE: &[Kind] = &[Kind::File];

/// Every key, and the kinds that know it.
const KEYS: [(&str, &[Kind]); 26] = [
    ("name", &Kind::ALL),
    ("kind", &Kind::ALL),
    ("address", NETWORK),
    ("match", &Kind::ALL),
    ("step", &Kind::ALL),
    ("agg", &Kind::ALL),
    ("rate", &Kind::ALL),
    ("prefix", &Kind::ALL),
    ("host", NETWORK),
    ("tags", ACKNOWLEDGED),
    ("protocol", GRAPHITE),
    ("tagged", &[Kind::Graphite]),
    ("token", HTTP),
    ("token-file", HTTP),
    ("user", INFLUX),
    ("database", INFLUX),
    ("org", INFLUX),
    ("bucket", INFLUX),
    ("gzip", &[Kind::Influx, Kind::Otlp]),
    ("path", FILE),
    ("format", FILE),
    ("rotate-size", FILE),
    ("rotate-keep", FILE),
    ("batch", &Kind::ALL),
    ("catch-up-rate", &Kind::ALL),
    ("timeout", ACKNOWLEDGED),
];

type Key<'i> = Cow<'i, str>;
type Pair<'a, 'i> = (&'a Spanned<Key<'i>>, &'a Spanned<DeValue<'i>>);

impl Reading<'_> {
    /// All tables.
    pub(super) fn ship(&mut self, value: &Spanned<DeValue<'_>>) {
        let DeValue::Array(tables) = value.get_ref() else {
            return self.wrong_type("ship", "a list of tables", value.get_ref(), &value.span());
        };
        let mut names = Vec::new();
        for table in tables {
            match table.get_ref() {
                DeValue::Table(keys) => self.destination(keys, table, &mut names),
                other => self.wrong_type("ship", "a list of tables", other, &table.span()),
            }
        }
    }

    /// One table, of which all is said that is wrong; `names` are those of the tables before.
    fn destination(
        &mut self,
        keys: &DeTable<'_>,
        table: &Spanned<DeValue<'_>>,
        names: &mut Vec<String>,
    ) {
        let pairs = in_order(keys);
        let start = pairs.first().map_or(table.span(), |(key, _)| key.span());
        let value_of = |wanted: &str| {
            let found = pairs.iter().find(|(key, _)| key.get_ref() == wanted);
            found.map(|(_, value)| *value)
        };
        let before = self.problems.len();
        let kind = self.ship_kind(value_of("kind"), &start);
        let name = self.ship_name(value_of("name"), &start, names);
        let name = name.unwrap_or_default();
        let mut destination = Destination::new(name, kind.unwrap_or(Kind::File));
        let dot = if name.is_empty() { "" } else { "." };
        let mut faulty = Vec::new();
        for pair in &pairs {
            let before = self.problems.len();
            self.ship_key(&mut destination, kind, *pair);
            if self.problems.len() > before {
                faulty.push(pair.0.get_ref().as_ref());
            }
        }
        if kind.is_some() {
            for Fault { keys, why } in faults(&destination) {
                // one that cannot be read is at fault itself
                if !keys.iter().any(|key| faulty.contains(key)) {
                    let span = keys.first().and_then(|key| value_of(key));
                    let span = span.map_or(start.clone(), Spanned::span);
                    self.problem(&span, format!("ship{dot}{name}: {why}"));
                }
            }
        }
        if let Some(other) = self.same_file(&destination) {
            let span = value_of("path").map_or(start.clone(), Spanned::span);
            let path = destination.path.display();
            let text = format!("ship{dot}{name}: path {path} is that of ship.{other} already");
            self.problem(&span, text);
        }
        if self.problems.len() == before {
            let origin = self.origin(&start);
            self.layer.ship.push(Given::new(destination, origin));
        }
    }

    /// The name of a destination before that writes the same file: each would cut and rotate the other's.
    fn same_file(&self, at: &Destination) -> Option<String> {
        let before = self.layer.ship.iter().map(|given| &given.value);
        let mut same = before.filter(|other| other.kind == Kind::File && other.path == at.path);
        let other = same.next().filter(|_| at.kind == Kind::File)?;
        Some(other.name.clone())
    }

    fn ship_kind(
        &mut self,
        value: Option<&Spanned<DeValue<'_>>>,
        start: &Range<usize>,
    ) -> Option<Kind> {
        let names = Kind::ALL.map(Kind::name);
        let (span, text) = match value.map(|value| (value.span(), value.get_ref())) {
            None => (
                start.clone(),
                format!("ship: kind is missing; there are {}", names.join(", ")),
            ),
            Some((span, value)) => match text(value) {
                Ok(word) => {
                    let known = Kind::ALL.into_iter().find(|kind| kind.name() == word);
                    if known.is_some() {
                        return known;
                    }
                    let (hint, names) = (hint(word, names), names.join(", "));
                    let text = format!("ship.kind: unknown kind {word}{hint}; there are {names}");
                    (span, text)
                }
                Err(why) => (span, format!("ship.kind: {why}")),
            },
        };
        self.problem(&span, text);
        None
    }

    fn ship_name<'v>(
        &mut self,
        value: Option<&'v Spanned<DeValue<'_>>>,
        start: &Range<usize>,
        names: &mut Vec<String>,
    ) -> Option<&'v str> {
        let (span, text) = match value.map(|value| (value.span(), text(value.get_ref()))) {
            None => (
                start.clone(),
                "ship: name is missing; its cursor is called by it".to_owned(),
            ),
            Some((span, Err(why))) => (span, format!("ship.name: {why}")),
            Some((span, Ok(name))) if !is_name(name) => (
                span,
                format!("ship.name: {name:?}: expected letters, digits, - and _, 64 at most"),
            ),
            Some((span, Ok(name))) if names.iter().any(|known| known == name) => (
                span,
                format!("ship.name: {name} is the name of another destination already"),
            ),
            Some((_, Ok(name))) => {
                names.push(name.to_owned());
                return Some(name);
            }
        };
        self.problem(&span, text);
        None
    }

    /// Takes in a key; of a table without a kind, whatever any kind knows.
    fn ship_key(&mut self, into: &mut Destination, kind: Option<Kind>, (key, value): Pair<'_, '_>) {
        let name = key.get_ref().as_ref();
        let is_of_kind = |kinds: &[Kind]| kind.is_none_or(|kind| kinds.contains(&kind));
        let known = KEYS.iter().find(|(known, _)| *known == name);
        let Some((_, kinds)) = known else {
            let names = KEYS.iter().filter(|(_, kinds)| is_of_kind(kinds));
            let hint = hint(name, names.map(|(known, _)| *known));
            return self.problem(&key.span(), format!("unknown key ship.{name}{hint}"));
        };
        if let Some(kind) = kind.filter(|kind| !kinds.contains(kind)) {
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            let text = format!(
                "ship.{name}: {} knows it, {} does not",
                kinds.join(", "),
                kind.name()
            );
            return self.problem(&key.span(), text);
        }
        if let Err(why) = put(into, name, value.get_ref()) {
            self.problem(&value.span(), format!("ship.{name}: {why}"));
        }
    }
}

/// Takes in one value; says what is wrong with one that is not such a value.
fn put(into: &mut Destination, name: &str, value: &DeValue<'_>) -> Result<(), String> {
    match name {
        // read before the others
        "name" | "kind" => {}
        "match" => into.request.patterns = texts(value)?,
        "rate" => into.request.rate = flag(value)?,
        "tagged" => into.tagged = flag(value)?,
        "gzip" => into.gzip = flag(value)?,
        "rotate-keep" => into.rotate_keep = number(value)?,
        "batch" => {
            into.batch = number(value)?;
            if !(1..=100_000).contains(&into.batch) {
                return Err(format!("{}: expected 1 to 100000 samples", into.batch));
            }
        }
        "catch-up-rate" => into.catch_up_rate = number(value)?,
        "tags" => into.tags = tags(value)?,
        "rotate-size" if matches!(value, DeValue::Integer(_)) => into.rotate_size = number(value)?,
        _ => put_text(into, name, text(value)?)?,
    }
    Ok(())
}

fn put_text(into: &mut Destination, name: &str, text: &str) -> Result<(), String> {
    let plain = |error: parse::ParseError| error.to_string();
    let owned = || Some(text.to_owned()).filter(|text| !text.is_empty());
    match name {
        "address" => text.clone_into(&mut into.address),
        "step" => {
            let step = Step::of(parse::duration(text).map_err(plain)?);
            into.request.step = Some(step.map_err(|error| error.to_string())?);
        }
        "agg" => into.request.agg = Some(Agg::of_word(text).map_err(|error| error.to_string())?),
        "prefix" => text.trim_end_matches('.').clone_into(&mut into.prefix),
        "host" => into.host = Some(text.to_owned()),
        "protocol" => {
            into.protocol = match text {
                "tcp" => Protocol::Tcp,
                "udp" => Protocol::Udp,
                _ => return Err(format!("{text:?}: expected tcp or udp")),
            };
        }
        "token" if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) => {
            return Err("expected visible ASCII characters".to_owned());
        }
        "token" => into.token = owned(),
        "token-file" => into.token_file = Some(PathBuf::from(text)),
        "user" => into.user = owned(),
        "database" => into.database = owned(),
        "org" => into.org = owned(),
        "bucket" => into.bucket = owned(),
        "path" => into.path = PathBuf::from(text),
        "format" => {
            into.format = match text {
                "csv" => Format::Csv,
                "ndjson" => Format::Ndjson,
                _ => return Err(format!("{text:?}: expected csv or ndjson")),
            };
        }
        "rotate-size" => into.rotate_size = parse::size(text).map_err(plain)?,
        "timeout" => {
            into.timeout = parse::duration(text).map_err(plain)?;
            if into.timeout < Duration::from_millis(100) || into.timeout > Duration::from_secs(600)
            {
                return Err(format!("{text:?}: expected 100ms to 10m"));
            }
        }
        _ => unreachable!("the key {name} is in no list of keys"),
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(is_plain)
}

fn text<'v>(value: &'v DeValue<'_>) -> Result<&'v str, String> {
    value
        .as_str()
        .ok_or_else(|| unexpected("a text in quotes", value))
}

fn flag(value: &DeValue<'_>) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| unexpected("true or false", value))
}

fn number<T: std::str::FromStr>(value: &DeValue<'_>) -> Result<T, String> {
    let number = match value {
        DeValue::Integer(number) => number.to_string().parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| unexpected("a whole number", value))
}

fn texts(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    match value {
        DeValue::String(one) => Ok(vec![one.clone().into_owned()]),
        DeValue::Array(items) => items
            .iter()
            .map(|item| text(item.get_ref()).map(str::to_owned))
            .collect(),
        other => Err(unexpected("a list such as [\"cpu.*\", \"load.*\"]", other)),
    }
}

fn tags(value: &DeValue<'_>) -> Result<Vec<(String, String)>, String> {
    let DeValue::Table(table) = value else {
        return Err(unexpected("a table such as { site = \"a\" }", value));
    };
    in_order(table)
        .into_iter()
        .map(|(key, value)| {
            let name = key.get_ref().clone().into_owned();
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
            if name.is_empty() || !name.bytes().all(is_plain) {
                return Err(format!(
                    "{name:?}: expected letters, digits, _ . and - in a tag's name"
                ));
            }
            Ok((name, text(value.get_ref())?.to_owned()))
        })
        .collect()
}
