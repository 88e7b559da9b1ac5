//! Allocators: one that counts, for the tests that prove that a path allocates nothing, and the program's, by which
//! a part says how it ends where there is no memory left.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static ALL: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static OWN: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, counting every call that may take memory. A test binary names it as its
/// `#[global_allocator]`.
pub struct Counting;

impl Counting {
    /// Calls so far by all threads.
    pub fn all_threads() -> u64 {
        ALL.load(Relaxed)
    }

    /// Calls so far by this thread.
    pub fn this_thread() -> u64 {
        OWN.with(Cell::get)
    }

    fn count() {
        ALL.fetch_add(1, Relaxed);
        // A thread that ends frees, and may allocate, after its cells are gone.
        let _ = OWN.try_with(|own| own.set(own.get() + 1));
    }
}

// SAFETY: every call goes unchanged to `System`, which keeps the contract of GlobalAlloc.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Counting::count();
        // SAFETY: the caller keeps GlobalAlloc's contract, which is System's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Counting::count();
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Counting::count();
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

static ON_NONE_LEFT: OnceLock<fn()> = OnceLock::new();

/// The system's allocator; where it has no memory, it calls what [`Ending::end_by`] was given.
pub struct Ending;

impl Ending {
    /// Has `end` called where no memory is left, the first time that this is said. It need not come back; if it
    /// allocates, it has no memory either.
    pub fn end_by(end: fn()) {
        let _ = ON_NONE_LEFT.set(end);
    }

    fn checked(block: *mut u8) -> *mut u8 {
        if block.is_null() {
            Ending::none_left();
        }
        block
    }

    #[cold]
    fn none_left() {
        thread_local! {
            static IS_ENDING: Cell<bool> = const { Cell::new(false) };
        }
        let is_ending = IS_ENDING.try_with(|ending| ending.replace(true));
        if is_ending == Ok(false)
            && let Some(end) = ON_NONE_LEFT.get()
        {
            end();
        }
    }
}

// SAFETY: every call goes unchanged to `System`, which keeps the contract of GlobalAlloc, and what it gives is
// given on. What is called where it gives none is no part of an allocation: it finds the allocator as any caller does.
unsafe impl GlobalAlloc for Ending {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps GlobalAlloc's contract, which is System's.
        Ending::checked(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        Ending::checked(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        Ending::checked(unsafe { System.realloc(block, layout, size) })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}
