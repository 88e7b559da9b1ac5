//! What a start finds out about the run before, which may have ended at any instant.

use super::directory::Directory;
use super::frames::Frames;
use super::layout::{CLOCKS_MAX, LIVE_NEWEST};
use super::source::Source;
use super::state::{State, Step};
use super::writer::live_at;
use super::{FrameNumber, Header};

/// Where the run before stopped.
pub(super) struct Recovered {
    /// The steps of the wall clock, with those that it did not get to note.
    pub(super) state: State,
    /// The newest frame of each clock, by its number.
    pub(super) newest: Vec<Option<Header>>,
}

/// Finds the newest frames and the steps of the wall clock.
pub(super) fn recover(directory: &Directory, source: &Source) -> Recovered {
    let found = State::read(source);
    let mut state = found.clone().unwrap_or_else(State::new);
    let last = directory.clocks.last();
    state.grow(last.map_or(0, |clock| usize::from(clock.id) + 1));
    let mut newest = vec![None; CLOCKS_MAX];
    for clock in &directory.clocks {
        let id = usize::from(clock.id);
        let frames = directory.frames(clock);
        let live = FrameNumber(source.fresh(live_at(LIVE_NEWEST + id)).unwrap_or(0));
        newest[id] = newest_of(&frames, source, live, id, found.as_ref());
        if let Some(newest) = newest[id] {
            note_steps(&frames, source, id, newest, &mut state);
        }
    }
    Recovered { state, newest }
}

/// A clock's newest frame; after a clean stop it is where the state says.
fn newest_of(
    frames: &Frames,
    source: &Source,
    live: FrameNumber,
    id: usize,
    found: Option<&State>,
) -> Option<Header> {
    let noted = found.map_or(FrameNumber(0), |state| state.newest(id));
    if found.is_some_and(State::is_clean) && live == noted {
        let newest = frames.header(source, live);
        if live.0 == 0 || newest.is_some() {
            return newest;
        }
    }
    frames.newest(source, live, noted)
}

/// Adds the steps back since the state was written, or of the whole circle where there was none.
fn note_steps(frames: &Frames, source: &Source, id: usize, newest: Header, state: &mut State) {
    let oldest = newest.number.0.saturating_sub(frames.slots - 1).max(1);
    let first = FrameNumber(state.newest(id).0.max(oldest));
    frames.steps_back(source, first, newest.number, &mut |frame, by_ns| {
        if state.steps(id).all(|step| step.frame != frame) {
            state.step(id, Step { frame, by_ns });
        }
    });
    state.set_newest(id, newest.number);
}
