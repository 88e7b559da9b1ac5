//! Reading a ring, live or left behind, without ever blocking its writer. A reader is a snapshot of the
//! directory: its tracks do not change, while the frames go on.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use goodall_platform::map::{Map, is_locked};

use super::audit::{ClockLayout, layout_of};
use super::blocks::{Blocks, Shape};
use super::directory::Directory;
use super::frame::RowKey;
use super::frames::Frames;
use super::layout::{CLOCKS_MAX, LIVE_GENERATION, LIVE_NEWEST, WORD_SIZE, index};
use super::opening::{open_to_read, read_directory, read_superblock};
use super::source::Source;
use super::state::{State, Step};
use super::superblock::Superblock;
use super::tracks::{intervals_of, tracks_of};
use super::writer::live_at;
use super::{ClockId, FrameNumber, Header, RingError, status};
use crate::quantity::{Interval, WallNs, Window};

pub use super::status::Status;
pub use super::tracks::Track;

/// Frames behind the newest that are given back when it has moved on.
const WALKED_MAX: u64 = 1024;
/// The path is looked at this often, for a file that was renamed over.
const STAT_PAUSE_NS: u64 = 1_000_000_000;

/// How the file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// By a read-only map: for a process that stays (the reporter). Should the file be truncated under it,
    /// the process ends with a line that names it.
    Mapped,
    /// By `pread`, in blocks that are kept: for a command. A failure is [`Reader::failure`].
    Pread,
}

/// An open ring.
#[derive(Debug)]
pub struct Reader {
    pub(super) path: PathBuf,
    pub(super) file: Arc<File>,
    pub(super) source: Source,
    pub(super) superblock: Superblock,
    pub(super) length: u64,
    pub(super) generation: u64,
    pub(super) tracks: Arc<[Track]>,
    pub(super) intervals: Vec<Interval>,
    pub(super) clocks: Vec<Option<ClockState>>,
    pub(super) layout: Vec<ClockLayout>,
    pub(super) opened: Instant,
    pub(super) looked_ns: AtomicU64,
}

#[derive(Clone, Debug)]
pub(super) struct ClockState {
    pub(super) frames: Frames,
    // the newest frame when it was opened; where no writer is, it is the newest
    floor: FrameNumber,
    seen: Seen,
    // steps back that the state areas do not know
    pub(super) unnoted: Vec<Step>,
}

/// The newest frame that was asked for.
#[derive(Debug)]
struct Seen(AtomicU64);

impl Clone for Seen {
    fn clone(&self) -> Seen {
        Seen(AtomicU64::new(self.0.load(Ordering::Relaxed)))
    }
}

impl Reader {
    /// Opens the ring.
    pub fn open(path: &Path, access: Access) -> Result<Reader, RingError> {
        let file = open_to_read(path)?;
        let superblock = read_superblock(&file, path)?;
        Reader::over(path, &Arc::new(file), &superblock, access, None)
    }

    /// The ring as it is now: more tracks, or the file that was renamed over this one. Shares the map where
    /// it can.
    pub fn reopened(&self) -> Result<Reader, RingError> {
        let access = match self.source {
            Source::Mapped { .. } => Access::Mapped,
            Source::Blocks(_) => Access::Pread,
        };
        if self.is_renamed_over() {
            return Reader::open(&self.path, access);
        }
        Reader::over(&self.path, &self.file, &self.superblock, access, Some(self))
    }

    fn over(
        path: &Path,
        file: &Arc<File>,
        superblock: &Superblock,
        access: Access,
        before: Option<&Reader>,
    ) -> Result<Reader, RingError> {
        let length = || {
            let metadata = file.metadata();
            let cannot = |error| RingError::io(path, "cannot be opened", error);
            metadata.map(|metadata| metadata.len()).map_err(cannot)
        };
        let mut known = length()?;
        loop {
            let (file, superblock) = (Arc::clone(file), superblock.clone());
            let opened = Reader::of_length(path, file, superblock, access, before, known);
            let now = match &opened {
                Err(RingError::Truncated { .. }) => length()?,
                _ => return opened,
            };
            // it grew between the look at its length and at its directory
            if now <= known {
                return opened;
            }
            known = now;
        }
    }

    fn of_length(
        path: &Path,
        file: Arc<File>,
        superblock: Superblock,
        access: Access,
        before: Option<&Reader>,
        length: u64,
    ) -> Result<Reader, RingError> {
        let cannot = |error| RingError::io(path, "cannot be opened", error);
        let words = index(length / WORD_SIZE);
        let source = match (access, before.map(|before| (&before.source, before.length))) {
            (Access::Mapped, Some((Source::Mapped { map, .. }, same))) if same == length => {
                let map = Arc::clone(map);
                Source::Mapped { map, words }
            }
            (Access::Mapped, _) => {
                let map = Map::read_only(&file, path, index(length)).map_err(cannot)?;
                let map = Arc::new(map);
                Source::Mapped { map, words }
            }
            (Access::Pread, _) => {
                Source::Blocks(Blocks::new(Arc::clone(&file), words, Shape::LARGE))
            }
        };
        // before the directory: what changes meanwhile is seen as stale
        let generation = source.fresh(live_at(LIVE_GENERATION)).unwrap_or(0);
        let directory = read_directory(path, &superblock, length, &source)?;
        let mut reader = Reader {
            path: path.to_owned(),
            file,
            source,
            superblock,
            length,
            generation,
            tracks: tracks_of(&directory).into(),
            intervals: intervals_of(&directory),
            clocks: Vec::new(),
            layout: layout_of(&directory),
            opened: Instant::now(),
            looked_ns: AtomicU64::new(0),
        };
        let is_live = reader.is_live();
        let state = State::read(&reader.source);
        reader.clocks = (0..CLOCKS_MAX.min(reader.intervals.len()))
            .map(|id| reader.clock_state(&directory, id, state.as_ref(), is_live))
            .collect();
        reader.source.dont_need(0, words);
        Ok(reader)
    }

    fn clock_state(
        &self,
        directory: &Directory,
        id: usize,
        state: Option<&State>,
        is_live: bool,
    ) -> Option<ClockState> {
        let clock = directory.clock(u16::try_from(id).ok()?)?;
        let frames = directory.frames(clock);
        let live = self.live_newest(id);
        let noted = state.map_or(FrameNumber(0), |state| state.newest(id));
        let known = frames.header(&self.source, live);
        let clean = state.is_some_and(State::is_clean) && live == noted;
        let newest = if known.is_some() && (is_live || clean) {
            known
        } else {
            frames.newest(&self.source, live, noted)
        };
        let floor = newest.map_or(FrameNumber(0), |header| header.number);
        let mut unnoted = Vec::new();
        if !is_live && !clean {
            let oldest = oldest_of(floor, frames.slots);
            let first = noted.max(oldest);
            frames.steps_back(&self.source, first, floor, &mut |frame, by_ns| {
                unnoted.push(Step { frame, by_ns });
            });
        }
        Some(ClockState {
            frames,
            floor,
            seen: Seen(AtomicU64::new(floor.0)),
            unnoted,
        })
    }

    /// Whether there is more than this snapshot has: tracks, or another file in its place. Cheap enough
    /// for every request.
    pub fn is_stale(&self) -> bool {
        if self.source.fresh(live_at(LIVE_GENERATION)) != Some(self.generation) {
            return true;
        }
        let now = u64::try_from(self.opened.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let looked = self.looked_ns.load(Ordering::Relaxed);
        if now.saturating_sub(looked) < STAT_PAUSE_NS {
            return false;
        }
        self.looked_ns.store(now, Ordering::Relaxed);
        self.is_renamed_over()
    }

    /// Whether the path names another file that is there.
    fn is_renamed_over(&self) -> bool {
        let ours = self.file.metadata();
        match (ours, std::fs::metadata(&self.path)) {
            (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) != (there.dev(), there.ino()),
            _ => false,
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every track, in directory order. A collector's instance may have more than one: of other fields
    /// (an older build wrote them), or of another interval.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// The window that the ring was made for.
    pub fn window(&self) -> Window {
        self.superblock.window
    }

    /// The host's name in the superblock.
    pub fn host(&self) -> &str {
        &self.superblock.host
    }

    /// When the file was made.
    pub fn created(&self) -> WallNs {
        self.superblock.created
    }

    /// Whether a writer holds the lock.
    pub fn is_live(&self) -> bool {
        is_locked(&self.file).unwrap_or(false)
    }

    /// The first error that reading met, by [`Access::Pread`]: what was handed out since may miss rows.
    pub fn failure(&self) -> Option<RingError> {
        let error = self.source.error()?;
        Some(RingError::io(&self.path, "cannot be read", error))
    }

    /// The intervals, by [`ClockId`].
    pub fn clocks(&self) -> &[Interval] {
        &self.intervals
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn slots(&self, clock: ClockId) -> u64 {
        self.clock(clock).map_or(0, |state| state.frames.slots)
    }

    /// What stands at a row's place, whosever it is, and the track's identity; `None` where nothing does.
    pub(super) fn raw_row(
        &self,
        track: usize,
        number: FrameNumber,
        words: &mut [u64],
    ) -> Option<(u64, u64)> {
        let rows = &self.tracks[track].rows;
        let at = rows.circle.frame(number) + rows.place;
        let sealed = self.source.collect(at, at + 1, words)?;
        Some((sealed, rows.identity))
    }

    pub(super) fn clock(&self, clock: ClockId) -> Option<&ClockState> {
        self.clocks.get(usize::from(clock.0))?.as_ref()
    }

    fn live_newest(&self, clock: usize) -> FrameNumber {
        FrameNumber(self.source.fresh(live_at(LIVE_NEWEST + clock)).unwrap_or(0))
    }

    /// The newest frame whose header is whole; `None` in an empty circle.
    pub fn newest(&self, clock: ClockId) -> Option<Header> {
        let state = self.clock(clock)?;
        let live = self.live_newest(usize::from(clock.0));
        if live.0 > state.seen.0.load(Ordering::Relaxed) {
            // its block may have been kept from before
            self.source.forget();
            let seen = state.seen.0.swap(live.0, Ordering::Relaxed);
            // who asks for the newest row every second walks round the circle too
            for number in seen.max(live.0.saturating_sub(WALKED_MAX))..live.0 {
                state.frames.pass(&self.source, FrameNumber(number));
            }
        }
        let found = (live > state.floor)
            .then(|| self.header(clock, live))
            .flatten();
        found.or_else(|| self.header(clock, state.floor))
    }

    /// The oldest frame number that may be handed out: newest minus window, plus 1.
    pub fn oldest(&self, clock: ClockId) -> Option<FrameNumber> {
        let newest = self.newest(clock)?;
        let frames = &self.clock(clock)?.frames;
        Some(oldest_of(newest.number, frames.window_frames))
    }

    /// The header of a frame; `None` where that tick was missed, or it is overwritten.
    #[inline]
    pub fn header(&self, clock: ClockId, number: FrameNumber) -> Option<Header> {
        self.clock(clock)?.frames.header(&self.source, number)
    }

    /// The row of `track` (an index of `tracks`) in the frame of `header`, into `words` (as many as the
    /// track has fields). Gives the row's own time: the tick's plus its offset. `None` is a gap: never
    /// written, torn, being overwritten, another track's.
    #[inline]
    pub fn row(&self, track: usize, header: &Header, words: &mut [u64]) -> Option<WallNs> {
        let track = &self.tracks[track];
        assert_eq!(words.len(), track.fields.len(), "a word a field");
        let at = track.rows.circle.frame(header.number) + track.rows.place;
        let sealed = self.source.collect(at, at + 1, words)?;
        let key = RowKey {
            number: header.number,
            salt: header.salt,
            identity: track.rows.identity,
        };
        let offset_us = key.offset_of(sealed, words)?;
        let late = i64::from(offset_us) * 1000;
        Some(WallNs(header.wall.0.saturating_add(late)))
    }

    /// The steps of the wall clock that were noted, in recorded order.
    pub fn steps(&self, clock: ClockId) -> Vec<Step> {
        let noted = State::read(&self.source);
        noted.map_or(Vec::new(), |noted| {
            noted.steps(usize::from(clock.0)).collect()
        })
    }

    /// The status area.
    pub fn status(&self) -> Vec<Status> {
        status::read(&self.source)
            .map(|(_, status)| status)
            .collect()
    }

    /// Tells the kernel that nothing of the ring need stay resident here: nobody asks for now.
    pub fn rest(&self) {
        self.source.rest();
    }
}

pub(super) fn oldest_of(newest: FrameNumber, frames: u64) -> FrameNumber {
    FrameNumber((newest.0 + 1).saturating_sub(frames).max(1))
}

/// Frames in recorded order, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The first.
    pub first: FrameNumber,
    /// The last.
    pub last: FrameNumber,
}
