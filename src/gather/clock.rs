//! The clock: opens each interval's frame just before its tick. The main thread runs it.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use goodall_platform::resident::Code;

use super::ahead::Ahead;
use super::ticks::Ticks;
use crate::metric::TOTALS;
use crate::quantity::{BootNs, Interval, Now, WallNs};
use crate::ring::writer::{Clock, Writer};
use crate::warning;

/// Where the time comes from: the system, or a test that sets it.
pub trait TimeSource: Send + Sync {
    /// Now, by both clocks.
    fn now(&self) -> Now;
}

/// The system's clocks.
pub struct SystemTime;

impl TimeSource for SystemTime {
    fn now(&self) -> Now {
        let now = goodall_platform::clock::now();
        Now {
            wall: WallNs(now.wall_ns),
            boot: BootNs(now.boot_ns),
        }
    }
}

/// How long before its tick a frame is opened: time enough for this thread to be woken late.
fn lead(interval: Interval) -> Duration {
    let ns = interval.ns();
    Duration::from_nanos((ns / 16).clamp(250_000, 3_000_000).min(ns / 4))
}

/// Has this thread woken on time where its interval is so short that the system's slack, 50 us, is much of it.
pub(super) fn be_exact(interval: Interval) {
    const SHORT_NS: u64 = 10_000_000;
    if interval.ns() < SHORT_NS {
        goodall_platform::clock::set_timer_slack(Duration::from_nanos(1));
    }
}

/// Frames are touched for no longer ahead: the kernel writes out what has been dirty for 30 s, and it is a tick or two before
/// that is seen. What is touched for longer is written in vain; what needs a page of its own just before shares the
/// journal's next turn with what is touched after.
const AHEAD_MAX: Duration = Duration::from_secs(29);

/// The newest frames are noted no sooner again than after so long: with every other of the kernel's write-backs.
const NOTED_MIN: Duration = Duration::from_secs(50);

/// What the clock thread is told while it runs.
pub enum Command {
    /// Another interval's frames are to be opened.
    Add(Interval, Clock),
    /// Enough.
    Stop,
}

/// One interval's frames.
struct Hand {
    clock: Clock,
    ticks: Ticks,
    is_first: bool,
}

impl Hand {
    fn new(interval: Interval, clock: Clock, now: Now) -> Hand {
        let (lead, instant) = (lead(interval), Instant::now());
        let (waits, ticks) = (clock.waits(), Ticks::new(interval, lead, instant));
        Hand {
            clock,
            ticks: if waits {
                ticks.starting_at_next(now, instant)
            } else {
                ticks
            },
            is_first: !waits,
        }
    }
}

/// All intervals' frames.
pub struct Clockwork {
    hands: Vec<Hand>,
    writer: Arc<Writer>,
    time: Arc<dyn TimeSource>,
    code: Code,
    each_minute: fn(),
    /// Until what the start looked at is given back.
    has_started: bool,
    /// Whether the kernel wrote the file out before the last frames were opened; and when it last did.
    was_written_out: bool,
    written_out: Instant,
    /// When the newest frames were noted.
    noted: Instant,
    ahead: Ahead,
}

impl Clockwork {
    /// No interval yet.
    pub fn new(writer: Arc<Writer>, time: Arc<dyn TimeSource>) -> Clockwork {
        let code = Code::of_this_process();
        code.bring_in_little();
        Clockwork {
            hands: Vec::new(),
            writer,
            time,
            code,
            each_minute: || {},
            has_started: true,
            was_written_out: false,
            written_out: Instant::now(),
            noted: Instant::now(),
            ahead: Ahead::default(),
        }
    }

    /// What else is to be done at each checkpoint: nothing that takes time.
    pub fn each_minute(&mut self, act: fn()) {
        self.each_minute = act;
    }

    /// Adds an interval and opens its first frame at once, so that its collectors find it; where it
    /// waits for its tick, so do they. Called by the thread that will run it.
    pub fn add(&mut self, interval: Interval, clock: Clock) {
        be_exact(interval);
        self.ahead.add(interval, clock.toucher());
        let mut hand = Hand::new(interval, clock, self.time.now());
        if hand.is_first {
            self.open(&mut hand);
        }
        self.hands.push(hand);
    }

    /// Takes a command outside of [`Clockwork::run`].
    pub fn take(&mut self, command: Command) {
        if let Command::Add(interval, clock) = command {
            self.add(interval, clock);
        }
    }

    /// Opens frames until [`Command::Stop`], or until nobody is left who could send it.
    #[inline(never)] // or all of the start stands around it in the code
    pub fn run(mut self, commands: &Receiver<Command>) {
        const MINUTE: Duration = Duration::from_secs(60);
        // the first soon: what the start needed is let go of
        const FIRST: Duration = Duration::from_secs(3);
        // once what the minute wakes has run, too
        const LATER: Duration = Duration::from_secs(2);
        let mut minute = Instant::now() + FIRST;
        let mut rest = minute + LATER;
        loop {
            let due = self
                .hands
                .iter()
                .map(|hand| hand.ticks.due())
                .fold(minute.min(rest), Ord::min);
            match commands.recv_deadline(due) {
                Ok(Command::Add(interval, clock)) => self.add(interval, clock),
                Ok(Command::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            let instant = Instant::now();
            let mut hands = std::mem::take(&mut self.hands);
            for hand in hands.iter_mut().filter(|hand| hand.ticks.due() <= instant) {
                self.open(hand);
            }
            self.touch_ahead(&mut hands, instant);
            self.hands = hands;
            if instant >= minute {
                minute = instant + MINUTE;
                (self.each_minute)();
                // elsewhere with what the kernel writes out
                if instant >= self.noted.max(self.written_out) + MINUTE {
                    self.note(instant);
                }
            }
            if instant >= rest {
                rest = minute + LATER;
                self.rest();
            }
        }
    }

    /// Lets go of what is resident and not used every second.
    fn rest(&mut self) {
        self.code.give_back();
        // what was touched ahead is worth more than what a start leaves: to touch it anew may wait for the disk
        if std::mem::take(&mut self.has_started) && !self.ahead.is_at_work() {
            self.writer.give_back();
            for hand in &self.hands {
                hand.clock.touch_again();
            }
        } else {
            self.writer.rest();
        }
    }

    /// At the tick after the one that found that the kernel is writing the file out: it is done by then.
    fn touch_ahead(&mut self, hands: &mut [Hand], now: Instant) {
        if std::mem::take(&mut self.was_written_out) {
            // by and large it comes at equal times: after 30 s, or sooner where somebody syncs
            let span = now.duration_since(self.written_out).min(AHEAD_MAX);
            self.written_out = now;
            for hand in hands.iter_mut() {
                hand.clock.touch_ahead(span);
            }
            // now too: a page of its own, which would cost another turn of the journal
            if now >= self.noted + NOTED_MIN {
                self.note(now);
            }
        }
        for hand in hands {
            self.was_written_out |= hand.clock.take_written_out();
        }
    }

    /// Notes the newest frames in the state area.
    fn note(&mut self, now: Instant) {
        self.noted = now;
        if let Err(error) = self.writer.checkpoint(false) {
            warning!("{error}");
        }
    }

    fn open(&self, hand: &mut Hand) {
        let now = self.time.now();
        hand.clock.open_frame(hand.ticks.tick(now, hand.is_first));
        hand.is_first = false;
        TOTALS.frames.fetch_add(1, Relaxed);
        hand.ticks.advance(self.time.now(), Instant::now());
    }
}
