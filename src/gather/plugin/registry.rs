//! Which processes belong to which plugin, so that a connection of one of them goes to its thread.

use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use goodall_platform::bell::Bell;
use goodall_platform::peer;

/// Connections that a plugin may have at once.
const CONNECTIONS_MAX: usize = 16;
/// So long after its end a command's number still means it: a connection that it made may wait to be accepted.
const REMEMBERED: Duration = Duration::from_secs(1);

/// Where a plugin's connections are left for its thread.
pub struct Inbox {
    connections: Mutex<Vec<OwnedFd>>,
    bell: Arc<Bell>,
    open: AtomicUsize,
}

impl Inbox {
    /// Empty; whoever leaves something rings `bell`.
    pub fn new(bell: Arc<Bell>) -> Inbox {
        Inbox {
            connections: Mutex::new(Vec::new()),
            bell,
            open: AtomicUsize::new(0),
        }
    }

    /// Leaves a connection; false where the plugin has as many as it may.
    fn leave(&self, connection: UnixStream) -> bool {
        let mut connections = lock(&self.connections);
        if connections.len() + self.open.load(Ordering::Relaxed) >= CONNECTIONS_MAX {
            return false;
        }
        connections.push(connection.into());
        drop(connections);
        self.bell.ring();
        true
    }

    /// Takes what was left; `open` is how many the thread has already.
    pub fn take(&self, open: usize) -> Vec<OwnedFd> {
        let taken = std::mem::take(&mut *lock(&self.connections));
        self.open.store(open + taken.len(), Ordering::Relaxed);
        taken
    }
}

/// A command that runs, or ran a moment ago.
struct Entry {
    leader: u32,
    ended: Option<Instant>,
    inbox: Arc<Inbox>,
}

/// All commands.
#[derive(Default)]
pub struct Registry(Mutex<Vec<Entry>>);

/// What became of a connection.
pub enum Sorted {
    /// It is a plugin's, and its thread has it.
    Left,
    /// It is a plugin's, which has too many.
    Refused,
    /// It is nobody's.
    Other(UnixStream),
}

impl Registry {
    /// A command was started.
    pub fn started(&self, leader: u32, inbox: &Arc<Inbox>) {
        let mut entries = lock(&self.0);
        entries.retain(|entry| {
            let is_over = entry
                .ended
                .is_some_and(|ended| ended.elapsed() > REMEMBERED);
            !is_over && entry.leader != leader
        });
        entries.push(Entry {
            leader,
            ended: None,
            inbox: Arc::clone(inbox),
        });
    }

    /// It ended.
    pub fn ended(&self, leader: u32) {
        for entry in lock(&self.0).iter_mut() {
            if entry.leader == leader && entry.ended.is_none() {
                entry.ended = Some(Instant::now());
            }
        }
    }

    /// Leaves a connection with the plugin whose process made it.
    pub fn sort(&self, connection: UnixStream) -> Sorted {
        let Some(process) = peer::process_of(connection.as_fd()) else {
            return Sorted::Other(connection);
        };
        let entries = lock(&self.0);
        let is_leader = |pid| {
            let mut known = entries.iter().filter(|entry| entry.leader == pid);
            known.any(|entry| {
                entry
                    .ended
                    .is_none_or(|ended| ended.elapsed() <= REMEMBERED)
            })
        };
        let Some(leader) = peer::leader_of(process, is_leader) else {
            return Sorted::Other(connection);
        };
        let inbox = entries.iter().rfind(|entry| entry.leader == leader);
        match inbox.map(|entry| entry.inbox.leave(connection)) {
            Some(true) => Sorted::Left,
            _ => Sorted::Refused,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // what is kept is whole at any time
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
