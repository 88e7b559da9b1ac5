//! Which series a question means: names, aliases and globs. `*` crosses dots; without a wildcard a pattern
//! is an exact name. No name has a comma, so a pattern may hold several with commas between.

use goodall_platform::glob;

use super::index::{Index, Pick};

/// A pattern, looked at once.
enum Pattern<'a> {
    Everything,
    Exact(&'a str),
    Glob { prefix: &'a str, text: &'a str },
}

impl<'a> Pattern<'a> {
    fn of(text: &'a str) -> Pattern<'a> {
        match text.find(['*', '?']) {
            None => Pattern::Exact(text),
            Some(0) if text.bytes().all(|byte| byte == b'*') => Pattern::Everything,
            Some(wildcard) => Pattern::Glob {
                prefix: &text[..wildcard],
                text,
            },
        }
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Pattern::Everything => true,
            Pattern::Exact(text) => *text == name,
            Pattern::Glob { prefix, text } => {
                name.starts_with(prefix) && glob::matches(text.as_bytes(), name.as_bytes())
            }
        }
    }

    /// `*` alone means every series, once: the aliases would say the same again.
    fn matches_alias(&self, alias: &str) -> bool {
        !matches!(self, Pattern::Everything) && self.matches(alias)
    }
}

/// The single patterns of a list.
fn split<T: AsRef<str>>(patterns: &[T]) -> impl Iterator<Item = &str> {
    patterns
        .iter()
        .flat_map(|pattern| pattern.as_ref().split(','))
        .map(str::trim)
        .filter(|pattern| !pattern.is_empty())
}

/// Whether a list of patterns asks for everything: it is empty, or `*` is in it.
pub fn is_everything<T: AsRef<str>>(patterns: &[T]) -> bool {
    let mut patterns = split(patterns).peekable();
    patterns.peek().is_none()
        || patterns.any(|pattern| matches!(Pattern::of(pattern), Pattern::Everything))
}

impl Index {
    /// The series that any of the patterns matches, each once, in the directory's order, and behind each its
    /// alias where that was matched. No pattern is every series.
    pub fn select<T: AsRef<str>>(&self, patterns: &[T]) -> Vec<Pick> {
        let patterns: Vec<Pattern> = split(patterns).map(Pattern::of).collect();
        let everything = patterns.is_empty();
        let aliases: Vec<Pick> = self
            .aliases()
            .iter()
            .copied()
            .filter(|pick| {
                let alias = pick.alias.unwrap_or_default();
                patterns.iter().any(|pattern| pattern.matches_alias(alias))
            })
            .collect();
        let is_picked = |series: &u32| {
            let name = self.name(*series);
            everything || patterns.iter().any(|pattern| pattern.matches(name))
        };
        // a vector that grew by doubling would leave as much behind, for each of the answers at once
        let count = (0..self.len()).filter(is_picked).count();
        let mut picks = Vec::with_capacity(count + aliases.len());
        for series in 0..self.len() {
            if is_picked(&series) {
                picks.push(Pick {
                    series,
                    alias: None,
                });
            }
            picks.extend(aliases.iter().filter(|pick| pick.series == series));
        }
        picks
    }

    /// The first pattern that matches neither a series nor an alias.
    pub fn unmatched<'p, T: AsRef<str>>(&self, patterns: &'p [T]) -> Option<&'p str> {
        split(patterns).find(|text| {
            let pattern = Pattern::of(text);
            let mut names = (0..self.len()).map(|series| self.name(series));
            let mut aliases = self.aliases().iter().filter_map(|pick| pick.alias);
            // everything may well be nothing: a ring without a row yet
            !matches!(pattern, Pattern::Everything)
                && !names.any(|name| pattern.matches(name))
                && !aliases.any(|alias| pattern.matches_alias(alias))
        })
    }
}
