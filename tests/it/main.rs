//! The integration tests: one binary, a module a story.

use goodall_platform::alloc::Counting;

/// So that a story can show that a path allocates nothing.
#[global_allocator]
static ALLOCATOR: Counting = Counting;

mod answers_allocate_nothing;
mod client;
mod command;
mod dumps;
mod exit_codes;
mod gather;
mod http_answers;
mod http_hostile;
mod http_listening;
mod newest_samples;
mod prometheus_text;
mod query_model;
mod recorded;
mod recorder;
mod reporter;
mod ring_damage;
mod ring_frames;
mod ring_growth;
mod ring_hammer;
mod ring_kit;
mod ring_layout;
mod ring_model;
mod ring_python;
mod sample_ring;
mod scripts;
mod skip;
mod small_ring;
mod sparse;
