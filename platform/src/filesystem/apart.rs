//! Questions that may never be answered (statvfs of a dead server's mount), each path on a thread of its
//! own. A path has one thread in the whole process and one question outstanding, however often it is
//! mounted, forgotten and found again: a thread that hangs in the kernel cannot be ended.

use std::ffi::{CStr, CString};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use super::Usage;

/// A question that is older than this is stuck.
pub(super) const STUCK_AFTER: Duration = Duration::from_secs(5);
/// A system call and a lock need no more.
const STACK_SIZE: usize = 16 * 1024;

/// What is asked.
pub(super) type Question = fn(&CStr) -> io::Result<Usage>;

/// Every path that has a thread. Locked before a path's own state, never after.
static ALL: Mutex<Vec<Arc<Asked>>> = Mutex::new(Vec::new());

/// One path and its thread.
struct Asked {
    path: CString,
    question: Question,
    state: Mutex<State>,
    /// Told of each change of the state.
    changed: Condvar,
}

struct State {
    /// How many [`Apart`] are alive.
    users: usize,
    /// When the outstanding question was asked.
    asked: Option<Instant>,
    /// To the last question.
    answer: Option<Usage>,
}

/// What has become of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It was answered.
    Usage(Usage),
    /// It was answered by an error.
    Error,
    /// It is outstanding.
    Waiting,
    /// It has been outstanding for more than [`STUCK_AFTER`].
    Stuck,
}

/// A path's thread in use. When the last one is dropped, the thread ends, at once or when its question is
/// answered.
pub(super) struct Apart(Arc<Asked>);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it holds one of these locks but by a fault of the standard library's.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Apart {
    /// The thread that puts `question` about `path`; started where there is none.
    pub(super) fn of(path: &CStr, question: Question) -> io::Result<Apart> {
        let mut all = lock(&ALL);
        if let Some(known) = all.iter().find(|known| *known.path == *path) {
            lock(&known.state).users += 1;
            return Ok(Apart(Arc::clone(known)));
        }
        let path = Arc::new(Asked {
            path: path.into(),
            question,
            state: Mutex::new(State {
                users: 1,
                asked: None,
                answer: None,
            }),
            changed: Condvar::new(),
        });
        let own = Arc::clone(&path);
        Builder::new()
            .name("statvfs".into())
            .stack_size(STACK_SIZE)
            .spawn(move || own.serve())?;
        all.push(Arc::clone(&path));
        Ok(Apart(path))
    }

    /// Puts the question, unless one is outstanding. True where it was put now.
    pub(super) fn ask(&self, now: Instant) -> bool {
        let mut state = lock(&self.0.state);
        if state.asked.is_some() {
            return false;
        }
        state.asked = Some(now);
        drop(state);
        self.0.changed.notify_all();
        true
    }

    /// The answer to the last question; waits for it until `deadline`.
    pub(super) fn answer(&self, deadline: Instant) -> Answer {
        let mut state = lock(&self.0.state);
        loop {
            let Some(asked) = state.asked else {
                return state.answer.map_or(Answer::Error, Answer::Usage);
            };
            let now = Instant::now();
            if now >= deadline {
                // By the deadline, not by the clock: that is what this sample waited for.
                let age = deadline.saturating_duration_since(asked);
                return if age > STUCK_AFTER {
                    Answer::Stuck
                } else {
                    Answer::Waiting
                };
            }
            let waited = self.0.changed.wait_timeout(state, deadline - now);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        lock(&self.0.state).users -= 1;
        self.0.changed.notify_all();
    }
}

impl Asked {
    /// The thread: answers until nobody asks any more.
    fn serve(self: Arc<Self>) {
        loop {
            let mut state = lock(&self.state);
            while state.asked.is_none() && state.users > 0 {
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            let is_asked = state.asked.is_some();
            drop(state);
            if is_asked {
                let answer = (self.question)(&self.path).ok();
                let mut state = lock(&self.state);
                state.answer = answer;
                state.asked = None;
                drop(state);
                self.changed.notify_all();
            } else if self.retire() {
                return;
            }
        }
    }

    /// Leaves the list of all, unless somebody has come meanwhile.
    fn retire(self: &Arc<Self>) -> bool {
        let mut all = lock(&ALL);
        if lock(&self.state).users > 0 {
            return false;
        }
        all.retain(|path| !Arc::ptr_eq(path, self));
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use super::*;

    /// Lets hung questions go on.
    static GATE: Mutex<bool> = Mutex::new(false);
    static OPENED: Condvar = Condvar::new();
    static STARTED: AtomicUsize = AtomicUsize::new(0);

    #[expect(clippy::unnecessary_wraps, reason = "it stands for statvfs")]
    fn hangs(_: &CStr) -> io::Result<Usage> {
        STARTED.fetch_add(1, SeqCst);
        let mut open = lock(&GATE);
        while !*open {
            open = OPENED.wait(open).unwrap();
        }
        Ok(Usage {
            total: 7,
            ..Usage::default()
        })
    }

    fn known(path: &CStr) -> usize {
        lock(&ALL)
            .iter()
            .filter(|known| *known.path == *path)
            .count()
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[test]
    fn a_question_is_answered() {
        let apart = Apart::of(c"/", super::super::usage::of).unwrap();
        assert!(apart.ask(Instant::now()));
        let Answer::Usage(usage) = apart.answer(soon()) else {
            panic!("the root did not answer");
        };
        assert!(usage.total > 0);
        let nowhere = Apart::of(c"/nowhere/at/all", super::super::usage::of).unwrap();
        nowhere.ask(Instant::now());
        assert_eq!(nowhere.answer(soon()), Answer::Error);
    }

    #[test]
    fn a_stuck_path_keeps_one_thread_and_one_question_and_recovers() {
        let path = c"/hangs";
        let apart = Apart::of(path, hangs).unwrap();
        let asked = Instant::now();
        assert!(apart.ask(asked));
        assert_eq!(apart.answer(asked), Answer::Waiting);
        while STARTED.load(SeqCst) == 0 {
            std::thread::yield_now();
        }
        // Forgotten and found again, asked again: still the one thread with the one question.
        drop(apart);
        assert_eq!(known(path), 1);
        let apart = Apart::of(path, hangs).unwrap();
        assert!(!apart.ask(Instant::now()));
        // Had it been asked long ago, it would be stuck.
        let long_ago = Instant::now().checked_sub(Duration::from_secs(6)).unwrap();
        lock(&apart.0.state).asked = Some(long_ago);
        assert_eq!(apart.answer(Instant::now()), Answer::Stuck);
        assert_eq!((known(path), STARTED.load(SeqCst)), (1, 1));

        *lock(&GATE) = true;
        OPENED.notify_all();
        assert!(matches!(apart.answer(soon()), Answer::Usage(usage) if usage.total == 7));
        assert!(apart.ask(Instant::now()));
        assert!(matches!(apart.answer(soon()), Answer::Usage(_)));
        assert_eq!(STARTED.load(SeqCst), 2);
        drop(apart);
        while known(path) > 0 {
            std::thread::yield_now();
        }
    }
}
