//! Many samples made one. Whole numbers and decimals stay exact where the sum fits.

use std::cmp::Ordering;

use super::cell::Cell;
use super::request::Agg;

/// Samples of one bucket so far. What is missing or not a number is no sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fold {
    agg: Agg,
    count: u32,
    value: Cell,
}

impl Fold {
    pub fn new(agg: Agg) -> Fold {
        Fold {
            agg,
            count: 0,
            value: Cell::Missing,
        }
    }

    pub fn is_sum(&self) -> bool {
        self.agg == Agg::Sum
    }

    pub fn add(&mut self, cell: Cell) {
        if !is_number(cell) {
            return;
        }
        self.value = match (self.count, self.agg) {
            (0, _) | (_, Agg::Last) => cell,
            (_, Agg::Min) => self.better(cell, Ordering::Less),
            (_, Agg::Max) => self.better(cell, Ordering::Greater),
            (_, Agg::Avg | Agg::Sum) => sum(self.value, cell),
        };
        self.count += 1;
    }

    /// The bucket's value; the next bucket begins.
    pub fn take(&mut self) -> Cell {
        let (count, value) = (self.count, self.value);
        *self = Fold::new(self.agg);
        match (self.agg, value.as_f64()) {
            (Agg::Avg, Some(sum)) if count > 1 => Cell::Real(sum / f64::from(count)),
            _ => value,
        }
    }

    fn better(&self, cell: Cell, wanted: Ordering) -> Cell {
        if compare(cell, self.value) == wanted {
            cell
        } else {
            self.value
        }
    }
}

fn is_number(cell: Cell) -> bool {
    match cell {
        Cell::Missing => false,
        Cell::Real(value) => !value.is_nan(),
        _ => true,
    }
}

fn compare(left: Cell, right: Cell) -> Ordering {
    match (left, right) {
        (Cell::Unsigned(left), Cell::Unsigned(right)) => left.cmp(&right),
        (Cell::Signed(left), Cell::Signed(right)) => left.cmp(&right),
        _ => left
            .as_f64()
            .partial_cmp(&right.as_f64())
            .unwrap_or(Ordering::Equal),
    }
}

fn sum(left: Cell, right: Cell) -> Cell {
    let exact = match (left, right) {
        (Cell::Unsigned(left), Cell::Unsigned(right)) => {
            left.checked_add(right).map(Cell::Unsigned)
        }
        (Cell::Signed(left), Cell::Signed(right)) => left.checked_add(right).map(Cell::Signed),
        _ => None,
    };
    exact.unwrap_or_else(|| {
        Cell::Real(left.as_f64().unwrap_or_default() + right.as_f64().unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(agg: Agg, cells: &[Cell]) -> Cell {
        let mut fold = Fold::new(agg);
        for &cell in cells {
            fold.add(cell);
        }
        let value = fold.take();
        assert_eq!(fold.take(), Cell::Missing, "the next bucket begins empty");
        value
    }

    #[test]
    fn whole_numbers_stay_exact_beyond_what_a_float_holds() {
        let big = 1 << 60;
        let cells = [Cell::Unsigned(big + 1), Cell::Unsigned(big)];
        assert_eq!(folded(Agg::Min, &cells), Cell::Unsigned(big));
        assert_eq!(folded(Agg::Max, &cells), Cell::Unsigned(big + 1));
        assert_eq!(folded(Agg::Last, &cells), Cell::Unsigned(big));
        assert_eq!(folded(Agg::Sum, &cells), Cell::Unsigned(2 * big + 1));
        assert_eq!(
            folded(Agg::Sum, &[Cell::Unsigned(u64::MAX), Cell::Unsigned(1)]),
            Cell::Real(u64::MAX as f64 + 1.0)
        );
        let signed = [Cell::Signed(-3), Cell::Signed(1)];
        assert_eq!(folded(Agg::Sum, &signed), Cell::Signed(-2));
        assert_eq!(folded(Agg::Avg, &signed), Cell::Real(-1.0));
    }

    #[test]
    fn what_is_no_number_is_no_sample() {
        let cells = [Cell::Missing, Cell::Real(f64::NAN), Cell::Real(2.0)];
        for agg in [Agg::Avg, Agg::Min, Agg::Max, Agg::Last, Agg::Sum] {
            assert_eq!(folded(agg, &cells), Cell::Real(2.0));
            assert_eq!(folded(agg, &cells[..2]), Cell::Missing);
        }
        let infinite = [Cell::Real(f64::INFINITY), Cell::Real(1.0)];
        assert_eq!(folded(Agg::Max, &infinite), Cell::Real(f64::INFINITY));
    }

    #[test]
    fn a_mean_of_decimals_is_their_mean() {
        let cell = |digits| Cell::Decimal { digits, places: 2 };
        assert_eq!(folded(Agg::Avg, &[cell(150), cell(250)]), Cell::Real(2.0));
        assert_eq!(folded(Agg::Avg, &[cell(150)]), cell(150));
        assert_eq!(folded(Agg::Max, &[cell(150), cell(250)]), cell(250));
    }
}
