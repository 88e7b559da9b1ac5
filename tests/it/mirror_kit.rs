//! What the stories of mirrors share: mirrors as programs, and what commands say of a ring and of its copy.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use goodall::ring::{Access, Reader};
use serde_json::Value;

/// Longer than anything may take here.
const PATIENCE: Duration = Duration::from_secs(90);

/// Waits until that holds; fails with what it says last.
pub fn until(mut holds: impl FnMut() -> Result<(), String>) {
    let give_up = Instant::now() + PATIENCE;
    while let Err(why) = holds() {
        assert!(Instant::now() < give_up, "{why}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// `goodall mirror` of what is served there to that file.
pub fn mirror(address: SocketAddr, copy: &Path, flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goodall"));
    command
        .env_clear()
        .arg("mirror")
        .arg(format!("http://{address}"))
        .arg("--ring-file")
        .arg(copy)
        .args(flags)
        .stdin(Stdio::null());
    command
}

/// The same with `--once`: its exit code and what it said.
pub fn once(address: SocketAddr, copy: &Path, flags: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } =
        mirror(address, copy, flags).arg("--once").output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// A mirror at work.
pub struct Mirror {
    child: Child,
    said: PathBuf,
}

impl Mirror {
    /// Starts one; what it says is added to a file beside the copy.
    pub fn start(address: SocketAddr, copy: &Path, flags: &[&str]) -> Mirror {
        Mirror::run(mirror(address, copy, flags), &copy.with_extension("said"))
    }

    pub fn run(mut command: Command, said: &Path) -> Mirror {
        let log = fs::OpenOptions::new().create(true).append(true).open(said);
        Mirror {
            child: command.stderr(log.unwrap()).spawn().unwrap(),
            said: said.to_owned(),
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What was said, by mirrors before this one too.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.said).unwrap()
    }

    /// How it ends, if it does by itself.
    pub fn wait(mut self) -> Option<i32> {
        let mut code = None;
        until(|| {
            code = self.child.try_wait().unwrap();
            code.map(drop)
                .ok_or_else(|| format!("it goes on: {}", self.said()))
        });
        code.unwrap().code()
    }

    /// TERM, and how it ends then.
    pub fn end(self) -> Option<i32> {
        let told = Command::new("kill").arg(self.pid().to_string()).status();
        assert!(told.unwrap().success());
        self.wait()
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a command writes of a ring.
pub fn told(ring: &Path, line: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goodall"));
    let command = command.env_clear().args(line.split_whitespace());
    let output = command.arg("--ring-file").arg(ring).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success(),
        "{line} of {}: {error}",
        ring.display()
    );
    String::from_utf8(output.stdout).unwrap()
}

/// What `info` says of a ring, but for what a copy has of its own.
pub fn info(ring: &Path) -> Value {
    let mut info: Value = serde_json::from_str(&told(ring, "info --verify --format json")).unwrap();
    let fields = info.as_object_mut().unwrap();
    fields.remove("file");
    fields.remove("recording");
    let collectors = fields
        .get_mut("collectors")
        .unwrap()
        .as_array_mut()
        .unwrap();
    collectors.retain(|collector| collector["name"] != "mirror");
    info
}

/// Whether everything that the commands say of the copy is what they say of the ring; how not, otherwise.
pub fn same(ring: &Path, copy: &Path) -> Result<(), String> {
    let (there, here) = (info(ring), info(copy));
    if there != here {
        return Err(format!("info: {there} there, {here} here"));
    }
    for line in [
        "series --format json",
        "dump --since 0",
        "dump --since 0 --shape wide",
        "dump --since 0 --rate --format json",
    ] {
        same_text(line, &told(ring, line), &told(copy, line))?;
    }
    Ok(())
}

/// Whether two texts are the same, and the first line that is not.
pub fn same_text(what: &str, there: &str, here: &str) -> Result<(), String> {
    if there == here {
        return Ok(());
    }
    let mut lines = there.lines().zip(here.lines());
    let differing = lines.find(|(there, here)| there != here);
    let (there, here) = (there.lines().count(), here.lines().count());
    Err(format!(
        "{what}: {there} lines there, {here} here, first {differing:?}"
    ))
}

/// The newest frame of each interval.
pub fn newest(ring: &Path) -> Vec<u64> {
    let Ok(reader) = Reader::open(ring, Access::Pread) else {
        return Vec::new();
    };
    let clocks =
        (0..reader.clocks().len()).map(|id| goodall::ring::ClockId(u16::try_from(id).unwrap()));
    clocks
        .map(|id| reader.newest(id).map_or(0, |header| header.number.0))
        .collect()
}

/// The status slot of the mirror itself.
pub fn status(copy: &Path) -> Option<goodall::ring::reader::Status> {
    let reader = Reader::open(copy, Access::Pread).ok()?;
    reader
        .status()
        .into_iter()
        .find(|status| status.name == "mirror")
}
