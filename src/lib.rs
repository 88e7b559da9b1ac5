//! goodall: a flight recorder for one host. See docs/architecture.md for the map of the modules.
#![forbid(unsafe_code)]

pub mod anew;
pub mod backoff;
pub mod cli;
pub mod client;
pub mod command;
pub mod config;
pub mod daemon;
pub mod format;
pub mod gather;
pub mod log;
pub mod metric;
pub mod mirror;
pub mod quantity;
pub mod query;
pub mod report;
pub mod ring;
pub mod ship;
pub mod terminal;
