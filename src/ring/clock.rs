//! One interval's clock: it opens the frames into which the tracks of its interval write.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::frame::publish_header;
use goodall_platform::map::faults_of_this_thread;

use super::frames::{Frames, pass_circle};
use super::layout::{Circle, HEADER_WORDS, index};
use super::state::Step;
use super::toucher::{Toucher, touch_frame};
use super::{FrameNumber, Header, Writer};
use crate::quantity::{BootNs, Interval, Now, WallNs};

/// A pause longer than this, beyond the interval, is a suspend: no frame numbers are left out for it.
const SUSPEND_NS: u64 = 60_000_000_000;
/// The wall clock was set if it is off by more than this, in ns; slewing (500 ppm) stays below.
const STEP_NS: i64 = 100_000_000;
/// Frames opened last that are kept, so that a ticker that is slow to read one still reads it whole.
const RECENT: usize = 4;
/// Words of a page.
const PAGE_WORDS: usize = 512;
/// Words that are given back at once: four pages. A store brings in one page, not what stands around it, so
/// that this, what is open and what comes next are all that a circle is resident with.
const PASSED_WORDS: usize = 4 * PAGE_WORDS;
/// Words of a circle that are touched ahead at once, at most: 32 pages, since they are resident.
const AHEAD_WORDS: usize = 32 * PAGE_WORDS;
/// Frames behind the open one that late rows may still go to: their pages are not given back.
const LATE_FRAMES: u64 = 2;

/// What a clock and its tracks share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) id: usize,
    pub(super) interval: Interval,
    pub(super) window_frames: u64,
    pub(super) slots: u64,
    // before this run
    newest_found: FrameNumber,
    circles: Mutex<Vec<Circle>>,
    opened: AtomicU64,
    /// Whether the first frame is left to its tick.
    waits: AtomicBool,
    recent: [Recent; RECENT],
}

#[derive(Debug, Default)]
struct Recent {
    number: AtomicU64,
    wall: AtomicI64,
    boot: AtomicU64,
}

impl Shared {
    pub(super) fn new(id: usize, frames: &Frames, newest_found: FrameNumber) -> Shared {
        Shared {
            id,
            interval: frames.interval,
            window_frames: frames.window_frames,
            slots: frames.slots,
            newest_found,
            circles: Mutex::new(frames.circles.clone()),
            opened: AtomicU64::new(0),
            waits: AtomicBool::new(false),
            recent: Default::default(),
        }
    }

    pub(super) fn circles(&self) -> MutexGuard<'_, Vec<Circle>> {
        self.circles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest frame, of this run or the one before.
    pub(super) fn newest(&self) -> FrameNumber {
        self.current(0)
            .map_or(self.newest_found, |header| header.number)
    }

    fn announce(&self, header: &Header) {
        let count = self.opened.load(Ordering::Relaxed) + 1;
        let recent = &self.recent[index(count) % RECENT];
        recent.number.store(header.number.0, Ordering::Relaxed);
        recent.wall.store(header.wall.0, Ordering::Relaxed);
        recent.boot.store(header.boot.0, Ordering::Relaxed);
        self.opened.store(count, Ordering::Release);
    }

    /// The frame that is open; none before the first.
    fn current(&self, salt: u32) -> Option<Header> {
        loop {
            let count = self.opened.load(Ordering::Acquire);
            if count == 0 {
                return None;
            }
            let recent = &self.recent[index(count) % RECENT];
            let header = Header {
                number: FrameNumber(recent.number.load(Ordering::Relaxed)),
                wall: WallNs(recent.wall.load(Ordering::Relaxed)),
                boot: BootNs(recent.boot.load(Ordering::Relaxed)),
                salt,
            };
            fence(Ordering::Acquire);
            // overwritten while it was read only if three more frames were opened meanwhile
            if self.opened.load(Ordering::Relaxed) - count < RECENT as u64 - 1 {
                return Some(header);
            }
        }
    }
}

/// The frame that a clock opened: where a row goes, and from when its time counts.
pub type Tick = Header;

/// Follows a clock, from any thread.
#[derive(Clone, Debug)]
pub struct Ticker {
    shared: Arc<Shared>,
    salt: u32,
}

impl Ticker {
    /// The frame that is open; none before the first of this run. Waits for nobody, allocates nothing.
    pub fn current(&self) -> Option<Tick> {
        self.shared.current(self.salt)
    }

    /// Whether no frame is opened before the next tick: see [`Clock::wait_where_early`].
    pub fn waits(&self) -> bool {
        self.shared.waits.load(Ordering::Relaxed)
    }
}

/// One interval's clock: opens frames. One thread owns it.
pub struct Clock {
    writer: Arc<Writer>,
    shared: Arc<Shared>,
    previous: Option<Header>,
    started: bool,
    passed: u64,
    written_out: bool,
    /// The last frame that is touched, and the last that is to be before the kernel writes out again.
    touched: u64,
    wanted: u64,
}

impl Clock {
    pub(super) fn new(writer: Arc<Writer>, shared: Arc<Shared>, previous: Option<Header>) -> Clock {
        Clock {
            writer,
            shared,
            previous,
            started: false,
            passed: previous.map_or(0, |header| header.number.0),
            written_out: false,
            touched: 0,
            wanted: 0,
        }
    }

    /// The interval.
    pub fn interval(&self) -> Interval {
        self.shared.interval
    }

    /// What tells the interval's tracks which frame is open.
    pub fn ticker(&self) -> Ticker {
        Ticker {
            shared: Arc::clone(&self.shared),
            salt: self.writer.salt(),
        }
    }

    /// What touches pages ahead of this clock, on another thread.
    pub fn toucher(&self) -> Toucher {
        Toucher::new(Arc::clone(&self.writer), Arc::clone(&self.shared))
    }

    /// Leaves the first frame to its tick where the newest one, of the run before, is less than an interval
    /// old: each start would else take a frame's place from the window, and a few of them push all of a slow
    /// interval's history out.
    pub fn wait_where_early(&mut self, now: Now) {
        let Some(previous) = self.previous.filter(|_| !self.started) else {
            return;
        };
        let by_boot = i128::from(now.boot.0) - i128::from(previous.boot.0);
        let by_wall = i128::from(now.wall.0) - i128::from(previous.wall.0);
        // another boot's clock would have to agree by chance
        let is_same_boot = (by_boot - by_wall).abs() <= i128::from(STEP_NS);
        let is_early = (0..i128::from(self.shared.interval.ns())).contains(&by_boot);
        let waits = is_same_boot && is_early;
        self.shared.waits.store(waits, Ordering::Relaxed);
    }

    /// The same as [`Ticker::waits`].
    pub fn waits(&self) -> bool {
        self.ticker().waits()
    }

    /// Opens the frame of the tick at `tick`, and touches the pages of the next, so that a stalled disk
    /// stalls this thread and no collector. Records a step of the wall clock. Allocates nothing.
    pub fn open_frame(&mut self, tick: Now) -> Tick {
        let number = self.number_of(tick.boot);
        let header = Header {
            number,
            wall: tick.wall,
            boot: tick.boot,
            salt: self.writer.salt(),
        };
        if let Some(by_ns) = self.step_to(&header) {
            // before the header, so that no reader sees the frame without its step
            let mut state = self.writer.state();
            state.step(
                self.shared.id,
                Step {
                    frame: number,
                    by_ns,
                },
            );
            state.publish(self.writer.map());
        }
        let circles = self.shared.circles();
        for circle in circles.iter() {
            let cells = &self.writer.map().words()[circle.frame(number)..][..HEADER_WORDS];
            publish_header(cells, &header);
        }
        self.shared.announce(&header);
        let faults = faults_of_this_thread();
        self.writer
            .set_live_newest(self.shared.id, number, tick.wall);
        // what every tick stores to faults only when the kernel has written it out
        self.written_out |= faults_of_this_thread() != faults;
        let passed = number.0.saturating_sub(LATE_FRAMES);
        for circle in circles.iter() {
            touch_frame(self.writer.map(), circle, FrameNumber(number.0 + 1));
            self.pass(circle, passed);
        }
        drop(circles);
        if number.0 >= self.touched && number.0 < self.wanted {
            self.touch_next(number);
        }
        self.passed = self.passed.max(passed);
        self.previous = Some(header);
        if !self.started {
            self.shared.waits.store(false, Ordering::Relaxed);
            self.started = true;
        }
        header
    }

    /// Touches the pages of the open frame and of those that come next again, after [`Writer::give_back`].
    pub fn touch_again(&self) {
        const SPAN_NS: u64 = 200_000_000;
        if let Some(open) = self.previous {
            let frames = SPAN_NS / self.shared.interval.ns() + 1;
            let last = open.number.0 + frames.min(self.shared.slots / 8);
            for circle in self.shared.circles().iter() {
                for number in open.number.0..=last {
                    touch_frame(self.writer.map(), circle, FrameNumber(number));
                }
            }
            // or the next frame would take its page for one that was written out
            self.writer
                .set_live_newest(self.shared.id, open.number, open.wall);
        }
    }

    /// Whether the kernel has written out what is dirty of the file, since this was asked last.
    pub fn take_written_out(&mut self) -> bool {
        std::mem::take(&mut self.written_out)
    }

    /// Touches the pages of frames together from now on, for so long a time. Each page that is stored to for
    /// the first time since it was written out changes the file's time, and so makes the file system write
    /// its journal: once or twice, where pages are touched together just after the kernel has written them
    /// out, in place of every few seconds. What is touched for longer than until it does so again is
    /// written in vain.
    pub fn touch_ahead(&mut self, span: Duration) {
        let Some(newest) = self.previous else {
            return;
        };
        let span_ns = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        let interval = self.shared.interval.ns();
        let frames = span_ns.saturating_add(interval / 2) / interval;
        self.wanted = newest.number.0.saturating_add(frames);
        self.touch_next(newest.number);
    }

    /// Touches the pages of the frames that are wanted next, as many as may be resident.
    fn touch_next(&mut self, newest: FrameNumber) {
        let mut last = self.wanted.min(newest.0 + self.shared.slots / 2);
        let circles = self.shared.circles();
        for circle in circles.iter() {
            let most = AHEAD_WORDS / circle.frame_words.max(1);
            last = last.min(newest.0 + most as u64);
        }
        for circle in circles.iter() {
            for number in newest.0 + 1..=last {
                touch_frame(self.writer.map(), circle, FrameNumber(number));
            }
        }
        drop(circles);
        self.touched = last;
    }

    /// Previous + the ticks of boot time elapsed since; one where this run or the machine just started, or
    /// the machine slept.
    fn number_of(&self, boot: BootNs) -> FrameNumber {
        let Some(previous) = self.previous else {
            return FrameNumber(1);
        };
        let interval = self.shared.interval.ns();
        let elapsed = boot.0.saturating_sub(previous.boot.0);
        let counts = self.started && elapsed <= interval + SUSPEND_NS;
        let ticks = if counts {
            elapsed.saturating_add(interval / 2) / interval
        } else {
            1
        };
        FrameNumber(previous.number.0 + ticks.max(1))
    }

    /// By how much the wall clock was set since the previous frame, in ns; `None` where it was not.
    fn step_to(&self, header: &Header) -> Option<i64> {
        let previous = self.previous?;
        let elapsed_wall = header.wall.0.saturating_sub(previous.wall.0);
        let by_ns = if self.started {
            let elapsed = header.boot.0.saturating_sub(previous.boot.0);
            elapsed_wall.saturating_sub(i64::try_from(elapsed).unwrap_or(i64::MAX))
        } else {
            // nothing is known of the time in between
            elapsed_wall.min(0)
        };
        let set = header.wall < previous.wall || by_ns.saturating_abs() > STEP_NS;
        set.then_some(by_ns)
    }

    /// Gives back the pages behind: of every frame since the last one given back, so that none is left
    /// out where ticks were missed.
    fn pass(&self, circle: &Circle, until: u64) {
        let from = self.passed.max(until.saturating_sub(self.shared.slots));
        for number in from..until {
            pass_circle(
                circle,
                FrameNumber(number),
                PASSED_WORDS,
                &mut |at, count| {
                    self.writer.map().dont_need(at * 8, count * 8);
                },
            );
        }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        let newest = self.previous;
        self.writer.ledger().release_clock(self.shared.id, newest);
    }
}
