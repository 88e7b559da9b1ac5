//! One series of an answer: which word of its track's row it is, and, for rates, what that word was before.

use super::cell::{Cell, Decoder};
use super::fold::Fold;
use super::index::{Index, Pick};
use super::request::{Agg, Request};
use crate::metric::MISSING;

/// A column of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub pick: Pick,
    /// Its word's place in the row.
    pub field: usize,
    pub decoder: Decoder,
    /// Whether its samples become rates.
    pub is_rate: bool,
    pub before: Before,
    pub fold: Fold,
}

/// A counter's word and when it was taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    word: u64,
    boot_ns: i128,
    salt: u32,
}

impl Before {
    const NONE: Before = Before {
        word: MISSING,
        boot_ns: 0,
        salt: 0,
    };
}

/// When a row was taken, by a clock that nobody sets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub boot_ns: i128,
    pub salt: u32,
}

impl Column {
    pub fn of(index: &Index, pick: Pick, request: &Request) -> Column {
        let described = index.described(pick.series);
        let is_rate = request.rate && described.is_counter();
        let usual = if described.is_counter() && !is_rate {
            Agg::Last
        } else {
            Agg::Avg
        };
        Column {
            pick,
            field: index.series()[pick.series as usize].field as usize,
            decoder: Decoder::of(described.spec.decode),
            is_rate,
            before: Before::NONE,
            fold: Fold::new(request.agg.unwrap_or(usual)),
        }
    }

    /// What the counter rose by in a second since it was last known. The first has none, nor has one that
    /// went back, nor the first of another run of the writer: it may have slept through a reset.
    pub fn rate(&mut self, word: u64, taken: Taken) -> Cell {
        if word == MISSING {
            return Cell::Missing;
        }
        let before = self.before;
        self.before = Before {
            word,
            boot_ns: taken.boot_ns,
            salt: taken.salt,
        };
        let elapsed_ns = taken.boot_ns - before.boot_ns;
        if before.salt != taken.salt || elapsed_ns <= 0 {
            return Cell::Missing;
        }
        match self.decoder.rise(before.word, word) {
            Some(rise) => Cell::Real(rise / (elapsed_ns as f64 / 1e9)),
            None => Cell::Missing,
        }
    }
}
