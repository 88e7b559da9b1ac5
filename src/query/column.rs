//! One series of an answer: which word of its track's row it is, and, for rates, what that word was before.
//! Eight answers at once have hundreds of columns each: what only some questions need stands apart.

use super::cell::{Cell, Decoder};
use super::fold::Fold;
use super::index::{Index, Pick, Series};
use super::request::{Agg, Request};
use crate::metric::MISSING;

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
}

/// A counter's word and when it was taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    word: u64,
    boot_ns: i64,
    salt: u32,
}

impl Before {
    pub const NONE: Before = Before {
        word: MISSING,
        boot_ns: 0,
        salt: 0,
    };
}

/// When a row was taken, by a clock that nobody sets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub boot_ns: i64,
    pub salt: u32,
}

impl Column {
    pub fn of(index: &Index, pick: Pick) -> Column {
        let described = index.described(pick.series);
        let Series { field, .. } = index.series()[pick.series as usize];
        let alias = pick.alias.and_then(|alias| {
            let mut aliases = index.aliases().iter();
            u8::try_from(aliases.position(|known| known.alias == Some(alias))?).ok()
        });
        Column {
            decoder: Decoder::of(described.spec.decode),
            series: pick.series,
            field: u16::try_from(field).expect("a track's fields are few"),
            is_counter: described.is_counter(),
            alias,
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
    /// went back, nor the first of another run of the writer: it may have slept through a reset.
    pub fn rate(&self, word: u64, taken: Taken, kept: &mut Before) -> Cell {
        if word == MISSING {
            return Cell::Missing;
        }
        let before = *kept;
        *kept = Before {
            word,
            boot_ns: taken.boot_ns,
            salt: taken.salt,
        };
        let elapsed_ns = taken.boot_ns.saturating_sub(before.boot_ns);
        if before.salt != taken.salt || elapsed_ns <= 0 {
            return Cell::Missing;
        }
        match self.decoder.rise(before.word, word) {
            Some(rise) => Cell::Real(rise / (elapsed_ns as f64 / 1e9)),
            None => Cell::Missing,
        }
    }
}
