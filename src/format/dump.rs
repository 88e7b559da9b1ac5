//! Everything in a range as CSV, JSON or NDJSON, a sample a line (long) or a moment a line (wide).

use std::sync::Arc;

use super::line::{Opening, Pen, Prefixes, Syntax};
use super::pieces::{Fed, Pieces};
use super::{Body, escape};
use crate::quantity::WallNs;
use crate::query::{Format, Index, QueryError, Request, Row, Rows, Shape, Span};
use crate::ring::RingError;

/// A dump of a range.
///
/// ```text
/// long CSV   time,series,value              wide CSV   time,<series>,<series>...
/// long JSON  [{"time":,"series":,"value":}] wide JSON  {"series":[...],"rows":[[time,v,...],...]}
/// NDJSON     {"time":,"series":,"value":}   wide       {"time":,"<series>":v,...}
/// ```
///
/// In the long shape what is missing has no line; in the wide one it is empty in CSV, null in JSON.
pub struct Dump(Fed<Lines>);

impl Dump {
    /// The answer to `request`; `now` is what a duration ago is counted from.
    pub fn new(index: Arc<Index>, request: &Request, now: WallNs) -> Result<Dump, QueryError> {
        let rows = Rows::new(Arc::clone(&index), request, now)?;
        Ok(Dump(Fed::new(Lines::new(index, rows, request))))
    }

    /// The range, as it was resolved.
    pub fn span(&self) -> Span {
        self.0.pieces().rows.span()
    }

    /// What the file did not give: rows may be missing.
    pub fn failure(&self) -> Option<RingError> {
        self.0.pieces().rows.failure()
    }

    /// Frames passed and frames in all, for who waits.
    pub fn progress(&self) -> (u64, u64) {
        self.0.pieces().rows.progress()
    }
}

impl Body for Dump {
    /// Where the file gave way, the answer has no end: over HTTP it is broken off.
    fn fill(&mut self, out: &mut Vec<u8>) -> bool {
        self.0.fill(out) || self.failure().is_some()
    }
}

/// Where in the answer it is.
enum Stage {
    /// In the head, before this column's name.
    Head { column: usize },
    /// Among the rows.
    Rows,
}

struct Lines {
    index: Arc<Index>,
    rows: Rows,
    format: Format,
    shape: Shape,
    syntax: Syntax,
    prefixes: Arc<Prefixes>,
    opening: Opening,
    is_first: bool,
    stage: Stage,
    /// What is left of the row being written, and whether its opening was.
    row: Option<(Row, bool)>,
    piece_max: usize,
}

impl Lines {
    fn new(index: Arc<Index>, rows: Rows, request: &Request) -> Lines {
        let (format, shape) = (request.format, request.shape);
        let syntax = Syntax::of(format, shape);
        let prefixes = || {
            let names = rows.picks().map(|pick| index.name_of(pick));
            Prefixes::new(format, shape, names)
        };
        let prefixes = if request.is_of_everything() {
            index.shared().get(Prefixes::key(format, shape), prefixes)
        } else {
            Arc::new(prefixes())
        };
        let name_max = escape::json_size_max(index.name_len_max());
        Lines {
            index,
            piece_max: prefixes.cell_size_max().max(name_max + 64),
            rows,
            format,
            shape,
            syntax,
            prefixes,
            opening: Opening::new(syntax),
            is_first: true,
            stage: Stage::Head { column: 0 },
            row: None,
        }
    }

    /// Appends the head's part before the name of `column`, and the name.
    fn append_head(&mut self, column: usize, out: &mut Vec<u8>) {
        let wide = self.shape == Shape::Wide;
        let (first, last) = match (self.format, wide) {
            (Format::Csv, false) => ("time,series,value\n", ""),
            (Format::Csv, true) => ("time", "\n"),
            (Format::Json, true) => ("{\"series\":[", "],\n\"rows\":["),
            _ => (self.syntax.head, ""),
        };
        if column == 0 {
            out.extend_from_slice(first.as_bytes());
        }
        let is_named = wide && self.format != Format::Ndjson;
        let count = if is_named { self.rows.picks().len() } else { 0 };
        if let Some(pick) = self.rows.pick(column).filter(|_| is_named) {
            let name = self.index.name_of(pick);
            if self.format == Format::Csv {
                out.push(b',');
                escape::push_csv(name, out);
            } else {
                if column > 0 {
                    out.push(b',');
                }
                escape::push_json(name.as_bytes(), out);
            }
        }
        if column + 1 >= count {
            out.extend_from_slice(last.as_bytes());
            self.stage = Stage::Rows;
        } else {
            self.stage = Stage::Head { column: column + 1 };
        }
    }

    /// Writes cells while there is room for one; false at the end.
    fn write_rows(&mut self, pen: &mut Pen) -> bool {
        while pen.spare() >= self.piece_max {
            let Some((row, opened)) = self.row.take() else {
                let Some(row) = self.rows.next_row() else {
                    pen.literal(if self.is_first && self.format == Format::Json {
                        self.syntax.tail.trim_start()
                    } else {
                        self.syntax.tail
                    });
                    return false;
                };
                self.opening.set_time(row.time);
                self.row = Some((row, false));
                continue;
            };
            match self.shape {
                Shape::Long => self.write_long(row, pen),
                Shape::Wide => self.write_wide(row, opened, pen),
            }
        }
        true
    }

    fn write_long(&mut self, mut row: Row, pen: &mut Pen) {
        let room = pen.spare() / self.piece_max;
        // the first line's opening differs from the others'
        let count = if self.is_first { 1 } else { room };
        let columns = row.columns.start..row.columns.end.min(row.columns.start + count);
        row.columns.start = columns.end;
        let cells = self.rows.cells(columns.clone());
        let wrote = pen.lines(&self.opening, &self.prefixes, self.syntax, columns, cells);
        if wrote && self.is_first {
            self.is_first = false;
            self.opening.go_on();
        }
        if !row.columns.is_empty() {
            self.row = Some((row, true));
        }
    }

    fn write_wide(&mut self, mut row: Row, opened: bool, pen: &mut Pen) {
        let room = pen.spare() / self.piece_max;
        if !opened {
            pen.opening(&self.opening);
        }
        let columns = row.columns.start..row.columns.end.min(row.columns.start + room);
        row.columns.start = columns.end;
        let cells = self.rows.cells(columns.clone());
        pen.cells(&self.prefixes, self.syntax, columns, cells);
        if !row.columns.is_empty() {
            self.row = Some((row, true));
            return;
        }
        pen.close(self.syntax.close);
        if self.is_first {
            self.is_first = false;
            self.opening.go_on();
        }
    }
}

impl Pieces for Lines {
    fn piece_max(&self) -> usize {
        self.piece_max
    }

    fn append(&mut self, out: &mut Vec<u8>) -> bool {
        if let Stage::Head { column } = self.stage {
            self.append_head(column, out);
            return true;
        }
        // without `unsafe` a vector's spare room can be written only once it holds something: zeros cost a
        // fraction of what is then written over them
        let start = out.len();
        out.resize(out.capacity(), 0);
        let mut pen = Pen { out, at: start };
        let more = self.write_rows(&mut pen);
        let end = pen.at;
        out.truncate(end);
        more
    }
}
