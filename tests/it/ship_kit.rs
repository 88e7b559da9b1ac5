//! What the stories of shipping share: rings with known samples, what is in them by the query's own reading,
//! and the shipper as a program.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use goodall::format::delivery::{self, Delivery};
use goodall::quantity::WallNs;
use goodall::query::{Index, Request, Rows};
use goodall::ring::reader::Access;
use goodall::ring::{Need, Plan, Reader, TrackSpec, Writer};
use tempfile::TempDir;

use crate::ring_kit::{open, plan, record, seconds, track};

/// Longer than anything may take here.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// A ring in a folder, with a configuration beside it.
pub struct Shipped {
    pub folder: TempDir,
    pub ring: PathBuf,
    tracks: Vec<TrackSpec>,
    plan: Plan,
}

impl Shipped {
    /// A ring of so many seconds: two tracks a second and one every ten.
    pub fn new(count: u64) -> Shipped {
        Shipped::of(
            3600,
            vec![
                track("load", "", 3),
                track("disk", "sda", 4),
                TrackSpec {
                    interval: seconds(10),
                    ..track("hwmon", "chip 0", 2)
                },
            ],
            count,
        )
    }

    /// A ring of these tracks.
    pub fn of(window_s: u64, tracks: Vec<TrackSpec>, count: u64) -> Shipped {
        let folder = tempfile::tempdir().unwrap();
        let ring = folder.path().join("ring");
        let mut plan = plan(window_s, 0);
        plan.needs.clear();
        for track in &tracks {
            let words = track.fields.len() + 1;
            match plan
                .needs
                .iter_mut()
                .find(|need| need.interval == track.interval)
            {
                Some(need) => need.words += words,
                None => plan.needs.push(Need {
                    interval: track.interval,
                    words,
                }),
            }
        }
        let shipped = Shipped {
            folder,
            ring,
            tracks,
            plan,
        };
        shipped.record(0, count);
        shipped
    }

    /// Records so many more seconds.
    pub fn record(&self, first: u64, count: u64) {
        record(&self.ring, &self.plan, &self.tracks, first, count);
    }

    /// Opens the ring for writing.
    pub fn open(&self) -> Arc<Writer> {
        open(&self.ring, &self.plan).0
    }

    /// Writes the configuration.
    pub fn configure(&self, text: &str) {
        fs::write(self.config(), text).unwrap();
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("goodall.toml")
    }

    /// The program with its flags.
    pub fn goodall(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goodall"));
        command
            .args(args)
            .arg("--config")
            .arg(self.config())
            .arg("--ring-file")
            .arg(&self.ring)
            .env_remove("STATE_DIRECTORY")
            .stdin(Stdio::null());
        command
    }

    /// `goodall ship --once`.
    pub fn once(&self) -> Output {
        self.goodall(&["ship", "--once"]).output().unwrap()
    }

    /// The same, which must succeed; what it said.
    pub fn once_well(&self) -> String {
        let output = self.once();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        said
    }

    /// The same, which must say that something did not get through; what it said.
    pub fn once_in_vain(&self) -> String {
        let output = self.once();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("did not get everything"), "{said}");
        said
    }

    /// `goodall ship`, until this is dropped.
    pub fn start(&self) -> Shipper {
        Shipper::start(self.goodall(&["ship"]), &self.folder.path().join("said"))
    }

    pub fn samples(&self) -> Samples {
        samples(&self.ring, &[])
    }

    /// How a destination stands, by the status file.
    pub fn status(&self, name: &str) -> Delivery {
        status(&self.ring, name)
    }
}

/// How a destination stands, by the ring's status file; nothing yet where there is none.
pub fn status(ring: &Path, name: &str) -> Delivery {
    let file = delivery::status_file(&delivery::folder_beside(ring));
    let text = fs::read_to_string(file).unwrap_or_default();
    let now = WallNs(goodall_platform::clock::now().wall_ns);
    let all = delivery::read(&text, now).unwrap_or_default();
    let found = all.into_iter().find(|delivery| delivery.name == name);
    found.unwrap_or_default()
}

/// Samples by series and time in nanoseconds.
pub type Samples = BTreeMap<(String, i64), f64>;

/// Everything that a ring holds of these series, as a dump would read it.
pub fn samples(ring: &Path, patterns: &[&str]) -> Samples {
    let reader = Reader::open(ring, Access::Pread).unwrap();
    let index = Arc::new(Index::new(Arc::new(reader)));
    let request = Request {
        patterns: patterns.iter().map(|text| (*text).to_owned()).collect(),
        ..Request::default()
    };
    let mut rows = Rows::new(Arc::clone(&index), &request, WallNs(0)).unwrap();
    let mut all = Samples::new();
    while let Some(row) = rows.next_row() {
        let cells = rows.cells(row.columns.clone());
        for (column, cell) in row.columns.clone().zip(cells) {
            if let Some(value) = cell.as_f64() {
                let name = index.name_of(rows.pick(column).unwrap()).to_owned();
                all.insert((name, row.time.0), value);
            }
        }
    }
    all
}

/// A shipper at work.
pub struct Shipper {
    pub child: Child,
    said: PathBuf,
}

impl Shipper {
    pub fn start(mut command: Command, said: &Path) -> Shipper {
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(said)
            .unwrap();
        let child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        Shipper {
            child,
            said: said.to_owned(),
        }
    }

    /// What was said on standard error, by shippers before this one too.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.said).unwrap()
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Shipper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until that holds; fails with what it says last.
pub fn until(mut holds: impl FnMut() -> Result<(), String>) {
    let give_up = Instant::now() + PATIENCE;
    while let Err(why) = holds() {
        assert!(Instant::now() < give_up, "{why}");
        thread::sleep(Duration::from_millis(100));
    }
}

/// Values are the same but for what stores and JSON round in the sixteenth digit.
fn is_same(expected: f64, found: f64) -> bool {
    (expected - found).abs() <= expected.abs() * 1e-14
}

/// How the two differ, if they do.
pub fn difference(expected: &Samples, found: &Samples) -> Result<(), String> {
    let missing = expected.keys().filter(|key| !found.contains_key(*key));
    let missing: Vec<_> = missing.collect();
    let odd = found.iter().filter(|(key, value)| {
        !expected
            .get(*key)
            .is_some_and(|expected| is_same(*expected, **value))
    });
    let odd: Vec<_> = odd.collect();
    if missing.is_empty() && odd.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{} of {} are missing: {:?}...; {} are not as recorded: {:?}...",
        missing.len(),
        expected.len(),
        &missing[..missing.len().min(5)],
        odd.len(),
        &odd[..odd.len().min(5)]
    ))
}

/// Fails where the two differ, and says how.
pub fn assert_same(expected: &Samples, found: &Samples) {
    difference(expected, found).unwrap_or_else(|how| panic!("{how}"));
}
