//! The one protocol by which anything in the ring is written and read: words under a check word, which is
//! 0 while they are being written. Writers wait for nobody, readers store nothing. After Boehm, "Can
//! seqlocks get along with programming language memory models?" (MSPC 2012), with the check in place of a
//! count. Generic over the word so that loom can model it (tests below).

use std::sync::atomic::{AtomicU64, Ordering, fence};

/// A word of memory that others load and store at any time.
pub trait Word {
    /// Relaxed.
    fn get(&self) -> u64;
    /// Relaxed.
    fn put(&self, value: u64);
    /// After everything before it.
    fn put_last(&self, value: u64);
    /// Loads after it see what was stored before the store that a load before it has seen.
    fn fence_acquire();
    /// Stores after it are seen by nobody who does not see those before it.
    fn fence_release();
}

// The file is little-endian whatever the machine is. Loads are relaxed, with fences: on read-only memory
// `std::sync::atomic` promises nothing more.
impl Word for AtomicU64 {
    #[inline]
    fn get(&self) -> u64 {
        u64::from_le(AtomicU64::load(self, Ordering::Relaxed))
    }

    #[inline]
    fn put(&self, value: u64) {
        AtomicU64::store(self, value.to_le(), Ordering::Relaxed);
    }

    #[inline]
    fn put_last(&self, value: u64) {
        AtomicU64::store(self, value.to_le(), Ordering::Release);
    }

    #[inline]
    fn fence_acquire() {
        fence(Ordering::Acquire);
    }

    #[inline]
    fn fence_release() {
        fence(Ordering::Release);
    }
}

/// Writes `words` to `cells` under `check`, which becomes `sealed`. One thread at a time writes a check word.
#[inline]
pub fn publish<W: Word>(check: &W, cells: &[W], sealed: u64, words: &[u64]) {
    check.put(0);
    W::fence_release();
    for (cell, &word) in cells.iter().zip(words) {
        cell.put(word);
    }
    check.put_last(sealed);
}

/// Reads `cells` into `words` and gives the check word; `None` while they are being written or where they
/// never were. What is read is of one `publish` unless two of them had the same check word; that its hash
/// holds is the caller's to see.
#[inline]
pub fn collect<W: Word>(check: &W, cells: &[W], words: &mut [u64]) -> Option<u64> {
    let sealed = check.get();
    if sealed == 0 {
        return None;
    }
    W::fence_acquire();
    for (word, cell) in words.iter_mut().zip(cells) {
        *word = cell.get();
    }
    W::fence_acquire();
    (check.get() == sealed).then_some(sealed)
}

#[cfg(test)]
mod tests {
    use loom::sync::Arc;
    use loom::sync::atomic::{AtomicU64, Ordering, fence};

    use super::{Word, collect, publish};

    impl Word for AtomicU64 {
        fn get(&self) -> u64 {
            self.load(Ordering::Relaxed)
        }

        fn put(&self, value: u64) {
            self.store(value, Ordering::Relaxed);
        }

        fn put_last(&self, value: u64) {
            self.store(value, Ordering::Release);
        }

        fn fence_acquire() {
            fence(Ordering::Acquire);
        }

        fn fence_release() {
            fence(Ordering::Release);
        }
    }

    #[test]
    fn in_every_interleaving_a_row_is_read_whole_or_not_at_all() {
        loom::model(|| {
            let cells: Arc<[AtomicU64; 3]> = Arc::new(std::array::from_fn(|_| AtomicU64::new(0)));
            let shared = Arc::clone(&cells);
            let writer = loom::thread::spawn(move || {
                for round in 1..=2 {
                    publish(&shared[0], &shared[1..], round, &[round * 10, round * 100]);
                }
            });
            let mut words = [0; 2];
            if let Some(round) = collect(&cells[0], &cells[1..], &mut words) {
                assert_eq!(words, [round * 10, round * 100]);
            }
            writer.join().unwrap();
            assert_eq!(collect(&cells[0], &cells[1..], &mut words), Some(2));
            assert_eq!(words, [20, 200]);
        });
    }
}
