//! A reader for one long answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Reader;
use super::blocks::{Blocks, Shape};
use super::source::Source;

impl Reader {
    /// Forgets what was read, so that rows written since are seen: for who comes back to the same frames.
    pub fn look_anew(&self) {
        self.source.forget();
    }

    /// The same snapshot for one walk through it, by `pread` through a few blocks of its own: a long answer
    /// holds as little of the ring as this, however many there are and however slowly each is read. (By the
    /// map each read fault brings in 64 KiB, of every circle.)
    pub fn apart(&self) -> Reader {
        let circles = self.clocks.iter().flatten();
        let circles = circles.map(|clock| clock.frames.circles.len()).sum();
        let shape = Shape::walking(circles);
        let source = match &self.source {
            Source::Mapped { words, .. } => Blocks::new(Arc::clone(&self.file), *words, shape),
            Source::Blocks(blocks) => blocks.beside(shape),
        };
        Reader {
            path: self.path.clone(),
            file: Arc::clone(&self.file),
            source: Source::Blocks(source),
            superblock: self.superblock.clone(),
            length: self.length,
            generation: self.generation,
            tracks: Arc::clone(&self.tracks),
            intervals: self.intervals.clone(),
            clocks: self.clocks.clone(),
            layout: self.layout.clone(),
            opened: self.opened,
            looked_ns: AtomicU64::new(self.looked_ns.load(Ordering::Relaxed)),
        }
    }
}
