//! Long answers: a thread each, a few at once. On one connection tiny_http makes an answer wait for the
//! one before it, so a thread that answered what a client sent behind a dump would wait as long as the
//! dump lasts. A long answer is therefore the last of its connection, and what comes behind it is dropped.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::door::Incoming;

/// Long answers at once.
pub const STREAMS_MAX: usize = 8;

/// The long answers being sent, by the client's address (none over a Unix socket).
#[derive(Default)]
pub struct Streams {
    places: Mutex<[Taken; STREAMS_MAX]>,
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

    /// Looks at the next request; to be called for each, in the order in which they came.
    pub fn look(self: &Arc<Self>, incoming: &Incoming, is_long: bool) -> Seen {
        self.place(incoming.peer(), is_long)
    }

    fn place(self: &Arc<Self>, peer: Option<SocketAddr>, is_long: bool) -> Seen {
        let mut places = self.places();
        let taken = peer.map_or(Taken::OverUnix, Taken::By);
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

    fn places(&self) -> MutexGuard<'_, [Taken; STREAMS_MAX]> {
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
        self.streams.places()[self.place] = Taken::Free;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    #[test]
    fn what_comes_behind_a_long_answer_is_dropped_until_it_is_over() {
        let streams = Streams::new();
        let Seen::Long(place) = streams.place(Some(client(1)), true) else {
            panic!("there is a place");
        };
        assert!(matches!(
            streams.place(Some(client(1)), false),
            Seen::Behind
        ));
        assert!(matches!(streams.place(Some(client(1)), true), Seen::Behind));
        assert!(matches!(streams.place(Some(client(2)), false), Seen::Small));
        drop(place);
        assert!(matches!(streams.place(Some(client(1)), false), Seen::Small));
    }

    #[test]
    fn the_ninth_has_no_place_until_one_is_over() {
        let streams = Streams::new();
        let mut taken: Vec<Seen> = (1..=8)
            .map(|port| streams.place(Some(client(port)), true))
            .collect();
        assert!(taken.iter().all(|seen| matches!(seen, Seen::Long(_))));
        assert!(matches!(
            streams.place(Some(client(9)), true),
            Seen::NoPlace
        ));
        taken.pop();
        assert!(matches!(
            streams.place(Some(client(9)), true),
            Seen::Long(_)
        ));
    }

    #[test]
    fn clients_of_a_unix_socket_are_not_taken_for_one() {
        let streams = Streams::new();
        let _first = streams.place(None, true);
        assert!(matches!(streams.place(None, false), Seen::Small));
    }
}
