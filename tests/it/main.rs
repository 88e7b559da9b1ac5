//! The integration tests: one binary, a module a story.

mod gather;
mod ring_frames;
mod ring_kit;
mod scripts;
mod skip;
