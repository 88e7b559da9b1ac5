//! The floor under the sampling cost: a thread a file, one bare `pread` each second, nothing parsed, nothing recorded.
//! Given the files that the collectors read, its processor time is what no sampler of them can do without.
//!
//! usage: floor SECONDS FILE...

use std::env;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const SECOND_NS: u32 = 1_000_000_000;
const STACK_SIZE: usize = 128 * 1024;
const BUFFER_SIZE: usize = 64 * 1024;

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let seconds = arguments.next().and_then(|text| text.parse().ok());
    let files: Vec<String> = arguments.collect();
    let (Some(seconds), false) = (seconds, files.is_empty()) else {
        eprintln!("usage: floor SECONDS FILE...");
        return ExitCode::from(64);
    };
    let end = Instant::now() + Duration::from_secs(seconds);
    let threads: Vec<_> = files
        .into_iter()
        .map(|path| {
            let name = path.clone();
            let thread = thread::Builder::new().stack_size(STACK_SIZE);
            (name, thread.spawn(move || read_each_second(&path, end)))
        })
        .collect();
    let mut code = ExitCode::SUCCESS;
    for (path, thread) in threads {
        let read = thread.and_then(|thread| thread.join().unwrap_or(Ok(())));
        if let Err(error) = read {
            eprintln!("floor: {path}: {error}");
            code = ExitCode::FAILURE;
        }
    }
    code
}

/// Reads at each whole second of wall time, as collectors do.
fn read_each_second(path: &str, end: Instant) -> std::io::Result<()> {
    let file = File::open(path)?;
    let mut buffer = vec![0; BUFFER_SIZE];
    while Instant::now() < end {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH);
        let past = wall.unwrap_or_default().subsec_nanos();
        thread::sleep(Duration::from_nanos(u64::from(SECOND_NS - past)));
        file.read_at(&mut buffer, 0)?;
    }
    Ok(())
}
