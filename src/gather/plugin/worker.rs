//! One plugin's thread: starts its command, waits for what it says, for its end, and for the tick, and records.
//! Whatever the command does (hang, flood, fork, crash) costs this thread alone.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

use goodall_platform::bell::Ear;
use goodall_platform::group::{self, Identity};
use goodall_platform::poll::{Place, Poll};

use super::input::{Input, Inputs};
use super::recorder::Recorder;
use super::registry::{Inbox, Registry};
use super::run::{Event, Recipe, Run, Started, code_of};
use super::said::{Quota, Said};
use super::{Mode, Wanted, caught};
use crate::backoff::{Backoff, SOURCES};
use crate::debug;
use crate::gather::lines::Format;
use crate::ring::writer::StatusSlot;

/// What runs on for so long is well again.
const WELL: Duration = Duration::from_secs(10);

/// What a worker is made of.
pub struct Parts {
    /// The plugin.
    pub wanted: Wanted,
    /// What goodall adds to its environment.
    pub env: Vec<(OsString, OsString)>,
    /// The socket's path, its last argument; none where there is none.
    pub socket: Option<OsString>,
    /// Who it runs as.
    pub identity: Option<Identity>,
    /// Where its lines go.
    pub recorder: Recorder,
    /// Where it is told of connections and of the end.
    pub ear: Ear,
    /// Where connections are left.
    pub inbox: Arc<Inbox>,
    /// Where its processes are known.
    pub registry: Arc<Registry>,
}

/// A plugin at work.
pub struct Worker {
    wanted: Wanted,
    recorder: Recorder,
    ear: Ear,
    inbox: Arc<Inbox>,
    registry: Arc<Registry>,
    run: Run,
    inputs: Inputs,
    said: Option<Said>,
    quota: Quota,
    backoff: Backoff,
    /// In stream mode, when it is started.
    start_at: Option<Instant>,
    has_run: bool,
    timed_out: bool,
    lines: u64,
    poll: Poll,
}

/// What was waited for.
struct Places {
    ear: Place,
    said: Option<Place>,
}

impl Worker {
    /// Ready to run in a thread of its own.
    pub fn new(parts: Parts) -> Worker {
        let mut command = parts.wanted.command.clone();
        command.extend(parts.socket);
        let given = parts.wanted.env.iter();
        let given = given.map(|(name, value)| (name.into(), value.into()));
        let now = Instant::now();
        let run = Run::new(Recipe {
            command,
            env: parts.env.into_iter().chain(given).collect(),
            identity: parts.identity,
            timeout: (parts.wanted.mode == Mode::Run).then_some(parts.wanted.timeout),
        });
        Worker {
            start_at: (parts.wanted.mode == Mode::Stream).then_some(now),
            wanted: parts.wanted,
            recorder: parts.recorder,
            ear: parts.ear,
            inbox: parts.inbox,
            registry: parts.registry,
            run,
            inputs: Inputs::new(),
            said: None,
            quota: Quota::new(now),
            backoff: Backoff::new(SOURCES),
            has_run: false,
            timed_out: false,
            lines: 0,
            poll: Poll::new(),
        }
    }

    /// Works until told to end; then nothing of the plugin is left. Gives back its place in the status area.
    pub fn run(mut self) -> StatusSlot {
        group::give_way();
        while !self.ear.is_over() {
            if let Err(what) = caught(|| self.turn()) {
                self.recorder.fail(what);
            }
        }
        self.run.stop();
        self.recorder.into_status()
    }

    /// Waits once, and does what there is to do.
    fn turn(&mut self) {
        let places = self.wait();
        if self.poll.is_ready(places.ear) {
            self.ear.hear();
            for connection in self.inbox.take(self.inputs.len()) {
                if let Ok(input) = Input::connection(connection) {
                    self.inputs.add(input);
                }
            }
        }
        self.recorder.look();
        let more = self.inputs.pump(&self.poll, &mut self.recorder);
        if places.said.is_some_and(|place| self.poll.is_ready(place)) {
            self.hear_said();
        }
        let now = Instant::now();
        match self.run.look(now) {
            Some(Event::TimedOut) => self.time_out(),
            Some(Event::Ended {
                leader,
                status,
                took,
            }) => self.end_run(leader, status, took),
            None => {}
        }
        if now >= self.recorder.due() {
            self.tick();
        }
        if self.start_at.is_some_and(|at| now >= at) && self.run.is_idle() {
            self.start_at = None;
            self.start();
        }
        self.recorder.rest(more);
    }

    fn wait(&mut self) -> Places {
        let now = Instant::now();
        self.poll.clear();
        let ear = self.poll.readable(self.ear.as_fd());
        let said = self.said.as_ref();
        let said = said.map(|said| self.poll.readable(said.as_fd()));
        if let Some(watch) = self.run.watch() {
            self.poll.readable(watch.as_fd());
        }
        let held = self.inputs.wait_in(&mut self.poll, now);
        let start = self.start_at.filter(|_| self.run.is_idle());
        let due = [held, self.run.due(now), start].into_iter().flatten();
        let due = due.fold(self.recorder.due(), Ord::min);
        self.poll.wait(due.saturating_duration_since(now));
        Places { ear, said }
    }

    fn tick(&mut self) {
        if self.wanted.mode == Mode::Run {
            if self.run.is_idle() {
                self.start();
            } else {
                self.recorder.skip();
            }
        } else if self.recorder.counts.lines > self.lines {
            self.lines = self.recorder.counts.lines;
            // one that ends again and again is not well in between
            match self.run.age() {
                Some(age) if age >= WELL => self.recorder.recover(),
                _ => self.recorder.hear(),
            }
        }
        self.recorder.tick();
    }

    fn start(&mut self) {
        match self.run.start() {
            Ok(Started {
                leader,
                output,
                error,
            }) => {
                self.registry.started(leader, &self.inbox);
                if let Ok(output) = Input::output(output) {
                    self.inputs.add(output);
                }
                self.said = Said::new(error).ok();
                if std::mem::replace(&mut self.has_run, true) && self.wanted.mode == Mode::Stream {
                    self.recorder.counts.restarts += 1;
                }
            }
            Err(error) => {
                let why = match error.kind() {
                    ErrorKind::NotFound => {
                        "there is no such file, or not the interpreter that it names".to_owned()
                    }
                    _ => error.to_string(),
                };
                let command = self.wanted.command[0].display();
                self.recorder
                    .fail(format!("cannot be started: {command}: {why}"));
                self.start_later();
            }
        }
    }

    /// In stream mode the next start is after a pause; in run mode at the next tick.
    fn start_later(&mut self) {
        if self.wanted.mode == Mode::Stream {
            let now = Instant::now();
            let pause = self.backoff.failed(now);
            debug!(
                "{}: started again in {} ms",
                self.recorder.title(),
                pause.as_millis()
            );
            self.start_at = Some(now + pause);
        }
    }

    fn time_out(&mut self) {
        self.timed_out = true;
        self.inputs.break_off();
        self.recorder.counts.timeouts += 1;
        let timeout = self.wanted.timeout;
        self.recorder
            .fail(format!("took longer than {timeout:?} and is ended"));
    }

    fn end_run(&mut self, leader: u32, status: ExitStatus, took: Duration) {
        self.registry.ended(leader);
        self.recorder.look();
        self.inputs.end_output(&mut self.recorder);
        self.hear_said();
        self.said = None;
        let code = code_of(status);
        self.recorder.counts.run_seconds = Some(took.as_secs_f64());
        self.recorder.counts.exit_code = Some(code);
        self.recorder.end_of_run();
        let timed_out = std::mem::take(&mut self.timed_out);
        match self.wanted.mode {
            Mode::Run if timed_out => {}
            Mode::Run if is_well(self.wanted.format, code) => self.recorder.recover(),
            Mode::Run => self.recorder.fail(format!("ended with {status}")),
            Mode::Stream => {
                self.recorder
                    .fail(format!("ended with {status} and is started again"));
                self.start_later();
            }
        }
    }

    fn hear_said(&mut self) {
        if let Some(said) = &mut self.said
            && !said.pump(self.recorder.title(), &mut self.quota)
        {
            self.said = None;
        }
    }
}

/// Whether a run did what it should. The exit code of a Nagios plugin is the state of what it looks at: 0 to 3.
fn is_well(format: Format, code: i64) -> bool {
    code == 0 || format == Format::Nagios && (0..=3).contains(&code)
}
