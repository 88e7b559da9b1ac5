//! Frames by the wall clock. Between two steps of it wall times rise, so that a search halves.

use super::reader::{Reader, Run, oldest_of};
use super::state::State;
use super::{ClockId, FrameNumber, Header};
use crate::quantity::WallNs;

impl Reader {
    /// Runs of frames `first..=last` (by number, in recorded order) whose ticks lie in `since..until`
    /// by the wall clock: usually one; more where the clock was set back. Pushed to `runs`.
    pub fn find(&self, clock: ClockId, since: WallNs, until: WallNs, runs: &mut Vec<Run>) {
        let (Some(state), Some(newest)) = (self.clock(clock), self.newest(clock)) else {
            return;
        };
        let oldest = oldest_of(newest.number, state.frames.window_frames);
        let id = usize::from(clock.0);
        let noted = State::read(self.source());
        let mut steps: Vec<u64> = state.unnoted.iter().map(|step| step.frame.0).collect();
        if let Some(noted) = &noted {
            steps.extend(noted.steps(id).map(|step| step.frame.0));
        }
        let since_when = noted.map_or(FrameNumber(u64::MAX), |noted| noted.complete_since(id));
        if since_when > oldest {
            let last = since_when.min(newest.number);
            let frames = &state.frames;
            frames.steps_back(self.source(), oldest, last, &mut |frame, _| {
                steps.push(frame.0);
            });
        }
        steps.retain(|&step| step > oldest.0 && step <= newest.number.0);
        steps.push(newest.number.0 + 1);
        steps.sort_unstable();
        steps.dedup();
        let mut first = oldest.0;
        let before = runs.len();
        for end in steps {
            let header = |number| state.frames.header(self.source(), number);
            let from = lower_bound(first, end, since, &header);
            let to = lower_bound(from, end, until, &header);
            if from < to {
                push_run(runs, before, from, to - 1);
            }
            first = end;
        }
    }
}

/// The first frame of `first..end`, in which wall times rise, whose tick is not before `wall`. Frames
/// without a header are passed over.
fn lower_bound(
    first: u64,
    end: u64,
    wall: WallNs,
    header: &dyn Fn(FrameNumber) -> Option<Header>,
) -> u64 {
    let (mut low, mut high) = (first, end);
    while low < high {
        let middle = low + (high - low) / 2;
        let found = (middle..high).find_map(|number| header(FrameNumber(number)));
        match found {
            Some(header) if header.wall < wall => low = header.number.0 + 1,
            // everything from the middle on is not before, or is not there
            _ => high = middle,
        }
    }
    low
}

/// Adds a run, or makes the last one longer if it is of this search (`before` were there) and ends here.
fn push_run(runs: &mut Vec<Run>, before: usize, first: u64, last: u64) {
    match runs[before..].last_mut() {
        Some(run) if run.last.0 + 1 == first => run.last = FrameNumber(last),
        _ => runs.push(Run {
            first: FrameNumber(first),
            last: FrameNumber(last),
        }),
    }
}
