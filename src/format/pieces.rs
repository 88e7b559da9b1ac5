//! From pieces to a buffer of any size. A piece that does not fit is made aside and handed over in parts.

use super::Body;

/// What makes an answer piece by piece.
pub(super) trait Pieces: Send {
    /// The most bytes that a piece takes.
    fn piece_max(&self) -> usize;

    /// Appends at least one piece, more while `out` has `piece_max` to spare, and never makes `out` grow.
    /// False when the last was made.
    fn append(&mut self, out: &mut Vec<u8>) -> bool;
}

/// Pieces as a body.
pub(super) struct Fed<P> {
    pieces: P,
    /// A piece for which the buffer was too small, from `handed` on.
    aside: Vec<u8>,
    handed: usize,
    ended: bool,
}

impl<P: Pieces> Fed<P> {
    pub fn new(pieces: P) -> Fed<P> {
        Fed {
            aside: Vec::with_capacity(pieces.piece_max()),
            pieces,
            handed: 0,
            ended: false,
        }
    }

    pub fn pieces(&self) -> &P {
        &self.pieces
    }
}

impl<P: Pieces> Body for Fed<P> {
    fn fill(&mut self, out: &mut Vec<u8>) -> bool {
        let mut appended = false;
        loop {
            let left = &self.aside[self.handed..];
            let spare = out.capacity() - out.len();
            if !left.is_empty() {
                let part = &left[..left.len().min(spare)];
                out.extend_from_slice(part);
                self.handed += part.len();
                appended = true;
                if self.handed < self.aside.len() {
                    return true;
                }
            } else if self.ended {
                return false;
            } else if spare >= self.pieces.piece_max() {
                self.ended = !self.pieces.append(out);
                appended = true;
            } else if appended {
                return true;
            } else {
                self.aside.clear();
                self.handed = 0;
                self.ended = !self.pieces.append(&mut self.aside);
            }
        }
    }
}
