//! What a snapshot of the ring holds, by name: made once, shared by every question. Names stand in one
//! arena and are found by number, so that a series costs its name and twelve bytes. A name is one series in
//! however many tracks its samples stand; what it is (unit, kind, interval, labels) follows the one written.

use std::sync::{Arc, OnceLock};

use super::cell::Described;
use super::exposed::Exposed;
use super::shared::Shared;
use super::sources::{Sources, source_order};
use crate::metric::{Collector, FieldInfo, collector};
use crate::ring::{Reader, reader::Track};

/// The instance that Goodall's names mean where a collector has several.
const ALIASED_INSTANCE: &str = "root";
/// `system_load_15`.
const ALIAS_LEN_MAX: usize = 14;

/// A series: its name, and where it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Series {
    /// Where the name ends in the arena; it starts where the one before ends.
    name_end: u32,
    written: Source,
}

/// Where samples of a series stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The track, an index of [`Reader::tracks`].
    pub track: u32,
    /// The field, an index of the track's fields.
    pub field: u32,
}

/// A series as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// The series: below [`Index::len`].
    pub series: u32,
    /// The alias by which it goes.
    pub alias: Option<&'static str>,
}

/// The names of a snapshot.
pub struct Index {
    reader: Arc<Reader>,
    names: String,
    name_len_max: usize,
    series: Vec<Series>,
    /// Where else samples of series stand.
    sources: Sources,
    /// In the order of the catalogue's tables.
    aliases: Vec<Pick>,
    exposed: OnceLock<Exposed>,
    shared: Shared,
}

impl Index {
    /// Names everything that the snapshot holds.
    ///
    /// # Panics
    /// Where the directory has more than 4 GiB of names: the ring's own limits are far below.
    pub fn new(reader: Arc<Reader>) -> Index {
        let named = named(&reader);
        let Some(order) = source_order(&reader, &named) else {
            return Index::over(reader, named, Sources::default());
        };
        // some names stand in several tracks
        let mut kept = Named {
            names: String::with_capacity(named.names.len()),
            series: Vec::with_capacity(named.series.len()),
        };
        let mut numbers = Vec::with_capacity(named.series.len());
        for at in (0_u32..).take(named.series.len()) {
            numbers.push(u32::try_from(kept.series.len()).expect("series are few"));
            if let Some(written) = order.written(at) {
                kept.names.push_str(named.name(at));
                kept.series.push(Series {
                    name_end: u32::try_from(kept.names.len()).expect("names are short"),
                    written: named.series[written as usize].written,
                });
            }
        }
        kept.names.shrink_to_fit();
        kept.series.shrink_to_fit();
        let sources = order.sources(|at| (numbers[at as usize], named.series[at as usize].written));
        Index::over(reader, kept, sources)
    }

    fn over(reader: Arc<Reader>, named: Named, sources: Sources) -> Index {
        let mut index = Index {
            name_len_max: ALIAS_LEN_MAX,
            names: named.names,
            series: named.series,
            sources,
            aliases: Vec::new(),
            exposed: OnceLock::new(),
            shared: Shared::default(),
            reader,
        };
        for series in 0..index.len() {
            index.name_len_max = index.name_len_max.max(index.name(series).len());
            let alias = alias_of(index.track(series), index.described(series).info);
            if alias.is_some() {
                index.aliases.push(Pick { series, alias });
            }
        }
        index.aliases.sort_by_key(|pick| alias_rank(pick.alias));
        index.aliases.dedup_by_key(|pick| pick.alias);
        index
    }

    /// Whether the ring has more than this, or one of its series is written elsewhere by now. Cheap enough for every
    /// request.
    pub fn is_stale(&self) -> bool {
        self.reader.is_stale() || self.sources.have_moved(&self.reader)
    }

    /// The snapshot.
    pub fn reader(&self) -> &Arc<Reader> {
        &self.reader
    }

    /// The name of a series, `collector[.instance].field`. Series stand in the order in which the
    /// directory has them first, those of a track together.
    pub fn name(&self, series: u32) -> &str {
        name_of(&self.names, &self.series, series)
    }

    /// The name by which a series was asked for.
    pub fn name_of(&self, pick: Pick) -> &str {
        match pick.alias {
            Some(alias) => alias,
            None => self.name(pick.series),
        }
    }

    /// Where a series is written.
    pub fn written(&self, series: u32) -> Source {
        self.series[series as usize].written
    }

    /// Where else samples of a series stand, those written last first; mostly nowhere.
    pub fn others(&self, series: u32) -> impl ExactSizeIterator<Item = Source> + Clone + '_ {
        self.sources.of(series)
    }

    /// All of these, the one that is written first.
    pub fn sources(&self, series: u32) -> impl Iterator<Item = Source> + Clone + '_ {
        std::iter::once(self.written(series)).chain(self.others(series))
    }

    /// The track in which a series is written.
    pub fn track(&self, series: u32) -> &Track {
        &self.reader.tracks()[self.written(series).track as usize]
    }

    /// What is known of a series.
    pub fn described(&self, series: u32) -> Described<'_> {
        self.described_at(self.written(series))
    }

    /// What is known of what stands somewhere.
    pub(super) fn described_at(&self, source: Source) -> Described<'_> {
        let Source { track, field } = source;
        let track = &self.reader.tracks()[track as usize];
        let spec = &track.fields[field as usize];
        Described {
            spec,
            info: info_of(collector(&track.collector), field, &spec.name),
        }
    }

    /// Goodall's names that stand for something here.
    pub fn aliases(&self) -> &[Pick] {
        &self.aliases
    }

    /// The series of exactly that name or alias.
    pub fn find(&self, name: &str) -> Option<Pick> {
        if let Some(&pick) = self.aliases.iter().find(|pick| pick.alias == Some(name)) {
            return Some(pick);
        }
        (0..self.len())
            .find(|&series| self.name(series) == name)
            .map(|series| Pick {
                series,
                alias: None,
            })
    }

    /// The aliases of a series.
    pub fn aliases_of(&self, series: u32) -> impl Iterator<Item = &'static str> {
        self.aliases
            .iter()
            .filter(move |pick| pick.series == series)
            .filter_map(|pick| pick.alias)
    }

    /// The length of the longest name or alias, in bytes.
    pub fn name_len_max(&self) -> usize {
        self.name_len_max
    }

    /// How many series.
    pub fn len(&self) -> u32 {
        u32::try_from(self.series.len()).expect("series are few")
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// What answers over everything share while they last.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// What each series is called in Prometheus' text; made when first asked for.
    pub fn exposed(&self) -> &Exposed {
        self.exposed.get_or_init(|| Exposed::of(self))
    }
}

/// Every field of every track, by name.
pub(super) struct Named {
    names: String,
    series: Vec<Series>,
}

impl Named {
    pub(super) fn len(&self) -> usize {
        self.series.len()
    }

    pub(super) fn name(&self, at: u32) -> &str {
        name_of(&self.names, &self.series, at)
    }

    pub(super) fn track(&self, at: u32) -> u32 {
        self.series[at as usize].written.track
    }
}

fn named(reader: &Reader) -> Named {
    let tracks = reader.tracks();
    let count = tracks.iter().map(|track| track.fields.len()).sum();
    let bytes = tracks.iter().map(names_len).sum();
    let mut names = String::with_capacity(bytes);
    let mut series = Vec::with_capacity(count);
    for (number, track) in (0_u32..).zip(tracks) {
        for (field, spec) in (0_u32..).zip(track.fields.iter()) {
            push_prefix(track, &mut names);
            names.push_str(&spec.name);
            series.push(Series {
                name_end: u32::try_from(names.len()).expect("names are short"),
                written: Source {
                    track: number,
                    field,
                },
            });
        }
    }
    Named { names, series }
}

fn name_of<'a>(names: &'a str, series: &[Series], at: u32) -> &'a str {
    let at = at as usize;
    let start = match at.checked_sub(1) {
        Some(before) => series[before].name_end,
        None => 0,
    };
    &names[start as usize..series[at].name_end as usize]
}

fn push_prefix(track: &Track, names: &mut String) {
    names.push_str(&track.collector);
    names.push('.');
    if !track.instance_name.is_empty() {
        names.push_str(&track.instance_name);
        names.push('.');
    }
}

fn names_len(track: &Track) -> usize {
    let prefix = track.collector.len() + track.instance_name.len() + 2;
    let fields = track.fields.iter().map(|spec| spec.name.len());
    fields.map(|len| prefix + len).sum()
}

/// The catalogue's line for a recorded field. A ring of another build may hold its fields in another order.
fn info_of(
    collector: Option<&'static Collector>,
    field: u32,
    name: &str,
) -> Option<&'static FieldInfo> {
    let fields = collector?.fields;
    let field = field as usize;
    if field < fields.len() && fields.info(field).name == name {
        return Some(fields.info(field));
    }
    fields.iter().find(|info| info.name == name)
}

fn alias_of(track: &Track, info: Option<&'static FieldInfo>) -> Option<&'static str> {
    let is_meant = track.instance_name.is_empty() || track.instance_name == ALIASED_INSTANCE;
    info?.alias.filter(|_| is_meant)
}

/// Goodall's own order.
fn alias_rank(alias: Option<&str>) -> usize {
    const ORDER: [&str; 9] = [
        "disk_used",
        "disk_free",
        "disk_total",
        "mem_used",
        "mem_available",
        "mem_total",
        "system_load_1",
        "system_load_5",
        "system_load_15",
    ];
    ORDER
        .iter()
        .position(|name| Some(*name) == alias)
        .unwrap_or(ORDER.len())
}
