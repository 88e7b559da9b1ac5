//! The collectors that run: started, stopped and restarted as the configuration says, each for itself.

use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use goodall_platform::Roots;
use goodall_platform::system::System;

use super::clock::{Command, TimeSource};
use super::rows::Rows;
use super::sampler::{OpenSource, Parts, Sampler};
use super::stop::{Stop, Stopper};
use super::wanted::{open, ready};
use crate::metric::Source;
use crate::quantity::Interval;
use crate::ring::RingError;
use crate::ring::writer::{Clock, StatusSlot, Ticker, Writer};
use crate::{info, warning};

pub use super::wanted::{Ready, Wanted, prepare};

/// Enough for the deepest reader and a log line.
const STACK_SIZE: usize = System::READER_STACK_SIZE;

/// A collector that has all that it needs but its thread.
struct Equipped {
    wanted: Wanted,
    source: Box<dyn Source>,
    rows: Rows,
    ticker: Ticker,
}

/// At intervals up to this the first sample is taken at once whatever the run before recorded: a start takes
/// about as long.
const AT_ONCE_NS: u64 = 1_000_000_000;

/// What runs.
struct Running {
    wanted: Wanted,
    stop: Stopper,
    thread: JoinHandle<Box<Sampler>>,
}

/// A collector that did not end when it was told to: it hangs in the system.
struct LeftBehind {
    name: &'static str,
    thread: JoinHandle<Box<Sampler>>,
}

/// All collectors at work.
pub struct Set {
    wanted: Vec<Wanted>,
    running: Vec<Running>,
    left_behind: Vec<LeftBehind>,
    /// Those whose refusal was told since the configuration was read.
    refused: Vec<&'static str>,
    tickers: Vec<(Interval, Ticker)>,
    writer: Arc<Writer>,
    roots: Roots,
    time: Arc<dyn TimeSource>,
}

impl Set {
    /// None yet.
    pub fn new(writer: Arc<Writer>, roots: Roots, time: Arc<dyn TimeSource>) -> Set {
        Set {
            wanted: Vec::new(),
            running: Vec::new(),
            left_behind: Vec::new(),
            refused: Vec::new(),
            tickers: Vec::new(),
            writer,
            roots,
            time,
        }
    }

    /// How many run.
    pub fn len(&self) -> usize {
        self.running.len()
    }

    /// Whether none runs.
    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// Remembers all that is wanted, whether it is here or not: see [`Set::look_again`].
    pub fn want(&mut self, wanted: &[Wanted]) {
        self.wanted = wanted.to_vec();
        self.refused.clear();
    }

    /// Starts a collector. A new interval's clock is handed to the clock thread by `add`.
    pub fn start(&mut self, ready: Ready, add: &mut dyn FnMut(Command)) -> Result<(), RingError> {
        let equipped = self.equip(ready, false, add)?;
        self.launch(equipped)
    }

    /// Gives a collector its clock and the tracks of its instances: of all, or where it `has_room_first` it
    /// fails.
    fn equip(
        &mut self,
        ready: Ready,
        has_room_first: bool,
        add: &mut dyn FnMut(Command),
    ) -> Result<Equipped, RingError> {
        let Ready {
            wanted,
            source,
            rows: newcomers,
            ..
        } = ready;
        let interval = wanted.interval;
        let (ticker, clock) = self.ticker(interval)?;
        let mut rows = Rows::new(wanted.collector, interval, Arc::clone(&self.writer));
        if has_room_first {
            rows.make_room(&*source, newcomers)?;
        } else {
            rows.make_what_room_there_is(&*source, newcomers);
        }
        if let Some(clock) = clock {
            self.keep(interval, &ticker, clock, add);
        }
        Ok(Equipped {
            wanted,
            source,
            rows,
            ticker,
        })
    }

    fn launch(&mut self, equipped: Equipped) -> Result<(), RingError> {
        let Equipped {
            wanted,
            source,
            rows,
            ticker,
        } = equipped;
        let (roots, opened) = (self.roots.clone(), wanted.clone());
        let open: OpenSource = Box::new(move || opened.collector.source(&roots, &opened.settings));
        let stop = Stop::default();
        let name = wanted.collector.name;
        let status = self.writer.status(name, wanted.interval)?;
        let sampler = Box::new(Sampler::new(
            Parts {
                collector: wanted.collector,
                interval: wanted.interval,
                source: Some(source),
                open,
                rows,
                ticker,
                time: Arc::clone(&self.time),
                stop: stop.clone(),
            },
            status,
        ));
        let builder = Builder::new().name(name.to_owned()).stack_size(STACK_SIZE);
        match builder.spawn(move || sampler.run()) {
            Ok(thread) => self.running.push(Running {
                wanted,
                stop: stop.said_to(thread.thread()),
                thread,
            }),
            Err(error) => warning!("{name}: no thread for it: {error}"),
        }
        Ok(())
    }

    /// Brings what runs to what is wanted: what did not change goes on without losing a tick, what changed
    /// goes on as it was where the new form cannot be had (it cannot be read, or the ring has no room).
    pub fn apply(&mut self, wanted: &[Wanted], add: &mut dyn FnMut(Command)) {
        self.want(wanted);
        let is_new = |wanted: &&Wanted| self.running.iter().all(|one| one.wanted != **wanted);
        let new: Vec<&Wanted> = wanted.iter().filter(is_new).collect();
        let (mut opened, mut stays) = (Vec::new(), Vec::new());
        for wanted in new {
            if !self.runs(wanted) {
                opened.extend(
                    self.can_open(wanted)
                        .then(|| ready(wanted, &self.roots))
                        .flatten(),
                );
                continue;
            }
            match open(wanted, &self.roots) {
                Ok(ready) => opened.push(ready),
                Err(error) => stays.push(stays_as_it_is(wanted, &error)),
            }
        }
        let needs: Vec<_> = opened.iter().map(Ready::need).collect();
        self.writer.expect(&needs);
        let mut equipped = Vec::new();
        for ready in opened {
            let (wanted, replaces) = (ready.wanted.clone(), self.runs(&ready.wanted));
            match self.equip(ready, replaces, add) {
                Ok(one) => equipped.push(one),
                Err(error) if replaces => stays.push(stays_as_it_is(&wanted, &error)),
                Err(error) => self.refuse(&wanted, &error),
            }
        }
        self.end(|one| {
            let is_kept = wanted.contains(&one.wanted);
            is_kept || stays.contains(&one.wanted.collector.name)
        });
        for one in equipped {
            self.launch_told(one);
        }
    }

    /// Looks for what is wanted and was not here so far: a module that was loaded, a sensor that was put in.
    pub fn look_again(&mut self, add: &mut dyn FnMut(Command)) {
        let absent = self.wanted.iter().filter(|wanted| !self.runs(wanted));
        let absent: Vec<Wanted> = absent.cloned().collect();
        for wanted in absent {
            if !self.can_open(&wanted) {
                continue;
            }
            // that it is still not here is no news
            let Ok(ready) = open(&wanted, &self.roots) else {
                continue;
            };
            self.writer.expect(&[ready.need()]);
            match self.equip(ready, false, add) {
                Ok(one) => self.launch_told(one),
                Err(error) => self.refuse(&wanted, &error),
            }
        }
    }

    /// Whether a collector runs, in this form or another.
    fn runs(&self, wanted: &Wanted) -> bool {
        let is_it = |one: &Running| std::ptr::eq(one.wanted.collector, wanted.collector);
        self.running.iter().any(is_it)
    }

    /// Whether nothing of a collector hangs in the system: it is never given a second thread.
    fn can_open(&mut self, wanted: &Wanted) -> bool {
        let name = wanted.collector.name;
        for ended in self
            .left_behind
            .extract_if(.., |one| one.thread.is_finished())
        {
            // or it would be late for ever
            let ended = ended.thread.join().into_iter();
            ended.for_each(|sampler| sampler.into_status().remove());
        }
        let hangs = self.left_behind.iter().any(|one| one.name == name);
        if hangs {
            self.refuse(wanted, &"it hangs in the system still");
        }
        !hangs
    }

    fn launch_told(&mut self, equipped: Equipped) {
        let wanted = equipped.wanted.clone();
        let (name, interval) = (wanted.collector.name, wanted.interval);
        match self.launch(equipped) {
            Ok(()) => info!("{name}: started, every {interval}"),
            Err(error) => self.refuse(&wanted, &error),
        }
    }

    /// Says once that a collector cannot be started.
    fn refuse(&mut self, wanted: &Wanted, why: &dyn std::fmt::Display) {
        let name = wanted.collector.name;
        if !self.refused.contains(&name) {
            self.refused.push(name);
            warning!("{name}: left out: {why}");
        }
    }

    /// Ends those that are not to stay.
    fn end(&mut self, stays: impl Fn(&Running) -> bool) {
        let (keep, end): (Vec<_>, Vec<_>) = std::mem::take(&mut self.running)
            .into_iter()
            .partition(stays);
        self.running = keep;
        for running in &end {
            info!("{}: stopped", running.wanted.collector.name);
        }
        let (ended, hang) = stop(end, Duration::from_secs(2));
        // or it would be late for ever
        ended.into_iter().for_each(StatusSlot::remove);
        self.left_behind.extend(hang);
    }

    /// Stops all, and waits for them at most `patience`: one that hangs in the kernel is left behind.
    pub fn stop(mut self, patience: Duration) {
        stop(std::mem::take(&mut self.running), patience);
    }

    /// The interval's ticker, for what is no collector; a new interval's clock is handed to the clock thread by
    /// `add`.
    pub fn ticker_of(
        &mut self,
        interval: Interval,
        add: &mut dyn FnMut(Command),
    ) -> Result<Ticker, RingError> {
        let (ticker, clock) = self.ticker(interval)?;
        if let Some(clock) = clock {
            self.keep(interval, &ticker, clock, add);
        }
        Ok(ticker)
    }

    fn keep(
        &mut self,
        interval: Interval,
        ticker: &Ticker,
        clock: Clock,
        add: &mut dyn FnMut(Command),
    ) {
        add(Command::Add(interval, clock));
        self.tickers.push((interval, ticker.clone()));
    }

    /// The interval's ticker, and its clock where that was not made before.
    fn ticker(&self, interval: Interval) -> Result<(Ticker, Option<Clock>), RingError> {
        let mut known = self.tickers.iter();
        if let Some((_, ticker)) = known.find(|(known, _)| *known == interval) {
            return Ok((ticker.clone(), None));
        }
        let mut clock = self.writer.clock(interval)?;
        if interval.ns() > AT_ONCE_NS {
            clock.wait_where_early(self.time.now());
        }
        Ok((clock.ticker(), Some(clock)))
    }
}

/// Says that a collector's old form goes on; gives its name.
fn stays_as_it_is(wanted: &Wanted, why: &dyn std::fmt::Display) -> &'static str {
    let name = wanted.collector.name;
    warning!("{name}: goes on as it was: {why}");
    name
}

/// Ends them; gives the places in the status area of those that ended, and those that did not.
fn stop(running: Vec<Running>, patience: Duration) -> (Vec<StatusSlot>, Vec<LeftBehind>) {
    let give_up = Instant::now() + patience;
    let mut threads = Vec::new();
    let (mut slots, mut left_behind) = (Vec::new(), Vec::new());
    for Running {
        wanted,
        stop,
        thread,
    } in running
    {
        drop(stop);
        threads.push((wanted.collector.name, thread));
    }
    for (name, thread) in threads {
        while !thread.is_finished() && Instant::now() < give_up {
            std::thread::sleep(Duration::from_millis(1));
        }
        if thread.is_finished() {
            slots.extend(thread.join().map(|sampler| sampler.into_status()));
        } else {
            warning!("{name}: hangs in the system and is left behind");
            left_behind.push(LeftBehind { name, thread });
        }
    }
    (slots, left_behind)
}
