//! The integration tests: one binary, a module a story.

mod gather;
mod ring_damage;
mod ring_frames;
mod ring_hammer;
mod ring_kit;
mod ring_layout;
mod ring_model;
mod ring_python;
