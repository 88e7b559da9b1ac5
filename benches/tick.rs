//! A tick without the kernel's part: the collectors that sample each second read the captured tree, where a file is a
//! copy out of the page cache, parse it and record its rows, in one frame whose pages are there. `preads` is the
//! copying alone: take it off. `frame` is what the clock does for a tick, page faults and `madvise` included.
//! `GOODALL_TICKS=1000` takes so many ticks of all of them, or of `GOODALL_COLLECTOR`, and ends: for a tool that counts
//! instructions, which is what other work on the machine does not change (`benches/instructions`).

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use divan::{Bencher, black_box};
use goodall::gather::rows::Rows;
use goodall::metric::{COLLECTORS, Collector, Every, Source};
use goodall::quantity::{BootNs, Interval, Now, WallNs, Window};
use goodall::ring::writer::{Clock, Tick, Writer};
use goodall::ring::{Need, Plan};
use goodall_platform::{Roots, Settings};
use tempfile::TempDir;

const SECOND_NS: u64 = 1_000_000_000;
/// 2026-11-22T05:04:16Z.
const EPOCH_NS: i64 = 1_795_323_856_000_000_000;
/// Collectors that ask the kernel all the same: of this process, its clock, a socket, a mounted file system.
const LIVE: [&str; 4] = ["self", "time", "udp_queues", "filesystem"];
const BUFFER_SIZE: usize = 64 * 1024;

fn main() {
    if let Some(count) = std::env::var_os("GOODALL_TICKS") {
        return take(count.to_str().unwrap().parse().unwrap());
    }
    let (_folder, ticks) = Ticks::open(is_of_the_tree);
    let count = ticks.each.len();
    println!("{count} collectors, {} values a tick", ticks.values());
    divan::main();
}

/// Ticks and nothing else.
fn take(count: usize) {
    let name = std::env::var("GOODALL_COLLECTOR").ok();
    let (_folder, mut ticks) = Ticks::open(|collector| match &name {
        Some(name) => collector.name == name,
        None => is_of_the_tree(collector),
    });
    for _ in 0..count {
        ticks.record();
    }
}

/// Collectors, their rows, and the clock of the ring that they write.
struct Ticks {
    clock: Clock,
    now: Now,
    tick: Tick,
    each: Vec<(Box<dyn Source>, Rows)>,
}

impl Ticks {
    /// The collectors of the tree for which `wanted` is true; the folder keeps the ring.
    fn open(wanted: impl Fn(&Collector) -> bool) -> (TempDir, Ticks) {
        let folder = tempfile::tempdir().unwrap();
        let interval = Interval::of(Duration::from_secs(1)).unwrap();
        let plan = Plan {
            window: Window::of(Duration::from_secs(60)).unwrap(),
            size_max: None,
            needs: vec![Need {
                interval,
                words: 320,
            }],
            host: "bench".to_owned(),
        };
        let (writer, _) = Writer::open(&folder.path().join("ring"), &plan).unwrap();
        let mut clock = writer.clock(interval).unwrap();
        let each = COLLECTORS
            .iter()
            .filter(|collector| !matches!(collector.every, Every::Seconds(_)) && wanted(collector))
            .filter_map(|collector| {
                let source = collector.source(&tree(), &Settings::default()).ok()?;
                let rows = Rows::new(collector, interval, Arc::clone(&writer));
                Some((source, rows))
            })
            .collect();
        let now = Now {
            wall: WallNs(EPOCH_NS),
            boot: BootNs(SECOND_NS),
        };
        let tick = clock.open_frame(now);
        let mut ticks = Ticks {
            clock,
            now,
            tick,
            each,
        };
        ticks.record();
        (folder, ticks)
    }

    fn open_frame(&mut self) {
        self.now.wall.0 += SECOND_NS.cast_signed();
        self.now.boot.0 += SECOND_NS;
        self.tick = self.clock.open_frame(self.now);
    }

    fn record(&mut self) {
        let tick = self.tick;
        for (source, rows) in &mut self.each {
            let recorded = rows.record(&mut **source, &tick, self.now.boot);
            assert!(black_box(recorded).is_ok());
        }
    }

    fn values(self) -> usize {
        let mut values = 0;
        for (mut source, _) in self.each {
            let _ = source.sample(&mut |_, words| values += words.len());
        }
        values
    }
}

fn is_of_the_tree(collector: &Collector) -> bool {
    !LIVE.contains(&collector.name)
}

/// Files of one real machine.
fn tree() -> Roots {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("platform/testdata/captured/vm-6.18");
    Roots {
        proc: folder.join("proc"),
        sys: folder.join("sys"),
        etc: folder.join("etc"),
        root: folder.join("root"),
    }
}

#[divan::bench]
fn tick(bencher: Bencher) {
    let (_folder, mut ticks) = Ticks::open(is_of_the_tree);
    bencher.bench_local(|| ticks.record());
}

#[divan::bench]
fn frame(bencher: Bencher) {
    let (_folder, mut ticks) = Ticks::open(is_of_the_tree);
    bencher.bench_local(|| ticks.open_frame());
}

#[divan::bench]
fn preads(bencher: Bencher) {
    let (_folder, ticks) = Ticks::open(is_of_the_tree);
    let files = kept_files();
    drop(ticks);
    let mut buffer = vec![0; BUFFER_SIZE];
    bencher.bench_local(|| {
        for file in &files {
            black_box(file.read_at(&mut buffer, 0).unwrap());
        }
    });
}

/// The files of the tree that this process holds open now, opened again.
fn kept_files() -> Vec<File> {
    fs::read_dir("/proc/self/fd")
        .unwrap()
        .filter_map(|entry| fs::read_link(entry.unwrap().path()).ok())
        .filter(|path| path.starts_with(tree().proc) && path.is_file())
        .map(|path| File::open(path).unwrap())
        .collect()
}

#[divan::bench(args = names())]
fn collector(bencher: Bencher, name: &str) {
    let (_folder, mut ticks) = Ticks::open(|collector| collector.name == name);
    bencher.bench_local(|| ticks.record());
}

/// The collectors that find something in the tree.
fn names() -> impl Iterator<Item = &'static str> {
    COLLECTORS
        .iter()
        .map(|collector| collector.name)
        .filter(|name| {
            !Ticks::open(|collector| collector.name == *name)
                .1
                .each
                .is_empty()
        })
}
