//! The configuration file: TOML, read through its document with the place of each value, so that every
//! problem names its line. `docs/configuration.md` is the complete example, and is read by a test.

use std::ffi::OsStr;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use goodall_platform::Settings;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::layer::{CollectorTable, Layer};
use super::nearest::hint;
use super::origin::{Given, Origin, Problem};
use crate::quantity::parse;

/// What a key's value looks like.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Shape {
    Text,
    /// A size: text, or a whole number of bytes.
    Size,
    /// One text or a list of them.
    List,
    Boolean,
    /// A list of names, or a table for each collector.
    Collectors,
    /// `[[ship]]`.
    Ship,
}

/// Every key of the file.
pub(super) const KEYS: [(&str, Shape); 13] = [
    ("ring", Shape::Text),
    ("interval", Shape::Text),
    ("ring-file", Shape::Text),
    ("ring-max", Shape::Size),
    ("listen", Shape::List),
    ("allow-host", Shape::List),
    ("token-file", Shape::Text),
    ("insecure-listen", Shape::Boolean),
    ("log-level", Shape::Text),
    ("collectors", Shape::Collectors),
    ("collectors-dir", Shape::Text),
    ("socket", Shape::Text),
    ("ship", Shape::Ship),
];

const COLLECTOR_KEYS: [&str; 5] = ["enabled", "interval", "exclude", "include", "exclude-types"];

/// Reads the text of the file at `path`; what is wrong is added to `problems`, and all else is read on.
pub fn parse(path: &Path, text: &str, problems: &mut Vec<Problem>) -> Layer {
    let mut reading = Reading::new(path, text);
    reading.each(&mut |reading, key, value| reading.key(key, value));
    problems.append(&mut reading.problems);
    // whole, since they go to processes that stand in other folders or read the tables from elsewhere
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if let Some(folder) = whole.parent() {
        reading.layer.rebase(folder);
    }
    reading.layer
}

/// Says that a value is no such thing.
pub(super) fn unexpected(expected: &str, found: &DeValue<'_>) -> String {
    let found = found.type_str();
    let article = if found.starts_with(['a', 'i']) {
        "an"
    } else {
        "a"
    };
    format!("expected {expected}, found {article} {found}")
}

/// A table's pairs as they stand in the file; the parser sorts them by name.
pub(super) fn in_order<'a, 'i>(
    table: &'a DeTable<'i>,
) -> Vec<(&'a Spanned<Key<'i>>, &'a Spanned<DeValue<'i>>)> {
    let mut pairs: Vec<_> = table.iter().collect();
    pairs.sort_by_key(|(key, _)| key.span().start);
    pairs
}

pub(super) type Key<'i> = std::borrow::Cow<'i, str>;

/// A file being read.
pub(super) struct Reading<'t> {
    path: Arc<Path>,
    text: &'t str,
    pub(super) problems: Vec<Problem>,
    pub(super) layer: Layer,
}

/// Takes a key of the file and its value.
pub(super) type Take<'f, 't> =
    dyn FnMut(&mut Reading<'t>, &Spanned<Key<'_>>, &Spanned<DeValue<'_>>) + 'f;

impl<'t> Reading<'t> {
    /// Nothing read yet.
    pub(super) fn new(path: &Path, text: &'t str) -> Reading<'t> {
        Reading {
            path: Arc::from(path),
            text,
            problems: Vec::new(),
            layer: Layer::default(),
        }
    }

    /// Shows every key in order. What is no TOML is a problem, and all else is read on.
    pub(super) fn each(&mut self, take: &mut Take<'_, 't>) {
        let (document, errors) = DeTable::parse_recoverable(self.text);
        let mut broken_lines = Vec::new();
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            broken_lines.push(self.line(&span));
            self.problem(&span, error.message().replace('\n', ", "));
        }
        // one mistake may break each key of a table in the same words
        self.problems.dedup();
        let syntax = self.problems.len();
        for (key, value) in in_order(document.get_ref()) {
            take(self, key, value);
        }
        // what was recovered from a broken line is not the user's
        let sound = |problem: &Problem| match problem.origin {
            Origin::Line(_, line) => !broken_lines.contains(&line),
            _ => true,
        };
        let later = self.problems.split_off(syntax);
        self.problems.extend(later.into_iter().filter(sound));
    }

    fn line(&self, span: &Range<usize>) -> u32 {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        let lines = before.split(|&byte| byte == b'\n').count();
        u32::try_from(lines).unwrap_or(u32::MAX)
    }

    pub(super) fn origin(&self, span: &Range<usize>) -> Origin {
        Origin::Line(Arc::clone(&self.path), self.line(span))
    }

    pub(super) fn problem(&mut self, span: &Range<usize>, text: impl Into<String>) {
        let origin = self.origin(span);
        self.problems.push(Problem::new(&origin, text));
    }

    fn key(&mut self, key: &Spanned<Key<'_>>, value: &Spanned<DeValue<'_>>) {
        let name = key.get_ref().as_ref();
        let Some(&(name, shape)) = KEYS.iter().find(|(known, _)| *known == name) else {
            let hint = hint(name, KEYS.iter().map(|(known, _)| *known));
            return self.problem(&key.span(), format!("unknown key {name}{hint}"));
        };
        match (shape, value.get_ref()) {
            (Shape::Text | Shape::Size | Shape::List, DeValue::String(text)) => {
                self.put(name, text, &value.span());
            }
            (Shape::Size, DeValue::Integer(bytes)) => {
                self.put(name, &bytes.to_string(), &value.span());
            }
            (Shape::Boolean, DeValue::Boolean(flag)) => {
                self.put(name, if *flag { "true" } else { "false" }, &value.span());
            }
            (Shape::List | Shape::Collectors, DeValue::Array(items)) => {
                if items.is_empty() {
                    let text = format!("{name}: the list is empty; leave it out for the default");
                    self.problem(&value.span(), text);
                }
                for item in items {
                    match item.get_ref() {
                        DeValue::String(text) => self.put(name, text, &item.span()),
                        other => self.wrong_type(name, "a list of texts", other, &item.span()),
                    }
                }
            }
            (Shape::Collectors, DeValue::Table(tables)) => {
                for (name, table) in in_order(tables) {
                    self.collector(name, table);
                }
            }
            (Shape::Ship, _) => self.ship(value),
            (shape, other) => self.wrong_type(name, shape.expected(), other, &value.span()),
        }
    }

    fn put(&mut self, name: &str, text: &str, span: &Range<usize>) {
        let origin = self.origin(span);
        if let Err(why) = self.layer.put(name, OsStr::new(text), origin) {
            self.problem(span, format!("{name}: {why}"));
        }
    }

    pub(super) fn wrong_type(
        &mut self,
        name: &str,
        expected: &str,
        found: &DeValue<'_>,
        span: &Range<usize>,
    ) {
        self.problem(span, format!("{name}: {}", unexpected(expected, found)));
    }

    /// `[collectors.NAME]`.
    fn collector(&mut self, name: &Spanned<Key<'_>>, value: &Spanned<DeValue<'_>>) {
        let where_named = self.origin(&name.span());
        let name = name.get_ref().as_ref();
        let full = format!("collectors.{name}");
        let DeValue::Table(keys) = value.get_ref() else {
            return self.wrong_type(&full, "a table", value.get_ref(), &value.span());
        };
        let mut table = CollectorTable {
            name: Given::new(name.to_owned(), where_named),
            enabled: None,
            interval: None,
            settings: Settings::default(),
            instances: None,
            types: None,
        };
        for (key, value) in in_order(keys) {
            self.collector_key(&mut table, &full, key, value);
        }
        self.layer.tables.push(table);
    }

    fn collector_key(
        &mut self,
        table: &mut CollectorTable,
        full: &str,
        key: &Spanned<Key<'_>>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let origin = self.origin(&key.span());
        let key_name = key.get_ref().as_ref();
        let full = format!("{full}.{key_name}");
        match (key_name, value.get_ref()) {
            ("enabled", DeValue::Boolean(on)) => table.enabled = Some(Given::new(*on, origin)),
            ("enabled", other) => self.wrong_type(&full, "true or false", other, &value.span()),
            ("interval", DeValue::String(text)) => match parse::interval(text) {
                Ok(interval) => table.interval = Some(Given::new(interval, origin)),
                Err(error) => self.problem(&value.span(), format!("{full}: {error}")),
            },
            ("interval", other) => {
                self.wrong_type(&full, Shape::Text.expected(), other, &value.span());
            }
            ("exclude", _) => {
                table.instances = Some(origin);
                table.settings.exclude = Some(self.patterns(&full, value));
            }
            ("include", _) => {
                table.instances = Some(origin);
                table.settings.include = self.patterns(&full, value);
            }
            ("exclude-types", _) => {
                table.types = Some(origin);
                table.settings.exclude_types = Some(self.patterns(&full, value));
            }
            _ => {
                let hint = hint(key_name, COLLECTOR_KEYS);
                self.problem(&key.span(), format!("unknown key {full}{hint}"));
            }
        }
    }

    fn patterns(&mut self, full: &str, value: &Spanned<DeValue<'_>>) -> Vec<String> {
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(full, Shape::List.expected(), value.get_ref(), &value.span());
            return Vec::new();
        };
        let mut patterns = Vec::with_capacity(items.len());
        for item in items {
            match item.get_ref() {
                DeValue::String(text) => patterns.push(text.clone().into_owned()),
                other => self.wrong_type(full, "a list of texts", other, &item.span()),
            }
        }
        patterns
    }
}

impl Shape {
    fn expected(self) -> &'static str {
        match self {
            Shape::Text => "a text in quotes",
            Shape::Size => "a size in quotes, or a whole number of bytes",
            Shape::List => "a list such as [\"a\", \"b\"]",
            Shape::Boolean => "true or false",
            Shape::Collectors => "a list of names, or a table for each collector",
            Shape::Ship => "a list of tables",
        }
    }
}
