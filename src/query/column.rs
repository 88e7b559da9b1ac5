//! One series of an answer: which word of its track's row it is, and, for rates, what that word was before.
//! Eight answers at once have hundreds of columns each: what only some questions need stands apart. Where a series
//! stands in several tracks, each of the others has a column more, which fills the first.

use std::ops::Range;

use super::cell::{Cell, Decoder};
use super::fold::Fold;
use super::index::{Index, Pick, Source};
use super::request::{Agg, Request};
use crate::metric::MISSING;
use crate::quantity::WallNs;
use crate::ring::{Header, Reader};

/// A column of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub decoder: Decoder,
    pub series: u32,
    /// Its word's place in the row.
    pub field: u16,
    /// Whether rates are made of it, where they are wanted.
    pub is_counter: bool,
    /// Its place among the index's aliases, if it goes by one.
    alias: Option<u8>,
    /// Which of the series' sources; 0 is the one that is written.
    source: u8,
    /// How it compares with that one.
    likeness: Likeness,
}

/// How what was recorded elsewhere compares with what is written now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Likeness {
    /// Words mean the same.
    Same,
    /// Words are to be read otherwise: no difference is made between the two.
    Coded,
    /// One is a counter, the other a gauge: there is no rate to it.
    Foreign,
}

/// A counter's word and when it was taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    word: u64,
    boot_ns: i64,
    salt: u32,
    source: u8,
    likeness: Likeness,
}

impl Before {
    pub const NONE: Before = Before {
        word: MISSING,
        boot_ns: 0,
        salt: 0,
        source: 0,
        likeness: Likeness::Same,
    };
}

/// When a row was taken, by a clock that nobody sets.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taken {
    pub boot_ns: i64,
    pub salt: u32,
    /// The interval of its track.
    pub interval_ns: u64,
}

impl Taken {
    /// Of a track's row in a frame, and the row's own time.
    pub fn of(reader: &Reader, track: usize, header: &Header, time: WallNs) -> Taken {
        let clock = reader.tracks()[track].clock;
        Taken {
            boot_ns: (header.boot.0.cast_signed())
                .saturating_add(time.0)
                .saturating_sub(header.wall.0),
            salt: header.salt,
            interval_ns: reader.clocks()[usize::from(clock.0)].ns(),
        }
    }
}

/// A track that has columns in an answer, next to each other.
#[derive(Clone, Debug)]
pub(super) struct Track {
    pub number: usize,
    /// Words in its row.
    pub fields: usize,
    /// The columns that it fills.
    pub columns: Range<usize>,
    /// Whether these are filled by another track, too.
    pub is_joint: bool,
    /// The first of the columns that say how.
    from: usize,
}

impl Track {
    /// Which of all columns say how it fills its own.
    pub fn by(&self) -> Range<usize> {
        self.from..self.from + self.columns.len()
    }
}

/// The columns of an answer and their tracks.
pub(super) struct Columns {
    /// Those that were asked for, then those of other sources.
    all: Vec<Column>,
    asked: usize,
    pub tracks: Vec<Track>,
}

impl Columns {
    /// The columns of what was asked for.
    pub fn of(index: &Index, picks: &[Pick]) -> Columns {
        let mut all: Vec<Column> = Vec::with_capacity(picks.len());
        all.extend(picks.iter().map(|&pick| Column::of(index, pick)));
        let mut columns = Columns {
            asked: all.len(),
            all,
            tracks: Vec::new(),
        };
        for (at, pick) in picks.iter().enumerate() {
            let others = index.others(pick.series).len();
            columns.join(index, index.written(pick.series), at, at, others > 0);
        }
        for (source, at, column) in others(index, picks) {
            columns.all.push(column);
            columns.join(index, source, at, columns.all.len() - 1, true);
        }
        columns
    }

    /// Has the column `at` filled by a source, as the column `by` says.
    fn join(&mut self, index: &Index, source: Source, at: usize, by: usize, is_joint: bool) {
        let number = source.track as usize;
        match self.tracks.last_mut() {
            Some(track)
                if track.number == number
                    && track.columns.end == at
                    && track.from + track.columns.len() == by =>
            {
                track.columns.end = at + 1;
                track.is_joint |= is_joint;
            }
            _ => self.tracks.push(Track {
                number,
                fields: index.reader().tracks()[number].fields.len(),
                columns: at..at + 1,
                is_joint,
                from: by,
            }),
        }
    }

    /// Those that were asked for.
    pub fn asked(&self) -> &[Column] {
        &self.all[..self.asked]
    }

    /// Whether there may be rates.
    pub fn have_counters(&self) -> bool {
        self.all.iter().any(|column| column.is_counter)
    }

    /// Those of all sources.
    pub fn all(&self) -> &[Column] {
        &self.all
    }

    /// How a track fills its columns.
    #[inline]
    pub fn by(&self, track: &Track) -> &[Column] {
        &self.all[track.by()]
    }
}

/// The other sources of what was asked for, track by track, each with the column that it fills.
fn others(index: &Index, picks: &[Pick]) -> Vec<(Source, usize, Column)> {
    let mut others = Vec::new();
    for (at, &pick) in picks.iter().enumerate() {
        for (source, other) in (1..=u8::MAX).zip(index.others(pick.series)) {
            let column = Column::of(index, pick).at(index, source, other);
            others.push((other, at, column));
        }
    }
    others.sort_by_key(|(source, at, _)| (source.track, *at));
    others
}

impl Column {
    pub fn of(index: &Index, pick: Pick) -> Column {
        let described = index.described(pick.series);
        let alias = pick.alias.and_then(|alias| {
            let mut aliases = index.aliases().iter();
            u8::try_from(aliases.position(|known| known.alias == Some(alias))?).ok()
        });
        Column {
            decoder: Decoder::of(described.spec.decode),
            series: pick.series,
            field: field_of(index.written(pick.series)),
            is_counter: described.is_counter(),
            alias,
            source: 0,
            likeness: Likeness::Same,
        }
    }

    /// The same series, as it stands elsewhere.
    fn at(self, index: &Index, number: u8, source: Source) -> Column {
        let written = index.described(self.series);
        let other = index.described_at(source);
        let likeness = if other.is_counter() != written.is_counter() {
            Likeness::Foreign
        } else if other.spec.decode == written.spec.decode {
            Likeness::Same
        } else {
            Likeness::Coded
        };
        Column {
            decoder: Decoder::of(other.spec.decode),
            field: field_of(source),
            is_counter: other.is_counter() || written.is_counter(),
            source: number,
            likeness,
            ..self
        }
    }

    /// The series as it was asked for.
    pub fn pick(&self, index: &Index) -> Pick {
        Pick {
            series: self.series,
            alias: self
                .alias
                .and_then(|alias| index.aliases()[usize::from(alias)].alias),
        }
    }

    /// What its buckets are made with.
    pub fn fold(&self, request: &Request) -> Fold {
        let usual = if self.is_counter && !request.rate {
            Agg::Last
        } else {
            Agg::Avg
        };
        Fold::new(request.agg.unwrap_or(usual))
    }

    /// What the counter rose by in a second since it was last known. The first has none, nor has one that
    /// went back, nor the first of another run of the writer: it may have slept through a reset. Nor has one
    /// that another track had hardly been through with: over so short a time a rise says nothing.
    pub fn rate(&self, word: u64, taken: Taken, kept: &mut Before) -> Cell {
        if word == MISSING || self.likeness == Likeness::Foreign {
            return Cell::Missing;
        }
        let before = *kept;
        let elapsed_ns = taken.boot_ns.saturating_sub(before.boot_ns);
        let is_one_run = before.salt == taken.salt;
        let is_seam = before.source != self.source;
        if is_seam && is_one_run && elapsed_ns < (taken.interval_ns / 2).cast_signed() {
            return Cell::Missing;
        }
        *kept = Before {
            word,
            boot_ns: taken.boot_ns,
            salt: taken.salt,
            source: self.source,
            likeness: self.likeness,
        };
        let is_alike = before.likeness == Likeness::Same && self.likeness == Likeness::Same;
        if !is_one_run || elapsed_ns <= 0 || (is_seam && !is_alike) {
            return Cell::Missing;
        }
        match self.decoder.rise(before.word, word) {
            Some(rise) => Cell::Real(rise / (elapsed_ns as f64 / 1e9)),
            None => Cell::Missing,
        }
    }
}

fn field_of(source: Source) -> u16 {
    u16::try_from(source.field).expect("a track's fields are few")
}
