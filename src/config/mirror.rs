//! What a mirror is to do: flags alone say it. The environment and the file are about what is recorded here.

use std::time::Duration;

use super::origin::Problem;
use super::source::{homeless, read_token};
use super::{Flags, Surroundings};
use crate::log::{self, Level};
use crate::mirror::{Address, Options};
use crate::quantity::Interval;

/// From look to look.
const INTERVAL: Interval = match Interval::of(Duration::from_secs(1)) {
    Some(interval) => interval,
    None => unreachable!(),
};

/// Settles what a mirror is told, and sets how much it logs. The folder of the copy is made where its place is
/// goodall's own choice.
pub fn mirror_options(
    flags: Flags,
    address: Address,
    around: &Surroundings<'_>,
) -> Result<Options, Problem> {
    let layer = flags.layer;
    log::set_level(layer.log_level.map_or(Level::Info, |level| level.value));
    let ring_file = if let Some(given) = layer.ring_file {
        given.value
    } else {
        let usual = around.ring_file().ok_or_else(homeless)?;
        if let Some(folder) = usual.parent() {
            // where it cannot be made, the copy cannot, and that says why
            let _ = std::fs::create_dir_all(folder);
        }
        usual.with_file_name(address.file_name())
    };
    let token_file = layer.token_file.map(|given| given.value);
    token_file.as_deref().map(read_token).transpose()?;
    Ok(Options {
        address,
        ring_file,
        ring_max: layer.ring_max.map(|given| given.value),
        interval: layer.interval.map_or(INTERVAL, |given| given.value),
        token_file,
    })
}
