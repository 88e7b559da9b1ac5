//! The scripts around the code can be run: each is executable, names its interpreter and is well-formed to it. What they
//! do is shown by `.ci/run`, which runs them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::skip::skip;

fn scripts() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [".ci", "benches"].map(|folder| fs::read_dir(root.join(folder)).unwrap());
    folders
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && path.extension().is_none())
        .collect()
}

/// Whether the interpreter takes the script; `None` where this machine has no such interpreter.
fn is_well_formed(script: &Path, first: &str) -> Option<bool> {
    let mut check = if first.contains("python3") {
        let mut python = Command::new("python3");
        python.args(["-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())"]);
        python
    } else {
        let mut bash = Command::new("bash");
        bash.arg("-n");
        bash
    };
    let status = check.arg(script).stderr(Stdio::null()).status().ok()?;
    Some(status.success())
}

#[test]
fn every_script_is_executable_and_well_formed() {
    let scripts = scripts();
    assert!(!scripts.is_empty());
    for script in scripts {
        let mode = fs::metadata(&script).unwrap().permissions().mode();
        assert!(mode & 0o111 == 0o111, "{}: chmod +x", script.display());
        let text = fs::read_to_string(&script).unwrap();
        let first = text.lines().next().unwrap_or_default();
        assert!(
            ["#!/usr/bin/env bash", "#!/usr/bin/env python3"].contains(&first),
            "{}: names no interpreter that the project uses",
            script.display()
        );
        match is_well_formed(&script, first) {
            Some(well_formed) => assert!(well_formed, "{}: syntax error", script.display()),
            None => skip(&format!("no interpreter for {first}")),
        }
    }
}

#[test]
fn a_broken_script_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("broken");
    fs::write(&script, "if true; then\n").unwrap();
    match is_well_formed(&script, "#!/usr/bin/env bash") {
        Some(well_formed) => assert!(!well_formed),
        None => skip("no bash"),
    }
}
