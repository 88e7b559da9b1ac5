//! One destination's thread: from the ring to a batch, from the batch to the store, and the cursor after
//! it. Nothing is queued: what did not arrive is read again from the ring.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

mod arrived;
mod told;

use super::bound::Unbound;
use super::cursor::{Cursor, Kept};
use super::destination::{Destination, Kind};
use super::sink::{Failure, Sink, Taken, open};
use super::starts::Starts;
use crate::backoff::{Backoff, SOURCES};
use crate::format::delivery::{Delivery, State};
use crate::format::points::{Columns, Encode};
use crate::quantity::{BootNs, Now, WallNs};
use crate::query::{Feed, Index, Place, Point, Snapshot};
use crate::ring::{ClockId, FrameNumber, Reader};
use crate::{info, warning};
use arrived::Unsure;

/// From look to look where nothing waits.
const PAUSE: Duration = Duration::from_secs(1);
/// What is sent to a courier: nothing; that the channel closes is the word to stop.
pub enum Never {}

/// One destination at work.
pub struct Courier {
    destination: Destination,
    snapshot: Arc<Snapshot>,
    sink: Box<dyn Sink>,
    cursor: Cursor,
    /// Where the store is told since when counters count.
    starts: Option<Starts>,
    created: WallNs,
    feed: Feed,
    encoder: Box<dyn Encode>,
    /// What has arrived.
    arrived: Vec<Place>,
    unsure: Option<Unsure>,
    /// Samples sent after those that are unsure.
    fresh: u64,
    points: Vec<Point>,
    batch: Vec<u8>,
    limit: usize,
    backoff: Backoff,
    failing: Option<State>,
    lost: Lost,
    said: Option<(String, Instant)>,
    shown: Arc<Mutex<Delivery>>,
}

/// Samples that were lost since all was sent last, and how many of them were told of.
#[derive(Default)]
struct Lost {
    samples: u64,
    said: u64,
}

/// How a turn ended.
pub enum Turn {
    /// Nothing waits.
    Idle,
    /// A batch went; after the pause, the next.
    Sent(Duration),
    /// Not now: try again after the pause.
    Failed(Failure, Duration),
}

impl Courier {
    /// Goes on where the cursor says.
    pub fn new(
        destination: Destination,
        snapshot: Arc<Snapshot>,
        cursor: Cursor,
        shown: Arc<Mutex<Delivery>>,
    ) -> Courier {
        let index = snapshot.current();
        let columns = Feed::new(Arc::clone(&index), &destination.request, &[]);
        let naming = destination.naming(index.reader().host());
        let mut courier = Courier {
            sink: open(&destination),
            encoder: destination
                .dialect()
                .encoder(&Columns::of(&columns), &naming),
            created: index.reader().created(),
            feed: columns,
            limit: destination.batch,
            starts: (destination.kind == Kind::Otlp).then(|| Starts::beside(cursor.path())),
            destination,
            snapshot,
            cursor,
            arrived: Vec::new(),
            unsure: None,
            fresh: 0,
            points: Vec::new(),
            batch: Vec::new(),
            backoff: Backoff::new(SOURCES),
            failing: None,
            lost: Lost::default(),
            said: None,
            shown,
        };
        courier.begin(&index);
        courier
    }

    /// Ships until the channel closes.
    pub fn run(mut self, stop: &Receiver<Never>) {
        loop {
            let pause = match self.turn() {
                Turn::Idle => PAUSE,
                Turn::Sent(pause) | Turn::Failed(_, pause) => pause,
            };
            match stop.recv_timeout(pause) {
                Err(RecvTimeoutError::Timeout) => {}
                _ => break,
            }
        }
        if self.sink.stop() {
            self.all_arrived();
        }
    }

    /// Ships what is there and sees that it arrived.
    pub fn run_once(mut self, tries: u32) -> Result<(), Failure> {
        let mut failed = 0;
        loop {
            match self.turn() {
                Turn::Sent(pause) => std::thread::sleep(pause),
                Turn::Failed(failure, pause) => {
                    failed += 1;
                    if failed >= tries || matches!(failure, Failure::Refused(_)) {
                        return Err(failure);
                    }
                    std::thread::sleep(pause);
                }
                Turn::Idle => match self.sink.finish() {
                    Ok(()) => {
                        self.all_arrived();
                        return Ok(());
                    }
                    Err(failure) => {
                        failed += 1;
                        if failed >= tries {
                            return Err(failure);
                        }
                        self.go_back();
                    }
                },
            }
        }
    }

    /// The places at which this ring is begun.
    fn begin(&mut self, index: &Arc<Index>) {
        let path = self.cursor.path().display().to_string();
        let name = &self.destination.name;
        let kept = match self.cursor.load(self.created) {
            // it has no time: what was before now is of no use there
            _ if self.destination.kind == Kind::Statsd => Kept {
                places: newest_places(index.reader()),
                lost: 0,
            },
            Ok(kept) => kept,
            Err(why) => {
                match why {
                    Unbound::New => info!("{name}: begins at the ring's oldest sample"),
                    Unbound::Damaged => {
                        warning!("{path}: damaged; {name} begins at the ring's oldest sample");
                    }
                    Unbound::OfAnotherRing => warning!(
                        "{path}: of another ring; {name} begins at this ring's oldest sample"
                    ),
                }
                Kept::default()
            }
        };
        self.lost = Lost {
            samples: kept.lost,
            said: 0,
        };
        self.arrived = kept.places;
        if let Some(starts) = &mut self.starts {
            // who begins anew is told of other runs
            if self.arrived.is_empty() {
                starts.forget();
            } else {
                starts.load(self.created);
            }
        }
        let places = self.arrived.clone();
        self.over(Arc::clone(index), &places);
        // where an interval had no place, it has one now
        self.feed.places(&mut self.arrived);
    }

    /// Reads on in another snapshot.
    fn over(&mut self, index: Arc<Index>, places: &[Place]) {
        self.feed = Feed::new(index, &self.destination.request, places);
        if self.destination.dialect().knows_ends() {
            self.feed.tell_ends();
        }
        let naming = self.destination.naming(self.feed.index().reader().host());
        let mut columns = Columns::of(&self.feed);
        if let Some(starts) = &self.starts {
            columns = columns.counting(starts.runs(), self.feed.before());
        }
        self.encoder = self.destination.dialect().encoder(&columns, &naming);
    }

    /// Takes notice of new series, or of another ring in this one's place.
    fn renew(&mut self) {
        let index = self.snapshot.current();
        if Arc::ptr_eq(&index, self.feed.index()) {
            return;
        }
        self.count_lost();
        if index.reader().created() == self.created {
            let mut places = self.arrived.clone();
            self.feed.places(&mut places);
            self.over(index, &places);
        } else {
            let file = index.reader().path().display();
            warning!("{file}: another ring stands there now");
            self.created = index.reader().created();
            self.unsure = None;
            self.fresh = 0;
            self.begin(&index);
        }
    }

    /// One batch.
    pub fn turn(&mut self) -> Turn {
        self.renew();
        if let Err(failure) = self.settle() {
            return self.failed(failure);
        }
        let now = now();
        self.points.clear();
        let mut ticks = 0_u32;
        while self.points.len() < self.limit && self.feed.next(now, &mut self.points) {
            ticks += 1;
        }
        self.count_lost();
        self.batch.clear();
        let samples = self.encoder.encode(&mut self.points, &mut self.batch);
        if samples == 0 {
            self.fresh_places(0);
            if self.points.len() >= self.limit {
                // none of a whole batch can be said there, and more may come behind it
                return Turn::Sent(Duration::ZERO);
            }
            self.idle();
            return Turn::Idle;
        }
        match self.sink.send(&self.batch) {
            Ok(taken) => {
                let samples = self.taken(samples as u64, &taken);
                self.sent(samples, now)
            }
            Err(Failure::TooLarge(words)) if ticks > 1 => {
                self.limit = (self.points.len() / 2).max(1);
                self.show(|shown| shown.say(&words));
                self.go_back();
                Turn::Sent(Duration::ZERO)
            }
            Err(Failure::Rejected(words) | Failure::TooLarge(words)) => {
                let taken = Taken {
                    rejected: samples as u64,
                    words,
                };
                self.taken(samples as u64, &taken);
                self.sent(0, now)
            }
            Err(failure) => self.failed(failure),
        }
    }

    /// A batch is done with.
    fn sent(&mut self, samples: u64, now: Now) -> Turn {
        if self.sink.hold().is_none() {
            self.recovered();
        }
        self.fresh_places(samples);
        let waiting = self.feed.waiting(now);
        self.show(|shown| shown.waiting = waiting);
        if waiting.is_none() {
            self.idle();
            return Turn::Sent(Duration::ZERO);
        }
        if self.failing.is_none() {
            self.show(|shown| shown.state = State::CatchingUp);
        }
        let rate = self.destination.catch_up_rate as f64;
        if rate == 0.0 {
            return Turn::Sent(Duration::ZERO);
        }
        // what comes in meanwhile must go out too
        let rate = rate.max(2.0 * self.feed.pace());
        Turn::Sent(Duration::from_secs_f64(samples as f64 / rate))
    }

    /// Reads on from what has arrived.
    fn go_back(&mut self) {
        self.count_lost();
        self.unsure = None;
        self.fresh = 0;
        let places = if self.destination.kind == Kind::Statsd {
            newest_places(self.feed.index().reader())
        } else {
            self.arrived.clone()
        };
        self.over(Arc::clone(self.feed.index()), &places);
    }
}

fn now() -> Now {
    let now = goodall_platform::clock::now();
    Now {
        wall: WallNs(now.wall_ns),
        boot: BootNs(now.boot_ns),
    }
}

/// Behind the newest frame of each interval.
fn newest_places(reader: &Reader) -> Vec<Place> {
    let clocks = (0..).zip(reader.clocks());
    let place = |(clock, &interval)| {
        let newest = reader.newest(ClockId(clock));
        let next = newest.map_or(1, |header| header.number.0 + 1);
        Place::at(interval, FrameNumber(next))
    };
    clocks.map(place).collect()
}
