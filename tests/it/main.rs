//! The integration tests: one binary, a module a story.

mod answers;
mod command;
mod exit_codes;
mod gather;
mod query_model;
mod recorder;
mod ring_damage;
mod ring_frames;
mod ring_hammer;
mod ring_kit;
mod sample_ring;
mod skip;
mod ring_layout;
mod ring_model;
mod ring_python;
