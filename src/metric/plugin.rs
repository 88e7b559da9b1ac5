//! `plugin`: what goodall counts of each plugin. Its own values stand beside these under the same instance; no
//! collector samples them, the plugin's thread records both.

use std::sync::Arc;

use goodall_platform::ReadError;

use super::{Collector, Every, Field, Unit};

/// What a plugin has cost and brought since goodall's start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PluginSample {
    /// How long the last run took.
    pub run_seconds: Option<f64>,
    /// What it ended with; 128 and more where a signal ended it.
    pub exit_code: Option<i64>,
    /// Runs that were ended since they took too long.
    pub timeouts: u64,
    /// Runs left out since the one before went on.
    pub skipped: u64,
    /// Starts after the first, in stream mode.
    pub restarts: u64,
    /// Series that have a place.
    pub series: u64,
    /// Lines taken.
    pub lines: u64,
    /// Lines that did not parse.
    pub rejected: u64,
    /// Lines beyond what a connection may send.
    pub dropped: u64,
    /// Values for which there was no series left.
    pub refused: u64,
    /// Values that took the place of another of the same tick.
    pub duplicates: u64,
    /// Values whose own time was too far off, recorded when they came.
    pub mistimed: u64,
}

type F = Field<PluginSample>;

/// The table.
#[rustfmt::skip]
pub static FIELDS: &[F] = &[
    F::maybe_f64("run_seconds", |own| own.run_seconds, "How long the last run took.").unit(Unit::Seconds),
    F::maybe_signed("exit_code", |own| own.exit_code, "What the last run ended with; 128 and the signal's number where one ended it."),
    F::u64("timeouts", |own| own.timeouts, "Runs that were ended since they took longer than the timeout.").counter(),
    F::u64("skipped", |own| own.skipped, "Runs left out since the one before went on.").counter(),
    F::u64("restarts", |own| own.restarts, "Starts after the first, of a plugin that runs on.").counter(),
    F::u64("series", |own| own.series, "Series that have a place."),
    F::u64("lines", |own| own.lines, "Lines taken.").counter(),
    F::u64("rejected", |own| own.rejected, "Lines that did not parse.").counter(),
    F::u64("dropped", |own| own.dropped, "Lines that came faster than is taken.").counter(),
    F::u64("refused", |own| own.refused, "Values for which there was no series left.").counter(),
    F::u64("duplicates", |own| own.duplicates, "Values that took the place of another of the same tick.").counter(),
    F::u64("mistimed", |own| own.mistimed, "Values whose own time was more than an interval off, recorded when they came.").counter(),
];

/// What is recorded of each plugin, its instance.
pub static PLUGIN: Collector = Collector {
    name: "plugin",
    help: "What each plugin costs and brings; its own values are named plugin.<plugin>.<name>.",
    every: Every::Tick,
    has_instances: true,
    prom_skips: None,
    fields: &FIELDS,
    open: |_, _| {
        Err(ReadError::Absent {
            path: Arc::from(std::path::Path::new("")),
            why: "plugins record themselves",
        })
    },
};
