//! docs/platforms.md says of every series where it comes from on Linux and on macOS, as the catalogue has it, between two
//! markers. The test makes the tables anew and compares; `GOODALL_RENEW=1` writes them. The service files stand by it.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use goodall::cli::FLAGS;
use goodall::metric::systems::{has, sources};
use goodall::metric::{COLLECTORS, Collector};
use goodall_platform::system::System;

use crate::documents::hold;
use crate::skip::skip;

const BY: &str = "platforms_doc";

fn series(collector: &Collector, field: &str) -> String {
    let instance = if collector.has_instances {
        ".INSTANCE"
    } else {
        ""
    };
    format!("`{}{instance}.{field}`", collector.name)
}

/// The series of a collector that both systems have, or one alone.
fn table(collector: &Collector) -> String {
    let known = sources(collector.name).unwrap();
    let mut text = format!("\n### {}\n\n", collector.name);
    if known.macos.is_empty() {
        let _ = writeln!(text, "Linux only: {}.", known.linux);
        return text;
    }
    text.push_str("| series | Linux | macOS | only |\n| --- | --- | --- | --- |\n");
    for field in collector.fields.iter() {
        let on_linux = has(System::Linux, collector.name, field);
        let macos = known.macos_source(field.name);
        let only = match (on_linux, macos) {
            (true, None) => "Linux",
            (false, _) => "macOS",
            _ => "",
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {only} |",
            series(collector, field.name),
            if on_linux { known.linux } else { "" },
            macos.unwrap_or_default(),
        );
    }
    text
}

#[test]
fn where_each_series_comes_from_is_the_catalogues() {
    let made: String = COLLECTORS
        .iter()
        .map(|collector| table(collector))
        .collect();
    hold(BY, "docs/platforms.md", &format!("{made}\n"));
}

#[test]
fn the_property_lists_are_well_formed_and_name_what_there_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/deploy");
    for name in ["goodall.plist", "goodall-report.plist"] {
        let script = "import plistlib, sys; print('\\n'.join(plistlib.load(open(sys.argv[1], 'rb'))['ProgramArguments']))";
        let python = Command::new("python3")
            .args(["-c", script])
            .arg(folder.join(name))
            .output();
        let Ok(output) = python else {
            skip("no python3 to read property lists with");
            return;
        };
        let arguments = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{name}");
        for flag in arguments.lines().filter(|word| word.starts_with("--")) {
            assert!(
                FLAGS.iter().any(|known| known.name == flag),
                "{name}: {flag}"
            );
        }
    }
}
