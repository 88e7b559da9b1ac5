//! What statsd's lines have said since the last flush, in memory of fixed size: 256 names, their texts, 1,536
//! timings and 1,023 members of sets. Timings past that are thinned out evenly, so that p95 stays fair; members
//! past that are not told apart any more. A name that no line had for 600 flushes makes room when it is short.

use super::hash::{hash, place as first_place};
use super::statsd::parsed;
use super::{Name, Point, Reject, Sink, Why};
use crate::metric::{Kind, Unit, Value};

const ENTRIES_MAX: usize = 256;
const INDEX_SLOTS: usize = 512;
const TEXT_SIZE: usize = 24 * 1024;
const SAMPLES_MAX: usize = 1536;
const MEMBER_SLOTS: usize = 1024;
const IDLE_FLUSHES: u32 = 600;
const _: () = assert!(ENTRIES_MAX < INDEX_SLOTS && ENTRIES_MAX * 2 < SAMPLES_MAX);

/// What a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A total.
    Counter,
    /// The last value.
    Gauge,
    /// Timings in seconds, said in milliseconds.
    Milliseconds,
    /// The same of anything.
    Histogram,
    /// Different members.
    Set,
}

/// One name. What its numbers mean depends on what it is.
struct Entry {
    hash: u64,
    text_start: usize,
    name_len: usize,
    tags_len: usize,
    sort: Sort,
    idle: u32,
    /// Timings, or members, of this interval.
    seen: u64,
    /// The same weighted by their rates.
    weight: f64,
    /// The counter's total, the gauge's value, the sum of the timings.
    value: f64,
    max: f64,
    /// Whether the next timing is kept when they are thinned out.
    keeps: bool,
}

/// All that was gathered.
pub struct Gathered {
    entries: Vec<Entry>,
    index: Box<[u16]>,
    /// Names, each with its tags behind it as a line had them, in the order of the entries.
    text: Vec<u8>,
    samples: Vec<(u16, f64)>,
    /// Of a timer's timings each of so many is kept.
    stride: u64,
    members: Box<[u64]>,
    members_count: usize,
}

impl Gathered {
    /// Takes the memory.
    pub fn new() -> Gathered {
        Gathered {
            entries: Vec::with_capacity(ENTRIES_MAX),
            index: vec![0; INDEX_SLOTS].into(),
            text: Vec::with_capacity(TEXT_SIZE),
            samples: Vec::with_capacity(SAMPLES_MAX),
            stride: 1,
            members: vec![0; MEMBER_SLOTS].into(),
            members_count: 0,
        }
    }

    /// The place of a name, made where it is new. `tags` are as the line has them.
    pub fn entry(
        &mut self,
        name: &str,
        tags: &[u8],
        sort: Sort,
        at: usize,
    ) -> Result<usize, Reject> {
        let hash = hash(name.as_bytes());
        let mut slot = first_place(hash, INDEX_SLOTS);
        while let Some(place) = usize::from(self.index[slot]).checked_sub(1) {
            let entry = &self.entries[place];
            if entry.hash == hash && self.name(entry) == name.as_bytes() {
                if entry.sort != sort {
                    return Err(Why::TypeChanged.at(at));
                }
                self.entries[place].idle = 0;
                return Ok(place);
            }
            slot = (slot + 1) % INDEX_SLOTS;
        }
        let fits = self.text.len() + name.len() + tags.len() <= TEXT_SIZE;
        if self.entries.len() == ENTRIES_MAX || !fits {
            return Err(Why::Full.at(at));
        }
        let text_start = self.text.len();
        self.text.extend_from_slice(name.as_bytes());
        self.text.extend_from_slice(tags);
        self.entries.push(Entry {
            hash,
            text_start,
            name_len: name.len(),
            tags_len: tags.len(),
            sort,
            idle: 0,
            seen: 0,
            weight: 0.0,
            value: 0.0,
            max: 0.0,
            keeps: false,
        });
        self.index[slot] = u16::try_from(self.entries.len()).unwrap_or(0);
        Ok(self.entries.len() - 1)
    }

    fn name(&self, entry: &Entry) -> &[u8] {
        &self.text[entry.text_start..entry.text_start + entry.name_len]
    }

    /// A counter rises.
    pub fn count(&mut self, place: usize, by: f64) {
        let entry = &mut self.entries[place];
        entry.value = finite(entry.value + by);
    }

    /// A gauge changes by that much.
    pub fn change(&mut self, place: usize, by: f64) {
        self.count(place, by);
    }

    /// A gauge is that.
    pub fn set(&mut self, place: usize, value: f64) {
        self.entries[place].value = value;
    }

    /// A timer took that long, as one of `1 / rate`.
    pub fn sample(&mut self, place: usize, value: f64, rate: f64) {
        let entry = &mut self.entries[place];
        entry.max = if entry.seen == 0 {
            value
        } else {
            entry.max.max(value)
        };
        let is_kept = entry.seen.is_multiple_of(self.stride);
        entry.seen += 1;
        entry.weight = finite(entry.weight + 1.0 / rate);
        entry.value = finite(entry.value + value);
        if !is_kept {
            return;
        }
        if self.samples.len() == SAMPLES_MAX {
            self.thin_out();
        }
        self.samples
            .push((u16::try_from(place).unwrap_or(0), value));
    }

    /// Leaves every second timing of each timer, and keeps half as many from now on.
    fn thin_out(&mut self) {
        for entry in &mut self.entries {
            entry.keeps = false;
        }
        let entries = &mut self.entries;
        self.samples.retain(|&(place, _)| {
            let entry = &mut entries[usize::from(place)];
            entry.keeps = !entry.keeps;
            entry.keeps
        });
        self.stride = self.stride.saturating_mul(2);
    }

    /// A set has that member.
    pub fn member(&mut self, place: usize, member: &[u8]) {
        let mixed = hash(member) ^ (place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = mixed.max(1);
        let mut slot = first_place(mixed, MEMBER_SLOTS);
        while self.members[slot] != 0 && self.members[slot] != mixed {
            slot = (slot + 1) % MEMBER_SLOTS;
        }
        // one slot stays empty, so that looking ends
        if self.members[slot] == 0 && self.members_count < MEMBER_SLOTS - 1 {
            self.members[slot] = mixed;
            self.members_count += 1;
            self.entries[place].seen += 1;
        }
    }

    /// Shows everything, and begins the next interval.
    pub fn flush(&mut self, name: &mut Name, sink: &mut Sink<'_>) {
        self.samples
            .sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut samples = &self.samples[..];
        for (place, entry) in self.entries.iter().enumerate() {
            let own = samples.partition_point(|&(of, _)| usize::from(of) <= place);
            let (own, others) = samples.split_at(own);
            samples = others;
            self.show(entry, own, name, sink);
        }
        for entry in &mut self.entries {
            entry.idle = entry.idle.saturating_add(1);
            if !matches!(entry.sort, Sort::Counter | Sort::Gauge) {
                (entry.seen, entry.weight, entry.value) = (0, 0.0, 0.0);
            }
        }
        self.samples.clear();
        self.stride = 1;
        if self.members_count > 0 {
            self.members.fill(0);
            self.members_count = 0;
        }
        if self.entries.len() == ENTRIES_MAX || self.text.len() > TEXT_SIZE / 2 {
            self.forget_idle();
        }
    }

    fn show(&self, entry: &Entry, samples: &[(u16, f64)], name: &mut Name, sink: &mut Sink<'_>) {
        let tags_start = entry.text_start + entry.name_len;
        let tags = &self.text[tags_start..tags_start + entry.tags_len];
        // both were well when the entry was made
        let (Ok(tags), Ok(())) = (parsed(tags, 0), name.start(self.name(entry), 0)) else {
            return;
        };
        let base = name.len();
        let mut show = |part: &str, value: f64, kind: Kind, unit: Option<Unit>| {
            if !part.is_empty() && name.part(part.as_bytes(), 0).is_err() {
                return; // too long by its last part
            }
            sink(&Point {
                name: name.as_str(),
                labels: tags.as_slice(),
                value: Value::Real(value),
                time: None,
                kind: Some(kind),
                unit: unit.map(Unit::name),
            });
            name.cut(base);
        };
        let unit = match entry.sort {
            Sort::Counter => return show("", entry.value, Kind::Counter, None),
            Sort::Gauge => return show("", entry.value, Kind::Gauge, None),
            Sort::Set => return show("", entry.seen as f64, Kind::Gauge, None),
            Sort::Milliseconds => Some(Unit::Seconds),
            Sort::Histogram => None,
        };
        show("count", entry.weight, Kind::Gauge, None);
        if entry.seen > 0 && !samples.is_empty() {
            show("mean", entry.value / entry.seen as f64, Kind::Gauge, unit);
            let rank = (samples.len() * 95).div_ceil(100);
            show("p95", samples[rank - 1].1, Kind::Gauge, unit);
            show("max", entry.max, Kind::Gauge, unit);
        }
    }

    /// Makes room of the names that nothing was said of for long.
    fn forget_idle(&mut self) {
        let (mut end, text) = (0, &mut self.text);
        self.entries.retain_mut(|entry| {
            let len = entry.name_len + entry.tags_len;
            if entry.idle > IDLE_FLUSHES {
                return false;
            }
            text.copy_within(entry.text_start..entry.text_start + len, end);
            entry.text_start = end;
            end += len;
            true
        });
        text.truncate(end);
        self.index.fill(0);
        for (entry, number) in self.entries.iter().zip(1..) {
            let mut slot = first_place(entry.hash, INDEX_SLOTS);
            while self.index[slot] != 0 {
                slot = (slot + 1) % INDEX_SLOTS;
            }
            self.index[slot] = number;
        }
    }
}

/// A sum that has left the finite numbers stays at their end.
fn finite(value: f64) -> f64 {
    value.clamp(f64::MIN, f64::MAX)
}
