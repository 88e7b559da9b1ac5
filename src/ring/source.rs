//! Where a reader's words come from: the map, or `pread` into a cache of blocks. Places beyond the file
//! read as nothing, so that a damaged directory leads nowhere.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use goodall_platform::map::Map;

use super::seqlock::{Word, collect};

/// Words that one `pread` fetches: 64 KiB.
const BLOCK_WORDS: usize = 8192;
/// Blocks that are kept: more than a dump of all circles walks through at once on most machines.
const BLOCKS_MAX: usize = 8;

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
            Source::Blocks(blocks) => {
                // one lock for both would save little: the check stands beside its words
                let sealed = blocks.word(check)?;
                blocks.copy(at, out)?;
                (sealed != 0).then_some(sealed)
            }
        }
    }

    /// One word as it is now, past any cache.
    pub fn fresh(&self, at: usize) -> Option<u64> {
        match self {
            Source::Mapped { map, words } => {
                Some(Word::get(&Source::cells(map, *words, at, 1)?[0]))
            }
            Source::Blocks(blocks) => blocks.fresh(at),
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
            Source::Blocks(blocks) => blocks.pread(at, out),
        }
    }

    /// Forgets what was cached: frames were written since.
    pub fn forget(&self) {
        if let Source::Blocks(blocks) = self {
            blocks.epoch.fetch_add(1, Ordering::Relaxed);
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
            Source::Blocks(blocks) => {
                let cache = blocks.lock();
                cache.error.map(io::Error::from_raw_os_error)
            }
        }
    }
}

/// Blocks of a file, fetched when asked for.
#[derive(Debug)]
pub struct Blocks {
    file: Arc<File>,
    words: usize,
    epoch: AtomicU64,
    cache: Mutex<Cache>,
}

#[derive(Debug, Default)]
struct Cache {
    blocks: Vec<Block>,
    clock: u64,
    error: Option<i32>,
}

#[derive(Debug)]
struct Block {
    index: usize,
    epoch: u64,
    used: u64,
    words: Box<[u64]>,
}

impl Blocks {
    /// Of a file that has `words`.
    pub fn new(file: Arc<File>, words: usize) -> Blocks {
        Blocks {
            file,
            words,
            epoch: AtomicU64::new(0),
            cache: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Cache> {
        // a panic elsewhere leaves whole words here
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn word(&self, at: usize) -> Option<u64> {
        let mut word = [0];
        self.copy(at, &mut word)?;
        Some(word[0])
    }

    fn copy(&self, mut at: usize, mut out: &mut [u64]) -> Option<()> {
        at.checked_add(out.len()).filter(|&end| end <= self.words)?;
        let epoch = self.epoch.load(Ordering::Relaxed);
        let mut cache = self.lock();
        while !out.is_empty() {
            let block = self.block(&mut cache, at / BLOCK_WORDS, epoch);
            let from = &block[at % BLOCK_WORDS..];
            let count = from.len().min(out.len());
            let (now, later) = out.split_at_mut(count);
            now.copy_from_slice(&from[..count]);
            at += count;
            out = later;
        }
        Some(())
    }

    fn block<'a>(&self, cache: &'a mut Cache, index: usize, epoch: u64) -> &'a [u64] {
        cache.clock += 1;
        let clock = cache.clock;
        let found = cache.blocks.iter().position(|block| block.index == index);
        let place = found.unwrap_or_else(|| cache.place());
        let block = &mut cache.blocks[place];
        block.used = clock;
        if found.is_none() || block.epoch != epoch {
            block.index = index;
            block.epoch = epoch;
            let read = read_words(&self.file, index * BLOCK_WORDS, &mut block.words);
            if let Err(error) = read {
                cache.error.get_or_insert(error.raw_os_error().unwrap_or(0));
            }
        }
        &cache.blocks[place].words
    }

    fn fresh(&self, at: usize) -> Option<u64> {
        let mut word = [0];
        self.pread(at, &mut word)?;
        Some(word[0])
    }

    fn pread(&self, at: usize, out: &mut [u64]) -> Option<()> {
        at.checked_add(out.len()).filter(|&end| end <= self.words)?;
        match read_words(&self.file, at, out) {
            Ok(()) => Some(()),
            Err(error) => {
                let code = error.raw_os_error().unwrap_or(0);
                self.lock().error.get_or_insert(code);
                None
            }
        }
    }
}

impl Cache {
    /// The block to use anew: a further one, else the one used longest ago.
    fn place(&mut self) -> usize {
        if self.blocks.len() < BLOCKS_MAX {
            self.blocks.push(Block {
                index: usize::MAX,
                epoch: 0,
                used: 0,
                words: vec![0; BLOCK_WORDS].into(),
            });
            return self.blocks.len() - 1;
        }
        let oldest = self
            .blocks
            .iter()
            .enumerate()
            .min_by_key(|(_, block)| block.used);
        oldest.map_or(0, |(place, _)| place)
    }
}

/// Reads words by `pread`; what the file has no more reads as 0.
pub fn read_words(file: &File, at: usize, out: &mut [u64]) -> io::Result<()> {
    const PIECE: usize = 512;
    let mut bytes = [0_u8; PIECE * 8];
    for (piece, words) in out.chunks_mut(PIECE).enumerate() {
        let wanted = words.len() * 8;
        let offset = (at + piece * PIECE) as u64 * 8;
        let mut filled = 0;
        while filled < wanted {
            match file.read_at(&mut bytes[filled..wanted], offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    out[piece * PIECE..].fill(0);
                    return Err(error);
                }
            }
        }
        bytes[filled..wanted].fill(0);
        let (chunks, _) = bytes.as_chunks::<8>();
        for (word, &chunk) in words.iter_mut().zip(chunks) {
            *word = u64::from_le_bytes(chunk);
        }
    }
    Ok(())
}
