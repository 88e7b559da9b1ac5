//! SIGBUS: a mapped file was truncated under us, or its disk failed. There is no way on, so the process
//! says which file it was, in one line, and exits 1 (signal-safety(7): write(2) and _exit(2) alone).

use std::ffi::c_void;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

/// Maps that one process may have at once: the ring, and another while rows are carried over; a reader's
/// last few snapshots. More are mapped, but not named.
const WATCHES_MAX: usize = 64;

struct Place {
    start: AtomicUsize,
    length: AtomicUsize,
    line: AtomicPtr<Vec<u8>>,
}

static PLACES: [Place; WATCHES_MAX] = [const {
    Place {
        start: AtomicUsize::new(0),
        length: AtomicUsize::new(0),
        line: AtomicPtr::new(std::ptr::null_mut()),
    }
}; WATCHES_MAX];

/// A map's entry in the table; none where the table was full.
#[derive(Debug)]
pub(super) struct Watch {
    place: Option<usize>,
}

/// Names the map of `length` bytes at `start` for as long as the watch stands, and sets the handler.
pub(super) fn watch(start: usize, length: usize, path: &Path) -> io::Result<Watch> {
    install()?;
    let mut line = b"goodall: ".to_vec();
    line.extend_from_slice(path.as_os_str().as_bytes());
    line.extend_from_slice(
        b": cannot be read through its map: truncated by another program, or its disk failed\n",
    );
    let line = Box::into_raw(Box::new(line));
    for (index, place) in PLACES.iter().enumerate() {
        let taken = place.line.compare_exchange(
            std::ptr::null_mut(),
            line,
            Ordering::AcqRel,
            Ordering::Relaxed,
        );
        if taken.is_ok() {
            place.length.store(length, Ordering::Release);
            place.start.store(start, Ordering::Release);
            return Ok(Watch { place: Some(index) });
        }
    }
    // SAFETY: the pointer came from `Box::into_raw` above and was given to no place.
    drop(unsafe { Box::from_raw(line) });
    Ok(Watch { place: None })
}

impl Watch {
    /// Takes the entry out of the table, before the map goes.
    pub(super) fn remove(&mut self) {
        if let Some(index) = self.place.take() {
            let place = &PLACES[index];
            place.start.store(0, Ordering::Release);
            place.length.store(0, Ordering::Release);
            let line = place.line.swap(std::ptr::null_mut(), Ordering::AcqRel);
            // SAFETY: the pointer came from `Box::into_raw` in `watch`, and only the owner of the entry
            // takes it out. A handler that reads it now is about a page of this map, whose owner is
            // dropping it and so touches it no more.
            drop(unsafe { Box::from_raw(line) });
        }
    }
}

fn install() -> io::Result<()> {
    static ONCE: Once = Once::new();
    let mut done = Ok(());
    ONCE.call_once(|| {
        // SAFETY: `sigaction` is plain numbers and pointers, for which all zeros is valid.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = handle as *const () as libc::sighandler_t;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        // SAFETY: sigaction(2) reads the one struct given; the handler calls only what signal-safety(7)
        // lists.
        if unsafe { libc::sigaction(libc::SIGBUS, &raw const action, std::ptr::null_mut()) } != 0 {
            done = Err(io::Error::last_os_error());
        }
    });
    done
}

/// Whether a thread has the line: of several that meet the fault together one says it.
static SAYING: AtomicBool = AtomicBool::new(false);

extern "C" fn handle(_: libc::c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    if SAYING.swap(true, Ordering::AcqRel) {
        loop {
            // SAFETY: pause(2) is async-signal-safe and takes nothing; the other thread's _exit ends it.
            unsafe { libc::pause() };
        }
    }
    // SAFETY: with SA_SIGINFO the kernel hands a valid `siginfo_t` (sigaction(2)).
    let info = unsafe { &*info };
    // SAFETY: SIGBUS fills the address (sigaction(2)).
    let address = unsafe { info.si_addr() } as usize;
    let mut line: &[u8] = b"goodall: bus error\n";
    for place in &PLACES {
        let start = place.start.load(Ordering::Acquire);
        let length = place.length.load(Ordering::Acquire);
        if start != 0 && address.wrapping_sub(start) < length {
            let pointer = place.line.load(Ordering::Acquire);
            // SAFETY: the map that faulted is alive, since it is being touched, so its line is too.
            if let Some(found) = unsafe { pointer.as_ref() } {
                line = found;
            }
        }
    }
    // SAFETY: write(2) reads `line.len()` bytes that live on; its result changes nothing here.
    let _ = unsafe { libc::write(2, line.as_ptr().cast(), line.len()) };
    // SAFETY: _exit(2) is async-signal-safe and does not return.
    unsafe { libc::_exit(1) };
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::Barrier;
    use std::sync::atomic::Ordering;

    use crate::map::Map;

    const CHILD: &str = "GOODALL_TEST_TRUNCATED_FILE";
    const THREADS: usize = 8;

    #[test]
    fn a_file_truncated_under_the_map_ends_the_process_with_its_name_said_once() {
        if let Some(path) = std::env::var_os(CHILD) {
            let file = std::fs::OpenOptions::new()
                .read(true)
                .write(true)
                .open(&path)
                .unwrap();
            let map = Map::read_only(&file, path.as_ref(), 8192).unwrap();
            file.set_len(0).unwrap();
            let together = Barrier::new(THREADS);
            std::thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        together.wait();
                        map.words()[512].load(Ordering::Relaxed)
                    });
                }
            });
            unreachable!("the page is gone");
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(8192).unwrap();
        let this = std::thread::current().name().unwrap().to_owned();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &this, "--nocapture"])
            .env(CHILD, file.path())
            .output()
            .unwrap();
        assert_eq!(child.status.code(), Some(1));
        let line = String::from_utf8(child.stderr).unwrap();
        let expected = format!("goodall: {}: cannot be read", file.path().display());
        assert_eq!(line.matches(&expected).count(), 1, "{line}");
    }
}
