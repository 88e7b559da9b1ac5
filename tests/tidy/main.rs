//! The fences of the project as tests (design, section 2): where `unsafe` and `target_os` may stand, which module may
//! import which, what a file looks like. Each judgement is a function over a text, shown to fail beside it.

mod floors;
mod rust;
mod shape;
mod tree;

use std::collections::BTreeSet;
use std::fmt::Write;

use tree::{File, files, root};

/// Fails with every finding, a line each.
fn hold(findings: &[String]) {
    let mut message = String::new();
    for finding in findings {
        let _ = writeln!(message, "  {finding}");
    }
    assert!(findings.is_empty(), "the fences do not hold:\n{message}");
}

/// What `judge` says of every Rust file.
fn each_rust_file(judge: impl Fn(&File) -> Vec<String>) -> Vec<String> {
    let files = files();
    let rust: Vec<&File> = files.iter().filter(|file| file.is_rust()).collect();
    assert!(rust.len() > 10, "the walk found {} Rust files", rust.len());
    rust.into_iter().flat_map(judge).collect()
}

#[test]
fn unsafe_and_target_os_stand_under_platform_only() {
    hold(&each_rust_file(|file| {
        shape::system_words(&file.path, &file.text)
    }));
}

#[test]
fn a_module_imports_from_lower_floors_only() {
    hold(&each_rust_file(|file| {
        floors::imports(&file.path, &file.text)
    }));
}

#[test]
fn every_file_says_what_it_holds_and_stays_small() {
    hold(&each_rust_file(|file| shape::size(&file.path, &file.text)));
}

#[test]
fn nothing_is_named_for_being_left_over() {
    hold(&each_rust_file(|file| shape::names(&file.path, &file.text)));
}

#[test]
fn no_file_is_an_orphan() {
    let files = files();
    let paths: BTreeSet<&str> = files
        .iter()
        .filter(|file| file.is_rust())
        .map(|file| file.path.as_str())
        .collect();
    hold(&tree::orphans(&paths, |path| {
        let file = files.iter().find(|file| file.path == path);
        file.map_or("", |file| file.text.as_str())
    }));
}

#[test]
fn the_top_level_holds_what_the_design_lists() {
    hold(
        &files()
            .iter()
            .filter_map(|file| tree::top_level(&file.path))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn no_file_names_a_machine_or_a_registry() {
    hold(
        &files()
            .iter()
            .flat_map(|file| shape::places(&file.path, &file.text))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn every_dependency_is_accounted_for() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let manifests = [read("Cargo.toml"), read("platform/Cargo.toml")];
    let names: BTreeSet<String> = manifests
        .iter()
        .flat_map(|text| shape::dependencies(text))
        .collect();
    assert!(names.len() > 5, "the manifests name {names:?}");
    hold(&shape::unaccounted(&names, &read("docs/architecture.md")));
}
