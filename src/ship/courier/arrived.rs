//! What has arrived, and what may have: a store that acknowledges nothing is believed after a while, and the
//! cursor follows what is believed.

use std::time::Instant;

use super::{Courier, Failure, Kind, Place};
use crate::warning;

/// Samples that were sent and may not have arrived.
pub(super) struct Unsure {
    pub(super) since: Instant,
    pub(super) places: Vec<Place>,
    pub(super) samples: u64,
}

impl Courier {
    /// What was sent just now has arrived, or is unsure for a while.
    pub(super) fn fresh_places(&mut self, samples: u64) {
        if self.sink.hold().is_none() {
            self.feed.places(&mut self.arrived);
            self.show(|shown| shown.shipped += samples);
            self.save();
        } else {
            self.fresh += samples;
            if self.unsure.is_none() {
                self.mark();
            }
        }
    }

    /// Everything sent up to now is unsure from now on.
    pub(super) fn mark(&mut self) {
        let mut places = self.arrived.clone();
        self.feed.places(&mut places);
        self.unsure = (places != self.arrived).then(|| Unsure {
            since: Instant::now(),
            places,
            samples: std::mem::take(&mut self.fresh),
        });
    }

    /// What was unsure for long enough has arrived.
    pub(super) fn settle(&mut self) -> Result<(), Failure> {
        let Some(hold) = self.sink.hold() else {
            return Ok(());
        };
        let is_due = self
            .unsure
            .as_ref()
            .is_some_and(|at| at.since.elapsed() >= hold);
        if is_due && self.sink.check()? {
            if let Some(unsure) = self.unsure.take() {
                if unsure.samples > 0 {
                    self.recovered();
                }
                self.arrived = unsure.places;
                self.show(|shown| shown.shipped += unsure.samples);
                self.save();
            }
            self.mark();
        }
        Ok(())
    }

    pub(super) fn all_arrived(&mut self) {
        let samples =
            self.unsure.take().map_or(0, |at| at.samples) + std::mem::take(&mut self.fresh);
        self.feed.places(&mut self.arrived);
        self.show(|shown| shown.shipped += samples);
        self.save();
    }

    pub(super) fn save(&mut self) {
        if self.destination.kind == Kind::Statsd {
            return;
        }
        // what was told of need not be told of again
        let lost = match self.lost.said {
            0 => self.lost.samples,
            _ => 0,
        };
        let starts = self.starts.as_mut();
        // first: samples that come again find what was kept with them
        let saved = starts.map_or(Ok(()), |starts| starts.save(self.created));
        let cursor = &mut self.cursor;
        let saved = saved.and_then(|()| cursor.save(self.created, &self.arrived, lost));
        if let Err(error) = saved {
            let words = format!("{}: {error}", self.cursor.path().display());
            if self.with_shown(|shown| shown.words != words) {
                warning!("{words}; after a restart samples are sent again");
            }
            self.show(|shown| shown.words = words);
        }
    }
}
