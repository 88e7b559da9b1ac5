//! The catalogue: for each collector one constant table of its fields, from which every output and the
//! docs' list of metrics are made. Adding a collector touches its folder in `platform/`, one file here and
//! one line of [`COLLECTORS`].

use goodall_platform::system::System;
use goodall_platform::{Labels, ReadError, Reader, Roots, Settings};

mod arp;
mod conntrack;
mod cpu;
mod cpufreq;
mod disk;
mod entropy;
pub mod field;
mod filefd;
mod filesystem;
mod hwmon;
mod info;
mod load;
mod memory;
mod netstat;
mod network;
mod own;
pub mod plugin;
mod pressure;
mod processes;
mod schedstat;
mod sockstat;
mod softnet;
mod stat;
pub mod systems;
pub mod tally;
mod thermal;
mod time;
mod totals;
mod udp_queues;
mod unit;
mod uptime;
mod vmstat;

pub use field::{Decode, Field, FieldInfo, Get, MISSING, Repr, Scale, Value};
pub use totals::TOTALS;
pub use unit::{Kind, Unit};

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
    &filesystem::FILESYSTEM,
    &network::NETWORK,
    &network::NETWORK_LINK,
    &network::NETWORK_INFO,
    &netstat::NETSTAT,
    &netstat::SNMP,
    &netstat::SNMP6,
    &udp_queues::UDP_QUEUES,
    &arp::ARP,
    &sockstat::SOCKSTAT,
    &conntrack::CONNTRACK,
    &filefd::FILEFD,
    &entropy::ENTROPY,
    &softnet::SOFTNET,
    &schedstat::SCHEDSTAT,
    &uptime::UPTIME,
    &time::TIME,
    &info::INFO,
    &thermal::THERMAL,
    &hwmon::HWMON,
    &cpufreq::CPUFREQ,
    &processes::PROCESSES,
    &own::SELF,
];

/// How often a collector samples where the configuration is silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// At the interval of `--interval`.
    Tick,
    /// At the interval of `--interval`, so many milliseconds behind the tick: it counts threads that run, as all
    /// of goodall's do at the tick.
    Behind(u32),
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

impl Collector {
    /// The fields that this system has, in the table's order: those of a row.
    pub fn fields_here(&self) -> impl Iterator<Item = &'static FieldInfo> {
        let is_here = |field: &&FieldInfo| systems::has(System::HERE, self.name, field);
        self.fields.iter().filter(is_here)
    }

    /// Opens its reader: the source of its rows.
    pub fn source(&self, roots: &Roots, settings: &Settings) -> Result<Box<dyn Source>, ReadError> {
        let mut source = (self.open)(roots, settings)?;
        source.keep(&|field| systems::has(System::HERE, self.name, field));
        source.leave_out(settings);
        Ok(source)
    }
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
    /// Shows, of each row, only the fields that `is_kept` says yes to, of all that there are. A source that is no table's has none.
    fn keep(&mut self, is_kept: &dyn Fn(&FieldInfo) -> bool) {
        let _ = is_kept;
    }

    /// Shows no row of an instance that is left out. A source that is no table's has none.
    fn leave_out(&mut self, settings: &Settings) {
        let _ = settings;
    }

    /// Takes one sample and shows its rows: the exact instance and a word a field. See
    /// [`Reader::read`]; allocates nothing while no instance comes.
    fn sample(&mut self, row: &mut dyn FnMut(&[u8], &[u64])) -> Result<(), ReadError>;

    /// The labels of an instance that `sample` has just shown.
    fn labels(&self, instance: &[u8]) -> Labels;

    /// Of an instance that is seen for the first time, with its first row: the fields that need room in its
    /// track, by their place; `None` for all. See [`Reader::SPARSE`].
    fn present(&self, instance: &[u8], words: &[u64]) -> Option<Box<[usize]>> {
        let _ = (instance, words);
        None
    }
}

/// A reader and its table.
struct Tabled<R: Reader + 'static> {
    reader: R,
    fields: &'static [Field<R::Sample>],
    /// Of each field where it stands, side by side: in the table there are ten times as many bytes between
    /// them, of names and help that a tick has no use for.
    gets: Box<[Get<R::Sample>]>,
    words: Box<[u64]>,
    /// What the reader does not see to itself, where anything is left out.
    settings: Option<Box<Settings>>,
}

/// The source made of a reader and its table.
pub fn tabled<R: Reader + 'static>(
    reader: R,
    fields: &'static [Field<R::Sample>],
) -> Box<dyn Source> {
    Box::new(Tabled {
        reader,
        fields,
        gets: fields.iter().map(|field| field.get).collect(),
        words: vec![MISSING; fields.len()].into(),
        settings: None,
    })
}

impl<R: Reader> Source for Tabled<R> {
    fn keep(&mut self, is_kept: &dyn Fn(&FieldInfo) -> bool) {
        let fields = self.fields.iter().filter(|field| is_kept(&field.info));
        self.gets = fields.map(|field| field.get).collect();
        self.words = vec![MISSING; self.gets.len()].into();
    }

    fn leave_out(&mut self, settings: &Settings) {
        if !R::SELECTS && settings.exclude.is_some() {
            self.settings = Some(Box::new(settings.clone()));
        }
    }

    fn sample(&mut self, row: &mut dyn FnMut(&[u8], &[u64])) -> Result<(), ReadError> {
        let (gets, words, settings) = (&self.gets, &mut self.words, self.settings.as_deref());
        self.reader.read(&mut |instance, sample| {
            if settings.is_some_and(|settings| !settings.keeps(instance, |_| false)) {
                return;
            }
            for (word, get) in words.iter_mut().zip(gets) {
                *word = get.word(sample);
            }
            row(instance, words);
        })
    }

    fn labels(&self, instance: &[u8]) -> Labels {
        self.reader.labels(instance)
    }

    fn present(&self, instance: &[u8], words: &[u64]) -> Option<Box<[usize]>> {
        let whole = || self.reader.whole(instance);
        R::SPARSE.then(|| match whole() {
            Some(row) => {
                let words = self.gets.iter().map(|get| get.word(&row));
                let has = words.enumerate().filter(|(_, word)| *word != MISSING);
                has.map(|(at, _)| at).collect()
            }
            None => (0..words.len())
                .filter(|&at| words[at] != MISSING)
                .collect(),
        })
    }
}

/// The collector of that name; what is recorded of each plugin counts as one.
pub fn collector(name: &str) -> Option<&'static Collector> {
    COLLECTORS
        .iter()
        .copied()
        .chain([&plugin::PLUGIN])
        .find(|collector| collector.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use super::*;

    fn fields() -> impl Iterator<Item = (&'static Collector, &'static FieldInfo)> {
        COLLECTORS
            .iter()
            .flat_map(|collector| collector.fields.iter().map(|field| (*collector, field)))
    }

    #[test]
    fn goodalls_nine_names_mean_one_series_each() {
        let aliases: BTreeMap<_, _> = fields()
            .filter_map(|(collector, field)| {
                let alias = field.alias?;
                Some((alias, format!("{}.{}", collector.name, field.name)))
            })
            .collect();
        let expected = [
            ("disk_free", "filesystem.available"),
            ("disk_total", "filesystem.total"),
            ("disk_used", "filesystem.used"),
            ("mem_available", "memory.available"),
            ("mem_total", "memory.total"),
            ("mem_used", "memory.used"),
            ("system_load_1", "load.1m"),
            ("system_load_15", "load.15m"),
            ("system_load_5", "load.5m"),
        ];
        assert!(aliases.iter().map(|(a, b)| (*a, &**b)).eq(expected));
        assert_eq!(
            fields().filter(|(_, field)| field.alias.is_some()).count(),
            9
        );
    }

    #[test]
    fn names_are_unique_lower_case_and_explained() {
        let mut seen = HashSet::new();
        let is_name = |name: &str| {
            let is_letter = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
            !name.is_empty() && name.bytes().all(is_letter)
        };
        for (collector, field) in fields() {
            let name = format!("{}.{}", collector.name, field.name);
            assert!(is_name(collector.name) && is_name(field.name), "{name}");
            assert!(field.help.ends_with('.'), "{name}: {}", field.help);
            assert!(seen.insert(name.clone()), "{name} stands twice");
        }
    }

    #[test]
    fn what_prometheus_is_shown_is_named_once_and_typed_as_it_counts() {
        use field::PromType;

        let mut seen = HashSet::new();
        for (collector, field) in fields() {
            let Some(prom) = field.prom else { continue };
            let name = prom.name;
            assert!(seen.insert((name, prom.labels)), "{name} stands twice");
            assert!(name.starts_with("node_"), "{name}");
            if prom.kind == PromType::Counter {
                assert!(name.ends_with("_total"), "{name}");
                assert_eq!(field.kind, Kind::Counter, "{name}");
            }
            let has_help = !prom.help.is_empty() || !prom.helps.is_empty();
            assert!(has_help, "{}.{}: {name}", collector.name, field.name);
        }
    }
}
