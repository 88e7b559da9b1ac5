//! The socket's thread: accepts connections, leaves each with the plugin whose process made it, and records what all
//! others send under the plugin `socket`. Until the first of those comes, it only waits.

use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use goodall_platform::bell::Ear;
use goodall_platform::group;
use goodall_platform::poll::{Place, Poll};

use super::caught;
use super::input::{Input, Inputs};
use super::recorder::Recorder;
use super::registry::{Registry, Sorted};
use crate::ring::RingError;
use crate::ring::writer::StatusSlot;
use crate::warning;

/// Connections of processes that belong to no plugin.
const CONNECTIONS_MAX: usize = 64;
/// Connections accepted between two looks at those that are open.
const ACCEPTED_MAX: usize = 16;
/// Where accepting fails (too many descriptors), it is left for so long.
const PAUSE: Duration = Duration::from_millis(100);

/// Makes the recorder when it is needed.
pub type Open = Box<dyn FnMut() -> Result<Recorder, RingError> + Send>;

/// The socket's thread.
pub struct Door {
    listener: UnixListener,
    ear: Ear,
    registry: Arc<Registry>,
    open: Open,
    recorder: Option<Recorder>,
    inputs: Inputs,
    has_told_full: bool,
    /// Nothing is accepted before.
    closed_until: Option<Instant>,
    poll: Poll,
}

impl Door {
    /// Ready to run in a thread of its own. The listener is made not to wait.
    pub fn new(listener: UnixListener, ear: Ear, registry: Arc<Registry>, open: Open) -> Door {
        Door {
            listener,
            ear,
            registry,
            open,
            recorder: None,
            inputs: Inputs::new(),
            has_told_full: false,
            closed_until: None,
            poll: Poll::new(),
        }
    }

    /// Works until told to end.
    pub fn run(mut self) -> Option<StatusSlot> {
        while !self.ear.is_over() {
            if let Err(what) = caught(|| self.turn()) {
                warning!("the plugins' socket: {what}");
            }
        }
        self.recorder.map(Recorder::into_status)
    }

    fn turn(&mut self) {
        let now = Instant::now();
        self.poll.clear();
        let ear = self.poll.readable(self.ear.as_fd());
        self.closed_until = self.closed_until.filter(|&until| now < until);
        let listener = match self.closed_until {
            None => Some(self.poll.readable(self.listener.as_fd())),
            Some(_) => None,
        };
        let held = self.inputs.wait_in(&mut self.poll, now);
        let tick = self.recorder.as_ref().map(Recorder::due);
        let due = [held, tick, self.closed_until].into_iter().flatten().min();
        let patience = due.map_or(Duration::from_secs(3600), |due| {
            due.saturating_duration_since(now)
        });
        self.poll.wait(patience);
        if self.poll.is_ready(ear) {
            self.ear.hear();
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.look();
            let more = self.inputs.pump(&self.poll, recorder);
            if Instant::now() >= recorder.due() {
                recorder.recover();
                recorder.tick();
            }
            recorder.rest(more);
        }
        self.accept(listener);
    }

    fn accept(&mut self, listener: Option<Place>) {
        if !listener.is_some_and(|place| self.poll.is_ready(place)) {
            return;
        }
        for _ in 0..ACCEPTED_MAX {
            match self.listener.accept() {
                Ok((connection, _)) => match self.registry.sort(connection) {
                    Sorted::Left => {}
                    Sorted::Refused => self.tell_full("a plugin has too many connections"),
                    Sorted::Other(_) if self.inputs.len() >= CONNECTIONS_MAX => {
                        self.tell_full("too many connections are open");
                    }
                    Sorted::Other(connection) => {
                        if self.is_recording()
                            && let Ok(input) = Input::connection(connection.into())
                        {
                            self.inputs.add(input);
                        }
                    }
                },
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    self.tell_full(&error.to_string());
                    self.closed_until = Some(Instant::now() + PAUSE);
                    return;
                }
            }
        }
    }

    /// Whether there is a recorder, made now if need be.
    fn is_recording(&mut self) -> bool {
        if self.recorder.is_none() {
            group::give_way();
            match (self.open)() {
                Ok(mut recorder) => {
                    recorder.look();
                    self.recorder = Some(recorder);
                }
                Err(error) => self.tell_full(&error.to_string()),
            }
        }
        self.recorder.is_some()
    }

    fn tell_full(&mut self, why: &str) {
        if !std::mem::replace(&mut self.has_told_full, true) {
            warning!("the plugins' socket: a connection is closed: {why}; others may be, unsaid");
        }
    }
}
