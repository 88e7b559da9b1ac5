//! A file's words by `pread`, through a few blocks that are kept: what a reader holds of a ring is these
//! blocks and nothing else, however long it walks.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use goodall_platform::words;

use super::layout::WORD_SIZE;

/// No block of the file.
const NONE: usize = usize::MAX;
/// What a file that was truncated is taken for; the number is one everywhere.
const EIO: i32 = 5;

/// How many blocks are kept, and how large they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Words that one `pread` fetches.
    pub block_words: usize,
    /// Blocks.
    pub count: usize,
}

impl Shape {
    /// For a command, which looks here and there: 8 of 64 KiB.
    pub const LARGE: Shape = Shape {
        block_words: 8192,
        count: 8,
    };

    /// For one of several long answers, which walk straight through: a page for each circle, 64 KiB at most.
    pub fn walking(circles: usize) -> Shape {
        Shape {
            block_words: 512,
            count: circles.clamp(1, 16),
        }
    }
}

/// Blocks of a file, fetched when asked for.
#[derive(Debug)]
pub struct Blocks {
    file: Arc<File>,
    words: usize,
    shape: Shape,
    epoch: AtomicU64,
    failed: Arc<AtomicI32>,
    cache: Mutex<Cache>,
}

#[derive(Debug)]
struct Cache {
    blocks: Box<[Block]>,
    words: Box<[u64]>,
    /// The place of the block used last, and how many times blocks were changed over.
    place: usize,
    turns: u64,
}

#[derive(Clone, Debug)]
struct Block {
    index: usize,
    epoch: u64,
    used: u64,
}

impl Blocks {
    /// Of a file that has `words`. All memory is taken here.
    pub fn new(file: Arc<File>, words: usize, shape: Shape) -> Blocks {
        let none = Block {
            index: NONE,
            epoch: 0,
            used: 0,
        };
        Blocks {
            file,
            words,
            shape,
            epoch: AtomicU64::new(0),
            failed: Arc::default(),
            cache: Mutex::new(Cache {
                blocks: vec![none; shape.count].into(),
                words: vec![0; shape.count * shape.block_words].into(),
                place: 0,
                turns: 0,
            }),
        }
    }

    /// Of the same file, with its failures told to both.
    pub fn beside(&self, shape: Shape) -> Blocks {
        Blocks {
            failed: Arc::clone(&self.failed),
            ..Blocks::new(Arc::clone(&self.file), self.words, shape)
        }
    }

    /// What stands at `at`, and the check word at `check` if it is not 0; both are most often of one block,
    /// which was fetched whole: that they belong together is for the hash to say.
    pub fn collect(&self, check: usize, at: usize, out: &mut [u64]) -> Option<u64> {
        let end = at.checked_add(out.len())?.max(check.checked_add(1)?);
        if end > self.words {
            return None;
        }
        // a panic elsewhere leaves whole words here
        let mut cache = self.lock();
        let sealed =
            self.block(&mut cache, check / self.shape.block_words)[check % self.shape.block_words];
        if sealed == 0 {
            return None;
        }
        self.copy(&mut cache, at, out);
        Some(sealed)
    }

    fn copy(&self, cache: &mut Cache, mut at: usize, mut out: &mut [u64]) {
        let size = self.shape.block_words;
        while !out.is_empty() {
            let from = &self.block(cache, at / size)[at % size..];
            let count = from.len().min(out.len());
            let (now, later) = out.split_at_mut(count);
            now.copy_from_slice(&from[..count]);
            at += count;
            out = later;
        }
    }

    #[inline]
    fn block<'a>(&self, cache: &'a mut Cache, index: usize) -> &'a [u64] {
        let epoch = self.epoch.load(Ordering::Relaxed);
        let last = &cache.blocks[cache.place];
        if last.index != index || last.epoch != epoch {
            self.change_over(cache, index, epoch);
        }
        &cache.words[cache.place * self.shape.block_words..][..self.shape.block_words]
    }

    /// Makes the block the one used last: it is there, else it takes the place of the one unused longest.
    fn change_over(&self, cache: &mut Cache, index: usize, epoch: u64) {
        let found = cache.blocks.iter().position(|block| block.index == index);
        let oldest = || {
            let used = |&place: &usize| cache.blocks[place].used;
            (0..cache.blocks.len()).min_by_key(used).unwrap_or(0)
        };
        let place = found.unwrap_or_else(oldest);
        cache.turns += 1;
        cache.place = place;
        let block = &mut cache.blocks[place];
        block.used = cache.turns;
        if block.index != index || block.epoch != epoch {
            block.index = index;
            block.epoch = epoch;
            let size = self.shape.block_words;
            let start = index * size;
            let words = &mut cache.words[place * size..][..size];
            let read = words::read_at(&self.file, start as u64 * WORD_SIZE, words);
            self.note(read, size.min(self.words - start));
        }
    }

    /// Words as they are now, past the cache.
    pub fn fresh(&self, at: usize, out: &mut [u64]) -> Option<()> {
        at.checked_add(out.len()).filter(|&end| end <= self.words)?;
        let read = words::read_at(&self.file, at as u64 * WORD_SIZE, out);
        self.note(read, out.len())
    }

    /// Forgets what was fetched.
    pub fn forget(&self) {
        self.epoch.fetch_add(1, Ordering::Relaxed);
    }

    /// The first error that a `pread` met: what was read since may miss rows.
    pub fn error(&self) -> Option<io::Error> {
        match self.failed.load(Ordering::Relaxed) {
            0 => None,
            code => Some(io::Error::from_raw_os_error(code)),
        }
    }

    fn note(&self, read: io::Result<usize>, wanted: usize) -> Option<()> {
        let code = match read {
            Ok(words) if words >= wanted => return Some(()),
            Ok(_) => EIO,
            Err(error) => error.raw_os_error().unwrap_or(EIO),
        };
        let _ = self
            .failed
            .compare_exchange(0, code, Ordering::Relaxed, Ordering::Relaxed);
        None
    }

    fn lock(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::FileExt;

    use super::*;

    const WORDS: usize = 5000;

    fn file() -> Arc<File> {
        let mut file = tempfile::tempfile().unwrap();
        for word in 1..=WORDS as u64 {
            file.write_all(&word.to_le_bytes()).unwrap();
        }
        Arc::new(file)
    }

    #[test]
    fn words_are_the_file_s_from_whatever_block_and_over_borders() {
        let blocks = Blocks::new(file(), WORDS, Shape::walking(2));
        let mut at = 7;
        for round in 0..2000 {
            at = (at * 31 + round) % (WORDS - 20);
            let mut out = [0; 20];
            let sealed = blocks.collect((at + 4000) % WORDS, at, &mut out);
            assert_eq!(sealed, Some(((at + 4000) % WORDS + 1) as u64));
            assert!(
                out.iter()
                    .zip(at as u64 + 1..)
                    .all(|(&word, is)| word == is)
            );
        }
        assert_eq!(blocks.collect(0, WORDS - 19, &mut [0; 20]), None);
        assert_eq!(blocks.collect(WORDS, 0, &mut [0; 20]), None);
        assert!(blocks.error().is_none());
    }

    #[test]
    fn what_was_written_since_is_seen_once_it_is_forgotten() {
        let file = file();
        let blocks = Blocks::new(Arc::clone(&file), WORDS, Shape::walking(1));
        let word = || blocks.collect(0, 1, &mut [0]);
        assert_eq!(word(), Some(1));
        file.write_all_at(&99_u64.to_le_bytes(), 0).unwrap();
        assert_eq!(word(), Some(1));
        let mut now = [0];
        blocks.fresh(0, &mut now).unwrap();
        assert_eq!(now, [99]);
        blocks.forget();
        assert_eq!(word(), Some(99));
    }

    #[test]
    fn a_file_that_gives_way_is_known_to_all_who_read_it() {
        let file = file();
        let blocks = Blocks::new(Arc::clone(&file), WORDS, Shape::LARGE);
        let apart = blocks.beside(Shape::walking(1));
        file.set_len(4096).unwrap();
        assert_eq!(apart.collect(3, 4, &mut [0]), Some(4));
        assert_eq!(apart.collect(600, 601, &mut [0]), None, "nothing is there");
        assert!(blocks.error().is_some() && apart.error().is_some());
    }
}
