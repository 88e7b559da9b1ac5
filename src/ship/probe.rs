//! Whether a destination would take a sample: it is sent one, the newest that it would be sent in any case.

use std::path::Path;
use std::sync::Arc;

use super::destination::Destination;
use super::sink::{Failure, open};
use crate::format::points::Columns;
use crate::quantity::{BootNs, Now, WallNs};
use crate::query::{Feed, Index, Place, Request};
use crate::ring::reader::Access;
use crate::ring::{ClockId, FrameNumber, Reader, RingError};

/// How far behind the newest frame is looked for a sample.
const FRAMES_BACK: u64 = 64;

/// What became of a probe.
#[derive(Debug)]
pub enum Probe {
    /// The sample was taken.
    Taken,
    /// The ring holds nothing yet that would be sent.
    NothingToSend,
    /// It was not taken.
    Failed(Failure),
}

/// Asks each destination, in order.
pub fn probe(ring_file: &Path, destinations: &[Destination]) -> Result<Vec<Probe>, RingError> {
    let reader = Reader::open(ring_file, Access::Pread)?;
    let index = Arc::new(Index::new(Arc::new(reader)));
    Ok(destinations.iter().map(|at| ask(at, &index)).collect())
}

fn ask(destination: &Destination, index: &Arc<Index>) -> Probe {
    // as it is recorded: a bucket would be cut off
    let request = Request {
        patterns: destination.request.patterns.clone(),
        ..Request::default()
    };
    let places = places(index.reader());
    let mut feed = Feed::new(Arc::clone(index), &request, &places);
    let columns = Columns::of(&feed);
    let naming = destination.naming(index.reader().host());
    let mut encoder = destination.dialect().encoder(&columns, &naming);
    let now = goodall_platform::clock::now();
    let now = Now {
        wall: WallNs(now.wall_ns),
        boot: BootNs(now.boot_ns),
    };
    let mut points = Vec::new();
    let mut batch = Vec::new();
    while feed.next(now, &mut points) {
        for point in points.drain(..) {
            batch.clear();
            if encoder.encode(&mut [point], &mut batch) == 1 {
                let mut sink = open(destination);
                return match sink.send(&batch).and_then(|_| sink.finish()) {
                    Ok(()) => Probe::Taken,
                    Err(failure) => Probe::Failed(failure),
                };
            }
        }
    }
    Probe::NothingToSend
}

fn places(reader: &Reader) -> Vec<Place> {
    let clocks = (0..).zip(reader.clocks());
    let place = |(clock, &interval)| {
        let newest = reader.newest(ClockId(clock));
        let oldest = reader.oldest(ClockId(clock)).unwrap_or(FrameNumber(1));
        let back = newest.map_or(1, |header| header.number.0.saturating_sub(FRAMES_BACK));
        Place::at(interval, FrameNumber(back).max(oldest))
    };
    clocks.map(place).collect()
}
