//! The ticks of a range, of several clocks, in the order in which they were recorded. Within one run of the
//! writer (one salt) that is the order of time since boot, whatever was done to the wall clock; runs never
//! interleave, and which of two comes first the wall clock says.

use std::sync::Arc;

use super::request::Span;
use crate::ring::{ClockId, FrameNumber, Header, Reader, reader::Run};

/// Missing frames in a row after which the scan asks whether the ring wrapped past it.
const MISSES_A_LOOK: u64 = 64;

/// A frame, and whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tick {
    /// The clock's place in the list that the scan was made with.
    pub lane: usize,
    /// The frame.
    pub header: Header,
}

/// One clock's frames.
struct Lane {
    clock: ClockId,
    span: Span,
    runs: Vec<Run>,
    /// The run being read.
    run: usize,
    /// The frame to look at next.
    next: FrameNumber,
    /// The frame found.
    head: Option<Header>,
}

/// The ticks of several clocks, merged.
pub(super) struct Scan {
    reader: Arc<Reader>,
    lanes: Vec<Lane>,
    /// The run of the writer whose ticks are being handed out.
    salt: Option<u32>,
}

impl Scan {
    /// The ticks of `clocks` within each one's span.
    pub fn new(reader: &Arc<Reader>, clocks: impl Iterator<Item = (ClockId, Span)>) -> Scan {
        let lanes = clocks
            .map(|(clock, span)| {
                let mut runs = Vec::new();
                reader.find(clock, span.since, span.until, &mut runs);
                let mut lane = Lane {
                    clock,
                    span,
                    next: runs.first().map_or(FrameNumber(0), |run| run.first),
                    runs,
                    run: 0,
                    head: None,
                };
                lane.advance(reader);
                lane
            })
            .collect();
        Scan {
            reader: Arc::clone(reader),
            lanes,
            salt: None,
        }
    }

    /// The tick that comes next.
    pub fn peek(&self) -> Option<Tick> {
        let heads = || {
            self.lanes
                .iter()
                .enumerate()
                .filter_map(|(lane, at)| at.head.map(|header| Tick { lane, header }))
        };
        // the run that goes on, else the run that begins first
        let salt = heads()
            .map(|tick| tick.header.salt)
            .find(|&salt| Some(salt) == self.salt)
            .or_else(|| {
                heads()
                    .min_by_key(|tick| tick.header.wall)
                    .map(|tick| tick.header.salt)
            })?;
        heads()
            .filter(|tick| tick.header.salt == salt)
            .min_by_key(|tick| tick.header.boot)
    }

    /// The next tick.
    pub fn next(&mut self) -> Option<Tick> {
        let tick = self.peek()?;
        self.salt = Some(tick.header.salt);
        self.lanes[tick.lane].advance(&self.reader);
        Some(tick)
    }

    /// Frames passed, and frames in all.
    pub fn progress(&self) -> (u64, u64) {
        self.lanes.iter().fold((0, 0), |(passed, all), lane| {
            let (mine, total) = lane.progress();
            (passed + mine, all + total)
        })
    }
}

impl Lane {
    fn advance(&mut self, reader: &Reader) {
        self.head = None;
        let mut misses = 0;
        while let Some(run) = self.runs.get(self.run) {
            if self.next > run.last {
                self.run += 1;
                if let Some(run) = self.runs.get(self.run) {
                    self.next = run.first;
                }
                continue;
            }
            let number = self.next;
            self.next.0 += 1;
            match reader.header(self.clock, number) {
                Some(header) if self.span.contains(header.wall) => {
                    self.head = Some(header);
                    return;
                }
                Some(_) => {}
                None => {
                    misses += 1;
                    if misses % MISSES_A_LOOK == 0
                        && let Some(oldest) = reader.oldest(self.clock)
                    {
                        self.next = self.next.max(oldest);
                    }
                }
            }
        }
    }

    fn progress(&self) -> (u64, u64) {
        let len = |run: &Run| (run.last.0 + 1).saturating_sub(run.first.0);
        let before: u64 = self.runs.iter().take(self.run).map(len).sum();
        let here = self.runs.get(self.run).map_or(0, |run| {
            self.next.0.saturating_sub(run.first.0).min(len(run))
        });
        (before + here, self.runs.iter().map(len).sum())
    }
}
