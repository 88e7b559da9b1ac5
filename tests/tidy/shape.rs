//! What one file may hold: its size, its words, its names, the places it speaks of; and the dependencies of a manifest.

use std::collections::BTreeSet;

use crate::rust::{blanked, functions, tokens};

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;
const HEADER_LINES_MAX: usize = 5;

/// Names that say nothing of what they hold.
const LEFT_OVER: [&str; 6] = ["util", "utils", "common", "manager", "misc", "helpers"];

/// `unsafe` and `target_os` where they may not stand.
pub fn system_words(path: &str, text: &str) -> Vec<String> {
    if path.starts_with("platform/") {
        return Vec::new();
    }
    let blanked = blanked(text);
    tokens(&blanked)
        .iter()
        .filter(|token| ["unsafe", "target_os"].contains(&token.text))
        .map(|token| {
            format!(
                "{path}:{}: {} belongs under platform/",
                token.line, token.text
            )
        })
        .collect()
}

/// A file that does not say what it holds, or is too long, and functions that are.
pub fn size(path: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let header = text.lines().take_while(|line| line.starts_with("//!"));
    match header.count() {
        0 => findings.push(format!("{path}: opens with no `//!` that says what it holds")),
        lines if lines > HEADER_LINES_MAX => findings.push(format!(
            "{path}: opens with {lines} lines of `//!`, of {HEADER_LINES_MAX}; the rest belongs in docs/"
        )),
        _ => {}
    }
    let lines = text.lines().count();
    if lines > FILE_LINES_MAX {
        findings.push(format!(
            "{path}: {lines} lines, of {FILE_LINES_MAX} at most"
        ));
    }
    let blanked = blanked(text);
    for (name, line, lines) in functions(&tokens(&blanked)) {
        if lines > FUNCTION_LINES_MAX {
            findings.push(format!(
                "{path}:{line}: fn {name} has {lines} lines, of {FUNCTION_LINES_MAX} at most"
            ));
        }
    }
    findings
}

/// Files, modules and types with a name that says nothing.
pub fn names(path: &str, text: &str) -> Vec<String> {
    let blanked = blanked(text);
    let tokens = tokens(&blanked);
    let declared = tokens.windows(2).filter_map(|pair| {
        let declares = ["mod", "struct", "enum", "trait", "type"].contains(&pair[0].text);
        declares.then_some(pair[1].text)
    });
    let parts = path.trim_end_matches(".rs").split('/');
    parts
        .chain(declared)
        .filter(|name| name_words(name).any(|word| LEFT_OVER.contains(&word.as_str())))
        .map(|name| format!("{path}: {name} says nothing of what it holds"))
        .collect()
}

/// The words of `FileManager`, `file_manager`, `file-manager`, in lower case.
fn name_words(name: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if letter.is_uppercase() || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if letter.is_alphanumeric() {
            words
                .last_mut()
                .expect("begins with one word")
                .extend(letter.to_lowercase());
        }
    }
    words.into_iter()
}

/// Paths of one machine and hosts of package registries: neither is the reader's. Cargo.lock is cargo's own.
pub fn places(path: &str, text: &str) -> Vec<String> {
    // in two parts each, so that this file passes its own fence
    const PLACES: [(&str, &str); 10] = [
        ("/wo", "rk/"),
        ("/root/", "."),
        (".rustup/", "toolchains"),
        ("/tmp/", "bash_jobs"),
        ("crates", ".io"),
        ("pypi", ".org"),
        ("python", "hosted.org"),
        ("deb.", "debian.org"),
        ("npmjs", ".org"),
        ("proxy.", "golang.org"),
    ];
    if path.ends_with("Cargo.lock") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for (first, second) in PLACES {
            if line.contains(&[first, second].concat()) {
                let line = number + 1;
                findings.push(format!("{path}:{line}: names {first}{second}"));
            }
        }
    }
    findings
}

/// The names under every `[dependencies]`, `[dev-dependencies]`, `[target.'...'.dependencies]` of a manifest, but for
/// packages of this workspace.
pub fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut inside = false;
    for line in manifest.lines() {
        if let Some(table) = line.strip_prefix('[') {
            inside = table.trim_end_matches(']').ends_with("dependencies");
        } else if let Some((name, value)) = line.split_once('=')
            && inside
            && !line.starts_with('#')
            && !value.contains("path =")
        {
            names.insert(name.trim().to_owned());
        }
    }
    names
}

/// Dependencies without a line in the table of docs/architecture.md, and lines without a dependency.
pub fn unaccounted(names: &BTreeSet<String>, document: &str) -> Vec<String> {
    let section = document.split("## Dependencies").nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let listed: BTreeSet<String> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .map(str::to_owned)
        .collect();
    let missing = names
        .difference(&listed)
        .map(|name| format!("docs/architecture.md: no line for the dependency {name}"));
    let stale = listed
        .difference(names)
        .map(|name| format!("docs/architecture.md: {name} is no dependency any more"));
    missing.chain(stale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_outside_platform_is_found_and_only_as_a_word_of_the_code() {
        let text = "#![forbid(unsafe_code)]\n// unsafe\nfn f() { unsafe { g() } }\n#[cfg(target_os = \"linux\")]";
        let found = system_words("src/lib.rs", text);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("src/lib.rs:3: unsafe"), "{found:?}");
        assert!(system_words("platform/src/lib.rs", text).is_empty());
    }

    #[test]
    fn a_file_and_a_function_have_their_limits() {
        let function =
            |lines: usize| format!("//! A.\nfn f() {{\n{}}}\n", "x;\n".repeat(lines - 2));
        assert!(size("a.rs", &function(70)).is_empty());
        assert!(size("a.rs", &function(71))[0].contains("fn f has 71 lines"));
        let file = |lines: usize| format!("//! A.\n{}", "x;\n".repeat(lines - 1));
        assert!(size("a.rs", &file(400)).is_empty());
        assert!(size("a.rs", &file(401))[0].contains("401 lines"));
        assert!(size("a.rs", "// A.\n")[0].contains("opens with no"));
        assert!(size("a.rs", &"//! A.\n".repeat(6))[0].contains("opens with 6 lines"));
    }

    #[test]
    fn a_name_that_says_nothing_is_found_as_a_whole_word() {
        assert_eq!(names("src/ring/utils.rs", "").len(), 1);
        assert_eq!(
            names("src/a.rs", "struct RingManager; mod common {}").len(),
            2
        );
        assert!(names("src/a.rs", "struct Commonly; // mod common {}").is_empty());
    }

    #[test]
    fn a_place_that_is_not_the_readers_is_found() {
        let line = ["see /wo", "rk/main and crates", ".io"].concat();
        assert_eq!(places("docs/a.md", &line).len(), 2);
        assert!(places("Cargo.lock", &line).is_empty());
        assert!(places("docs/a.md", "/var/lib/goodall").is_empty());
    }

    #[test]
    fn dependencies_and_their_lines_are_held_equal() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\nitoa = \"1\"\nown = { path = \"own\" }\n\
                        [target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n[profile.release]\nlto = true\n";
        let names = dependencies(manifest);
        assert_eq!(
            names.iter().map(String::as_str).collect::<Vec<_>>(),
            ["itoa", "libc"]
        );
        let table = "## Dependencies\n\n| `itoa` | numbers |\n| `old` | gone |\n\n## More\n\n| `libc` | elsewhere |\n";
        let found = unaccounted(&names, table);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].contains("no line for the dependency libc")
                && found[1].contains("old is no dependency")
        );
    }
}
