//! Where files stand, and files that are not there.

use std::path::PathBuf;

use super::super::*;
use super::{ALL, config};

#[test]
fn a_named_file_must_be_there_and_the_usual_one_need_not() {
    let home = tempfile::tempdir().unwrap();
    let lookup = |name: &str| (name == "HOME").then(|| home.path().as_os_str().to_owned());
    let around = Surroundings {
        variable: &lookup,
        is_root: false,
    };
    let mut flags = Flags::default();
    let settled = settle(&flags, &around, &ALL).unwrap();
    assert_eq!(settled.file, None);
    let plugins = settled.config.collectors_dir.unwrap();
    assert!(plugins.value.ends_with("goodall/conf.d"));
    assert_eq!(plugins.origin, Origin::Default);

    let missing = home.path().join("missing.toml");
    flags.config = Some(missing.clone());
    let problems = settle(&flags, &around, &ALL).err().unwrap();
    assert_eq!(
        problems[0].to_string(),
        format!(
            "{}: the configuration cannot be read: No such file or directory (os error 2)",
            missing.display()
        )
    );
    assert_eq!(problems[0].origin.exit_code(), EXIT_CONFIG);
    assert_eq!(ring_file(&flags, &around).unwrap_err(), problems[0]);
}

#[test]
fn without_a_home_the_ring_file_must_be_named() {
    let around = Surroundings {
        variable: &|_| None,
        is_root: false,
    };
    let problems = settle(&Flags::default(), &around, &ALL).err().unwrap();
    assert_eq!(problems.len(), 1);
    assert_eq!(
        problems[0].to_string(),
        "no place for the ring file: neither STATE_DIRECTORY, XDG_STATE_HOME nor HOME is set; give --ring-file"
    );
    assert_eq!(problems[0].origin.exit_code(), EXIT_USAGE);
}

#[test]
fn a_reader_of_the_ring_file_is_not_stopped_by_problems_elsewhere_in_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("goodall.toml");
    let around = Surroundings {
        variable: &|_| None,
        is_root: true,
    };
    let flags = Flags {
        config: Some(path.clone()),
        layer: Layer::default(),
    };
    std::fs::write(&path, "ring = \"4x\"\nring-file = \"a.ring\"").unwrap();
    assert_eq!(ring_file(&flags, &around), Ok(folder.path().join("a.ring")));
    std::fs::write(&path, "").unwrap();
    let usual = PathBuf::from("/var/lib/goodall/goodall.ring");
    assert_eq!(ring_file(&flags, &around), Ok(usual));
    std::fs::write(&path, "\nring-file = 3").unwrap();
    assert_eq!(
        ring_file(&flags, &around).unwrap_err().to_string(),
        format!(
            "{}:2: ring-file: expected a text in quotes, found an integer",
            path.display()
        )
    );
}

#[test]
fn only_the_folder_of_the_default_ring_file_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let (_, mut config) = config(&[], &[], "");
    config.ring_file = folder.path().join("deep/er/goodall.ring");
    config.ring_folder_is_ours = false;
    config.make_ring_folder().unwrap();
    assert!(!folder.path().join("deep").exists());
    config.ring_folder_is_ours = true;
    config.make_ring_folder().unwrap();
    assert!(folder.path().join("deep/er").is_dir());
}

#[test]
fn a_token_of_no_use_is_named_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    for (content, why) in [
        (None, "the token cannot be read: "),
        (
            Some("short"),
            "expected a token of 16 to 4096 visible ASCII",
        ),
    ] {
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        let problem = read_token(&path).err().unwrap().to_string();
        let expected = format!("{}: {why}", path.display());
        assert!(problem.starts_with(&expected), "{problem}");
    }
}
