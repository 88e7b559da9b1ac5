//! How shipping stands, for `/health` and `/metrics`: read from the file that the shipper writes. It stands
//! beside the ring, or where systemd gives this service its folder.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::format::delivery::{self, Delivery, State};
use crate::quantity::WallNs;

/// A status file is some hundred bytes a destination; what is larger is none of ours.
const SIZE_MAX: u64 = 1 << 20;

/// Every destination of the shipper of that ring; none where nothing is shipped.
pub fn deliveries(ring_file: &Path, now: WallNs) -> Vec<Delivery> {
    let state = env::var_os("STATE_DIRECTORY").map(PathBuf::from);
    let folders = [
        Some(delivery::folder_beside(ring_file)),
        state.map(|state| delivery::folder_in(&state, ring_file)),
    ];
    let mut files = folders
        .into_iter()
        .flatten()
        .map(|folder| delivery::status_file(&folder));
    files.find_map(|file| read(&file, now)).unwrap_or_default()
}

/// It is written in place, so that a look may come in between: another look sees it whole.
fn read(file: &Path, now: WallNs) -> Option<Vec<Delivery>> {
    const LOOKS: usize = 3;
    let size = fs::metadata(file).ok()?.len();
    if size > SIZE_MAX {
        return None;
    }
    (0..LOOKS).find_map(|_| delivery::read(&fs::read_to_string(file).ok()?, now))
}

/// What a family says of a destination.
type Read<'a> = &'a dyn Fn(&Delivery) -> f64;

/// The destinations as Prometheus' text, without an end.
pub fn exposition(deliveries: &[Delivery], now: WallNs, is_open_metrics: bool) -> String {
    let mut out = String::new();
    if deliveries.is_empty() {
        return out;
    }
    let is_well = |at: &Delivery| matches!(at.state, State::Ok | State::CatchingUp);
    let families: [(&str, &str, &str, Read<'_>); 6] = [
        ("up", "gauge", "Whether the last batch was taken.", &|at| {
            f64::from(u8::from(is_well(at)))
        }),
        (
            "lag_seconds",
            "gauge",
            "How far behind what it has is.",
            &|at| at.lag_seconds(now),
        ),
        (
            "shipped_samples",
            "counter",
            "Samples that were acknowledged.",
            &|at| at.shipped as f64,
        ),
        (
            "retried_batches",
            "counter",
            "Batches that were tried again.",
            &|at| at.retried as f64,
        ),
        (
            "rejected_samples",
            "counter",
            "Samples that the store would not have.",
            &|at| at.rejected as f64,
        ),
        (
            "lost_samples",
            "counter",
            "Samples that were overwritten before they were sent.",
            &|at| at.lost as f64,
        ),
    ];
    for (name, kind, help, value) in families {
        let (total, family) = match (kind, is_open_metrics) {
            ("counter", true) => ("_total", ""),
            ("counter", false) => ("_total", "_total"),
            _ => ("", ""),
        };
        let _ = write!(
            out,
            "# HELP goodall_ship_{name}{family} {help}\n# TYPE goodall_ship_{name}{family} {kind}\n"
        );
        for at in deliveries {
            let (destination, of) = (&at.name, &at.kind);
            let value = value(at);
            let _ = writeln!(
                out,
                "goodall_ship_{name}{total}{{destination=\"{destination}\",kind=\"{of}\"}} {value}"
            );
        }
    }
    out
}
