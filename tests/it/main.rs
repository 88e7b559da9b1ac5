//! The integration tests: one binary, a module a story.

use goodall_platform::alloc::Counting;

/// So that a story can show that a path allocates nothing.
#[global_allocator]
static ALLOCATOR: Counting = Counting;

mod answers_allocate_nothing;
mod client;
mod collectd_types;
mod command;
mod daemon;
mod disk_full;
mod disk_stalled;
mod documents;
mod dumps;
mod exit_codes;
mod gather;
mod http_answers;
mod http_hostile;
mod http_listening;
mod killed;
mod life;
mod line_formats;
mod lines_allocate_nothing;
mod metrics_doc;
mod mounted;
mod newest_samples;
mod node_exporter;
mod platforms_doc;
mod plugin_examples;
mod plugin_kit;
mod plugin_limits;
mod plugin_misbehaving;
mod plugin_reload;
mod plugins;
mod prometheus_server;
mod prometheus_text;
mod query_model;
mod recorded;
mod recorder;
mod reload;
mod reporter;
mod residence;
mod restarts;
mod ring_carry;
mod ring_damage;
mod ring_frames;
mod ring_growth;
mod ring_hammer;
mod ring_kit;
mod ring_model;
mod ring_opened_early;
mod ring_python;
mod ring_refusal;
mod ring_written_out;
mod running;
mod sample_ring;
mod scripts;
mod ship_daemon;
mod ship_file;
mod ship_graphite;
mod ship_kit;
mod skip;
mod slow_dump;
mod small_ring;
mod soak;
mod sparse;
