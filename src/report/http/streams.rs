//! Who is being answered, and long answers: a thread each, a few at once. On one connection tiny_http makes an answer wait for the
//! one before it, so a thread that answered what a client sent behind a dump would wait as long as the
//! dump lasts. A long answer is therefore the last of its connection, and what comes behind it is dropped.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::door::Incoming;
use super::sweep::AtWork;

/// Long answers at once.
pub const STREAMS_MAX: usize = 8;

/// The answers being made and sent, by the client's address (none over a Unix socket).
#[derive(Default)]
pub struct Streams {
    places: Mutex<Places>,
}

#[derive(Default)]
struct Places {
    long: [Taken; STREAMS_MAX],
    small: Vec<Seat>,
}

/// A thread that answers what is small, at one of the doors.
struct Seat {
    door: usize,
    taken: Taken,
}

/// By whom a place is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Taken {
    #[default]
    Free,
    By(SocketAddr),
    OverUnix,
}

/// A place among them; free again when dropped.
pub struct Place {
    streams: Arc<Streams>,
    place: usize,
}

/// What a request is to be given.
pub enum Seen {
    /// A small answer, by who has seen it.
    Small,
    /// A long one, in that place.
    Long(Place),
    /// A long one, for which there is no place.
    NoPlace,
    /// Nothing: it came behind a long one on its connection.
    Behind,
}

impl Streams {
    /// None yet.
    pub fn new() -> Arc<Streams> {
        Arc::default()
    }

    /// Seats for as many threads at a door of their own; the first one's number.
    pub fn seats(&self, count: usize) -> usize {
        let mut places = self.places();
        let first = places.small.len();
        let seats = (0..count).map(|_| Seat {
            door: first,
            taken: Taken::Free,
        });
        places.small.extend(seats);
        first
    }

    /// Looks at the next request, which the thread in that seat takes; to be called for each, in the order in
    /// which they came.
    pub fn look(self: &Arc<Self>, incoming: &Incoming, is_long: bool, seat: usize) -> Seen {
        self.place(incoming.peer(), is_long, seat)
    }

    /// The thread in that seat is free for the next request.
    pub fn leave(&self, seat: usize) {
        self.places().small[seat].taken = Taken::Free;
    }

    /// Who is being answered, and whether others wait for it.
    pub fn at_work(&self) -> AtWork {
        let places = self.places();
        let small = places.small.iter().map(|seat| seat.taken);
        let all = small.chain(places.long);
        let is_full = |door| {
            let mut seats = places.small.iter().filter(|seat| seat.door == door);
            seats.all(|seat| seat.taken != Taken::Free)
        };
        AtWork {
            peers: all
                .filter_map(|taken| match taken {
                    Taken::By(peer) => Some(peer),
                    Taken::Free | Taken::OverUnix => None,
                })
                .collect(),
            is_busy: places.small.iter().any(|seat| is_full(seat.door)),
        }
    }

    fn place(self: &Arc<Self>, peer: Option<SocketAddr>, is_long: bool, seat: usize) -> Seen {
        let places = &mut *self.places();
        let taken = peer.map_or(Taken::OverUnix, Taken::By);
        places.small[seat].taken = taken;
        let places = &mut places.long;
        if taken != Taken::OverUnix && places.contains(&taken) {
            return Seen::Behind;
        }
        if !is_long {
            return Seen::Small;
        }
        match places.iter().position(|place| *place == Taken::Free) {
            None => Seen::NoPlace,
            Some(place) => {
                places[place] = taken;
                Seen::Long(Place {
                    streams: Arc::clone(self),
                    place,
                })
            }
        }
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Whether it is the first of them: the only one, where there is one.
    pub fn is_first(&self) -> bool {
        self.place == 0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.streams.places().long[self.place] = Taken::Free;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    fn with_seats() -> Arc<Streams> {
        let streams = Streams::new();
        assert_eq!(streams.seats(2), 0);
        streams
    }

    #[test]
    fn who_is_answered_is_known_until_that_is_over() {
        let streams = with_seats();
        assert_eq!(streams.seats(1), 2);
        assert_eq!(streams.at_work(), AtWork::default());
        let Seen::Long(place) = streams.place(Some(client(1)), true, 0) else {
            panic!("there is a place");
        };
        streams.leave(0);
        let _small = streams.place(Some(client(2)), false, 1);
        let at_work = streams.at_work();
        assert_eq!(at_work.peers, [client(2), client(1)]);
        assert!(!at_work.is_busy, "one seat of each door is free");
        let _over_unix = streams.place(None, false, 2);
        let at_work = streams.at_work();
        assert_eq!(at_work.peers, [client(2), client(1)]);
        assert!(at_work.is_busy, "the second door has no seat left");
        streams.leave(2);
        streams.leave(1);
        drop(place);
        assert_eq!(streams.at_work(), AtWork::default());
    }

    #[test]
    fn what_comes_behind_a_long_answer_is_dropped_until_it_is_over() {
        let streams = with_seats();
        let Seen::Long(place) = streams.place(Some(client(1)), true, 0) else {
            panic!("there is a place");
        };
        assert!(matches!(
            streams.place(Some(client(1)), false, 0),
            Seen::Behind
        ));
        assert!(matches!(
            streams.place(Some(client(1)), true, 0),
            Seen::Behind
        ));
        assert!(matches!(
            streams.place(Some(client(2)), false, 0),
            Seen::Small
        ));
        drop(place);
        assert!(matches!(
            streams.place(Some(client(1)), false, 0),
            Seen::Small
        ));
    }

    #[test]
    fn the_ninth_has_no_place_until_one_is_over() {
        let streams = with_seats();
        let mut taken: Vec<Seen> = (1..=8)
            .map(|port| streams.place(Some(client(port)), true, 0))
            .collect();
        assert!(taken.iter().all(|seen| matches!(seen, Seen::Long(_))));
        assert!(matches!(
            streams.place(Some(client(9)), true, 0),
            Seen::NoPlace
        ));
        taken.pop();
        assert!(matches!(
            streams.place(Some(client(9)), true, 0),
            Seen::Long(_)
        ));
    }

    #[test]
    fn clients_of_a_unix_socket_are_not_taken_for_one() {
        let streams = with_seats();
        let _first = streams.place(None, true, 0);
        assert!(matches!(streams.place(None, false, 0), Seen::Small));
    }
}
