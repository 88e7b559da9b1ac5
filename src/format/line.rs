//! What the cells of a dump are wrapped in, made ready once: a column's prefix in one arena, a line's
//! opening with its time. Bytes are stored 32 at a time, more than are meant; the next overwrites the rest.

use std::ops::Range;

use super::escape;
use super::number::{Custom, NUMBER_SIZE_MAX, write};
use super::time::{Stamp, TIME_SIZE};
use crate::quantity::WallNs;
use crate::query::{Cell, Format, Shape};

/// What is stored at once.
const BLOCK: usize = 32;
/// The longest opening: `,\n{"time":"` and the time, and a quote.
const OPENING_SIZE_MAX: usize = 2 * BLOCK;
const CLOSE_SIZE_MAX: usize = 4;

/// The literal parts of a format and shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Syntax {
    pub custom: Custom,
    /// Before the first line.
    pub head: &'static str,
    /// Before a line's time; without `between` in the first line.
    before_time: &'static str,
    after_time: &'static str,
    /// Between two lines, as the start of `before_time` in all but the first.
    between: &'static str,
    /// After a line's last cell.
    pub close: Close,
    /// After the last line.
    pub tail: &'static str,
}

/// The end of a line, stored whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Close {
    bytes: [u8; CLOSE_SIZE_MAX],
    len: usize,
}

impl Close {
    fn new(text: &[u8]) -> Close {
        let mut bytes = [0; CLOSE_SIZE_MAX];
        bytes[..text.len()].copy_from_slice(text);
        Close {
            bytes,
            len: text.len(),
        }
    }
}

impl Syntax {
    pub fn of(format: Format, shape: Shape) -> Syntax {
        let csv = Syntax {
            custom: Custom::Csv,
            head: "",
            before_time: "",
            after_time: "",
            between: "",
            close: Close::new(b"\n"),
            tail: "",
        };
        let ndjson = Syntax {
            custom: Custom::Json,
            before_time: "{\"time\":\"",
            after_time: "\"",
            close: Close::new(b"}\n"),
            ..csv
        };
        match (format, shape) {
            (Format::Csv, _) => csv,
            (Format::Ndjson, _) => ndjson,
            (Format::Json, Shape::Long) => Syntax {
                head: "[",
                before_time: "\n{\"time\":\"",
                between: ",",
                close: Close::new(b"}"),
                tail: "\n]\n",
                ..ndjson
            },
            (Format::Json, Shape::Wide) => Syntax {
                before_time: "\n[\"",
                between: ",",
                close: Close::new(b"]"),
                tail: "\n]}\n",
                ..ndjson
            },
        }
    }
}

/// Appends what stands between a line's start, or the cell before, and the value of the series `name`.
pub(super) fn push_prefix(format: Format, shape: Shape, name: &str, out: &mut Vec<u8>) {
    match (format, shape) {
        (Format::Csv, Shape::Long) => {
            out.push(b',');
            escape::push_csv(name, out);
            out.push(b',');
        }
        (Format::Csv | Format::Json, Shape::Wide) => out.push(b','),
        (Format::Json | Format::Ndjson, Shape::Long) => {
            out.extend_from_slice(b",\"series\":");
            escape::push_json(name.as_bytes(), out);
            out.extend_from_slice(b",\"value\":");
        }
        (Format::Ndjson, Shape::Wide) => {
            out.push(b',');
            escape::push_json(name.as_bytes(), out);
            out.push(b':');
        }
    }
}

/// The columns' prefixes, in one arena.
pub(super) struct Prefixes {
    bytes: Vec<u8>,
    /// Where each starts and how long it is.
    places: Vec<(u32, u32)>,
    /// The longest, in whole blocks.
    size_max: usize,
}

impl Prefixes {
    /// What those of all series are shared under.
    pub fn key(format: Format, shape: Shape) -> &'static str {
        match (format, shape) {
            (Format::Csv, Shape::Long) => "prefixes of long CSV",
            (Format::Csv | Format::Json, Shape::Wide) => "prefixes of a wide line",
            (Format::Json | Format::Ndjson, Shape::Long) => "prefixes of long JSON",
            (Format::Ndjson, Shape::Wide) => "prefixes of wide NDJSON",
        }
    }

    pub fn new<'a>(
        format: Format,
        shape: Shape,
        names: impl ExactSizeIterator<Item = &'a str> + Clone,
    ) -> Prefixes {
        // made twice, the first time to be measured: what a vector leaves behind that grows by doubling
        // stays resident
        let mut one = Vec::with_capacity(256);
        let len = names.clone().map(|name| {
            one.clear();
            push_prefix(format, shape, name, &mut one);
            one.len()
        });
        let mut bytes = Vec::with_capacity(len.sum::<usize>() + BLOCK);
        let mut places = Vec::with_capacity(names.len());
        let mut size_max = 0;
        for name in names {
            let start = bytes.len();
            push_prefix(format, shape, name, &mut bytes);
            let len = bytes.len() - start;
            size_max = size_max.max(len.next_multiple_of(BLOCK));
            places.push((
                u32::try_from(start).expect("names are short"),
                u32::try_from(len).expect("names are short"),
            ));
        }
        // so that the last can be read in whole blocks too
        bytes.resize(bytes.len() + BLOCK, 0);
        Prefixes {
            bytes,
            places,
            size_max,
        }
    }

    /// What a cell takes at most, its line's opening and closing included.
    pub fn cell_size_max(&self) -> usize {
        OPENING_SIZE_MAX + self.size_max.max(BLOCK) + NUMBER_SIZE_MAX + BLOCK
    }
}

/// The opening of a line: what stands before its time, the time, and what stands behind.
pub(super) struct Opening {
    syntax: Syntax,
    stamp: Stamp,
    bytes: [u8; OPENING_SIZE_MAX],
    time_at: usize,
    len: usize,
}

impl Opening {
    /// The opening of the first line.
    pub fn new(syntax: Syntax) -> Opening {
        let mut opening = Opening {
            syntax,
            stamp: Stamp::new(),
            bytes: [0; OPENING_SIZE_MAX],
            time_at: 0,
            len: 0,
        };
        opening.lay_out("");
        opening
    }

    /// The lines that follow are not the first.
    pub fn go_on(&mut self) {
        self.lay_out(self.syntax.between);
    }

    pub fn set_time(&mut self, wall: WallNs) {
        let text = self.stamp.text(wall);
        self.bytes[self.time_at..self.time_at + TIME_SIZE].copy_from_slice(text);
    }

    fn lay_out(&mut self, between: &str) {
        let time: [u8; TIME_SIZE] = self.bytes[self.time_at..self.time_at + TIME_SIZE]
            .try_into()
            .expect("as long as a time");
        self.len = 0;
        self.push(between.as_bytes());
        self.push(self.syntax.before_time.as_bytes());
        self.time_at = self.len;
        self.push(&time);
        self.push(self.syntax.after_time.as_bytes());
    }

    fn push(&mut self, part: &[u8]) {
        self.bytes[self.len..self.len + part.len()].copy_from_slice(part);
        self.len += part.len();
    }
}

/// A place in a buffer that is written from front to back.
pub(super) struct Pen<'a> {
    pub out: &'a mut [u8],
    pub at: usize,
}

impl Pen<'_> {
    /// How much is left.
    pub fn spare(&self) -> usize {
        self.out.len() - self.at
    }

    /// A line for each cell that is there; false where none is.
    pub fn lines(
        &mut self,
        opening: &Opening,
        prefixes: &Prefixes,
        syntax: Syntax,
        columns: Range<usize>,
        cells: &[Cell],
    ) -> bool {
        let start = self.at;
        // by value, so that the place is kept in a register
        let mut here = Pen {
            at: start,
            out: self.out,
        };
        for (place, cell) in prefixes.places[columns].iter().zip(cells) {
            if matches!(cell, Cell::Missing) {
                continue;
            }
            here.opening(opening);
            here.prefix(&prefixes.bytes, *place);
            here.number(cell, syntax.custom);
            here.close(syntax.close);
        }
        self.at = here.at;
        self.at > start
    }

    /// The cells of one line.
    pub fn cells(
        &mut self,
        prefixes: &Prefixes,
        syntax: Syntax,
        columns: Range<usize>,
        cells: &[Cell],
    ) {
        let mut here = Pen {
            at: self.at,
            out: self.out,
        };
        for (place, cell) in prefixes.places[columns].iter().zip(cells) {
            here.prefix(&prefixes.bytes, *place);
            here.number(cell, syntax.custom);
        }
        self.at = here.at;
    }

    /// A line's opening.
    #[inline]
    pub fn opening(&mut self, opening: &Opening) {
        self.block(&opening.bytes, 0, 0);
        if opening.len > BLOCK {
            self.block(&opening.bytes, BLOCK, BLOCK);
        }
        self.at += opening.len;
    }

    /// What stands behind a line's last cell.
    #[inline]
    pub fn close(&mut self, close: Close) {
        self.out[self.at..self.at + CLOSE_SIZE_MAX].copy_from_slice(&close.bytes);
        self.at += close.len;
    }

    /// Any text.
    pub fn literal(&mut self, text: &str) {
        self.out[self.at..self.at + text.len()].copy_from_slice(text.as_bytes());
        self.at += text.len();
    }

    #[inline]
    fn prefix(&mut self, bytes: &[u8], (start, len): (u32, u32)) {
        let (start, len) = (start as usize, len as usize);
        self.block(bytes, start, 0);
        let mut done = BLOCK;
        while done < len {
            self.block(bytes, start + done, done);
            done += BLOCK;
        }
        self.at += len;
    }

    #[inline]
    fn number(&mut self, cell: &Cell, custom: Custom) {
        let place = self.out[self.at..]
            .first_chunk_mut::<NUMBER_SIZE_MAX>()
            .expect("room for a number");
        self.at += write(*cell, custom, place);
    }

    /// Stores a block of `from` so far behind the place.
    #[inline]
    fn block(&mut self, from: &[u8], start: usize, behind: usize) {
        let at = self.at + behind;
        self.out[at..at + BLOCK].copy_from_slice(&from[start..start + BLOCK]);
    }
}
