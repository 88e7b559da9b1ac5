//! A collector as it is wanted, and one that was opened and found to have something to read here.

use goodall_platform::{ReadError, Roots, Settings};

use super::rows::Newcomer;
use crate::metric::{Collector, Source};
use crate::quantity::Interval;
use crate::ring::Need;
use crate::{debug, warning};

/// One collector as it is wanted.
#[derive(Clone)]
pub struct Wanted {
    /// Which.
    pub collector: &'static Collector,
    /// How often.
    pub interval: Interval,
    /// What the configuration says to its reader.
    pub settings: Settings,
    /// Whether somebody asked for it by name: then its absence is worth a line.
    pub is_explicit: bool,
}

impl PartialEq for Wanted {
    fn eq(&self, other: &Wanted) -> bool {
        std::ptr::eq(self.collector, other.collector)
            && (self.interval, &self.settings) == (other.interval, &other.settings)
    }
}

/// A wanted collector, opened and sampled once.
pub struct Ready {
    pub(super) wanted: Wanted,
    pub(super) source: Box<dyn Source>,
    /// What the sample showed.
    pub(super) rows: Vec<Newcomer>,
    /// Words of its rows, the word of check and offset of each included.
    words: usize,
}

impl Ready {
    /// The room that its rows take.
    pub fn need(&self) -> Need {
        Need {
            interval: self.wanted.interval,
            words: self.words,
        }
    }
}

/// Opens what is wanted and counts its rows. What this machine does not have is left out; what fails is
/// logged and left out too.
pub fn prepare(wanted: &[Wanted], roots: &Roots) -> Vec<Ready> {
    wanted
        .iter()
        .filter_map(|wanted| ready(wanted, roots))
        .collect()
}

/// One of them; that it is left out is logged.
pub(super) fn ready(wanted: &Wanted, roots: &Roots) -> Option<Ready> {
    let name = wanted.collector.name;
    match open(wanted, roots) {
        Ok(ready) => Some(ready),
        Err(error) if error.is_absent() && !wanted.is_explicit => {
            debug!("{name}: left out: {error}");
            None
        }
        Err(error) => {
            warning!("{name}: left out: {error}");
            None
        }
    }
}

/// One of them, in silence.
pub(super) fn open(wanted: &Wanted, roots: &Roots) -> Result<Ready, ReadError> {
    let mut source = wanted.collector.source(roots, &wanted.settings)?;
    let mut rows = Vec::new();
    source.sample(&mut |instance, row| rows.push(Newcomer::new(instance, row)))?;
    let words = rows.iter().map(|row| row.width(&*source) + 1).sum();
    Ok(Ready {
        wanted: wanted.clone(),
        source,
        rows,
        words,
    })
}
