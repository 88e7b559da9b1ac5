//! A ring that is written in the test's hand, and its copy, look by look.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use goodall::quantity::Now;
use goodall::ring::replica::{Depth, Head, Origin, PART_WORDS, Replica};
use goodall::ring::writer::{Clock, StatusSlot, Tick, Track};
use goodall::ring::{Access, Plan, Reader, TrackSpec, Writer};
use goodall_platform::words;
use tempfile::TempDir;

use crate::ring_kit::{at, folder, open, rows_of, seconds, track, until_left};

/// The source's file, read as it is.
pub struct Source {
    path: PathBuf,
    length: u64,
    words: Vec<u64>,
    /// Parts that come before none does.
    pub left: usize,
    /// Bytes that were asked for.
    pub bytes: usize,
}

impl Source {
    pub fn of(path: &Path) -> Source {
        Source {
            path: path.to_owned(),
            length: 0,
            words: vec![0; PART_WORDS],
            left: usize::MAX,
            bytes: 0,
        }
    }

    pub fn head(&mut self) -> Head {
        let words = self.part(0, Head::WORDS).unwrap().to_vec();
        Head::parse(&words, Path::new("source"), "\"tag\"").unwrap()
    }
}

impl Origin for Source {
    type Error = ();

    fn part(&mut self, offset: u64, count: usize) -> Result<&[u64], ()> {
        self.left = self.left.checked_sub(1).ok_or(())?;
        self.bytes += 8 * count;
        let file = File::open(&self.path).unwrap();
        self.length = file.metadata().unwrap().len();
        let words = &mut self.words[..count];
        assert_eq!(
            words::read_at(&file, offset, words).unwrap(),
            count,
            "a part is of the file"
        );
        Ok(words)
    }

    fn length(&self) -> u64 {
        self.length
    }
}

/// A ring and its copy.
pub struct Pair {
    pub folder: TempDir,
    pub source: Source,
    pub copy: Option<Replica>,
}

impl Pair {
    pub fn new() -> Pair {
        let folder = folder();
        let source = Source::of(&folder.path().join("source"));
        Pair {
            folder,
            source,
            copy: None,
        }
    }

    pub fn ring(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("copy")
    }

    /// Makes the first copy.
    pub fn begin(&mut self) {
        let head = self.source.head();
        let length = self.source.length();
        let mut copy = Replica::begin(&self.path(), &head, length, 1 << 30, seconds(1)).unwrap();
        copy.fill(&mut self.source).unwrap();
        copy.look(&mut self.source, Depth::First).unwrap();
        copy.put_in_place(None).unwrap();
        self.copy = Some(copy);
    }

    pub fn look(&mut self, depth: Depth) {
        let copy = self.copy.as_mut().unwrap();
        copy.look(&mut self.source, depth).unwrap();
    }

    /// Ends the mirror, and starts it anew over its copy.
    pub fn restart(&mut self) {
        self.copy = None;
        until_left(&self.path());
        let copy = Replica::open(&self.path(), 1 << 30, seconds(1)).unwrap();
        let mut copy = copy.unwrap();
        assert!(copy.is_of(&self.source.head()));
        copy.look(&mut self.source, Depth::First).unwrap();
        self.copy = Some(copy);
    }

    /// Readers of both find the same.
    pub fn assert_same(&self) {
        let (there, here) = (reader(&self.ring()), reader(&self.path()));
        assert_eq!(rows_of(&there), rows_of(&here));
        assert_eq!(there.clocks(), here.clocks());
        assert_eq!(there.status(), here.status());
        for id in 0..there.clocks().len() {
            let id = goodall::ring::ClockId(u16::try_from(id).unwrap());
            assert_eq!(there.steps(id), here.steps(id));
            assert_eq!(there.count_frames(id), here.count_frames(id));
        }
    }
}

pub fn reader(path: &Path) -> Reader {
    Reader::open(path, Access::Pread).unwrap()
}

/// The gatherer of the ring.
pub struct Gatherer {
    pub writer: Arc<Writer>,
    clock: Clock,
    tracks: Vec<(usize, Track)>,
    status: StatusSlot,
    pub tick: Option<Tick>,
}

impl Gatherer {
    pub fn open(path: &Path, plan: &Plan, specs: &[TrackSpec]) -> Gatherer {
        let (writer, _) = open(path, plan);
        let clock = writer.clock(seconds(1)).unwrap();
        let status = writer.status("load", seconds(1)).unwrap();
        let mut gatherer = Gatherer {
            writer,
            clock,
            tracks: Vec::new(),
            status,
            tick: None,
        };
        gatherer.add(specs);
        gatherer
    }

    pub fn add(&mut self, specs: &[TrackSpec]) {
        for spec in specs {
            let track = self.writer.track(spec).unwrap();
            self.tracks.push((spec.fields.len(), track));
        }
    }

    /// Opens the frame of a second, and gives back that of the one before.
    pub fn tick(&mut self, now: Now) -> Option<Tick> {
        let tick = self.clock.open_frame(now);
        self.tick.replace(tick)
    }

    /// A row of each track into the frame of `tick`.
    pub fn write(&mut self, tick: &Tick) {
        for (fields, track) in &mut self.tracks {
            track.write(tick, tick.boot, &vec![tick.number.0; *fields]);
        }
        self.status.set(tick.wall, 0, 0, 0, "");
    }

    pub fn record(&mut self, seconds: std::ops::Range<u64>) {
        for second in seconds {
            self.tick(at(second));
            let tick = self.tick.unwrap();
            self.write(&tick);
        }
    }
}

pub fn two() -> [TrackSpec; 2] {
    [track("load", "", 3), track("disk", "sda", 4)]
}
