//! The integration tests: one binary, a module a story.

mod dumps;
mod gather;
mod newest_samples;
mod prometheus_text;
mod query_model;
mod recorder;
mod ring_frames;
mod ring_kit;
mod skip;
mod small_ring;
