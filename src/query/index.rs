//! What a snapshot of the ring holds, by name: made once, shared by every question. Names stand in one
//! arena and are found by number, so that a series costs its name and twelve bytes.

use std::sync::{Arc, OnceLock};

use super::cell::Described;
use super::exposed::Exposed;
use super::shared::Shared;
use crate::metric::{Collector, FieldInfo, collector};
use crate::ring::{Reader, reader::Track};

/// The instance that Goodall's names mean where a collector has several.
const ALIASED_INSTANCE: &str = "root";
/// `system_load_15`.
const ALIAS_LEN_MAX: usize = 14;

/// A series: one field of one track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Series {
    /// Where the name ends in the arena; it starts where the one before ends.
    name_end: u32,
    /// Its track, an index of [`Reader::tracks`].
    pub track: u32,
    /// Its field, an index of the track's fields.
    pub field: u32,
}

/// A series as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// The series, an index of [`Index::series`].
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
        let tracks = reader.tracks();
        let count = tracks.iter().map(|track| track.fields.len()).sum();
        let bytes = tracks.iter().map(names_len).sum();
        let mut names = String::with_capacity(bytes);
        let mut series = Vec::with_capacity(count);
        let mut aliases = Vec::new();
        let mut name_len_max = ALIAS_LEN_MAX;
        for (number, track) in (0_u32..).zip(tracks) {
            let known = collector(&track.collector);
            for (field, spec) in (0_u32..).zip(track.fields.iter()) {
                let start = names.len();
                push_prefix(track, &mut names);
                names.push_str(&spec.name);
                name_len_max = name_len_max.max(names.len() - start);
                if let Some(alias) = alias_of(track, info_of(known, field, &spec.name)) {
                    aliases.push(Pick {
                        series: u32::try_from(series.len()).expect("series are few"),
                        alias: Some(alias),
                    });
                }
                series.push(Series {
                    name_end: u32::try_from(names.len()).expect("names are short"),
                    track: number,
                    field,
                });
            }
        }
        aliases.sort_by_key(|pick| alias_rank(pick.alias));
        aliases.dedup_by_key(|pick| pick.alias);
        Index {
            reader,
            name_len_max,
            names,
            series,
            aliases,
            exposed: OnceLock::new(),
            shared: Shared::default(),
        }
    }

    /// The snapshot.
    pub fn reader(&self) -> &Arc<Reader> {
        &self.reader
    }

    /// Every series, track by track in the directory's order.
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// The name of a series, `collector[.instance].field`.
    pub fn name(&self, series: u32) -> &str {
        let at = series as usize;
        let start = match at.checked_sub(1) {
            Some(before) => self.series[before].name_end,
            None => 0,
        };
        &self.names[start as usize..self.series[at].name_end as usize]
    }

    /// The name by which a series was asked for.
    pub fn name_of(&self, pick: Pick) -> &str {
        match pick.alias {
            Some(alias) => alias,
            None => self.name(pick.series),
        }
    }

    /// The track of a series.
    pub fn track(&self, series: u32) -> &Track {
        &self.reader.tracks()[self.series[series as usize].track as usize]
    }

    /// What is known of a series.
    pub fn described(&self, series: u32) -> Described<'_> {
        let Series { field, .. } = self.series[series as usize];
        let track = self.track(series);
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
