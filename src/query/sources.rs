//! Where else samples of a series stand than where it is written, and which of several tracks that is: the one
//! whose row is the newest. Few names stand in several tracks, and only until the others have aged out.

use super::index::{Named, Source};
use super::written::{FRAMES_BACK, REACH, Written};
use crate::ring::Reader;

/// The other sources of all series.
#[derive(Default)]
pub(super) struct Sources {
    /// By series; of one series those written last first.
    others: Vec<(u32, Source)>,
    rivals: Vec<Rival>,
}

/// Two tracks that have names in common.
struct Rival {
    written: u32,
    other: u32,
    /// The newest row of the one that was written, when that was found out.
    then: Option<Written>,
}

impl Sources {
    /// Those of one series.
    pub fn of(&self, series: u32) -> impl ExactSizeIterator<Item = Source> + Clone + '_ {
        let start = self.others.partition_point(|(of, _)| *of < series);
        let count = self.others[start..].partition_point(|(of, _)| *of == series);
        self.others[start..start + count]
            .iter()
            .map(|(_, source)| *source)
    }

    /// Whether another track is written than was.
    pub fn have_moved(&self, reader: &Reader) -> bool {
        let newest = |track| Written::newest(reader, track, FRAMES_BACK as u64);
        self.rivals.iter().any(|rival| {
            newest(rival.other).is_some_and(|other| {
                let known = rival.then.into_iter().chain(newest(rival.written));
                known
                    .into_iter()
                    .all(|written| other.is_newer_than(written))
            })
        })
    }
}

/// Names that stand in several tracks, each with its places in [`Named`], the one that is written first.
pub(super) struct Order {
    groups: Vec<Vec<u32>>,
    rivals: Vec<Rival>,
    /// For each place the one where its name is written; none where the name came before.
    written: Vec<Option<u32>>,
}

/// What is to be settled; `None` where every name stands in one track.
pub(super) fn source_order(reader: &Reader, named: &Named) -> Option<Order> {
    let mut sorted: Vec<u32> = (0..).take(named.len()).collect();
    sorted.sort_unstable_by(|&left, &right| {
        let by_name = named.name(left).cmp(named.name(right));
        by_name.then(left.cmp(&right))
    });
    let groups = sorted.chunk_by(|&left, &right| named.name(left) == named.name(right));
    let mut groups: Vec<Vec<u32>> = groups
        .filter(|group| group.len() > 1)
        .map(<[u32]>::to_vec)
        .collect();
    if groups.is_empty() {
        return None;
    }
    let mut newest: Vec<Option<Option<Written>>> = vec![None; reader.tracks().len()];
    let mut rivals = Vec::new();
    let mut written: Vec<Option<u32>> = (0..).take(named.len()).map(Some).collect();
    for group in &mut groups {
        for &at in &*group {
            let track = named.track(at);
            newest[track as usize].get_or_insert_with(|| Written::newest(reader, track, REACH));
        }
        let of = |at: u32| newest[named.track(at) as usize].flatten();
        // who came to the directory later is written, where no row says otherwise
        group.reverse();
        for place in 0..group.len() {
            let best = (place + 1..group.len()).fold(place, |best, at| {
                match (of(group[at]), of(group[best])) {
                    (Some(one), Some(other)) if !one.is_newer_than(other) => best,
                    (Some(_), _) => at,
                    (None, _) => best,
                }
            });
            group[place..=best].rotate_right(1);
        }
        for &at in &*group {
            written[at as usize] = None;
        }
        written[first(group) as usize] = Some(group[0]);
        for &other in &group[1..] {
            let rival = Rival {
                written: named.track(group[0]),
                other: named.track(other),
                then: of(group[0]),
            };
            rivals.push(rival);
        }
    }
    rivals.sort_unstable_by_key(|rival: &Rival| (rival.written, rival.other));
    rivals.dedup_by_key(|rival| (rival.written, rival.other));
    Some(Order {
        groups,
        rivals,
        written,
    })
}

/// The place that the directory has first: there the series stands, wherever it is written.
fn first(group: &[u32]) -> u32 {
    group.iter().copied().fold(u32::MAX, u32::min)
}

impl Order {
    /// Where the series of a place is written; `None` where it stands at another place.
    pub fn written(&self, at: u32) -> Option<u32> {
        self.written[at as usize]
    }

    /// The sources, once it is known which number each series has and what stands at a place.
    pub fn sources(self, of: impl Fn(u32) -> (u32, Source)) -> Sources {
        let mut others: Vec<(u32, Source)> = Vec::new();
        for group in &self.groups {
            let (series, _) = of(first(group));
            others.extend(group[1..].iter().map(|&at| (series, of(at).1)));
        }
        others.sort_by_key(|(series, _)| *series);
        Sources {
            others,
            rivals: self.rivals,
        }
    }
}
