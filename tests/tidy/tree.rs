//! The project's files: what git would commit, or, where there is no git, what stands in the folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::rust::blanked;

/// What may stand at the top.
const TOP: [&str; 17] = [
    "Cargo.toml",
    "Cargo.lock",
    "src",
    "platform",
    "tests",
    "benches",
    "Makefile",
    "README.md",
    "docs",
    "LICENSE",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "CHANGELOG.md",
    "SECURITY.md",
    "deny.toml",
    ".ci",
    ".gitignore",
];

/// A file, its path relative to the top with `/`.
pub struct File {
    pub path: String,
    pub text: String,
}

impl File {
    pub fn is_rust(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|e| e == "rs")
    }
}

/// The top of the project.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file that is, or could be, committed; a file of bytes that are no text is read as far as it is one.
pub fn files() -> Vec<File> {
    let mut paths = listed_by_git().unwrap_or_else(|| {
        let mut paths = Vec::new();
        walk(&root(), "", &mut paths);
        paths
    });
    paths.sort();
    let read = |path: String| {
        let text = fs::read(root().join(&path)).ok()?;
        let text = String::from_utf8_lossy(&text).into_owned();
        Some(File { path, text })
    };
    paths.into_iter().filter_map(read).collect()
}

fn listed_by_git() -> Option<Vec<String>> {
    let listing = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root())
        .output()
        .ok()?;
    let text = String::from_utf8(listing.stdout).ok()?;
    let paths: Vec<String> = text.split_terminator('\0').map(str::to_owned).collect();
    (listing.status.success() && !paths.is_empty()).then_some(paths)
}

fn walk(folder: &Path, prefix: &str, paths: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if name == ".git" || name == "target" {
            continue;
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&entry.path(), &format!("{path}/"), paths);
        } else {
            paths.push(path);
        }
    }
}

/// A file under a top-level entry that the design does not list.
pub fn top_level(path: &str) -> Option<String> {
    let top = path.split('/').next().unwrap_or_default();
    (!TOP.contains(&top)).then(|| format!("{path}: {top} does not belong at the top level"))
}

/// Files that cargo compiles by themselves, so that no `mod` line leads to them.
fn is_target(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(
        parts[..],
        ["src", "lib.rs" | "main.rs"]
            | ["platform", "src", "lib.rs"]
            | ["tests" | "benches", _]
            | ["platform", "tests" | "benches" | "examples", _]
            | ["tests", _, "main.rs"]
            | ["tests", "fuzz", ..]
    )
}

/// Rust files that no `mod` line leads to.
pub fn orphans<'a>(paths: &BTreeSet<&'a str>, text: impl Fn(&str) -> &'a str) -> Vec<String> {
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<String> = paths
        .iter()
        .filter(|path| is_target(path))
        .map(|&path| path.to_owned())
        .collect();
    while let Some(path) = open.pop() {
        if paths.contains(path.as_str()) && reached.insert(path.clone()) {
            open.extend(modules(&path, text(&path)));
        }
    }
    paths
        .iter()
        .filter(|path| !reached.contains(**path))
        .map(|path| format!("{path}: no `mod` line leads to it, so nothing compiles it"))
        .collect()
}

/// The files that the `mod name;` lines of a file may lead to.
fn modules(path: &str, text: &str) -> Vec<String> {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.trim_end_matches(".rs");
    let base = if stem == "mod" || is_target(path) {
        folder.to_owned()
    } else {
        format!("{folder}/{stem}")
    };
    let code = blanked(text);
    let mut found = Vec::new();
    let mut at_path = None;
    for (line, raw) in code.lines().zip(text.lines()) {
        let (line, raw) = (line.trim(), raw.trim());
        if let Some(rest) = raw.strip_prefix("#[path = \"") {
            at_path = rest
                .split('"')
                .next()
                .map(|name| format!("{folder}/{name}"));
        }
        let declared = line.rsplit_once("mod ").filter(|(visible, _)| {
            visible.is_empty()
                || visible.starts_with("pub")
                || visible.ends_with(']')
                || visible.ends_with("] ")
        });
        if let Some(name) = declared.and_then(|(_, name)| name.strip_suffix(';')) {
            let default = [format!("{base}/{name}.rs"), format!("{base}/{name}/mod.rs")];
            match at_path.take() {
                Some(path) => found.push(path),
                None => found.extend(default),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_no_mod_line_leads_to_is_found() {
        let tree = [
            (
                "src/lib.rs",
                "pub mod ring;\n#[cfg(test)]\nmod checks;\n// mod attic;\n",
            ),
            ("src/checks.rs", ""),
            ("src/attic.rs", ""),
            (
                "src/ring/mod.rs",
                "mod layout;\n#[path = \"else/where.rs\"]\nmod place;",
            ),
            ("src/ring/layout.rs", "pub(crate) mod page;"),
            ("src/ring/layout/page.rs", ""),
            ("src/ring/else/where.rs", ""),
            ("src/ring/place.rs", ""),
            ("tests/it/main.rs", "mod story;"),
            ("tests/it/story.rs", ""),
            ("tests/it/untold.rs", ""),
        ];
        let paths = tree.iter().map(|(path, _)| *path).collect();
        let found = orphans(&paths, |path| {
            tree.iter()
                .find(|(known, _)| *known == path)
                .map_or("", |(_, text)| *text)
        });
        let orphans: Vec<&str> = found
            .iter()
            .filter_map(|line| line.split(':').next())
            .collect();
        assert_eq!(
            orphans,
            ["src/attic.rs", "src/ring/place.rs", "tests/it/untold.rs"]
        );
    }

    #[test]
    fn an_entry_that_the_design_does_not_list_is_found() {
        assert!(top_level("scripts/build").is_some());
        assert!(top_level("src/main.rs").is_none());
    }
}
