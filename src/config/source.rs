//! The sources besides the command line: the environment's variables, the file, the token's file.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::layer::Layer;
use super::origin::{Origin, Problem};
use super::{Flags, Surroundings, file};
use crate::report::http::guard::Token;

/// The ring file alone, for commands that only read one: what is wrong elsewhere in the file is no concern
/// of theirs.
pub fn ring_file(flags: &Flags, around: &Surroundings<'_>) -> Result<PathBuf, Problem> {
    let mut problems = Vec::new();
    let layer = flags
        .layer
        .clone()
        .over(environment(around, &mut Vec::new()));
    if let Some(given) = layer.ring_file {
        return Ok(given.value);
    }
    if let Some((path, text)) = read_file(flags, around)? {
        let layer = file::parse(&path, &text, &mut problems);
        if let Some(given) = layer.ring_file {
            return Ok(given.value);
        }
        if let Some(problem) = problems.into_iter().next() {
            return Err(problem);
        }
    }
    around.ring_file().ok_or_else(homeless)
}

/// The bearer token in `path`.
pub fn read_token(path: &Path) -> Result<Token, Problem> {
    Token::read(path)
        .map_err(|error| Problem::new(&Origin::File(Arc::from(path)), error.to_string()))
}

pub(super) fn homeless() -> Problem {
    Problem::new(
        &Origin::Default,
        "no place for the ring file: neither STATE_DIRECTORY, XDG_STATE_HOME nor HOME is set; give --ring-file",
    )
}

/// The file's path and text; `None` where none was named and none stands in the usual place.
pub(super) fn read_file(
    flags: &Flags,
    around: &Surroundings<'_>,
) -> Result<Option<(PathBuf, String)>, Problem> {
    let (path, named) = match (&flags.config, around.config_file()) {
        (Some(path), _) => (path.clone(), true),
        (None, Some(path)) => (path, false),
        (None, None) => return Ok(None),
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if error.kind() == ErrorKind::NotFound && !named => Ok(None),
        Err(error) => {
            let origin = Origin::File(Arc::from(path));
            let text = format!("the configuration cannot be read: {error}");
            Err(Problem::new(&origin, text))
        }
    }
}

/// Goodall's variables.
pub(super) fn environment(around: &Surroundings<'_>, problems: &mut Vec<Problem>) -> Layer {
    let mut layer = Layer::default();
    for (variable, key, unit) in [
        ("GOODALL_PORT", "listen", ""),
        ("GOODALL_COLLECTION_MS", "interval", "ms"),
        ("GOODALL_RETENTION_MIN", "ring", "m"),
        ("GOODALL_DB_PATH", "ring-file", ""),
    ] {
        let Some(mut text) = around.set(variable) else {
            continue;
        };
        let origin = Origin::Variable(variable);
        let number = text.to_str().is_some_and(|text| {
            let text = text.trim();
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
        });
        if key != "ring-file" && !number {
            let text = format!("{}: expected a whole number", text.display());
            problems.push(Problem::new(&origin, text));
            continue;
        }
        if key != "ring-file" {
            text = text.to_string_lossy().trim().into();
            text.push(unit);
        }
        if let Err(why) = layer.put(key, &text, origin.clone()) {
            problems.push(Problem::new(&origin, why));
        }
    }
    layer
}
