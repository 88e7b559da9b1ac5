//! `/metrics` beside Debian's prometheus-node-exporter, asked of the same machine at the same time: its series are
//! served under its names, types and helps, and on one tree given to both with its values. What is missing or
//! differs must stand in tests/oracle/node_exporter.py with a reason.

use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::client::get;
use crate::prometheus_server::whole;
use crate::prometheus_text::judged;
use crate::running::{Running, wait_for};
use crate::skip::skip;

/// The release that the comparison is made for: another has other names, helps and faults.
const RELEASE: &str = "version 1.5.0 ";

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/node_exporter.py");

/// What `promtool` says of names that node_exporter has since a later release.
const LATER: [&str; 2] = [
    "node_netstat_TcpExt_TCPOFOQueue metric names should be written in 'snake_case' not 'camelCase'",
    "node_netstat_TcpExt_TCPRcvQDrop metric names should be written in 'snake_case' not 'camelCase'",
];

/// A machine as it is, or a tree of files in its place.
struct Machine {
    proc: PathBuf,
    sys: PathBuf,
    etc: PathBuf,
    root: PathBuf,
}

impl Machine {
    fn live() -> Machine {
        Machine {
            proc: "/proc".into(),
            sys: "/sys".into(),
            etc: "/etc".into(),
            root: "/".into(),
        }
    }

    /// A copy of a tree of the parsers' tests, with the folders that node_exporter will not start without.
    fn of_tree(tree: &Path, copy: &Path) -> Machine {
        let done = Command::new("cp").arg("-RP").args([tree, copy]).status();
        assert!(done.unwrap().success());
        let proc = copy.join("proc");
        for folder in ["sys", "etc", "proc/1"] {
            fs::create_dir_all(copy.join(folder)).unwrap();
        }
        // goodall reads the network of process 1, node_exporter its own: as in a container with the host's network
        if proc.join("1/net").exists() {
            fs::remove_dir_all(proc.join("net")).unwrap();
            symlink("1/net", proc.join("net")).unwrap();
        }
        let root = copy.join("root");
        Machine {
            proc,
            sys: copy.join("sys"),
            etc: copy.join("etc"),
            root: if root.exists() { root } else { copy.into() },
        }
    }

    fn goodall(&self) -> Running {
        Running::goodall(&[
            ("HOST_PROC", self.proc.clone()),
            ("HOST_SYS", self.sys.clone()),
            ("HOST_ETC", self.etc.clone()),
            ("HOST_ROOT", self.root.clone()),
        ])
    }

    fn node_exporter(&self, flags: &[&str]) -> Running {
        let flag = |name: &str, path: &Path| format!("--path.{name}={}", path.display());
        let node_exporter = |address: SocketAddr, _: &Path| {
            let mut command = Command::new("prometheus-node-exporter");
            command
                .arg(flag("procfs", &self.proc))
                .arg(flag("sysfs", &self.sys))
                .arg(flag("rootfs", &self.root))
                .arg(flag("udev.data", &self.root.join("run/udev/data")))
                .arg(format!("--web.listen-address={address}"))
                .args(flags);
            command
        };
        Running::start(node_exporter).expect("it was asked for its version")
    }
}

/// Whether both can be compared here.
fn is_here() -> bool {
    let version = judged("prometheus-node-exporter", &["--version"], "");
    let reason = match (version, judged("python3", &["--version"], "")) {
        (None, _) => "no prometheus-node-exporter".to_owned(),
        (_, None) => "no python3".to_owned(),
        (Some((_, said)), _) if !said.contains(RELEASE) => {
            format!("another prometheus-node-exporter than of {RELEASE}")
        }
        _ => return true,
    };
    skip(&reason);
    false
}

/// The script's exit code for two texts, and what it says.
fn judgement(theirs: &str, ours: &str, flags: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["theirs", "ours"].map(|name| folder.path().join(name));
    fs::write(&paths[0], theirs).unwrap();
    fs::write(&paths[1], ours).unwrap();
    let output = Command::new("python3")
        .arg(SCRIPT)
        .args(&paths)
        .args(flags)
        .output()
        .unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code(), said)
}

/// What the script says of both once it is content.
fn compared(theirs: &Running, ours: &Running, flags: &[&str]) -> String {
    wait_for(|| {
        let metrics = |running: &Running| get(running.address, "/metrics").body;
        match judgement(&metrics(theirs), &metrics(ours), flags) {
            (Some(0), said) => Ok(said),
            (_, said) => Err(said),
        }
    })
}

#[test]
fn the_comparison_sees_what_differs() {
    if judged("python3", &["--version"], "").is_none() {
        return skip("no python3");
    }
    let text = "# HELP node_forks_total Total number of forks.\n# TYPE node_forks_total counter\n\
                node_forks_total 3000000001\n# TYPE node_intr_total counter\nnode_intr_total{a=\"1\",b=\"2\"} 3\n";
    for (ours, code) in [
        (text.to_owned(), 0),
        (text.replace("a=\"1\",b=\"2\"", "b=\"2\",a=\"1\""), 0),
        (text.replace("3000000001", "3000000002"), 1),
        (text.replace("b=\"2\"", "b=\"3\""), 1),
        (text.replace("b=\"2\"", "b=\"2\",c=\"\""), 1),
        (text.replace("forks_total counter", "forks_total gauge"), 1),
        (text.replace("forks.", "spoons."), 1),
        (text.replace("forks_total 3", "forks_total"), 2),
        (format!("{text}node_forks_total 1\n"), 2),
        (String::new(), 2),
    ] {
        let (found, said) = judgement(text, &ours, &["--values", "--expect", "1"]);
        assert_eq!(found, Some(code), "{ours}{said}");
    }
}

#[test]
fn every_series_of_node_exporter_is_served() {
    if !is_here() {
        return;
    }
    let machine = Machine::live();
    let ours = machine.goodall();
    let theirs = machine.node_exporter(&[]);
    // mounts and interfaces that come and go between the two answers are no finding: it is asked again
    let said = compared(&theirs, &ours, &["--expect", "1"]);
    // past the test runner's capture: the share is what one wants to know
    let _ = write!(io::stderr(), "/metrics beside node_exporter's: {said}");
}

#[test]
fn one_tree_gives_both_the_same_values() {
    if !is_here() {
        return;
    }
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("platform/testdata");
    let trees = ["captured", "constructed"].map(|kind| fs::read_dir(testdata.join(kind)).unwrap());
    let trees = trees.into_iter().flatten().map(|tree| tree.unwrap().path());
    let mut trees: Vec<_> = trees.filter(|tree| tree.join("proc").exists()).collect();
    trees.sort();
    assert!(!trees.is_empty());
    for tree in trees {
        let folder = tempfile::tempdir().unwrap();
        let machine = Machine::of_tree(&tree, &folder.path().join("tree"));
        let ours = machine.goodall();
        // the numbers of net/dev, not those of the live interfaces by netlink
        let theirs = machine.node_exporter(&["--no-collector.netdev.netlink"]);
        println!("{}:", tree.file_name().unwrap().display());
        print!(
            "{}",
            compared(&theirs, &ours, &["--values", "--expect", "1"])
        );
    }
}

#[test]
fn promtool_says_nothing_of_metrics_that_it_does_not_say_of_node_exporters() {
    if !is_here() {
        return;
    }
    let machine = Machine::live();
    let (ours, theirs) = (machine.goodall(), machine.node_exporter(&[]));
    let lints = |text: &str| {
        let (_, said) = judged("promtool", &["check", "metrics"], text)?;
        Some(said.lines().map(str::to_owned).collect::<Vec<_>>())
    };
    let of_ours = lints(&whole(ours.address, "text/plain").body);
    let of_theirs = lints(&get(theirs.address, "/metrics").body);
    let (Some(of_ours), Some(of_theirs)) = (of_ours, of_theirs) else {
        return skip("no promtool");
    };
    assert!(!of_theirs.is_empty());
    let new = |lint: &&String| !of_theirs.contains(lint) && !LATER.contains(&lint.as_str());
    let new: Vec<_> = of_ours.iter().filter(new).collect();
    assert!(new.is_empty(), "{new:#?}");
}
