//! The clock: opens each interval's frame just before its tick. The main thread runs it.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use goodall_platform::resident::Code;

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
    fn new(interval: Interval, clock: Clock) -> Hand {
        Hand {
            clock,
            ticks: Ticks::new(interval, lead(interval), Instant::now()),
            is_first: true,
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
        }
    }

    /// What else is to be done at each checkpoint: nothing that takes time.
    pub fn each_minute(&mut self, act: fn()) {
        self.each_minute = act;
    }

    /// Adds an interval and opens its first frame at once, so that its collectors find it. Called by the
    /// thread that will run it.
    pub fn add(&mut self, interval: Interval, clock: Clock) {
        be_exact(interval);
        let mut hand = Hand::new(interval, clock);
        self.open(&mut hand);
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
        const CHECKPOINT: Duration = Duration::from_secs(60);
        // the first soon: what the start needed is let go of
        const FIRST: Duration = Duration::from_secs(3);
        let mut checkpoint = Instant::now() + FIRST;
        loop {
            let due = self
                .hands
                .iter()
                .map(|hand| hand.ticks.due())
                .fold(checkpoint, Ord::min);
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
            self.hands = hands;
            if instant >= checkpoint {
                checkpoint = instant + CHECKPOINT;
                self.code.give_back();
                (self.each_minute)();
                if let Err(error) = self.writer.checkpoint(false) {
                    warning!("{error}");
                }
                self.writer.give_back();
                for hand in &self.hands {
                    hand.clock.touch_again();
                }
            }
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
