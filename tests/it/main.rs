//! The integration tests, one module a story.

mod command;
mod exit_codes;
mod ring_frames;
mod ring_kit;
mod sample_ring;
