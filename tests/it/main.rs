//! The integration tests: one binary, a module a story.

mod answers;
mod gather;
mod query_model;
mod recorder;
mod ring_frames;
mod ring_kit;
mod skip;
