//! `[[ship]]`: a destination a table. Which keys a kind knows stands in one list; a key of another kind is a
//! mistake like any other.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::{Reading, in_order};
use super::nearest::hint;
use super::origin::Given;
use crate::client;
use crate::quantity::parse;
use crate::query::{Agg, Format, Step, Word};
use crate::ship::{Destination, Kind, Protocol};

mod written;

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
        for table in tables {
            match table.get_ref() {
                DeValue::Table(keys) => self.destination(keys, table),
                other => self.wrong_type("ship", "a list of tables", other, &table.span()),
            }
        }
    }

    fn destination(&mut self, keys: &DeTable<'_>, table: &Spanned<DeValue<'_>>) {
        let pairs = in_order(keys);
        let place = pairs.first().map_or(table.span(), |(key, _)| key.span());
        let text = |wanted: &str| {
            let found = pairs.iter().find(|(key, _)| key.get_ref() == wanted);
            found.map(|(_, value)| (value.get_ref().as_str(), value.span()))
        };
        let names = Kind::ALL.map(Kind::name);
        let Some((Some(word), span)) = text("kind") else {
            let text = format!("ship: kind is missing; there are {}", names.join(", "));
            return self.problem(&place, text);
        };
        let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == word) else {
            let (hint, names) = (hint(word, names), names.join(", "));
            let text = format!("ship.kind: unknown kind {word}{hint}; there are {names}");
            return self.problem(&span, text);
        };
        let name = match text("name") {
            Some((Some(name), span)) => {
                if !is_name(name) {
                    let text = format!(
                        "ship.name: {name:?}: expected letters, digits, - and _, 64 at most"
                    );
                    return self.problem(&span, text);
                }
                name
            }
            _ => return self.problem(&place, "ship: name is missing; its cursor is called by it"),
        };
        if self.layer.ship.iter().any(|at| at.value.name == name) {
            let text = format!("ship.name: {name} is the name of another destination already");
            return self.problem(&place, text);
        }
        let mut destination = Destination::new(name, kind);
        let before = self.problems.len();
        for pair in pairs {
            self.ship_key(&mut destination, pair);
        }
        if self.problems.len() == before {
            if let Err(why) = check(&destination) {
                return self.problem(&place, format!("ship.{name}: {why}"));
            }
            let origin = self.origin(&place);
            self.layer.ship.push(Given::new(destination, origin));
        }
    }

    fn ship_key(&mut self, into: &mut Destination, (key, value): Pair<'_, '_>) {
        let name = key.get_ref().as_ref();
        let kind = into.kind;
        let known = KEYS.iter().find(|(known, _)| *known == name);
        let Some((_, kinds)) = known else {
            let names = KEYS.iter().filter(|(_, kinds)| kinds.contains(&kind));
            let hint = hint(name, names.map(|(known, _)| *known));
            return self.problem(&key.span(), format!("unknown key ship.{name}{hint}"));
        };
        if !kinds.contains(&kind) {
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
        // read before the others
        "name" | "kind" => {}
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

/// What a destination must have, and what contradicts itself.
fn check(at: &Destination) -> Result<(), String> {
    match at.kind {
        Kind::File if at.path.as_os_str().is_empty() => return Err("path is missing".to_owned()),
        Kind::File => {}
        kind if kind.is_http() => check_url(&at.address)?,
        _ => check_address(&at.address)?,
    }
    if at.kind == Kind::Influx && at.database.is_some() == at.bucket.is_some() {
        return Err("give database (Influx 1) or bucket (Influx 2), and not both".to_owned());
    }
    if at.request.agg.is_some() && at.request.step.is_none() {
        return Err("agg without step: there is nothing to aggregate".to_owned());
    }
    if at.token.is_some() && at.token_file.is_some() {
        return Err("give token or token-file, and not both".to_owned());
    }
    if !at.tags.is_empty() && at.kind == Kind::Graphite && !at.tagged {
        return Err("tags without tagged = true: a dotted name has none".to_owned());
    }
    Ok(())
}

fn check_address(address: &str) -> Result<(), String> {
    let port = address
        .rsplit_once(':')
        .map(|(host, port)| (host, port.parse::<u16>()));
    match port {
        Some((host, Ok(1..))) if !host.is_empty() => Ok(()),
        _ => Err(format!(
            "address {address:?}: expected HOST:PORT, such as graphite.example.org:2003"
        )),
    }
}

fn check_url(address: &str) -> Result<(), String> {
    let rest = match address.split_once("://") {
        Some(("http", rest)) => rest,
        Some(("https", rest)) if client::HAS_TLS => rest,
        Some(("https", _)) => {
            return Err(format!(
                "address {address}: this build knows no TLS; send by a proxy on this machine"
            ));
        }
        _ => "",
    };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    if host.is_empty() || !address.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(format!(
            "address {address:?}: expected a URL, such as http://metrics.example.org:8428"
        ));
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(is_plain)
}

fn expected(what: &str, found: &DeValue<'_>) -> String {
    format!("expected {what}, found {}", found.type_str())
}

fn text<'v>(value: &'v DeValue<'_>) -> Result<&'v str, String> {
    value
        .as_str()
        .ok_or_else(|| expected("a text in quotes", value))
}

fn flag(value: &DeValue<'_>) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| expected("true or false", value))
}

fn number<T: std::str::FromStr>(value: &DeValue<'_>) -> Result<T, String> {
    let number = match value {
        DeValue::Integer(number) => number.to_string().parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| expected("a whole number", value))
}

fn texts(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    match value {
        DeValue::String(one) => Ok(vec![one.clone().into_owned()]),
        DeValue::Array(items) => items
            .iter()
            .map(|item| text(item.get_ref()).map(str::to_owned))
            .collect(),
        other => Err(expected("a list such as [\"cpu.*\", \"load.*\"]", other)),
    }
}

fn tags(value: &DeValue<'_>) -> Result<Vec<(String, String)>, String> {
    let DeValue::Table(table) = value else {
        return Err(expected("a table such as { site = \"a\" }", value));
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
