//! Which module of the root package stands on which floor, and what each file imports. Paths are looked at wherever they
//! stand (`use crate::ring::Reader;` and `crate::ring::Reader` in a body), `super::` included.

use crate::rust::{Token, blanked, tokens};

/// The floors of `src/`, from the ground up; `platform/` below them is a package of its own.
const FLOORS: [(&str, u8); 19] = [
    ("backoff", 1),
    ("client", 1),
    ("log", 1),
    ("quantity", 1),
    ("metric", 1),
    ("anew", 2),
    ("ring", 2),
    ("gather", 3),
    ("query", 3),
    ("format", 4),
    ("report", 5),
    ("ship", 5),
    ("mirror", 5),
    ("terminal", 6),
    ("config", 6),
    ("command", 6),
    ("cli", 6),
    ("daemon", 6),
    ("main", 6),
];

/// Macros of `src/log.rs`: exported, they stand at the root.
const MACROS: [&str; 4] = ["error", "warning", "info", "debug"];

/// Sinks may not know sources though these stand lower. A mirror, which is both, knows neither.
const SOURCES: [&str; 1] = ["gather"];
const SINKS: [&str; 5] = ["query", "format", "report", "ship", "mirror"];

fn floor(module: &str) -> Option<u8> {
    let found = FLOORS.iter().find(|(name, _)| *name == module);
    found.map(|(_, floor)| *floor)
}

/// Whether a file of module `from` may import from module `to`.
fn may_import(from: &str, to: &str) -> bool {
    let (Some(own), Some(other)) = (floor(from), floor(to)) else {
        return false;
    };
    if SINKS.contains(&from) && SOURCES.contains(&to) {
        return false;
    }
    // the ground floor has two rooms, one door; the top floor is one room
    let beside = (from, to) == ("metric", "quantity") || own == 6;
    from == to || other < own || (beside && other == own)
}

/// Every import of the file that goes up, or sideways.
pub fn imports(path: &str, text: &str) -> Vec<String> {
    let Some(place) = path.strip_prefix("src/") else {
        return Vec::new();
    };
    let place = place.strip_suffix(".rs").unwrap_or(place);
    let mut module: Vec<&str> = place.split('/').collect();
    if module.last() == Some(&"mod") {
        module.pop();
    }
    if module == ["lib"] {
        return Vec::new(); // names the modules, imports none
    }
    let from = module[0];
    if floor(from).is_none() {
        return vec![format!(
            "{path}: {from} stands on no floor; give it one in tests/tidy/floors.rs and in the design"
        )];
    }
    let blanked = blanked(text);
    let mut findings: Vec<String> = crate_modules(&tokens(&blanked), &module)
        .into_iter()
        .filter(|(to, _)| !may_import(from, to))
        .map(|(to, line)| format!("{path}:{line}: {from} may not import {to}"))
        .collect();
    findings.dedup();
    findings
}

/// The top modules that paths in the file lead to, with their lines. `module` is the file's own path.
fn crate_modules<'a>(tokens: &[Token<'a>], module: &[&'a str]) -> Vec<(&'a str, usize)> {
    let mut found = Vec::new();
    let mut depth = 0;
    let mut inline: Vec<(&str, u32)> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.text {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                inline.retain(|(_, opened)| *opened < depth + 1);
            }
            "mod" if is_word_then(&tokens[at + 1..], "{") => {
                inline.push((tokens[at + 1].text, depth + 1));
            }
            "crate" if next_is(tokens, at, "::") && !previous_is(tokens, at, "$") => {
                heads(&tokens[at + 2..], &mut found);
            }
            "super" if next_is(tokens, at, "::") && !previous_is(tokens, at, "::") => {
                let supers = tokens[at..]
                    .chunks(2)
                    .take_while(|pair| pair[0].text == "super" && pair.len() == 2)
                    .count();
                if supers >= module.len() + inline.len() {
                    heads(&tokens[at + 2 * supers..], &mut found);
                }
            }
            _ => {}
        }
    }
    found
}

fn is_word_then(tokens: &[Token], mark: &str) -> bool {
    matches!(tokens, [_, second, ..] if second.text == mark)
}

fn next_is(tokens: &[Token], at: usize, text: &str) -> bool {
    tokens.get(at + 1).is_some_and(|token| token.text == text)
}

fn previous_is(tokens: &[Token], at: usize, text: &str) -> bool {
    at > 0 && tokens[at - 1].text == text
}

/// The first segments of what follows `crate::`: one word, or one for each entry of a braced list. Items of the root
/// itself (`crate::Thing`) are none of the floors', nor are macros, so only other lower-case words count.
fn heads<'a>(tokens: &[Token<'a>], found: &mut Vec<(&'a str, usize)>) {
    let mut push = |token: &Token<'a>| {
        let is_module = token.text.starts_with(|c: char| c.is_ascii_lowercase());
        if is_module && !MACROS.contains(&token.text) {
            found.push((token.text, token.line));
        }
    };
    let Some(first) = tokens.first() else { return };
    if first.text != "{" {
        push(first);
        return;
    }
    let (mut depth, mut fresh) = (0, true);
    for token in tokens {
        match token.text {
            "{" => depth += 1,
            "}" if depth == 1 => return,
            "}" => depth -= 1,
            "," if depth == 1 => fresh = true,
            _ if fresh && depth == 1 => {
                push(token);
                fresh = false;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_from_above_is_found_however_it_is_written() {
        for text in [
            "use crate::report::Door;",
            "use crate::{metric, report::{Door, Limits}};",
            "fn f() { crate::report::door() }",
            "use super::super::report::Door;",
            "mod inner { use super::super::super::report::Door; }",
        ] {
            let found = imports("src/ring/reader.rs", text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found[0].contains("ring may not import report"), "{found:?}");
        }
    }

    #[test]
    fn imports_from_below_and_from_the_module_itself_are_fine() {
        let text = "use crate::{metric::{Unit, ring as _}, quantity}; use crate::ring::layout; use super::Plan;
                    // use crate::report::Door;
                    mod tests { use super::super::layout; const A: &str = \"crate::report\"; }";
        assert_eq!(imports("src/ring/reader.rs", text), Vec::<String>::new());
    }

    #[test]
    fn super_in_a_top_file_leads_to_the_root() {
        let found = imports("src/ring/mod.rs", "use super::report::Door;");
        assert_eq!(found.len(), 1, "{found:?}");
        let inside = "mod tests { use super::*; use super::reader; }";
        assert_eq!(imports("src/ring/mod.rs", inside), Vec::<String>::new());
    }

    #[test]
    fn sources_and_sinks_do_not_know_each_other() {
        for (path, text) in [
            ("src/report/routes.rs", "use crate::gather::Clock;"),
            ("src/format/csv.rs", "use crate::gather::Clock;"),
            ("src/query/mod.rs", "use crate::gather::Clock;"),
            ("src/gather/mod.rs", "use crate::query::Index;"),
            ("src/report/mod.rs", "use crate::ship::Cursor;"),
            ("src/quantity/mod.rs", "use crate::metric::Unit;"),
            ("src/report/mod.rs", "use crate::config::Config;"),
        ] {
            assert_eq!(imports(path, text).len(), 1, "{path}: {text}");
        }
        assert!(imports("src/daemon.rs", "use crate::config::Config;").is_empty());
    }

    #[test]
    fn a_module_without_a_floor_is_found() {
        assert!(imports("src/attic/mod.rs", "")[0].contains("stands on no floor"));
    }
}
