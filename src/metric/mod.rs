//! The catalogue: for each collector one constant table of its fields, from which every output and the
//! docs' list of metrics are made. Adding a collector touches its folder in `platform/`, one file here and
//! one line of [`COLLECTORS`].

use goodall_platform::{Labels, ReadError, Reader, Roots, Settings};

mod cpu;
mod disk;
pub mod field;
mod load;
mod memory;
mod network;
mod pressure;
mod stat;
mod totals;
mod vmstat;

pub use field::{Decode, Field, FieldInfo, Kind, MISSING, Repr, Scale, Unit, Value};
pub use totals::TOTALS;

/// Every collector of this system, in the order of the docs.
pub static COLLECTORS: &[&Collector] = &[
    &cpu::CPU,
    &stat::STAT,
    &load::LOAD,
    &memory::MEMORY,
    &vmstat::VMSTAT,
    &pressure::PRESSURE,
    &disk::DISK,
    &disk::DISK_INFO,
    &network::NETWORK,
    &network::NETWORK_LINK,
    &network::NETWORK_INFO,
];

/// How often a collector samples where the configuration is silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// At the interval of `--interval`.
    Tick,
    /// Every so many seconds, or at the interval of `--interval` where that is longer.
    Seconds(u32),
}

/// How a collector's reader is opened.
pub type Open = fn(&Roots, &Settings) -> Result<Box<dyn Source>, ReadError>;

/// One collector: a metric family, its table and its reader.
pub struct Collector {
    /// The first part of its series' names.
    pub name: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// How often.
    pub every: Every,
    /// Whether its rows have instances (`disk.sda`); a collector without has one row, instance empty.
    pub has_instances: bool,
    /// An instance that `/metrics` leaves out, since node_exporter has no such sum (`cpu.all`).
    pub prom_skips: Option<&'static str>,
    /// Its columns.
    pub fields: &'static dyn Fields,
    /// Opens its reader; [`ReadError::is_absent`] where this machine has no such thing.
    pub open: Open,
}

/// A table of fields whatever its sample is.
pub trait Fields: Sync {
    /// How many; never 0.
    fn len(&self) -> usize;
    /// The field at `index`, which is below `len`.
    fn info(&self, index: usize) -> &'static FieldInfo;
    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<S> Fields for &'static [Field<S>] {
    fn len(&self) -> usize {
        <[Field<S>]>::len(self)
    }

    fn info(&self, index: usize) -> &'static FieldInfo {
        &self[index].info
    }
}

impl dyn Fields {
    /// Every field in order.
    pub fn iter(&self) -> impl Iterator<Item = &'static FieldInfo> + '_ {
        (0..self.len()).map(|index| self.info(index))
    }
}

/// A collector at work: samples as words, in the order of its fields.
pub trait Source: Send {
    /// Takes one sample and shows its rows: the exact instance and a word a field. See
    /// [`Reader::read`]; allocates nothing while no instance comes.
    fn sample(&mut self, row: &mut dyn FnMut(&[u8], &[u64])) -> Result<(), ReadError>;

    /// The labels of an instance that `sample` has just shown.
    fn labels(&self, instance: &[u8]) -> Labels;
}

/// A reader and its table.
struct Tabled<R: Reader + 'static> {
    reader: R,
    fields: &'static [Field<R::Sample>],
    words: Box<[u64]>,
}

/// The source made of a reader and its table.
pub fn tabled<R: Reader + 'static>(
    reader: R,
    fields: &'static [Field<R::Sample>],
) -> Box<dyn Source> {
    let words = vec![MISSING; fields.len()].into();
    Box::new(Tabled {
        reader,
        fields,
        words,
    })
}

impl<R: Reader> Source for Tabled<R> {
    fn sample(&mut self, row: &mut dyn FnMut(&[u8], &[u64])) -> Result<(), ReadError> {
        let (fields, words) = (self.fields, &mut self.words);
        self.reader.read(&mut |instance, sample| {
            for (word, field) in words.iter_mut().zip(fields) {
                *word = field.word(sample);
            }
            row(instance, words);
        })
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        self.reader.labels(instance)
    }
}

/// The collector of that name.
pub fn collector(name: &str) -> Option<&'static Collector> {
    COLLECTORS
        .iter()
        .copied()
        .find(|collector| collector.name == name)
}
