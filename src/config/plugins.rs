//! The plugins' folder: one file of TOML a plugin, named for it. A file with a mistake costs its own plugin, and no
//! other.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use goodall_platform::group::Identity;
use toml::Spanned;
use toml::de::DeValue;

use super::Config;
use super::file::{Key, Reading, in_order};
use super::nearest::hint;
use super::origin::{Origin, Problem};
use super::program::find_program;
use super::settle::Effective;
use crate::gather::lines::Format;
use crate::gather::plugin::{Mode, NAME_SIZE_MAX, SERIES_MAX_DEFAULT, SOCKET, Wanted};
use crate::quantity::{Interval, Window, parse};

/// Every key of a plugin's file.
pub(super) const KEYS: [&str; 9] = [
    "enabled",
    "command",
    "mode",
    "interval",
    "timeout",
    "format",
    "user",
    "env",
    "max-series",
];
/// A run may take so long where nothing is said, or the interval if that is longer.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(5);
/// More than any one plugin should have: each costs its place in every frame.
const SERIES_MAX: i64 = 100_000;

/// What the folder says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plugins {
    /// Those that are to run.
    pub wanted: Vec<Wanted>,
    /// Their files, in the same order.
    files: Vec<PathBuf>,
    /// The names of those whose file has a mistake.
    pub broken: Vec<String>,
    /// The mistakes.
    pub problems: Vec<Problem>,
}

impl Plugins {
    /// What holds of each, for people.
    pub fn effective(&self) -> impl Iterator<Item = Effective> + '_ {
        let plugins = self.wanted.iter().zip(&self.files);
        plugins.map(|(wanted, file)| Effective {
            key: format!("plugin.{}", wanted.name),
            value: format!(
                "every {}, {}, {}: {}",
                wanted.interval,
                wanted.mode.name(),
                wanted.format.name(),
                wanted.command[0].display()
            ),
            origin: Origin::File(Arc::from(&**file)),
        })
    }
}

/// Reads the folder. One that is not there is none, unless somebody named it.
pub fn read_plugins(config: &Config) -> Result<Plugins, Problem> {
    let Some(folder) = &config.collectors_dir else {
        return Ok(Plugins::default());
    };
    let cannot = |error: std::io::Error| {
        let text = format!(
            "collectors-dir: {}: cannot be read: {error}; make the folder, or name another",
            folder.value.display()
        );
        Problem::new(&folder.origin, text)
    };
    let entries = match std::fs::read_dir(&folder.value) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound && folder.origin == Origin::Default => {
            return Ok(Plugins::default());
        }
        Err(error) => return Err(cannot(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(cannot)?.path();
        let is_hidden = path
            .file_name()
            .is_none_or(|name| name.as_encoded_bytes()[0] == b'.');
        if path.extension() == Some(OsStr::new("toml")) && !is_hidden {
            paths.push(path);
        }
    }
    paths.sort();
    let mut plugins = Plugins::default();
    let mut names: Vec<(String, PathBuf)> = Vec::new();
    for path in paths {
        let mut problems = Vec::new();
        let name = name_of(&path, &names, &mut problems);
        let wanted = match text_of(&path) {
            Ok(text) => read(&path, &text, &name, config, &mut problems),
            Err(error) => {
                let text = format!("cannot be read: {error}");
                problems.push(Problem::new(&Origin::File(Arc::from(&*path)), text));
                None
            }
        };
        names.push((name.clone(), path.clone()));
        if problems.is_empty() {
            if let Some(wanted) = wanted {
                plugins.wanted.push(wanted);
                plugins.files.push(path);
            }
        } else {
            plugins.broken.push(name);
            plugins.problems.append(&mut problems);
        }
    }
    Ok(plugins)
}

/// A file's text; a pipe is not opened, which would wait for whoever writes to it.
fn text_of(path: &Path) -> std::io::Result<String> {
    if std::fs::metadata(path)?.is_file() {
        std::fs::read_to_string(path)
    } else {
        Err(std::io::Error::other(
            "it is not a regular file; take it away, or name it otherwise",
        ))
    }
}

/// The plugin's name: the file's, without what no series' name may hold.
fn name_of(path: &Path, names: &[(String, PathBuf)], problems: &mut Vec<Problem>) -> String {
    let stem = path.file_stem().unwrap_or_default().as_encoded_bytes();
    let kept = |&byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => char::from(byte),
        _ => '_',
    };
    let name: String = stem.iter().map(kept).collect();
    let mut problem = |text: String| {
        problems.push(Problem::new(&Origin::File(Arc::from(path)), text));
    };
    if let Some((_, other)) = names.iter().find(|(known, _)| *known == name) {
        let other = other.display();
        problem(format!(
            "the plugin is called {name}, as that of {other} is; rename one of the files"
        ));
    }
    if name == SOCKET {
        problem(format!(
            "{SOCKET} is what lines of other processes are recorded under; rename the file"
        ));
    }
    if name.len() > NAME_SIZE_MAX {
        problem(format!(
            "the plugin's name is longer than {NAME_SIZE_MAX} bytes; shorten the file's name"
        ));
    }
    name
}

/// A file as far as it has been read.
struct Draft<'c> {
    folder: &'c Path,
    window: Window,
    enabled: bool,
    command: Option<Vec<OsString>>,
    mode: Mode,
    interval: Interval,
    timeout: Option<(Duration, Range<usize>)>,
    format: Format,
    user: Option<String>,
    env: Vec<(String, String)>,
    series_max: usize,
    /// What is not here: no mistake in a plugin that is switched off.
    lacks: Vec<(Range<usize>, String)>,
}

/// Reads one file; `None` where the plugin is switched off or a problem was found.
fn read(
    path: &Path,
    text: &str,
    name: &str,
    config: &Config,
    problems: &mut Vec<Problem>,
) -> Option<Wanted> {
    let mut draft = Draft {
        folder: path.parent().unwrap_or(Path::new("/")),
        window: config.window,
        enabled: true,
        command: None,
        mode: Mode::Run,
        interval: config.interval,
        timeout: None,
        format: Format::ALL[0],
        user: None,
        env: Vec::new(),
        series_max: SERIES_MAX_DEFAULT,
        lacks: Vec::new(),
    };
    let mut reading = Reading::new(path, text);
    reading.each(&mut |reading, key, value| draft.key(reading, key, value));
    for (span, text) in draft.lacks.drain(..).filter(|_| draft.enabled) {
        reading.problem(&span, text);
    }
    if draft.command.is_none() && reading.problems.is_empty() {
        reading.problem(
            &(0..0),
            "command: it is missing; expected a list such as [\"/usr/local/bin/probe\", \"-v\"]",
        );
    }
    if draft.mode == Mode::Stream
        && let Some((_, span)) = &draft.timeout
    {
        reading.problem(
            span,
            "timeout: a plugin with mode = \"stream\" runs on; take the key out",
        );
    }
    problems.append(&mut reading.problems);
    let timeout = draft.timeout.map(|(timeout, _)| timeout);
    let interval = Duration::from_nanos(draft.interval.ns());
    let wanted = Wanted {
        name: name.to_owned(),
        command: draft.command?,
        mode: draft.mode,
        interval: draft.interval,
        timeout: timeout.unwrap_or(TIMEOUT_DEFAULT.max(interval)),
        format: draft.format,
        user: draft.user,
        env: draft.env,
        series_max: draft.series_max,
    };
    draft.enabled.then_some(wanted)
}

impl Draft<'_> {
    fn key(
        &mut self,
        reading: &mut Reading<'_>,
        key: &Spanned<Key<'_>>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let (name, span) = (key.get_ref().as_ref(), value.span());
        match (name, value.get_ref()) {
            ("enabled", DeValue::Boolean(on)) => self.enabled = *on,
            ("enabled", other) => reading.wrong_type(name, "true or false", other, &span),
            ("command", DeValue::Array(items)) => self.command(reading, items, &span),
            ("command", other) => {
                let expected = "a list of texts, the program and its arguments";
                reading.wrong_type(name, expected, other, &span);
            }
            ("env", DeValue::Table(pairs)) => {
                for (variable, value) in in_order(pairs) {
                    self.variable(reading, variable, value);
                }
            }
            ("env", other) => {
                let expected = "a table such as { LANG = \"C\" }";
                reading.wrong_type(name, expected, other, &span);
            }
            ("max-series", DeValue::Integer(count)) => {
                let count = i64::from_str_radix(count.as_str(), count.radix()).ok();
                match count.filter(|count| (1..=SERIES_MAX).contains(count)) {
                    Some(count) => self.series_max = usize::try_from(count).unwrap_or(1),
                    None => reading.problem(
                        &span,
                        format!("max-series: expected a whole number from 1 to {SERIES_MAX}"),
                    ),
                }
            }
            ("max-series", other) => reading.wrong_type(name, "a whole number", other, &span),
            ("mode" | "interval" | "timeout" | "format" | "user", DeValue::String(text)) => {
                if let Err(why) = self.text(name, text, &span) {
                    reading.problem(&span, format!("{name}: {why}"));
                }
            }
            ("mode" | "interval" | "timeout" | "format" | "user", other) => {
                reading.wrong_type(name, "a text in quotes", other, &span);
            }
            _ => {
                let hint = hint(name, KEYS);
                reading.problem(&key.span(), format!("unknown key {name}{hint}"));
            }
        }
    }

    fn text(&mut self, key: &str, text: &str, span: &Range<usize>) -> Result<(), String> {
        let plain = |error: parse::ParseError| error.to_string();
        match key {
            "mode" => {
                let found = Mode::ALL.into_iter().find(|mode| mode.name() == text);
                self.mode = found.ok_or_else(|| one_of(text, &Mode::ALL.map(Mode::name)))?;
            }
            "interval" => {
                let interval = parse::interval(text).map_err(plain)?;
                if interval.ns() > self.window.ns() {
                    return Err(format!(
                        "{interval} is longer than the window of {} (ring); shorten it or lengthen the window",
                        self.window
                    ));
                }
                self.interval = interval;
            }
            "timeout" => {
                let timeout = parse::duration(text).map_err(plain)?;
                if timeout < Duration::from_millis(1) {
                    return Err(format!("{text:?}: it is too short; expected 1ms or more"));
                }
                self.timeout = Some((timeout, span.clone()));
            }
            "format" => {
                let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
                self.format = Format::from_name(text).ok_or_else(|| one_of(text, &names))?;
            }
            _ if text.is_empty() => return Err("it is empty; expected a user's name".to_owned()),
            _ => {
                let found = Identity::of_user(text).map_err(|error| error.to_string())?;
                if found.is_none() {
                    let text = format!("user: {text:?}: no such user; make it, or name another");
                    self.lacks.push((span.clone(), text));
                }
                self.user = Some(text.to_owned());
            }
        }
        Ok(())
    }

    fn command(
        &mut self,
        reading: &mut Reading<'_>,
        items: &[Spanned<DeValue<'_>>],
        span: &Range<usize>,
    ) {
        let mut command = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::String(text) if text.contains('\0') => {
                    reading.problem(&item.span(), "command: no argument may hold a zero byte");
                }
                DeValue::String(text) => command.push(OsString::from(text.as_ref())),
                other => reading.wrong_type("command", "a list of texts", other, &item.span()),
            }
        }
        let Some(program) = command.first_mut().filter(|program| !program.is_empty()) else {
            return reading.problem(span, "command: the list is empty; expected a program first");
        };
        match find_program(program, self.folder) {
            Ok(found) => *program = found.into(),
            Err(why) => {
                let text = format!("command: {}: {why}", program.display());
                self.lacks.push((items[0].span(), text));
            }
        }
        self.command = Some(command);
    }

    fn variable(
        &mut self,
        reading: &mut Reading<'_>,
        name: &Spanned<Key<'_>>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let full = format!("env.{}", name.get_ref());
        let is_name = !name.get_ref().is_empty() && !name.get_ref().contains(['=', '\0']);
        if !is_name {
            return reading.problem(&name.span(), format!("{full}: not a variable's name"));
        }
        match value.get_ref() {
            DeValue::String(text) if !text.contains('\0') => {
                let pair = (name.get_ref().to_string(), text.to_string());
                self.env.push(pair);
            }
            DeValue::String(_) => {
                reading.problem(
                    &value.span(),
                    format!("{full}: it may not hold a zero byte"),
                );
            }
            other => reading.wrong_type(&full, "a text in quotes", other, &value.span()),
        }
    }
}

/// What a word should have been one of.
fn one_of(text: &str, names: &[&str]) -> String {
    let hint = hint(text, names.iter().copied());
    format!("{text:?}: expected one of {}{hint}", names.join(", "))
}
