//! One command: started as the leader of a group of its own, ended with all that it started when it took too long,
//! when it left somebody behind, or at goodall's own end. TERM first, KILL a second later.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use goodall_platform::group::{self, End, Identity};
use goodall_platform::lifeline::Lifeline;

/// From TERM to KILL.
const GRACE: Duration = Duration::from_secs(1);
/// The same at goodall's own end, which takes no more than two seconds in all.
const LAST_GRACE: Duration = Duration::from_millis(500);
/// From look to look at what tells nobody when it ends.
const LOOK: Duration = Duration::from_millis(20);
/// After KILL a group is given up that still counts as there: nobody waits for its dead.
const GIVEN_UP: Duration = Duration::from_secs(1);

/// What of the daemon's own environment is not for its children: sockets and watchdogs of its service manager.
const NOT_INHERITED: [&str; 8] = [
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",
    "NOTIFY_SOCKET",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
    "JOURNAL_STREAM",
    "INVOCATION_ID",
];

/// How a command is started.
pub struct Recipe {
    /// The executable and its arguments.
    pub command: Vec<OsString>,
    /// What stands in its environment besides what this process has.
    pub env: Vec<(OsString, OsString)>,
    /// Who it runs as.
    pub identity: Option<Identity>,
    /// How long it may take.
    pub timeout: Option<Duration>,
}

enum State {
    Idle,
    Running {
        child: Child,
        watch: Option<OwnedFd>,
        started: Instant,
        lifeline: Lifeline,
    },
    /// Its group is being ended; the leader may have been waited for already.
    Ending {
        leader: u32,
        child: Option<Child>,
        started: Instant,
        kill_at: Instant,
        is_killed: bool,
        /// It was told to end once, and is not told again by this.
        lifeline: Lifeline,
    },
}

/// A command that is started again and again.
pub struct Run {
    recipe: Recipe,
    state: State,
}

/// A command's standard streams.
pub struct Started {
    /// Its process, the leader of its group.
    pub leader: u32,
    /// Its standard output.
    pub output: OwnedFd,
    /// Its standard error.
    pub error: OwnedFd,
}

/// What came to pass.
#[derive(Debug)]
pub enum Event {
    /// It took too long and is being ended.
    TimedOut,
    /// It ended.
    Ended {
        /// Its process.
        leader: u32,
        /// How.
        status: ExitStatus,
        /// How long it ran.
        took: Duration,
    },
}

impl Run {
    /// Not started yet.
    pub fn new(recipe: Recipe) -> Run {
        Run {
            recipe,
            state: State::Idle,
        }
    }

    /// Whether nothing of it runs.
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle)
    }

    /// Starts it.
    pub fn start(&mut self) -> io::Result<Started> {
        let (program, arguments) = self
            .recipe
            .command
            .split_first()
            .ok_or(io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(program);
        command.args(arguments);
        for name in NOT_INHERITED {
            command.env_remove(name);
        }
        command
            .envs(self.recipe.env.iter().map(|(name, value)| (name, value)))
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let lifeline = group::lead(&mut command, self.recipe.identity.as_ref())?;
        let mut child = command.spawn()?;
        let leader = child.id();
        let output = child.stdout.take().expect("it is piped").into();
        let error = child.stderr.take().expect("it is piped").into();
        self.state = State::Running {
            watch: group::watch(leader),
            child,
            started: Instant::now(),
            lifeline,
        };
        Ok(Started {
            leader,
            output,
            error,
        })
    }

    /// For how long it has run.
    pub fn age(&self) -> Option<Duration> {
        match &self.state {
            State::Running { started, .. } => Some(started.elapsed()),
            _ => None,
        }
    }

    /// A descriptor that can be read when it ends.
    pub fn watch(&self) -> Option<&OwnedFd> {
        match &self.state {
            State::Running { watch, .. } => watch.as_ref(),
            _ => None,
        }
    }

    /// When to look at it again at the latest.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        match &self.state {
            State::Idle => None,
            State::Running { watch, started, .. } => {
                let deadline = self.recipe.timeout.map(|timeout| *started + timeout);
                match (watch, deadline) {
                    (Some(_), deadline) => deadline,
                    (None, Some(deadline)) => Some(deadline.min(now + LOOK)),
                    (None, None) => Some(now + LOOK),
                }
            }
            State::Ending { .. } => Some(now + LOOK),
        }
    }

    /// Looks at it.
    pub fn look(&mut self, now: Instant) -> Option<Event> {
        match &mut self.state {
            State::Idle => None,
            State::Running { child, started, .. } => {
                let (leader, started) = (child.id(), *started);
                if group::has_ended(leader) {
                    return self.reap(now);
                }
                let deadline = started + self.recipe.timeout?;
                if now < deadline {
                    return None;
                }
                self.end(now + GRACE);
                Some(Event::TimedOut)
            }
            State::Ending { .. } => self.see_to_end(now),
        }
    }

    /// The leader has ended: who is left of its group is told to end too, while its number is nobody else's.
    fn reap(&mut self, now: Instant) -> Option<Event> {
        let State::Running {
            mut child,
            started,
            lifeline,
            ..
        } = std::mem::replace(&mut self.state, State::Idle)
        else {
            return None;
        };
        let leader = child.id();
        group::end_group(leader, End::Politely);
        let status = child.wait().ok()?;
        group::wait_for_orphans(leader);
        if group::group_is_there(leader) {
            self.state = State::Ending {
                leader,
                child: None,
                started,
                kill_at: now + GRACE,
                is_killed: false,
                lifeline,
            };
        }
        Some(Event::Ended {
            leader,
            status,
            took: now.saturating_duration_since(started),
        })
    }

    /// Has it end, by force at `kill_at`.
    fn end(&mut self, kill_at: Instant) {
        self.state = match std::mem::replace(&mut self.state, State::Idle) {
            State::Idle => State::Idle,
            State::Running {
                child,
                started,
                lifeline,
                ..
            } => {
                let leader = child.id();
                group::end_group(leader, End::Politely);
                State::Ending {
                    leader,
                    child: Some(child),
                    started,
                    kill_at,
                    is_killed: false,
                    lifeline,
                }
            }
            State::Ending {
                leader,
                child,
                started,
                kill_at: before,
                is_killed,
                lifeline,
            } => State::Ending {
                leader,
                child,
                started,
                kill_at: before.min(kill_at),
                is_killed,
                lifeline,
            },
        };
    }

    fn see_to_end(&mut self, now: Instant) -> Option<Event> {
        let State::Ending {
            leader,
            child,
            started,
            kill_at,
            is_killed,
            ..
        } = &mut self.state
        else {
            return None;
        };
        if now >= *kill_at && !*is_killed {
            // the leader, if it is not waited for yet, is in its group
            group::end_group(*leader, End::AtOnce);
            *is_killed = true;
        }
        let mut event = None;
        if child.is_some() && group::has_ended(*leader) {
            let status = child.take().and_then(|mut child| child.wait().ok());
            event = status.map(|status| Event::Ended {
                leader: *leader,
                status,
                took: now.saturating_duration_since(*started),
            });
        }
        if child.is_none() {
            group::wait_for_orphans(*leader);
        }
        let is_given_up = *is_killed && now >= *kill_at + GIVEN_UP;
        if child.is_none() && (is_given_up || !group::group_is_there(*leader)) {
            self.state = State::Idle;
        }
        event
    }

    /// Ends it for good, within a second.
    pub fn stop(&mut self) {
        let give_up = Instant::now() + LAST_GRACE;
        self.end(give_up);
        while !self.is_idle() {
            let now = Instant::now();
            self.look(now);
            if now >= give_up + GIVEN_UP {
                return;
            }
            if !self.is_idle() {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }
}

/// The exit code, or 128 and the signal's number, as a shell has it.
pub fn code_of(status: ExitStatus) -> i64 {
    let signal = || 128 + i64::from(status.signal().unwrap_or(0));
    status.code().map_or_else(signal, i64::from)
}
