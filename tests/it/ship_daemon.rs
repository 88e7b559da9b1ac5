//! The shipper as a part of the daemon: started with it, started again when it is killed, started anew or
//! ended by HUP, ended with it; and how it shows in `/health` and `/metrics`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::client::get;
use crate::running::{Running, wait_for};
use crate::ship_kit::{Shipped, Shipper};

const DESTINATION: &str = "[[ship]]\nname = \"archive\"\nkind = \"file\"\npath = \"out.csv\"\n";

/// A daemon with a destination; its configuration's path.
fn daemon(folder: &Path) -> (Running, PathBuf) {
    let config = folder.join("goodall.toml");
    (start(folder, &config), config)
}

/// A daemon whose folder is `folder`, with a destination in the file that `named` names from there.
fn start(folder: &Path, named: &Path) -> Running {
    fs::write(folder.join(named), DESTINATION).unwrap();
    let running = Running::start(|address, _| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goodall"));
        command
            .env_clear()
            .current_dir(folder)
            .args([
                "--ring",
                "1m",
                "--interval",
                "500ms",
                "--collectors",
                "load,self",
            ])
            .arg("--ring-file")
            .arg(folder.join("ring"))
            .arg("--config")
            .arg(named)
            .args(["--listen", &address.to_string()]);
        command
    });
    running.unwrap()
}

#[test]
fn it_is_shown_and_started_again_when_it_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let (daemon, _) = daemon(folder.path());
    let shown = |field: &str| {
        let health = get(daemon.address, "/health").json();
        health["ship"][0][field].clone()
    };
    wait_for(|| match shown("shipped").as_u64() {
        Some(1..) => Ok(()),
        _ => Err(daemon.said()),
    });
    assert_eq!(shown("name"), "archive");
    assert_eq!(shown("kind"), "file");
    assert_eq!(shown("state"), "ok");
    let metrics = get(daemon.address, "/metrics").body;
    let up = "goodall_ship_up{destination=\"archive\",kind=\"file\"} 1\n";
    assert!(metrics.contains(up), "{metrics}");
    let cost = "/latest?match=self.ship.resident&format=csv";
    wait_for(|| match get(daemon.address, cost).body {
        body if body.contains("self.ship.resident,") => Ok(()),
        body => Err(body),
    });

    let first = daemon.child("ship").unwrap();
    let killed = Command::new("kill")
        .args(["-9", &first.to_string()])
        .status();
    assert!(killed.unwrap().success());
    wait_for(|| match daemon.child("ship") {
        Ok(pid) if pid != first => Ok(()),
        other => Err(format!("{other:?}")),
    });
    let said = daemon.said();
    assert!(said.contains("the shipper ended (signal: 9"), "{said}");
}

#[test]
fn hup_starts_it_anew_leaves_it_alone_or_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let (daemon, config) = daemon(folder.path());
    fs::write(&config, DESTINATION.replace("out.csv", "other.csv")).unwrap();
    daemon.hang_up();
    wait_for(|| match fs::metadata(folder.path().join("other.csv")) {
        Ok(metadata) if metadata.len() > 0 => Ok(()),
        _ => Err(daemon.said()),
    });
    fs::write(&config, DESTINATION.replace("file", "fil")).unwrap();
    daemon.hang_up();
    wait_for(|| match daemon.said() {
        said if said.contains("unknown kind fil; did you mean file?") => Ok(()),
        said => Err(said),
    });
    daemon.child("ship").expect("what is wrong changes nothing");

    fs::write(&config, "").unwrap();
    daemon.hang_up();
    wait_for(|| match daemon.child("ship") {
        Ok(pid) => Err(format!("{pid} is at work: {}", daemon.said())),
        Err(_) => Ok(()),
    });
    wait_for(
        || match get(daemon.address, "/health").json()["ship"].as_array() {
            Some(none) if none.is_empty() => Ok(()),
            other => Err(format!("{other:?}")),
        },
    );
}

#[test]
fn a_path_is_meant_from_the_files_folder_however_that_was_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("etc")).unwrap();
    let daemon = start(folder.path(), Path::new("etc/goodall.toml"));
    wait_for(|| match fs::metadata(folder.path().join("etc/out.csv")) {
        Ok(metadata) if metadata.len() > 0 => Ok(()),
        _ => Err(daemon.said()),
    });
}

#[test]
fn alone_it_reads_its_configuration_again_on_hup() {
    let shipped = Shipped::new(20);
    shipped.configure(DESTINATION);
    let mut running = shipped.start();
    let lines = |name: &str| {
        let text = fs::read_to_string(shipped.folder.path().join(name));
        text.unwrap_or_default().lines().count()
    };
    let wait_for_lines = |running: &Shipper, name, count| {
        wait_for(|| match lines(name) {
            found if found == count => Ok(()),
            found => Err(format!("{found}: {}", running.said())),
        });
    };
    let hang_up = |running: &Shipper, says: &str| {
        let pid = running.child.id().to_string();
        let told = Command::new("kill").args(["-HUP", &pid]).status();
        assert!(told.unwrap().success());
        wait_for(|| match running.said() {
            said if said.contains(says) => Ok(()),
            said => Err(said),
        });
    };
    wait_for_lines(&running, "out.csv", 1 + shipped.samples().len());
    for (config, says) in [
        (
            DESTINATION.replace("\"file\"", "\"fil\""),
            "unknown kind fil; did you mean file?",
        ),
        (
            String::new(),
            "no destination is configured; add a [[ship]] table to the configuration",
        ),
    ] {
        shipped.configure(&config);
        hang_up(&running, says);
        assert!(
            running
                .said()
                .contains("; the running configuration stays in force")
        );
    }
    shipped.record(20, 5);
    wait_for_lines(&running, "out.csv", 1 + shipped.samples().len());
    let other = DESTINATION.replace("archive", "b").replace("out", "other");
    shipped.configure(&format!("{DESTINATION}{other}"));
    hang_up(&running, "the configuration is read again");
    wait_for_lines(&running, "other.csv", 1 + shipped.samples().len());
    // what was sent before is not sent again, and the process is the same
    wait_for_lines(&running, "out.csv", 1 + shipped.samples().len());
    assert!(running.child.try_wait().unwrap().is_none());
    shipped.configure(DESTINATION);
    hang_up(&running, "shipping");
    wait_for(|| match shipped.status("b").kind.as_str() {
        "" => Ok(()),
        _ => Err(running.said()),
    });
}
