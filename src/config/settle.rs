//! From what was said to what holds: precedence, defaults, and the contradictions between values.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::layer::{Layer, SOCKET_OFF};
use super::origin::{Given, Origin, Problem};
use super::source::{environment, homeless, read_file};
use super::{Config, Flags, Surroundings, file};
use crate::log::Level;
use crate::metric::Collector;
use crate::quantity::{Interval, Window};
use crate::report::Listen;
use crate::ship::Destination;

/// The configuration, and how it came about.
#[derive(Clone)]
pub struct Settled {
    /// What holds.
    pub config: Config,
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// Each value as text, for people, with its origin.
    pub effective: Vec<Effective>,
}

/// One value that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// Its key in the file.
    pub key: String,
    /// The value as the file would have it.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

/// Settles what `flags`, the environment and the file say about `collectors`. All problems, not the first
/// alone; those of the command line first.
pub fn settle(
    flags: &Flags,
    around: &Surroundings<'_>,
    collectors: &[&'static Collector],
) -> Result<Settled, Vec<Problem>> {
    let mut problems = Vec::new();
    let environment = environment(around, &mut problems);
    let (path, text) = match read_file(flags, around) {
        Ok(Some((path, text))) => (Some(path), text),
        Ok(None) => (None, String::new()),
        Err(problem) => {
            problems.push(problem);
            return Err(problems);
        }
    };
    let from_file = match &path {
        Some(path) => file::parse(path, &text, &mut problems),
        None => Layer::default(),
    };
    let layer = flags.layer.clone().over(environment).over(from_file);
    Settling {
        layer,
        effective: Vec::new(),
        problems,
    }
    .settle(around, collectors, path)
}

/// The work of settling, as far as it has come.
pub(super) struct Settling {
    pub(super) layer: Layer,
    effective: Vec<Effective>,
    pub(super) problems: Vec<Problem>,
}

impl Settling {
    fn settle(
        mut self,
        around: &Surroundings<'_>,
        collectors: &[&'static Collector],
        file: Option<PathBuf>,
    ) -> Result<Settled, Vec<Problem>> {
        let window = or(self.layer.ring.take(), || DEFAULT_WINDOW);
        self.note("ring", quoted(&window.value), &window.origin);
        let interval = or(self.layer.interval.take(), || DEFAULT_INTERVAL);
        self.note("interval", quoted(&interval.value), &interval.origin);
        let ring_file = self.ring_file(around);
        let ring_max = self.layer.ring_max.take();
        if let Some(max) = &ring_max {
            self.note("ring-max", max.value.to_string(), &max.origin);
        }
        let listen = self.listen();
        let allow_host = or(self.layer.allow_host.take(), Vec::new);
        self.note("allow-host", list(&allow_host.value), &allow_host.origin);
        let token_file = self.layer.token_file.take();
        if let Some(path) = &token_file {
            self.note("token-file", quoted(&path.value.display()), &path.origin);
        }
        let log_level = or(self.layer.log_level.take(), || Level::Info);
        self.note(
            "log-level",
            quoted(&log_level.value.name()),
            &log_level.origin,
        );
        let collectors_dir = self.collectors_dir(file.as_deref(), around);
        let socket = self.socket(&ring_file.value, around);
        if window.value.ns() < interval.value.ns() {
            self.too_long(&interval, "interval", &window);
        }
        let collectors = self.collectors(collectors, &window, &interval);
        let ship = self.ship();
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        Ok(Settled {
            config: Config {
                window: window.value,
                interval: interval.value,
                ring_folder_is_ours: ring_file.origin == Origin::Default,
                ring_file: ring_file.value,
                ring_max: ring_max.map(|max| max.value),
                listen: listen.value,
                allow_hosts: allow_host.value,
                token_file: token_file.map(|path| path.value),
                log_level: log_level.value,
                collectors,
                collectors_dir,
                socket,
                ship,
            },
            file,
            effective: self.effective,
        })
    }

    pub(super) fn note(&mut self, key: impl Into<String>, value: String, origin: &Origin) {
        self.effective.push(Effective {
            key: key.into(),
            value,
            origin: origin.clone(),
        });
    }

    pub(super) fn problem(&mut self, origin: &Origin, text: impl Into<String>) {
        self.problems.push(Problem::new(origin, text));
    }

    fn ring_file(&mut self, around: &Surroundings<'_>) -> Given<PathBuf> {
        let given = match (self.layer.ring_file.take(), around.ring_file()) {
            (Some(given), _) => given,
            (None, Some(path)) => Given::new(path, Origin::Default),
            (None, None) => {
                self.problems.push(homeless());
                Given::new(PathBuf::new(), Origin::Default)
            }
        };
        self.note("ring-file", quoted(&given.value.display()), &given.origin);
        given
    }

    /// The addresses; those that others can reach ask for a token, or for saying that none is wanted.
    fn listen(&mut self) -> Given<Vec<Listen>> {
        let listen = or(self.layer.listen.take(), || vec![Listen::DEFAULT]);
        let insecure = or(self.layer.insecure_listen.take(), || false);
        let open = listen.value.iter().find(|address| !address.is_local());
        if let (Some(address), None, false) = (open, &self.layer.token_file, insecure.value) {
            let text = format!(
                "listen: {address} can be reached from other machines; give --token-file FILE, \
                 or --insecure-listen to serve everyone"
            );
            self.problem(&listen.origin, text);
        }
        self.note("listen", list(&listen.value), &listen.origin);
        self.note(
            "insecure-listen",
            insecure.value.to_string(),
            &insecure.origin,
        );
        listen
    }

    fn ship(&mut self) -> Vec<Destination> {
        let given = std::mem::take(&mut self.layer.ship);
        for Given { value, origin } in &given {
            let text = format!("{} to {}", value.kind.name(), value.place());
            self.note(format!("ship.{}", value.name), text, origin);
        }
        given.into_iter().map(|given| given.value).collect()
    }

    /// The plugins' folder, beside the file that was read or would be.
    fn collectors_dir(
        &mut self,
        file: Option<&Path>,
        around: &Surroundings<'_>,
    ) -> Option<Given<PathBuf>> {
        let beside_file = || {
            let file = file.map(Path::to_owned).or_else(|| around.config_file())?;
            let folder = file.parent()?.join("conf.d");
            Some(Given::new(folder, Origin::Default))
        };
        let given = self.layer.collectors_dir.take().or_else(beside_file)?;
        let value = quoted(&given.value.display());
        self.note("collectors-dir", value, &given.origin);
        Some(given)
    }

    /// The plugins' socket, in the service's folder or beside the ring; its path goes to commands that stand in
    /// another folder, so it is a whole one.
    fn socket(&mut self, ring_file: &Path, around: &Surroundings<'_>) -> Option<Given<PathBuf>> {
        let mut given = self.layer.socket.take().unwrap_or_else(|| {
            let beside_ring = || ring_file.parent().unwrap_or(Path::new("")).to_owned();
            let folder = around.runtime_folder().unwrap_or_else(beside_ring);
            Given::new(folder.join("goodall.sock"), Origin::Default)
        });
        let is_off = given.value == Path::new(SOCKET_OFF);
        if !is_off && let Ok(path) = std::path::absolute(&given.value) {
            given.value = path;
        }
        let value = quoted(&given.value.display());
        self.note("socket", value, &given.origin);
        (!is_off).then_some(given)
    }

    pub(super) fn too_long(
        &mut self,
        interval: &Given<Interval>,
        key: &str,
        window: &Given<Window>,
    ) {
        // what somebody said is at fault, not what nobody did
        let blamed = if interval.origin == Origin::Default {
            &window.origin
        } else {
            &interval.origin
        };
        let text = format!(
            "{key}: {} ({}) is longer than the window of {} (ring, {}); shorten it or lengthen the window",
            interval.value, interval.origin, window.value, window.origin
        );
        self.problem(blamed, text);
    }
}

const DEFAULT_WINDOW: Window = Window::of(Duration::from_secs(4 * 3600)).expect("4 hours");
const DEFAULT_INTERVAL: Interval = Interval::of(Duration::from_secs(1)).expect("a second");

fn or<T>(given: Option<Given<T>>, default: impl FnOnce() -> T) -> Given<T> {
    given.unwrap_or_else(|| Given::new(default(), Origin::Default))
}

fn quoted(value: &impl std::fmt::Display) -> String {
    format!("\"{value}\"")
}

pub(super) fn list(values: &[impl std::fmt::Display]) -> String {
    let values: Vec<String> = values.iter().map(quoted).collect();
    format!("[{}]", values.join(", "))
}
