//! The HTTP server: a few threads answer what is small, a thread each sends what is long.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::{io, thread};

mod answer;
mod bodies;
mod date;
pub mod door;
pub mod guard;
mod lying;
mod pace;
mod range;
mod ring;
mod routes;
mod send;
mod streams;
mod sweep;
mod target;
pub mod watch;

pub use routes::{Desk, Rules};

use answer::{Answer, Manner};
use door::{Body, Door, Incoming, Reply};
use goodall_platform::socket::Listener;
use range::Choice;
use routes::Question;
use send::{Sender, Sent};
use streams::{Place, STREAMS_MAX, Seen, Streams};
use watch::Doorbell;

/// Threads that answer what is small, a listening socket.
const ANSWERERS: usize = 3;
/// Their buffers, and those of long answers: a large one for the first, which is mostly the only one.
const ANSWER_SIZE: usize = 16 << 10;
const FIRST_STREAM_SIZE: usize = 64 << 10;
const STREAM_SIZE: usize = 8 << 10;
/// Stacks: what formatting a number needs, and room for a panic's message.
const STACK_SIZE: usize = 128 << 10;

/// Serves that socket, on threads of its own.
pub fn serve(
    listener: Listener,
    doorbell: &Arc<Doorbell>,
    desk: &Arc<Desk>,
    streams: &Arc<Streams>,
) -> io::Result<()> {
    let door = Arc::new(Door::open(listener, Arc::clone(doorbell))?);
    let first = streams.seats(ANSWERERS);
    for seat in first..first + ANSWERERS {
        let (door, desk, streams) = (Arc::clone(&door), Arc::clone(desk), Arc::clone(streams));
        thread::Builder::new()
            .name("answer".to_owned())
            .stack_size(STACK_SIZE)
            .spawn(move || answer_all(&door, &desk, &streams, seat))?;
    }
    Ok(())
}

/// What all listening sockets share.
pub fn streams() -> Arc<Streams> {
    Streams::new()
}

fn answer_all(door: &Door, desk: &Arc<Desk>, streams: &Arc<Streams>, seat: usize) {
    let mut sender = Sender::new(ANSWER_SIZE);
    loop {
        let is_long = |incoming: &Incoming| asked(incoming, |question| desk.is_long(question));
        let next = door.next(|incoming| streams.look(incoming, is_long(incoming), seat));
        match next {
            Ok((incoming, seen)) => {
                // A fault of ours in one answer is that answer's alone: the request, dropped, is a 500,
                // or the reply, not whole, is cut.
                let one = AssertUnwindSafe(|| answer_one(incoming, seen, desk, &mut sender));
                if panic::catch_unwind(one).is_err() {
                    desk.counters().answered(500);
                }
                streams.leave(seat);
            }
            Err(cause) => door::end_to_start_anew(format_args!(
                "no more connections can be accepted: {cause}"
            )),
        }
    }
}

fn answer_one(incoming: Incoming, seen: Seen, desk: &Arc<Desk>, sender: &mut Sender) {
    let has_body = incoming.body() != Body::Done;
    let is_head = incoming.method() == "HEAD";
    let answer = |incoming| asked(incoming, |question| desk.answer(question));
    let (mut answer, place) = match seen {
        Seen::Behind => return incoming.ignore(),
        Seen::NoPlace => (no_place(), None),
        Seen::Small => (answer(&incoming), None),
        Seen::Long(place) => (answer(&incoming), Some(place)),
    };
    // another file, or a longer one, since it was seen
    if place.is_none() && !is_head && answer.length.is_some_and(ring::is_long_body) {
        answer = no_place();
    }
    let manner = Manner {
        is_head,
        is_http_1_1: incoming.is_http_1_1(),
        keeps_alive: incoming.keeps_alive() && !has_body && place.is_none(),
    };
    let ends_itself = !incoming.keeps_alive() && !has_body;
    desk.counters().answered(answer.status);
    let Some(mut reply) = incoming.reply() else {
        return desk.counters().cut();
    };
    if let Some(place) = place
        && matches!(answer.status, 200 | 206)
        && !manner.is_head
    {
        return stream(reply, answer, manner, place, desk);
    }
    let sent = sender.send(&mut reply, &mut answer, manner, pace::SMALL);
    finish(reply, sent, ends_itself, sender, desk);
}

/// Notes how an answer ended. Where the library ends the connection by itself, it need not be cut.
fn finish(reply: Reply, sent: Sent, ends_itself: bool, sender: &mut Sender, desk: &Desk) {
    desk.counters().sent(sender.take_sent_bytes());
    match sent {
        Sent::Whole => reply.finish(),
        Sent::Last if ends_itself => reply.finish(),
        Sent::Last | Sent::Gone => {}
        Sent::Cut => desk.counters().cut(),
    }
}

/// Sends a long answer on a thread of its own.
fn stream(mut reply: Reply, mut answer: Answer, manner: Manner, place: Place, desk: &Arc<Desk>) {
    let desk = Arc::clone(desk);
    let work = move || {
        desk.counters().stream_begins();
        reply.take_time();
        let size = if place.is_first() {
            FIRST_STREAM_SIZE
        } else {
            STREAM_SIZE
        };
        let mut sender = Sender::new(size);
        let send = AssertUnwindSafe(|| sender.send(&mut reply, &mut answer, manner, pace::LONG));
        let ended = panic::catch_unwind(send).unwrap_or(Sent::Gone);
        // The connection ends before its place is given up: what came behind must find it either way.
        finish(reply, ended, false, &mut sender, &desk);
        desk.counters().stream_ends();
        drop(place);
    };
    let thread = thread::Builder::new().name("stream".to_owned());
    if let Err(cause) = thread.stack_size(STACK_SIZE).spawn(work) {
        door::end_to_start_anew(format_args!("a thread cannot be started: {cause}"));
    }
}

/// What `answer` says to a request.
fn asked<T>(incoming: &Incoming, answer: impl FnOnce(&Question<'_>) -> T) -> T {
    let tags = incoming.list("If-Match");
    let range = incoming.header("Range");
    answer(&Question {
        method: incoming.method(),
        target: incoming.target(),
        host: incoming.header("Host"),
        fault: incoming.fault(),
        authorization: incoming.header("Authorization"),
        accept: incoming.header("Accept"),
        choice: Choice {
            // two headers are a list of two ranges
            range: range.filter(|_| !incoming.has_twice("Range")),
            if_range: incoming.header("If-Range"),
            if_match: tags.as_deref(),
        },
        has_body: incoming.body() != Body::Done,
        is_local: incoming.peer().is_none(),
    })
}

fn no_place() -> Answer {
    let message = format!("{STREAMS_MAX} long answers are being sent already; try again");
    Answer::error(503, &message).with("Retry-After: 10\r\n")
}
