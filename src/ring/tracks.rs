//! The directory's tracks as readers are shown them.

use std::sync::Arc;

use goodall_platform::Label;

use super::directory::Directory;
use super::layout::Circle;
use super::record::TrackRecord;
use super::{ClockId, FieldSpec, naming};
use crate::quantity::Interval;

/// One track of the directory.
#[derive(Clone, Debug)]
pub struct Track {
    /// The first part of its series' names.
    pub collector: String,
    /// The exact instance, any bytes.
    pub instance: Vec<u8>,
    /// The instance as it stands in names, `~2` included; empty where the collector has one row.
    pub instance_name: String,
    /// Its labels.
    pub labels: Vec<Label>,
    /// Its columns, shared between the tracks of a collector.
    pub fields: Arc<[FieldSpec]>,
    /// Its circle.
    pub clock: ClockId,
    pub(super) rows: Rows,
}

impl Track {
    /// What tells it from others of its clock: a hash of its name and fields, which goes with it where the
    /// ring is laid out anew.
    pub fn identity(&self) -> u64 {
        self.rows.identity
    }
}

/// Where a track's rows stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    pub(super) identity: u64,
    pub(super) circle: Circle,
    pub(super) place: usize,
}

/// Every track, in directory order.
pub(super) fn tracks_of(directory: &Directory) -> Vec<Track> {
    let track = |(record, _): &(TrackRecord, _)| {
        let band = directory.band(record.band)?;
        Some(Track {
            collector: record.collector.clone(),
            instance: record.instance.clone(),
            instance_name: naming::name(&record.instance, record.ordinal),
            labels: record.labels.clone(),
            fields: Arc::clone(directory.fields_of(record)?),
            clock: ClockId(band.clock),
            rows: Rows {
                identity: record.identity,
                circle: directory.circle(band)?,
                place: record.place,
            },
        })
    };
    directory.tracks.iter().filter_map(track).collect()
}

/// Every interval, by its clock's number.
pub(super) fn intervals_of(directory: &Directory) -> Vec<Interval> {
    let last = directory.clocks.last().map_or(0, |clock| clock.id + 1);
    // a clock whose record is damaged has no frames, but the others keep their numbers
    (0..last)
        .map(|id| {
            directory
                .clock(id)
                .map_or(Interval::MAX, |clock| clock.interval)
        })
        .collect()
}
