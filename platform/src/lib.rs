//! What goodall asks of the operating system: readers of its metrics, the map of the ring file,
//! clocks, signals and children. The only crate of the project with `unsafe` and `target_os`.

pub mod absent;
pub mod alloc;
pub mod arp;
pub mod attribute;
pub mod bell;
mod buffer;
pub mod bytes;
pub mod child;
pub mod clock;
pub mod confine;
pub mod connection;
pub mod conntrack;
#[cfg(target_os = "linux")]
mod constants;
pub mod cpu;
pub mod cpufreq;
pub mod digits;
pub mod disk;
pub mod entropy;
pub mod error;
pub mod filefd;
pub mod filesystem;
#[cfg(target_os = "linux")]
pub mod folder;
pub mod glob;
pub mod group;
pub mod host;
pub mod hwmon;
pub mod info;
pub mod inherit;
#[cfg(target_os = "macos")]
mod iokit;
mod keyed;
pub mod lifeline;
pub mod lines;
pub mod load;
#[cfg(target_os = "macos")]
mod mach;
pub mod map;
pub mod memory;
pub mod netstat;
pub mod network;
mod octets;
pub mod outgoing;
pub mod page;
mod pattern;
pub mod peer;
pub mod poll;
pub mod pressure;
pub mod proc_file;
pub mod process;
pub mod processes;
pub mod reader;
pub mod resident;
pub mod roots;
pub mod roster;
pub mod schedstat;
pub mod signals;
pub mod silence;
pub mod socket;
pub mod sockstat;
pub mod softnet;
pub mod stat;
#[cfg(target_os = "linux")]
pub mod sys_dir;
pub mod sys_value;
#[cfg(target_os = "macos")]
pub mod sysctl;
pub mod system;
#[cfg(test)]
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "trees of /proc are read on Linux alone")
)]
mod testdata;
pub mod text;
pub mod thermal;
pub mod time;
pub mod tty;
pub mod udp_queues;
pub mod uptime;
pub mod vmstat;
pub mod widened;
pub mod words;

pub use error::ReadError;
pub use reader::{Label, Labels, Reader, Settings};
pub use roots::Roots;
