//! What goodall's children count of their own work, as the gatherer records it: answers of the reporter, and how
//! shipping stands. They are killed, started anew with other destinations, and made to count nonsense.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use goodall::metric::MISSING;

use crate::client::get;
use crate::running::{Running, wait_for};
use crate::ship_kit::samples;

/// A daemon with what it records.
struct Recording {
    folder: tempfile::TempDir,
    daemon: Running,
}

impl Recording {
    /// With these destinations: names, and what of all is sent there.
    fn start(destinations: &[(&str, &str)]) -> Recording {
        let folder = tempfile::tempdir().unwrap();
        configure(folder.path(), destinations);
        let daemon = Running::start(|address, _| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_goodall"));
            command
                .env_clear()
                .current_dir(folder.path())
                .args(["--ring", "5m", "--interval", "100ms"])
                .args(["--collectors", "load,self", "--ring-file", "ring"])
                .args(["--config", "goodall.toml"])
                .args(["--listen", &address.to_string()]);
            command
        });
        let recording = Recording {
            folder,
            daemon: daemon.unwrap(),
        };
        // it listens before it has a ring
        wait_for(|| {
            let is_there = recording.ring().exists();
            is_there
                .then_some(())
                .ok_or_else(|| recording.daemon.said())
        });
        recording
    }

    fn ring(&self) -> PathBuf {
        self.folder.path().join("ring")
    }

    /// The values of a series, in order.
    fn values(&self, series: &str) -> Vec<f64> {
        samples(&self.ring(), &[series]).into_values().collect()
    }

    /// Waits until the newest value of a series is one that will do.
    fn until(&self, series: &str, will_do: impl Fn(f64) -> bool) -> f64 {
        wait_for(|| match self.values(series).last() {
            Some(&value) if will_do(value) => Ok(value),
            other => Err(format!("{series}: {other:?}; {}", self.daemon.said())),
        })
    }

    /// `kill -9`; waits for the next of its kind.
    fn kill(&self, verb: &str) {
        let first = self.daemon.child(verb).unwrap();
        let pid = first.to_string();
        let killed = Command::new("kill").args(["-9", &pid]).status();
        assert!(killed.unwrap().success());
        wait_for(|| match self.daemon.child(verb) {
            Ok(pid) if pid != first => Ok(()),
            other => Err(format!("{other:?}")),
        });
    }

    /// What of `self` is a series, by its instance.
    fn fields(&self, instance: &str) -> Vec<String> {
        let all = get(self.daemon.address, "/series").json();
        let of_it = all
            .as_array()
            .unwrap()
            .iter()
            .filter(|series| series["collector"] == "self" && series["instance"] == instance);
        of_it
            .map(|series| series["field"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn configure(folder: &Path, destinations: &[(&str, &str)]) {
    let table = |(name, pattern): &(&str, &str)| {
        format!(
            "[[ship]]\nname = \"{name}\"\nkind = \"file\"\npath = \"{name}.csv\"\nmatch = \"{pattern}\"\n"
        )
    };
    let tables: String = destinations.iter().map(table).collect();
    fs::write(folder.join("goodall.toml"), tables).unwrap();
}

fn never_goes_back(values: &[f64]) -> bool {
    values.is_sorted()
}

#[test]
fn what_was_answered_is_recorded_and_goes_on_after_a_kill() {
    let recording = Recording::start(&[]);
    let address = recording.daemon.address;
    let ask = || {
        for _ in 0..4 {
            assert_eq!(get(address, "/latest").status, 200);
        }
        assert_eq!(get(address, "/no.such.series").status, 404);
    };
    ask();
    let counted = recording.until("self.http.answers", |answers| answers >= 5.0);
    let sent = recording.until("self.http.sent", |sent| sent > 0.0);
    recording.until("self.http.client_errors", |errors| errors >= 1.0);
    recording.kill("report");
    ask();
    recording.until("self.http.answers", |answers| answers >= counted + 5.0);
    recording.until("self.http.sent", |more| more > sent);
    recording.until("self.http.client_errors", |errors| errors >= 2.0);
    recording.until("self.http.streams", |streams| streams == 0.0);
    for field in [
        "answers",
        "client_errors",
        "server_errors",
        "sent",
        "cut_connections",
    ] {
        let values = recording.values(&format!("self.http.{field}"));
        assert!(never_goes_back(&values), "{field}: {values:?}");
    }
    let metrics = get(address, "/metrics").body;
    assert!(
        metrics.contains("\ngoodall_self_answers_total{part=\"http\"} "),
        "{metrics}"
    );
    // nothing is shipped, so there is nothing to say of it
    assert!(samples(&recording.ring(), &["self.ship*"]).is_empty());
}

#[test]
fn each_part_has_its_own_fields_alone() {
    let recording = Recording::start(&[("archive", "load.*")]);
    recording.until("self.ship_archive.shipped", |shipped| shipped > 0.0);
    let expected = [
        "answers",
        "client_errors",
        "server_errors",
        "sent",
        "cut_connections",
        "streams",
    ];
    assert_eq!(recording.fields("http"), expected);
    let expected = ["lag", "shipped", "retried", "rejected", "lost"];
    assert_eq!(recording.fields("ship_archive"), expected);
    for part in ["report", "ship"] {
        let fields = recording.fields(part);
        for field in ["cpu", "resident", "proportional", "descriptors"] {
            assert!(
                fields.iter().any(|known| known == field),
                "{part}: {fields:?}"
            );
        }
        let odd = fields
            .iter()
            .any(|field| ["frames", "answers", "shipped"].contains(&&**field));
        assert!(!odd, "{part}: {fields:?}");
    }
    let fields = recording.fields("gather");
    for field in ["cpu", "voluntary_switches", "frames", "lateness_max"] {
        assert!(fields.iter().any(|known| known == field), "{fields:?}");
    }
}

#[test]
fn how_shipping_stands_is_recorded_and_goes_on_after_a_kill() {
    let recording = Recording::start(&[("archive", "load.*")]);
    let counted = recording.until("self.ship_archive.shipped", |shipped| shipped > 0.0);
    recording.until("self.ship_archive.lag", |lag| lag < 60.0);
    recording.kill("ship");
    let counted = recording.until("self.ship_archive.shipped", |shipped| shipped > counted);
    let health = get(recording.daemon.address, "/health").json();
    assert_eq!(health["ship"][0]["name"], "archive");
    let lines = fs::read_to_string(recording.folder.path().join("archive.csv")).unwrap();
    assert!(lines.lines().count() as f64 >= counted, "{counted}");
    let values = recording.values("self.ship_archive.shipped");
    assert!(never_goes_back(&values), "{values:?}");
}

#[test]
fn a_destination_is_never_shown_with_the_numbers_of_another() {
    let recording = Recording::start(&[("much", "*"), ("little", "load.1m")]);
    recording.until("self.ship_little.shipped", |shipped| shipped > 0.0);
    let much = recording.until("self.ship_much.shipped", |shipped| shipped > 500.0);
    // the second takes the first's place
    configure(recording.folder.path(), &[("little", "load.1m")]);
    recording.daemon.hang_up();
    wait_for(|| match recording.daemon.said() {
        said if said.contains("the shipper is started anew") => Ok(()),
        said => Err(said),
    });
    let recorded = |series: &str| recording.values(series).len();
    let until_more = |more| {
        let seen = recorded("self.ship_little.shipped");
        wait_for(|| match recorded("self.ship_little.shipped") {
            count if count > seen + more => Ok(()),
            count => Err(format!("{count} of {}", seen + more)),
        });
    };
    until_more(3);
    let gone = recorded("self.ship_much.shipped");
    until_more(15);
    assert_eq!(
        recorded("self.ship_much.shipped"),
        gone,
        "nothing is sent there"
    );
    let values = recording.values("self.ship_little.shipped");
    // no more than was ever sent there
    let lines = fs::read_to_string(recording.folder.path().join("little.csv")).unwrap();
    let lines = lines.lines().count() as f64;
    assert!(
        values.iter().all(|&value| value <= lines),
        "{lines} lines, {much}: {values:?}"
    );
}

/// The pages of numbers that a process has open.
fn pages_of(pid: u32) -> Vec<fs::File> {
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
    let is_page = |path: &PathBuf| {
        fs::read_link(path).is_ok_and(|to| to.to_string_lossy().starts_with("/memfd:goodall"))
    };
    let pages = descriptors.map(|entry| entry.path()).filter(is_page);
    let open = |page| OpenOptions::new().read(true).write(true).open(page);
    pages.map(|page| open(page).unwrap()).collect()
}

#[test]
fn nonsense_that_a_child_counts_harms_nothing() {
    let recording = Recording::start(&[("archive", "load.*")]);
    let address = recording.daemon.address;
    recording.until("self.http.answers", |_| true);
    recording.until("self.ship_archive.shipped", |shipped| shipped > 0.0);
    // the gatherer has both pages open, and the children none any more: they mapped theirs
    let pages = pages_of(recording.daemon.pid());
    assert_eq!(pages.len(), 2);
    for page in &pages {
        for size in [0, 8, 1 << 20] {
            assert!(page.set_len(size).is_err(), "it is made {size} bytes long");
        }
    }
    for nonsense in [
        u64::MAX,
        MISSING,
        f64::NAN.to_bits(),
        i64::MIN.cast_unsigned(),
        0,
    ] {
        for page in &pages {
            page.write_all_at(&nonsense.to_le_bytes().repeat(512), 0)
                .unwrap();
        }
        let recorded = recording.values("load.1m").len();
        wait_for(|| match recording.values("load.1m").len() {
            count if count > recorded + 3 => Ok(()),
            count => Err(format!(
                "{count} of {recorded}: {}",
                recording.daemon.said()
            )),
        });
        for target in [
            "/latest",
            "/dump.json?match=self.*&rate=1",
            "/dump.csv",
            "/metrics",
        ] {
            assert_eq!(
                get(address, target).status,
                200,
                "{target} with {nonsense:x}"
            );
        }
    }
    let health = get(address, "/health").json();
    assert!(
        health["collectors"]
            .as_array()
            .unwrap()
            .iter()
            .all(|at| at["errors"] == 0)
    );
    let top = recording
        .values("self.http.answers")
        .into_iter()
        .fold(0.0, f64::max);
    assert!(top >= u64::MAX as f64, "it was recorded as it stood: {top}");
}
