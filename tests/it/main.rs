//! The integration tests: one binary, a module a story.

mod ring_frames;
mod ring_kit;
mod ring_layout;
