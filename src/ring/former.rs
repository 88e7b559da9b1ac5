//! The ring whose rows are carried over: which of its clocks' rows go where, and how much room they take.

use super::directory::Directory;
use super::making::merged;
use super::merging::Stored;
use super::record::{ClockRecord, TrackRecord};
use super::recovery::Recovered;
use super::source::Source;
use super::{Need, Plan};
use crate::quantity::{Interval, WallNs};

/// The ring whose rows are carried over.
pub(super) struct Old<'a> {
    pub(super) directory: &'a Directory,
    pub(super) source: &'a Source,
    pub(super) recovered: &'a Recovered,
    pub(super) created: WallNs,
}

impl Old<'_> {
    /// The plan's needs, or what the old tracks take where that is more.
    pub(super) fn needs(&self, plan: &Plan) -> Vec<Need> {
        let mut needs = merged(&plan.needs);
        for need in &mut needs {
            let clocks: Vec<u16> = self
                .mapped(plan, need.interval)
                .map(|clock| clock.id)
                .collect();
            let tracks = self.directory.tracks.iter().filter(|(track, _)| {
                let band = self.directory.band(track.band);
                band.is_some_and(|band| clocks.contains(&band.clock))
            });
            need.words = need.words.max(tracks.map(|(track, _)| track.room).sum());
        }
        needs
    }

    /// The old clocks whose rows go to that interval: its own, and those that the plan has no more and
    /// to which it is nearest.
    pub(super) fn mapped<'a>(
        &'a self,
        plan: &'a Plan,
        interval: Interval,
    ) -> impl Iterator<Item = &'a ClockRecord> + 'a {
        self.directory.clocks.iter().filter(move |clock| {
            let planned = plan.needs.iter().map(|need| need.interval);
            let ratio = |other: Interval| {
                let (a, b) = (other.ns(), clock.interval.ns());
                a.max(b) as f64 / a.min(b) as f64
            };
            let nearest = planned.min_by(|a, b| ratio(*a).total_cmp(&ratio(*b)));
            nearest == Some(interval)
        })
    }

    /// An old clock's tracks, and where their rows stand.
    pub(super) fn places(
        &self,
        clock: &ClockRecord,
    ) -> impl Iterator<Item = (&TrackRecord, Stored)> {
        let directory = self.directory;
        let id = clock.id;
        directory.tracks.iter().filter_map(move |(record, _)| {
            let band = directory.band(record.band);
            let band = band.filter(|band| band.clock == id)?;
            let place = Stored {
                identity: record.identity,
                circle: directory.circle(band)?,
                place: record.place,
                words: vec![0; directory.fields_of(record)?.len()],
            };
            Some((record, place))
        })
    }
}
