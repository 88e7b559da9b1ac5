//! The integration tests: one binary, a module a story.

mod client;
mod gather;
mod http_answers;
mod http_hostile;
mod http_listening;
mod recorded;
mod reporter;
mod ring_frames;
mod ring_kit;
