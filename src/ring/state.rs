//! The state areas: what changes seldom, written to the one or the other in turn, so that one of them is
//! whole at any moment: the newest frames at the last checkpoint, and the steps of the wall clock.

use goodall_platform::map::Map;

use super::layout::{CLOCKS_MAX, STATE_OFFSETS, STATE_SIZE, WORD_SIZE, index};
use super::seqlock::publish;
use super::source::Source;
use super::{FrameNumber, hash};
use crate::quantity::WallNs;

/// Steps that are kept for each clock.
pub const STEPS_MAX: usize = 64;

const GENERATION: usize = 1;
const FLAGS: usize = 2;
const WALL: usize = 3;
const HEAD_WORDS: usize = 8;
const NEWEST: usize = 0;
const COMPLETE_SINCE: usize = 1;
const STEPS: usize = 2;
const STEP_TABLE: usize = 4;
const CLOCK_WORDS: usize = STEP_TABLE + 2 * STEPS_MAX;
const FLAG_CLEAN: u64 = 1;
const _: () = assert!((HEAD_WORDS + CLOCKS_MAX * CLOCK_WORDS) as u64 * WORD_SIZE <= STATE_SIZE);

/// A step of the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The first frame after it.
    pub frame: FrameNumber,
    /// By how much, in ns: what the wall clock showed less what was expected.
    pub by_ns: i64,
}

/// A state area, as the words that stand in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    words: Vec<u64>,
}

impl State {
    /// Of a ring without clocks.
    pub fn new() -> State {
        State {
            words: vec![0; HEAD_WORDS],
        }
    }

    /// The newer of the whole ones of the two areas.
    pub fn read(source: &Source) -> Option<State> {
        STATE_OFFSETS
            .into_iter()
            .filter_map(|offset| State::read_area(source, index(offset / WORD_SIZE)))
            .max_by_key(|state| state.words[GENERATION])
    }

    fn read_area(source: &Source, at: usize) -> Option<State> {
        // twice: it may be written while it is read
        (0..2).find_map(|_| {
            let flags = source.fresh(at + FLAGS)?;
            let clocks = index(flags >> 16 & 0xffff);
            if clocks > CLOCKS_MAX {
                return None;
            }
            let mut words = vec![0; HEAD_WORDS + clocks * CLOCK_WORDS];
            source.copy_fresh(at, &mut words)?;
            let whole = words[FLAGS] == flags && words[0] == check(&words);
            whole.then_some(State { words })
        })
    }

    /// Writes it to the area whose turn it is.
    pub fn publish(&mut self, map: &Map) {
        self.words[GENERATION] += 1;
        self.words[0] = check(&self.words);
        self.put(map);
    }

    /// Writes it as it is to its area.
    pub fn put(&self, map: &Map) {
        let area = STATE_OFFSETS[index(self.words[GENERATION] % 2)];
        let cells = &map.words()[index(area / WORD_SIZE)..][..self.words.len()];
        publish(&cells[0], &cells[1..], self.words[0], &self.words[1..]);
    }

    /// Of two areas the higher one counts; 0 is none.
    pub fn generation(&self) -> u64 {
        self.words[GENERATION]
    }

    /// The area that these words start with, if they are whole.
    pub fn parse(words: &[u64]) -> Option<State> {
        let clocks = index(*words.get(FLAGS)? >> 16 & 0xffff);
        let words = words.get(..HEAD_WORDS + clocks * CLOCK_WORDS)?;
        (words[0] == check(words)).then(|| State {
            words: words.to_vec(),
        })
    }

    /// Words of an area that knows so many clocks.
    pub fn size(clocks: usize) -> usize {
        HEAD_WORDS + clocks * CLOCK_WORDS
    }

    /// How many clocks it knows.
    pub fn clocks(&self) -> usize {
        index(self.words[FLAGS] >> 16 & 0xffff)
    }

    /// Takes in clocks up to that number.
    pub fn grow(&mut self, clocks: usize) {
        if clocks > self.clocks() && clocks <= CLOCKS_MAX {
            self.words.resize(HEAD_WORDS + clocks * CLOCK_WORDS, 0);
            self.words[FLAGS] = self.words[FLAGS] & !(0xffff << 16) | (clocks as u64) << 16;
        }
    }

    /// Whether the writer came to its end.
    pub fn is_clean(&self) -> bool {
        self.words[FLAGS] & FLAG_CLEAN != 0
    }

    /// When it was written, whether at a writer's end, and by which run.
    pub fn stamp(&mut self, wall: WallNs, clean: bool, salt: u32) {
        self.words[WALL] = wall.0.cast_unsigned();
        let clocks = self.words[FLAGS] & (0xffff << 16);
        self.words[FLAGS] = clocks | u64::from(clean) | u64::from(salt) << 32;
    }

    fn clock(&self, clock: usize) -> Option<&[u64]> {
        self.words[HEAD_WORDS..]
            .chunks_exact(CLOCK_WORDS)
            .nth(clock)
    }

    fn clock_mut(&mut self, clock: usize) -> Option<&mut [u64]> {
        self.words[HEAD_WORDS..]
            .chunks_exact_mut(CLOCK_WORDS)
            .nth(clock)
    }

    /// A clock's newest frame when this was written; 0 where it is not known.
    pub fn newest(&self, clock: usize) -> FrameNumber {
        FrameNumber(self.clock(clock).map_or(0, |words| words[NEWEST]))
    }

    /// Sets it.
    pub fn set_newest(&mut self, clock: usize, number: FrameNumber) {
        if let Some(words) = self.clock_mut(clock) {
            words[NEWEST] = number.0;
        }
    }

    /// The frame since which every step is in the table.
    pub fn complete_since(&self, clock: usize) -> FrameNumber {
        FrameNumber(
            self.clock(clock)
                .map_or(u64::MAX, |words| words[COMPLETE_SINCE]),
        )
    }

    /// Sets it.
    pub fn set_complete_since(&mut self, clock: usize, number: FrameNumber) {
        if let Some(words) = self.clock_mut(clock) {
            words[COMPLETE_SINCE] = number.0;
        }
    }

    /// A clock's steps, in recorded order.
    pub fn steps(&self, clock: usize) -> impl Iterator<Item = Step> + '_ {
        let words = self.clock(clock).unwrap_or(&[]);
        let count = words.get(STEPS).map_or(0, |&count| index(count));
        let table = words.get(STEP_TABLE..).unwrap_or(&[]);
        table.chunks_exact(2).take(count).map(|step| Step {
            frame: FrameNumber(step[0]),
            by_ns: step[1].cast_signed(),
        })
    }

    /// Adds a step; the oldest gives way. Allocates nothing.
    pub fn step(&mut self, clock: usize, step: Step) {
        let Some(words) = self.clock_mut(clock) else {
            return;
        };
        let mut count = index(words[STEPS]).min(STEPS_MAX);
        if count == STEPS_MAX {
            words[COMPLETE_SINCE] = words[STEP_TABLE] + 1;
            words.copy_within(STEP_TABLE + 2.., STEP_TABLE);
            count -= 1;
        }
        words[STEP_TABLE + 2 * count] = step.frame.0;
        words[STEP_TABLE + 2 * count + 1] = step.by_ns.cast_unsigned();
        words[STEPS] = count as u64 + 1;
    }
}

/// All 64 bits, never 0.
fn check(words: &[u64]) -> u64 {
    match hash::of_words([words[1], words[2], words[3]], &words[4..]) {
        0 => 1,
        check => check,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_steps_are_kept_and_it_is_known_since_when() {
        let mut state = State::new();
        state.grow(2);
        for frame in 1..=100 {
            state.step(
                1,
                Step {
                    frame: FrameNumber(frame),
                    by_ns: -5,
                },
            );
        }
        assert_eq!(state.steps(0).count(), 0);
        let frames: Vec<u64> = state.steps(1).map(|step| step.frame.0).collect();
        assert_eq!(frames, (37..=100).collect::<Vec<u64>>());
        assert_eq!(state.complete_since(1), FrameNumber(37));
        assert_eq!(state.complete_since(0), FrameNumber(0));
        assert_eq!(
            state.complete_since(5),
            FrameNumber(u64::MAX),
            "a clock that it does not know"
        );
    }
}
