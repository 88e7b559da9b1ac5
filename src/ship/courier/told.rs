//! What the user is told: a line for each change of state, and how it stands in `/health`.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::{Courier, Delivery, Failure, Lost, State, Taken, Turn, now};
use crate::client::said;
use crate::{info, warning};

/// What the store would not have is logged again after so long.
const SAY_AGAIN: Duration = Duration::from_secs(60);

impl Courier {
    /// Counts and quotes what the store would not have, and says what it remarks; how many of the samples it
    /// has.
    pub(super) fn taken(&mut self, samples: u64, taken: &Taken) -> u64 {
        let rejected = taken.rejected.min(samples);
        if rejected > 0 {
            self.show(|shown| {
                shown.rejected += rejected;
                shown.say(&taken.words);
            });
        }
        let words = said(&taken.words);
        if rejected == 0 && words.is_empty() {
            return samples;
        }
        let is_news = match &self.said {
            Some((last, at)) => *last != words || at.elapsed() > SAY_AGAIN,
            None => true,
        };
        if is_news {
            let name = &self.destination.name;
            if rejected > 0 {
                warning!(
                    "{name}: {rejected} of {samples} samples were refused and are dropped: {words}"
                );
            } else {
                warning!("{name}: taken, but: {words}");
            }
            self.said = Some((words, Instant::now()));
        }
        samples - rejected
    }

    pub(super) fn idle(&mut self) {
        self.limit = self.destination.batch;
        if self.failing.is_some() {
            // what was sent has not arrived yet
            return;
        }
        self.say_lost();
        let lost = std::mem::take(&mut self.lost);
        if lost.samples > lost.said {
            let name = &self.destination.name;
            info!(
                "{name}: caught up; {} samples in all were lost",
                lost.samples
            );
        }
        self.show(|shown| {
            shown.waiting = None;
            shown.state = State::Ok;
        });
    }

    pub(super) fn failed(&mut self, failure: Failure) -> Turn {
        let at = Instant::now();
        let (pause, state) = match &failure {
            Failure::Refused(_) => (self.backoff.refused(at), State::Refused),
            Failure::Again(_, asked) => (self.backoff.asked(at, *asked), State::Retrying),
            _ => (self.backoff.failed(at), State::Retrying),
        };
        self.show(|shown| {
            shown.state = state;
            shown.retried += 1;
            shown.say(failure.words());
        });
        if self.failing != Some(state) {
            let (name, words) = (&self.destination.name, failure.words());
            match state {
                State::Refused => warning!("{name}: refused: {words}; tried again every 30 s"),
                _ => warning!("{name}: {words}; tried again, the ring keeps what is due"),
            }
            self.failing = Some(state);
        }
        self.go_back();
        let waiting = self.feed.waiting(now());
        self.show(|shown| shown.waiting = waiting);
        Turn::Failed(failure, pause)
    }

    pub(super) fn recovered(&mut self) {
        if self.failing.take().is_some() {
            info!("{}: ships again", self.destination.name);
            self.show(|shown| shown.words.clear());
        }
        self.say_lost();
    }

    /// Says what was lost in an outage, once.
    fn say_lost(&mut self) {
        if let Lost {
            samples: lost @ 1..,
            said: 0,
        } = self.lost
        {
            let name = &self.destination.name;
            warning!(
                "{name}: {lost} samples were overwritten before they could be sent; the ring is too short for this outage"
            );
            self.lost.said = lost;
        }
    }

    /// Counts what was overwritten; no later try, and no later process, counts it again.
    pub(super) fn count_lost(&mut self) {
        let lost = self.feed.take_lost();
        if lost > 0 {
            self.lost.samples += lost;
            self.show(|shown| shown.lost += lost);
            self.feed.skip_lost(&mut self.arrived);
            if let Some(unsure) = &mut self.unsure {
                self.feed.skip_lost(&mut unsure.places);
            }
            self.save();
        }
    }

    pub(super) fn show(&self, change: impl FnOnce(&mut Delivery)) {
        self.with_shown(change);
    }

    pub(super) fn with_shown<T>(&self, look: impl FnOnce(&mut Delivery) -> T) -> T {
        look(&mut self.shown.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
