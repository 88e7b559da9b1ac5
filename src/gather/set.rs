//! The collectors that run: started, stopped and restarted as the configuration says, each for itself.

use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded};
use goodall_platform::{ReadError, Roots, Settings};

use super::clock::{Command, TimeSource};
use super::sampler::{Never, OpenSource, Parts, Sampler};
use crate::metric::{Collector, MISSING, Source};
use crate::quantity::Interval;
use crate::ring::writer::{StatusSlot, Ticker, Writer};
use crate::ring::{Need, RingError};
use crate::{debug, info, warning};

/// Enough for the deepest reader and a log line; only what is touched is resident.
const STACK_SIZE: usize = 64 * 1024;

/// One collector as it is wanted.
#[derive(Clone)]
pub struct Wanted {
    /// Which.
    pub collector: &'static Collector,
    /// How often.
    pub interval: Interval,
    /// What the configuration says to its reader.
    pub settings: Settings,
    /// Whether somebody asked for it by name: then its absence is worth a line.
    pub is_explicit: bool,
}

impl PartialEq for Wanted {
    fn eq(&self, other: &Wanted) -> bool {
        std::ptr::eq(self.collector, other.collector)
            && (self.interval, &self.settings) == (other.interval, &other.settings)
    }
}

/// A wanted collector, opened and sampled once.
pub struct Ready {
    wanted: Wanted,
    source: Box<dyn Source>,
    /// Words of its rows, the word of check and offset of each included.
    words: usize,
}

impl Ready {
    /// The room that its rows take.
    pub fn need(&self) -> Need {
        Need {
            interval: self.wanted.interval,
            words: self.words,
        }
    }
}

/// Opens what is wanted and counts its rows. What this machine does not have is left out; what fails is
/// logged and left out too.
pub fn prepare(wanted: &[Wanted], roots: &Roots) -> Vec<Ready> {
    wanted
        .iter()
        .filter_map(|wanted| ready(wanted, roots))
        .collect()
}

fn ready(wanted: &Wanted, roots: &Roots) -> Option<Ready> {
    let name = wanted.collector.name;
    let open = || -> Result<Ready, ReadError> {
        let mut source = (wanted.collector.open)(roots, &wanted.settings)?;
        let mut words = 0;
        let is_sparse = source.is_sparse();
        source.sample(&mut |_, row| {
            let has = |word: &&u64| !is_sparse || **word != MISSING;
            words += row.iter().filter(has).count() + 1;
        })?;
        Ok(Ready {
            wanted: wanted.clone(),
            source,
            words,
        })
    };
    match open() {
        Ok(ready) => Some(ready),
        Err(error) if error.is_absent() && !wanted.is_explicit => {
            debug!("{name}: left out: {error}");
            None
        }
        Err(error) => {
            warning!("{name}: left out: {error}");
            None
        }
    }
}

/// What runs.
struct Running {
    wanted: Wanted,
    stop: Sender<Never>,
    thread: JoinHandle<StatusSlot>,
}

/// All collectors at work.
pub struct Set {
    running: Vec<Running>,
    tickers: Vec<(Interval, Ticker)>,
    writer: Arc<Writer>,
    roots: Roots,
    time: Arc<dyn TimeSource>,
}

impl Set {
    /// None yet.
    pub fn new(writer: Arc<Writer>, roots: Roots, time: Arc<dyn TimeSource>) -> Set {
        Set {
            running: Vec::new(),
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

    /// Starts a collector. A new interval's clock is handed to the clock thread by `add`.
    pub fn start(&mut self, ready: Ready, add: &mut dyn FnMut(Command)) -> Result<(), RingError> {
        let Ready { wanted, source, .. } = ready;
        let ticker = self.ticker(wanted.interval, add)?;
        let (roots, opened) = (self.roots.clone(), wanted.clone());
        let open: OpenSource = Box::new(move || (opened.collector.open)(&roots, &opened.settings));
        let (stop, stopped) = bounded(0);
        let name = wanted.collector.name;
        let sampler = Sampler::new(
            Parts {
                collector: wanted.collector,
                interval: wanted.interval,
                source: Some(source),
                open,
                writer: Arc::clone(&self.writer),
                ticker,
                time: Arc::clone(&self.time),
                stop: stopped,
            },
            self.writer.status(name, wanted.interval)?,
        );
        let builder = Builder::new().name(name.to_owned()).stack_size(STACK_SIZE);
        match builder.spawn(move || sampler.run()) {
            Ok(thread) => self.running.push(Running {
                wanted,
                stop,
                thread,
            }),
            Err(error) => warning!("{name}: no thread for it: {error}"),
        }
        Ok(())
    }

    /// Brings what runs to what is wanted: what did not change goes on without losing a tick.
    pub fn apply(&mut self, wanted: &[Wanted], add: &mut dyn FnMut(Command)) {
        let (keep, end): (Vec<_>, Vec<_>) = std::mem::take(&mut self.running)
            .into_iter()
            .partition(|running| wanted.contains(&running.wanted));
        self.running = keep;
        for running in &end {
            info!("{}: stopped", running.wanted.collector.name);
        }
        for status in stop(end, Duration::from_secs(2)) {
            // or it would be late for ever
            status.remove();
        }
        for wanted in wanted {
            if self.running.iter().any(|running| running.wanted == *wanted) {
                continue;
            }
            let name = wanted.collector.name;
            let Some(ready) = ready(wanted, &self.roots) else {
                continue;
            };
            match self.start(ready, add) {
                Ok(()) => info!("{name}: started, every {}", wanted.interval),
                Err(error) => warning!("{name}: left out: {error}"),
            }
        }
    }

    /// Stops all, and waits for them at most `patience`: one that hangs in the kernel is left behind.
    pub fn stop(mut self, patience: Duration) {
        stop(std::mem::take(&mut self.running), patience);
    }

    fn ticker(
        &mut self,
        interval: Interval,
        add: &mut dyn FnMut(Command),
    ) -> Result<Ticker, RingError> {
        if let Some((_, ticker)) = self.tickers.iter().find(|(known, _)| *known == interval) {
            return Ok(ticker.clone());
        }
        let clock = self.writer.clock(interval)?;
        let ticker = clock.ticker();
        add(Command::Add(interval, clock));
        self.tickers.push((interval, ticker.clone()));
        Ok(ticker)
    }
}

/// Ends them; gives the places in the status area of those that ended.
fn stop(running: Vec<Running>, patience: Duration) -> Vec<StatusSlot> {
    let give_up = Instant::now() + patience;
    let mut threads = Vec::new();
    let mut slots = Vec::new();
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
            slots.extend(thread.join());
        } else {
            warning!("{name}: hangs in the system and is left behind");
        }
    }
    slots
}
