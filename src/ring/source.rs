//! Where a reader's words come from: the map, or `pread` into a cache of blocks. Places beyond the file
//! read as nothing, so that a damaged directory leads nowhere.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use goodall_platform::map::Map;

use super::blocks::Blocks;
use super::seqlock::{Word, collect};

/// A ring's words.
#[derive(Debug)]
pub enum Source {
    /// By a shared map.
    Mapped {
        /// The map; may be longer than the file.
        map: Arc<Map>,
        /// Words that the file has.
        words: usize,
    },
    /// By `pread`.
    Blocks(Blocks),
}

impl Source {
    /// A map's cells; none where they are beyond the file.
    fn cells(map: &Map, words: usize, at: usize, count: usize) -> Option<&[AtomicU64]> {
        let end = at.checked_add(count).filter(|&end| end <= words)?;
        map.words().get(at..end)
    }

    /// What stands at `at` under the check word at `check`, as [`collect`] has it.
    #[inline]
    pub fn collect(&self, check: usize, at: usize, out: &mut [u64]) -> Option<u64> {
        match self {
            Source::Mapped { map, words } => {
                let cells = Source::cells(map, *words, at, out.len())?;
                let check = Source::cells(map, *words, check, 1)?;
                collect(&check[0], cells, out)
            }
            Source::Blocks(blocks) => blocks.collect(check, at, out),
        }
    }

    /// One word as it is now, past any cache.
    pub fn fresh(&self, at: usize) -> Option<u64> {
        match self {
            Source::Mapped { map, words } => {
                Some(Word::get(&Source::cells(map, *words, at, 1)?[0]))
            }
            Source::Blocks(blocks) => {
                let mut word = [0];
                blocks.fresh(at, &mut word)?;
                Some(word[0])
            }
        }
    }

    /// Words as they are now, past any cache, in no order: their own check is to be seen by the caller.
    pub fn copy_fresh(&self, at: usize, out: &mut [u64]) -> Option<()> {
        match self {
            Source::Mapped { map, words } => {
                let cells = Source::cells(map, *words, at, out.len())?;
                for (word, cell) in out.iter_mut().zip(cells) {
                    *word = Word::get(cell);
                }
                Some(())
            }
            Source::Blocks(blocks) => blocks.fresh(at, out),
        }
    }

    /// Forgets what was cached: frames were written since.
    pub fn forget(&self) {
        if let Source::Blocks(blocks) = self {
            blocks.forget();
        }
    }

    /// Tells the kernel that these words need not stay resident here.
    pub fn dont_need(&self, at: usize, count: usize) {
        if let Source::Mapped { map, .. } = self {
            map.dont_need(at * 8, count * 8);
        }
    }

    /// The same of all words.
    pub fn rest(&self) {
        if let Source::Mapped { words, .. } = self {
            self.dont_need(0, *words);
        }
    }

    /// The first error that a `pread` met: what was read since may miss rows.
    pub fn error(&self) -> Option<io::Error> {
        match self {
            Source::Mapped { .. } => None,
            Source::Blocks(blocks) => blocks.error(),
        }
    }
}
