//! The integration tests: one binary, a module a story.

mod command;
mod exit_codes;
mod gather;
mod ring_frames;
mod ring_kit;
mod sample_ring;
